#include "shuwei/parse/parser.hpp"

#include <iconv.h>

#include <algorithm>
#include <cerrno>

#include "carried_line.hpp"
#include "decoders.hpp"
#include "extractor.hpp"
#include "recogniser.hpp"
#include "shuwei/base/assert.hpp"
#include "shuwei/base/ip_address.hpp"
#include "shuwei/base/text.hpp"
#include "syslog_header.hpp"
#include "utf8.hpp"

namespace shuwei::parse {

using event::Event;
using event::EventBatch;
using event::ValueKind;

namespace {

constexpr size_t kMaxCandidates = 4;

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
    RecogniserScratch scratch;
    std::vector<Candidate> candidates;
    std::vector<Candidate> line_candidates;
    Transcoder transcoder;
    const event::TimeZone china = event::TimeZone::china();
    uint16_t document_pack = 0;              // reads documents that no other pack knows
    std::vector<event::FieldValue> document_fields;

    bool try_pack(uint16_t number, const SyslogHeader& header, const event::TimeZone& zone, EventBatch& batch, Event& event) {
        const CompiledPack* pack = packs->compiled(number);
        if (pack == nullptr || !extractor.extract(*pack, header, zone, batch, event)) return false;
        event.pack = number;
        add_hostname(header.hostname, pack->hostname_to == CompiledPack::HostnameTo::observer, batch, event);
        return true;
    }

    void drop_candidates_of_the_line(std::string_view document) {
        const std::string_view line = written_carried_line(document);
        if (!line.empty()) {
            packs->recogniser().recognise(line, {}, {}, scratch, line_candidates, kMaxCandidates);
        } else {
            line_candidates.clear();
        }
        std::erase_if(candidates, [&](const Candidate& candidate) {
            const auto same = [&](const Candidate& other) { return other.pack == candidate.pack; };
            return candidate.pack == document_pack || std::ranges::any_of(line_candidates, same);
        });
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
        const bool understood = (bound_pack != 0 && try_pack(bound_pack, header, zone, batch, event)) ||
                                try_candidates(header, zone, batch, event);
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

    bool try_candidates(const SyslogHeader& header, const event::TimeZone& zone, EventBatch& batch, Event& event) {
        const Recogniser& recogniser = packs->recogniser();
        if (const std::vector<Candidate>* named = recogniser.by_appname(header.appname)) {
            for (const Candidate& candidate : *named) {
                if (try_pack(candidate.pack, header, zone, batch, event)) return true;
            }
        }
        recogniser.recognise(header.message, header.appname, header.msgid, scratch, candidates, kMaxCandidates);
        for (const Candidate& candidate : candidates) {
            if (candidate.pack != document_pack && try_pack(candidate.pack, header, zone, batch, event)) return true;
        }
        return false;
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
    const auto prepared = state_->packs->recogniser().prepare(state_->scratch);
    SHUWEI_ASSERT(prepared.has_value());  // memory only
}

const std::shared_ptr<const PackSet>& Parser::packs() const { return state_->packs; }

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

    if (hint.pack != 0 && state.try_pack(hint.pack, header, zone, batch, event)) return Outcome::parsed;
    bool recognised = hint.pack != 0;
    const Recogniser& recogniser = state.packs->recogniser();
    const std::vector<Candidate>* named = recogniser.by_appname(header.appname);
    if (named != nullptr) {
        for (const Candidate& candidate : *named) {
            if (candidate.pack != hint.pack && state.try_pack(candidate.pack, header, zone, batch, event)) return Outcome::parsed;
        }
    }
    recogniser.recognise(header.message, header.appname, header.msgid, state.scratch, state.candidates, kMaxCandidates);
    // A document may carry a line: packs that recognise the line alone are not for the whole.
    const bool document = header.message.size() == text.size() && text.starts_with('{') && text.ends_with('}');
    if (document) state.drop_candidates_of_the_line(text);
    for (const Candidate& candidate : state.candidates) {
        recognised = true;
        if (candidate.pack != hint.pack && state.try_pack(candidate.pack, header, zone, batch, event)) return Outcome::parsed;
    }
    if (document && state.document_pack != 0) {
        recognised = true;
        if (state.try_pack(state.document_pack, header, zone, batch, event)) {
            state.read_carried_line(hint.pack, zone, batch, event);
            return Outcome::parsed;
        }
    }
    add_hostname(header.hostname, false, batch, event);
    if (!header.structured_data.empty()) add_structured_data(header.structured_data, batch, event);
    if (!header.message.empty()) batch.add(event, event::message, header.message);
    return recognised || named != nullptr ? Outcome::partial : Outcome::unparsed;
}

}  // namespace shuwei::parse
