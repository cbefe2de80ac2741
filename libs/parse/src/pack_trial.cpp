#include "shuwei/parse/pack_trial.hpp"

#include <algorithm>

#include "extractor.hpp"
#include "pack_watch.hpp"
#include "recogniser.hpp"
#include "shuwei/parse/pack_overlay.hpp"
#include "syslog_header.hpp"

namespace shuwei::parse {

namespace {

constexpr uint32_t kTenant = 1;  // of the trial's own set

std::string_view kind_of(const ExtractionStep& step) {
    if (step.is_form) return "when";
    switch (step.kind) {
        case StepKind::dissect: return "dissect";
        case StepKind::regex: return "regex";
        case StepKind::key_value: return "key_value";
        case StepKind::delimited: return "delimited";
        case StepKind::json: return "json";
        case StepKind::cef: return "cef";
        case StepKind::leef: return "leef";
        case StepKind::structured_data: return "structured_data";
    }
    return "";
}

class Trial {
public:
    Trial(std::shared_ptr<const PackOverlay> overlay, const std::shared_ptr<const PackSet>& base, const TrialOptions& options)
        : overlay_(std::move(overlay)), options_(options), zone_(options.zone != nullptr ? *options.zone : event::TimeZone::china()),
          others_(PackSet::with_overlays(base, {})), parser_(PackSet::with_overlays(PackSet::empty(), std::span(&overlay_, 1))) {
        parser_.extractor().trace_to(&steps_);
        prepared_ = overlay_->recogniser().prepare(scratch_).has_value();
    }

    TrialLine run(const std::string& text) {
        TrialLine line;
        SourceHint hint{1, &zone_, options_.format, Charset::utf8};
        steps_.clear();
        const base::Duration started = PackWatch::cpu_time();
        event::Event& event = begin(text);
        event.tenant = kTenant;
        line_ = event.raw;
        line.outcome = parser_.parse(batch_, event, hint);
        const base::Duration budget = PackWatch::kLineBudget + PackWatch::kByteBudget * static_cast<base::Duration>(text.size());
        line.took = PackWatch::cpu_time() - started;
        line.slow = parser_.extractor().hit_a_limit() || line.took > 10 * budget;  // the first lines take longer
        for (const ExtractionStep& step : steps_) {
            line.steps.push_back({step.line, std::string(kind_of(step)), step.message, step.alternative, step.matched, step.optional});
        }
        SyslogHeader header;
        header.message = line_;
        if (options_.format == LineFormat::automatic) header = parse_syslog_header(line_, zone_, event.received);
        line.message = span_of(header.message);
        line.hostname = header.hostname;
        line.appname = header.appname;
        line.recognised = recognises(header);
        line.time = event.time;
        if (line.outcome == Outcome::parsed) {
            const CompiledPack& pack = *overlay_->compiled()[0];
            const Registers& registers = parser_.extractor().registers();
            for (const Registers::Entry& entry : registers.entries()) {
                if (entry.reg >= kFixedRegisters) add(line.names, pack.names.name(entry.reg), entry.value.text());
            }
            for (const Registers::Other& other : registers.others()) add(line.names, other.name, other.value.text());
        }
        for (const event::FieldValue& field : batch_.fields(event)) {
            if (field.kind != event::ValueKind::null) add(line.fields, event::field_name(field.field), field.text());
        }
        event::Event& again = begin(text);
        hint.pack = 0;
        if (others_.parse(batch_, again, hint) == Outcome::parsed) line.others = others_.packs()->name(again.pack);
        return line;
    }

private:
    event::Event& begin(const std::string& text) {
        batch_.clear();
        event::Event& event = batch_.add_event();
        event.raw = batch_.store(std::string_view(text).substr(0, event::kMaxLineBytes));
        event.received = options_.received;
        return event;
    }

    std::optional<Span> span_of(std::string_view value) const {
        const std::less_equal<const char*> before;
        if (value.empty() || !before(line_.data(), value.data()) || !before(value.data() + value.size(), line_.data() + line_.size())) return std::nullopt;
        const auto begin = static_cast<size_t>(value.data() - line_.data());
        return Span{begin, begin + value.size()};
    }

    void add(std::vector<TrialValue>& values, std::string_view name, std::string_view text) const {
        values.push_back({std::string(name), std::string(text), span_of(text)});
    }

    bool recognises(const SyslogHeader& header) {
        if (!prepared_) return false;
        const Recogniser& recogniser = overlay_->recogniser();
        if (recogniser.by_appname(header.appname) != nullptr) return true;
        recogniser.start(header.message, header.appname, header.msgid, scratch_);
        return recogniser.next(scratch_, [](uint16_t) { return false; }, [](uint16_t) {}) != nullptr;
    }

    std::shared_ptr<const PackOverlay> overlay_;
    const TrialOptions& options_;
    event::TimeZone zone_;
    Parser others_;
    Parser parser_;
    RecogniserScratch scratch_;
    bool prepared_ = false;
    event::EventBatch batch_;
    std::string_view line_;
    std::vector<ExtractionStep> steps_;
};

}  // namespace

tl::expected<PackTrial, PackProblem> try_pack(const std::string& yaml, std::span<const std::string> lines,
                                              const std::shared_ptr<const PackSet>& base, const TrialOptions& options) {
    auto compiled = PackOverlay::compile(kTenant, std::span(&yaml, 1), *base);
    if (!compiled.problems.empty()) {
        PackProblem problem = compiled.problems[0];
        problem.file.clear();
        return tl::unexpected(std::move(problem));
    }
    PackTrial trial;
    trial.info = compiled.overlay->packs()[0];
    trial.info.tenant = 0;
    Trial runner(compiled.overlay, base, options);
    for (const std::string& line : lines.first(std::min(lines.size(), kMaxTrialLines))) trial.lines.push_back(runner.run(line));
    return trial;
}

}  // namespace shuwei::parse
