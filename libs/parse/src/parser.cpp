#include "shuwei/parse/parser.hpp"

#include <iconv.h>

#include <algorithm>
#include <cerrno>

#include "carried_line.hpp"
#include "decoders.hpp"
#include "extractor.hpp"
#include "pack_watch.hpp"
#include "recogniser.hpp"
#include "shuwei/base/assert.hpp"
#include "shuwei/base/ip_address.hpp"
#include "shuwei/base/log.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/parse/pack_overlay.hpp"
#include "syslog_header.hpp"
#include "utf8.hpp"

namespace shuwei::parse {

using event::Event;
using event::EventBatch;
using event::ValueKind;

namespace {

constexpr size_t kMaxCandidates = 4;  // packs tried on a line, of the base and of an overlay each

// GB18030 to UTF-8; opened when first needed.
class Transcoder {
public:
    Transcoder() = default;
    ~Transcoder() {
        if (handle_ != kClosed) iconv_close(handle_);
    }
    Transcoder(const Transcoder&) = delete;
    Transcoder& operator=(const Transcoder&) = delete;

    // The text as UTF-8 in the arena, or as it is when it is not GB18030 either.
    std::string_view convert(std::string_view text, EventBatch& batch) {
        if (handle_ == kClosed) handle_ = iconv_open("UTF-8", "GB18030");
        if (handle_ == kClosed) return text;
        iconv(handle_, nullptr, nullptr, nullptr, nullptr);
        const size_t room = text.size() * 2 + 16;  // a two-byte character becomes three bytes at most
        char* out = batch.allocate(room);
        char* to = out;
        size_t to_left = room;
        char* from = const_cast<char*>(text.data());
        size_t from_left = text.size();
        const bool whole = iconv(handle_, &from, &from_left, &to, &to_left) != static_cast<size_t>(-1);
        const std::string_view converted = batch.shrink(out, room, whole ? room - to_left : 0);
        return whole ? converted : text;
    }

private:
    static inline const iconv_t kClosed = reinterpret_cast<iconv_t>(-1);
    iconv_t handle_ = kClosed;
};

constexpr std::string_view kNumbers[] = {"0",  "1",  "2",  "3",  "4",  "5",  "6",  "7",  "8",  "9",  "10", "11",
                                         "12", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23"};

void add_header_fields(const SyslogHeader& header, EventBatch& batch, Event& event) {
    if (header.priority >= 0) {
        batch.add(event, event::log_syslog_facility, kNumbers[header.priority >> 3], ValueKind::number);
        batch.add(event, event::log_syslog_severity, kNumbers[header.priority & 7], ValueKind::number);
    }
    if (!header.appname.empty()) batch.add(event, event::log_syslog_appname, header.appname);
    if (!header.procid.empty()) batch.add(event, event::log_syslog_procid, header.procid);
    if (!header.msgid.empty()) batch.add(event, event::log_syslog_msgid, header.msgid);
}

// Where shippers put the line: Beats, Vector and most others; Fluent Bit.
std::string_view carried_line(const EventBatch& batch, const Event& event) {
    const std::string_view message = batch.get(event, event::message);
    if (!message.empty()) return message;
    const event::FieldId log = event::find_field("log");
    return log == event::kNoField ? std::string_view() : batch.get(event, log);
}

void add_hostname(std::string_view hostname, bool of_observer, EventBatch& batch, Event& event) {
    if (hostname.empty()) return;
    if (base::IpAddress::parse(hostname)) {
        const event::FieldId field = of_observer ? event::observer_ip : event::host_ip;
        if (batch.find(event, field) == nullptr) batch.add(event, field, hostname);
        return;
    }
    // The device's name is one of the standard fields of log audit: a host's log has it too.
    if (batch.find(event, event::observer_name) == nullptr) batch.add(event, event::observer_name, hostname);
    if (!of_observer && batch.find(event, event::host_name) == nullptr) batch.add(event, event::host_name, hostname);
}

}  // namespace

struct Parser::State {
    std::shared_ptr<const PackSet> packs;
    Extractor extractor;
    PackWatch watch;
    RecogniserScratch scratch;
    std::vector<uint16_t> candidates;
    std::vector<uint16_t> line_candidates;
    Transcoder transcoder;
    const event::TimeZone china = event::TimeZone::china();
    uint16_t document_pack = 0;              // reads documents that no other pack knows
    std::vector<event::FieldValue> document_fields;

    // What the line at hand is parsed with.
    struct Line {
        const SyslogHeader& header;
        const event::TimeZone& zone;
        EventBatch& batch;
        Event& event;
        uint16_t tried = 0;  // the bound pack, which has had its turn
    };

    bool try_pack(uint16_t number, const Line& line) {
        const CompiledPack* pack = packs->compiled(number);
        if (pack == nullptr || pack->health.set_aside.load(std::memory_order_relaxed)) return false;
        const PackWatch::Turn turn = watch.begin(number);
        const bool taken = extractor.extract(*pack, line.header, line.zone, line.batch, line.event);
        if (watch.end(turn, *pack, line.event.raw.size(), extractor.hit_a_limit())) set_aside(number);
        if (!taken) return false;
        line.event.pack = number;
        if (pack->hostname_to != CompiledPack::HostnameTo::nowhere) {
            add_hostname(line.header.hostname, pack->hostname_to == CompiledPack::HostnameTo::observer, line.batch, line.event);
        }
        return true;
    }

    // Only what a tenant made: otherwise a flood of lines made for it would blind everybody to a kind of device.
    void set_aside(uint16_t number) const {
        const PackInfo& info = *packs->info(number);
        if (info.tenant == 0 || packs->compiled(number)->health.set_aside.exchange(true, std::memory_order_relaxed)) return;
        base::log::warning("device pack set aside: its lines take too long", {{"pack", info.name}, {"tenant", std::to_string(info.tenant)}});
    }

    // Calls take(number) for the packs of the tenant and then those of the base that recognise the line, best first, until it
    // answers true. True when it did.
    template <typename Take>
    bool each_recognised(const SyslogHeader& header, uint32_t tenant, Take take) {
        const PackSet::Layer* own = packs->layer(tenant);
        if (own != nullptr && each_of(own->overlay->recogniser(), own->offset, nullptr, header, take)) return true;
        return each_of(packs->recogniser(), 0, own, header, take);
    }
    template <typename Take>
    bool each_of(const Recogniser& recogniser, uint16_t offset, const PackSet::Layer* above, const SyslogHeader& header, Take take) {
        recogniser.start(header.message, header.appname, header.msgid, scratch);
        const auto skip = [&](uint16_t pack) {
            if (above != nullptr && std::ranges::binary_search(above->hidden, pack)) return true;
            return packs->compiled(static_cast<uint16_t>(pack + offset))->health.set_aside.load(std::memory_order_relaxed);
        };
        const auto overran = [&](uint16_t pack) {
            const auto number = static_cast<uint16_t>(pack + offset);
            if (watch.note(number, *packs->compiled(number), true)) set_aside(number);
        };
        for (size_t count = 0; count < kMaxCandidates; ++count) {
            const Candidate* candidate = recogniser.next(scratch, skip, overran);
            if (candidate == nullptr) break;
            if (take(static_cast<uint16_t>(candidate->pack + offset))) return true;
        }
        return false;
    }

    // Packs that the program's name alone gives.
    bool try_named(const Line& line, bool& named) {
        const auto try_all = [&](const std::vector<Candidate>* candidates_of_name, uint16_t offset, const PackSet::Layer* above) {
            if (candidates_of_name == nullptr) return false;
            for (const Candidate& candidate : *candidates_of_name) {
                if (above != nullptr && std::ranges::binary_search(above->hidden, candidate.pack)) continue;
                named = true;
                const auto number = static_cast<uint16_t>(candidate.pack + offset);
                if (number != line.tried && try_pack(number, line)) return true;
            }
            return false;
        };
        const PackSet::Layer* own = packs->layer(line.event.tenant);
        if (own != nullptr && try_all(own->overlay->recogniser().by_appname(line.header.appname), own->offset, nullptr)) return true;
        return try_all(packs->recogniser().by_appname(line.header.appname), 0, own);
    }

    bool try_recognised(const Line& line, bool& recognised) {
        return each_recognised(line.header, line.event.tenant, [&](uint16_t number) {
            recognised = true;
            return number != line.tried && number != document_pack && try_pack(number, line);
        });
    }

    // A document may carry a line: packs that recognise the line alone are not for the whole.
    bool try_document(const Line& line, bool& recognised) {
        candidates.clear();
        each_recognised(line.header, line.event.tenant, [&](uint16_t number) {
            candidates.push_back(number);
            return false;
        });
        if (std::ranges::all_of(candidates, [&](uint16_t number) { return number == document_pack; })) return false;
        line_candidates.clear();
        if (const std::string_view carried = written_carried_line(line.header.message); !carried.empty()) {
            SyslogHeader inner;
            inner.message = carried;
            each_recognised(inner, line.event.tenant, [&](uint16_t number) {
                line_candidates.push_back(number);
                return false;
            });
        }
        for (const uint16_t number : candidates) {
            if (number == document_pack || std::ranges::find(line_candidates, number) != line_candidates.end()) continue;
            recognised = true;
            if (number != line.tried && try_pack(number, line)) return true;
        }
        return false;
    }

    // A shipper's document (Filebeat, Fluent Bit, a collector) often carries the line of a device. The packs read that
    // line, too; what the document says besides stays where the line says nothing.
    void read_carried_line(uint16_t bound_pack, const event::TimeZone& zone, EventBatch& batch, Event& event) {
        const std::string_view line = carried_line(batch, event);
        if (line.empty()) return;
        const auto fields = batch.fields(event);
        document_fields.assign(fields.begin(), fields.end());
        const Event document = event;

        SyslogHeader header = parse_syslog_header(line, zone, event.received);
        if (header.appname.empty()) header.appname = batch.get(event, event::log_syslog_appname);
        batch.truncate_fields(event, 0);
        event.overflowed = 0;
        event.time = header.time.value_or(event.received);
        add_header_fields(header, batch, event);
        event.raw = line;
        bool any = false;
        const Line inner{header, zone, batch, event, 0};
        const bool understood = (bound_pack != 0 && try_pack(bound_pack, inner)) || try_named(inner, any) || try_recognised(inner, any);
        event.raw = document.raw;
        if (!understood) {
            batch.truncate_fields(event, 0);
            event.pack = document.pack;
        }
        const auto said = [&](event::FieldId field) { return understood && batch.find(event, field) != nullptr; };
        const size_t of_the_line = event.field_count;
        for (const event::FieldValue& value : document_fields) {
            // Several values of one field come together: the first one decides.
            const bool more_of_the_last = event.field_count > of_the_line && batch.fields(event).back().field == value.field;
            if (more_of_the_last || !said(value.field)) batch.add(event, value.field, value.text(), value.kind);
        }
        if (!understood || event.time == event.received) event.time = document.time;
        event.overflowed = std::max(event.overflowed, document.overflowed);
    }
};

Parser::Parser(std::shared_ptr<const PackSet> packs) : state_(std::make_unique<State>()) { use(std::move(packs)); }
Parser::~Parser() = default;
Parser::Parser(Parser&&) noexcept = default;
Parser& Parser::operator=(Parser&&) noexcept = default;

void Parser::use(std::shared_ptr<const PackSet> packs) {
    SHUWEI_ASSERT(packs != nullptr);
    if (packs == state_->packs) return;
    state_->extractor.forget_packs();
    state_->packs = std::move(packs);
    state_->document_pack = state_->packs->find("json");
    state_->watch.forget_packs(state_->packs->size());
    bool prepared = state_->packs->recogniser().prepare(state_->scratch).has_value();
    for (const auto& overlay : state_->packs->overlays()) prepared = prepared && overlay->recogniser().prepare(state_->scratch).has_value();
    SHUWEI_ASSERT(prepared);  // memory only
}

const std::shared_ptr<const PackSet>& Parser::packs() const { return state_->packs; }

Extractor& Parser::extractor() { return state_->extractor; }

Outcome Parser::parse(EventBatch& batch, Event& event, const SourceHint& hint) {
    State& state = *state_;
    const event::TimeZone& zone = hint.zone != nullptr ? *hint.zone : state.china;
    event.time = event.received;
    event.pack = 0;
    std::string_view text = event.raw;
    if (hint.charset != Charset::utf8 && !is_utf8(text)) text = state.transcoder.convert(text, batch);

    SyslogHeader header;
    if (hint.format == LineFormat::raw) {
        while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
        header.message = text;
    } else {
        header = parse_syslog_header(text, zone, event.received);
        if (header.time) event.time = *header.time;
        add_header_fields(header, batch, event);
    }

    const State::Line line{header, zone, batch, event, hint.pack};
    if (hint.pack != 0 && state.try_pack(hint.pack, line)) return Outcome::parsed;
    bool recognised = hint.pack != 0;
    if (state.try_named(line, recognised)) return Outcome::parsed;
    const bool document = header.message.size() == text.size() && text.starts_with('{') && text.ends_with('}');
    if (document ? state.try_document(line, recognised) : state.try_recognised(line, recognised)) return Outcome::parsed;
    if (document && state.document_pack != 0) {
        recognised = true;
        if (state.try_pack(state.document_pack, line)) {
            state.read_carried_line(hint.pack, zone, batch, event);
            return Outcome::parsed;
        }
    }
    add_hostname(header.hostname, false, batch, event);
    if (!header.structured_data.empty()) add_structured_data(header.structured_data, batch, event);
    if (!header.message.empty()) batch.add(event, event::message, header.message);
    return recognised ? Outcome::partial : Outcome::unparsed;
}

}  // namespace shuwei::parse
