#include <fcntl.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "broken_places.hpp"
#include "commands.hpp"
#include "content.hpp"
#include "exit_code.hpp"
#include "home.hpp"
#include "output.hpp"
#include "shuwei/base/clock.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/detect/engine.hpp"
#include "shuwei/event/batch.hpp"
#include "shuwei/evtx/evtx_file.hpp"
#include "shuwei/parse/parser.hpp"
#include "shuwei/sigma/json_documents.hpp"
#include "shuwei/sigma/lint.hpp"

namespace shuwei::app {

using Json = nlohmann::ordered_json;

int run_rules_lint(const RulesLintOptions& options) {
    const auto linted = sigma::lint(std::span<const std::filesystem::path>(options.folders), content_folder() / "sigma");
    if (!linted) return report(linted.error());
    const int code = linted->failed > 0 ? kFindings : kFine;
    std::vector<Json> failures;
    for (const auto& failure : linted->failures) {
        failures.push_back({{"file", failure.file}, {"line", failure.line}, {"error", failure.text}});
    }
    if (options.output == OutputFormat::json) {
        const Json result{{"loaded", linted->loaded},
                          {"failed", linted->failed},
                          {"warnings", linted->warnings.size()},
                          {"failures", failures}};
        std::printf("%s\n", result.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
        return code;
    }
    print_rows(failures, options.output, {"file", "line", "error"});
    for (const auto& warning : linted->warnings) {
        std::fprintf(stderr, "%s:%u: warning: %s\n", warning.file.c_str(), warning.line, warning.text.c_str());
    }
    std::fprintf(stderr, "%zu loaded, %zu failed, %zu warnings\n", linted->loaded, linted->failed, linted->warnings.size());
    return code;
}

namespace {

// Events of one file through the same parser and the same engine as the stream.
class Evaluation {
public:
    Evaluation(std::shared_ptr<const parse::PackSet> packs, std::shared_ptr<const detect::RuleSet> rules)
        : parser_(packs), engine_(std::move(rules)) {
        std::vector<std::string> names{""};
        for (const auto& pack : packs->packs()) names.push_back(pack.name);
        scanner_.set_pack_names(std::move(names));
    }

    base::Result<> add(std::string_view json, uint64_t ordinal) {
        event::Event& event = batch_.add_event();
        event.seq = ordinal + 1;
        event.raw = batch_.store(json);
        parse::SourceHint hint;
        hint.format = parse::LineFormat::raw;
        parser_.parse(batch_, event, hint);
        if (batch_.size() >= 1024 || batch_.bytes() > (8u << 20)) flush();
        return {};
    }

    void flush() {
        engine_.scan(batch_, scanner_, result_);
        engine_.correlate(batch_, result_);
        for (const auto& finding : result_.findings) matches_.emplace_back(finding.seq - 1, finding.rule);
        batch_.clear();
    }

    std::vector<std::pair<uint64_t, sigma::RuleHandle>> take() {
        flush();
        std::stable_sort(matches_.begin(), matches_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        return std::exchange(matches_, {});
    }

private:
    parse::Parser parser_;
    detect::Engine engine_;
    detect::Scanner scanner_;
    detect::ScanResult result_;
    event::EventBatch batch_;
    std::vector<std::pair<uint64_t, sigma::RuleHandle>> matches_;
};

// The events of a file, which is JSON or an event log by its content; how many were read and how many places were broken.
struct ReadCounts {
    uint64_t read = 0;
    uint64_t broken = 0;
};
base::Result<ReadCounts> read_events(const std::string& file, Evaluation& evaluation, BrokenPlaces& broken) {
    const auto tell = [&](const base::Error& error) -> base::Result<> {
        broken.tell(error);
        return {};
    };
    const base::FileDescriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (opened && evtx::is_evtx(opened.get())) {
        TRY_ASSIGN(const evtx::EvtxCounts counts,
                   evtx::read_evtx(
                       std::filesystem::path(file),
                       [&](const evtx::EvtxRecord& record) { return evaluation.add(record.json, record.ordinal); }, tell));
        return ReadCounts{counts.records, counts.broken};
    }
    TRY_ASSIGN(const sigma::JsonCounts counts,
               sigma::read_json_documents(
                   std::filesystem::path(file),
                   [&](const sigma::JsonDocument& document) { return evaluation.add(document.text, document.ordinal); }, tell));
    return ReadCounts{counts.objects, counts.broken};
}

}  // namespace

int run_rules_eval(const RulesEvalOptions& options) {
    auto packs = load_packs(options.packs);
    if (!packs) return report(packs.error());
    auto rules = load_rules(options.rules, {});
    if (!rules) return report(rules.error());
    std::vector<Json> rows;
    int code = kFine;
    for (const std::string& file : options.events) {
        Evaluation evaluation(*packs, *rules);  // correlation windows begin anew with each file
        const auto read = [&] {
            BrokenPlaces broken(file);
            return read_events(file, evaluation, broken);
        }();
        for (const auto& [ordinal, rule] : evaluation.take()) {
            Json match{{"rule_id", rule->id},     {"title", rule->title}, {"level", std::string(sigma::to_string(rule->level))},
                       {"rule_file", rule->file}, {"file", file},         {"ordinal", ordinal}};
            if (options.output == OutputFormat::ndjson) {
                std::printf("%s\n", match.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
            } else {
                rows.push_back(std::move(match));
            }
        }
        if (!read) {
            code = std::max(code, report(read.error()));
        } else if (read->broken > 0) {
            code = std::max(code, static_cast<int>(read->read > 0 ? kFindings : kCannotDo));  // nothing of it could be read
        }
    }
    if (options.output != OutputFormat::ndjson) {
        print_rows(rows, options.output, {"rule_id", "title", "level", "rule_file", "file", "ordinal"});
    }
    return code;
}

}  // namespace shuwei::app
