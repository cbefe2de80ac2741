#include "extractor.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "ecs_types.hpp"
#include "pack_watch.hpp"
#include "text_view.hpp"
#include "value_writer.hpp"

namespace shuwei::parse {

using event::EventBatch;
using event::FieldId;
using event::FieldValue;
using event::kNoField;
using event::ValueKind;

namespace {
constexpr uint16_t kCleared = kNone - 1;

bool to_number(std::string_view text, double& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}
}  // namespace

bool Extractor::extract(const CompiledPack& pack, const SyslogHeader& header, const event::TimeZone& zone, EventBatch& batch,
                        event::Event& event) {
    static constexpr std::array<std::string_view, 8> kDigits{"0", "1", "2", "3", "4", "5", "6", "7"};
    gave_up_ = false;
    attempts_ = 0;
    regex_.take_overruns();
    form_ = -1;
    registers_.start(pack.names.size());
    registers_.set(kMessageRegister, header.message);
    registers_.set(kRawRegister, event.raw);
    if (!header.appname.empty()) registers_.set(kAppnameRegister, header.appname);
    if (!header.procid.empty()) registers_.set(kProcidRegister, header.procid);
    if (!header.msgid.empty()) registers_.set(kMsgidRegister, header.msgid);
    if (!header.hostname.empty()) registers_.set(kHostnameRegister, header.hostname);
    if (header.priority >= 0) registers_.set(kSeverityRegister, kDigits[static_cast<size_t>(header.priority & 7)]);
    if (!header.structured_data.empty()) registers_.set(kStructuredDataRegister, header.structured_data);

    const size_t fields_before = event.field_count;
    given_ = fields_before;
    const base::Timestamp time_before = event.time;
    const uint16_t overflowed_before = event.overflowed;
    const Message* message = nullptr;
    if (!run_steps(pack.steps, pack, batch, event) || !choose_message(pack, batch, event, message)) {
        batch.truncate_fields(event, fields_before);
        event.time = time_before;
        event.overflowed = overflowed_before;
        return false;
    }
    for (const Computed& computed : pack.computed) {
        std::string_view text;
        if (!computed.sum.empty()) {
            if (add_up(computed.sum, batch, text)) registers_.set_if_absent(computed.reg, {text, ValueKind::number});
            continue;
        }
        for (const Template& each : computed.templates) {
            if (!render(each, batch, text)) continue;
            registers_.set(computed.reg, text);
            break;
        }
    }
    assigned_.assign(pack.targets.size(), kNone);
    assigned_list_.clear();
    apply(pack.rules, pack);
    if (message != nullptr) apply(message->rules, pack);
    emit(pack, message, zone, batch, event);
    return true;
}

bool Extractor::too_much() {
    constexpr uint32_t kMostOverruns = 3;
    constexpr uint32_t kAttempts = 64;
    constexpr base::Duration kMostTime = 5 * base::kMillisecond;
    if (gave_up_ || regex_.overruns() > kMostOverruns) return gave_up_ = true;
    if (++attempts_ % kAttempts != 0) return false;
    const base::Duration now = PackWatch::cpu_time();
    if (attempts_ == kAttempts) attempts_since_ = now;
    else gave_up_ = now - attempts_since_ > kMostTime;
    return gave_up_;
}

bool Extractor::run_steps(const std::vector<Step>& steps, const CompiledPack& pack, EventBatch& batch, event::Event& event) {
    for (const Step& step : steps) {
        const Registers::Mark mark = registers_.mark();
        if (trace_ != nullptr) trace_->push_back({step.kind, step.line, form_, -1, false, step.optional, false});
        if (run_step(step, pack, batch, event)) {
            if (trace_ != nullptr) trace_->back().matched = true;
            continue;
        }
        if (!step.optional) return false;
        registers_.rewind(mark);
    }
    return true;
}

bool Extractor::run_step(const Step& step, const CompiledPack& pack, EventBatch& batch, event::Event& event) {
    const Value& from = registers_[step.from];
    if (!from.is_set()) return false;
    const std::string_view text = from.text();
    DecodeContext context{batch, pack.names, registers_};
    switch (step.kind) {
        case StepKind::dissect:
            for (const uint16_t& alternative : step.alternatives) {
                if (!pack.dissects[alternative].match(text, registers_)) continue;
                if (trace_ != nullptr) trace_->back().alternative = static_cast<int>(&alternative - step.alternatives.data());
                return true;
            }
            return false;
        case StepKind::regex:
            for (const uint16_t& alternative : step.alternatives) {
                if (too_much()) return false;
                if (!pack.regexes[alternative].match(text, registers_, regex_)) continue;
                if (trace_ != nullptr) trace_->back().alternative = static_cast<int>(&alternative - step.alternatives.data());
                return true;
            }
            return false;
        case StepKind::key_value: return decode_key_value(text, pack.key_values[step.alternatives[0]], context);
        case StepKind::delimited: return decode_delimited(text, pack.delimiteds[step.alternatives[0]], context);
        case StepKind::cef: return decode_cef(text, context);
        case StepKind::leef: return decode_leef(text, context);
        case StepKind::structured_data: return decode_structured_data(text, context);
        case StepKind::json: return read_json(text, pack, batch, event);
    }
    return false;
}

bool Extractor::read_json(std::string_view text, const CompiledPack& pack, EventBatch& batch, event::Event& event) {
    const size_t brace = text.find('{');
    if (brace == std::string_view::npos || brace > 64) return false;  // "@cee: {", a tag before it
    text.remove_prefix(brace);
    const size_t first = event.field_count;
    if (!json_.read(text, batch, event)) {
        batch.truncate_fields(event, first);
        return false;
    }
    // Each value goes to its register, and stays in the event under its name in the pack or leaves it.
    size_t kept = first;
    const auto fields = batch.fields(event);
    for (size_t i = first; i < fields.size(); ++i) {
        FieldValue field = fields[i];
        if (field.field == event::shuwei_overflow) {
            fields[kept++] = field;
            continue;
        }
        const JsonName& name = json_name(pack, field.field);
        if (name.reg != kNoRegister && field.kind != ValueKind::null) {
            registers_.append(name.reg, Value(field.text(), field.kind), name.keep != kNoField);
        }
        if (name.keep == kNoField) continue;
        field.field = name.keep;
        fields[kept++] = field;
    }
    batch.truncate_fields(event, kept);
    return true;
}

const Extractor::JsonName& Extractor::json_name(const CompiledPack& pack, FieldId field) {
    std::vector<JsonName>& names = json_names_[&pack];
    if (field >= names.size()) names.resize(std::max<size_t>(field + size_t{1}, event::field_count()));
    JsonName& name = names[field];
    if (name.known) return name;
    name.known = true;
    const auto [canonical, renamed] = pack.canonical(event::field_name(field));
    name.reg = pack.names.find(canonical);
    if (name.reg != kNoRegister) {
        const EmissionRange range = pack.emissions_of[name.reg];
        for (uint32_t i = range.first; i < range.first + range.count; ++i) {
            if (pack.emissions[i].kept_name) name.keep = pack.emissions[i].field;
        }
    } else if (canonical.starts_with('_')) {
        // taken out
    } else if (pack.bare_names || (renamed && is_ecs_name(canonical))) {
        name.keep = event::intern_field(canonical);
    } else if (!pack.prefix.empty()) {
        name.keep = event::intern_field(canonical.starts_with(pack.prefix) ? canonical : pack.prefix + canonical);
    }
    return name;
}

bool Extractor::choose_message(const CompiledPack& pack, EventBatch& batch, event::Event& event, const Message*& message) {
    if (pack.messages.empty()) return true;
    const auto try_one = [&](uint16_t number) {
        const Message& candidate = pack.messages[number];
        form_ = number;
        if (gave_up_) return false;
        if (!candidate.conditions.empty() || candidate.steps.empty()) {
            const bool met = candidate.conditions.empty() || holds(candidate.conditions, pack);
            if (trace_ != nullptr) trace_->push_back({StepKind::dissect, candidate.line, number, -1, met, false, true});
            if (!met) return false;
        }
        if (candidate.steps.empty()) {
            message = &candidate;
            return true;
        }
        const Registers::Mark mark = registers_.mark();
        const size_t fields = event.field_count;
        if (run_steps(candidate.steps, pack, batch, event)) {
            message = &candidate;
            return true;
        }
        registers_.rewind(mark);
        batch.truncate_fields(event, fields);
        return false;
    };
    if (!pack.dispatch.parts.empty()) {
        std::string_view id;
        if (pack.dispatch.parts.size() == 1) {
            const Register from = pack.dispatch.parts[0].reg;
            id = from == kNoRegister ? pack.dispatch.parts[0].text : registers_[from].text();
        } else {
            key_.clear();
            for (const Template::Part& part : pack.dispatch.parts) key_.append(part.reg == kNoRegister ? part.text : registers_[part.reg].text());
            id = key_;
        }
        if (const auto found = pack.messages_by_id.find(id); found != pack.messages_by_id.end()) {
            for (const uint16_t number : found->second) {
                if (try_one(number)) return !message->refuses;
            }
        }
    }
    const std::vector<uint16_t>* rest = &pack.messages_without_id;
    if (pack.first_byte_of != kNoRegister) {
        const Value& text = registers_[pack.first_byte_of];
        rest = &pack.first_byte[text.is_set() && text.size > 0 ? static_cast<unsigned char>(text.data[0]) : 0];
    }
    for (const uint16_t number : *rest) {
        if (try_one(number)) return !message->refuses;
    }
    return pack.accept_unknown;
}

bool Extractor::holds(const std::vector<Condition>& conditions, const CompiledPack& pack) {
    for (const Condition& condition : conditions) {
        bool met = test(condition, registers_[condition.reg], pack);
        if (!met && registers_.has_several(condition.reg)) {
            for (const Registers::Entry& entry : registers_.entries()) {
                if (entry.reg == condition.reg && (met = test(condition, entry.value, pack))) break;
            }
        }
        if (met == condition.negated) return false;
    }
    return true;
}

bool Extractor::test(const Condition& condition, const Value& value, const CompiledPack& pack) {
    const std::string_view text = value.text();
    bool met = false;
    const auto any = [&](auto test) { return std::any_of(condition.values.begin(), condition.values.end(), test); };
    switch (condition.test) {
        case TestKind::exists: met = value.is_set() && value.size > 0; break;
        case TestKind::equals: met = value.is_set() && any([&](const std::string& wanted) { return text == wanted; }); break;
        case TestKind::starts: met = value.is_set() && any([&](const std::string& wanted) { return text.starts_with(wanted); }); break;
        case TestKind::ends: met = value.is_set() && any([&](const std::string& wanted) { return text.ends_with(wanted); }); break;
        case TestKind::contains: met = value.is_set() && any([&](const std::string& wanted) { return text.find(wanted) != text.npos; }); break;
        case TestKind::range: {
            double number = 0;
            met = value.is_set() && to_number(text, number) && number >= condition.low && number <= condition.high;
            break;
        }
        case TestKind::matches: met = value.is_set() && !too_much() && pack.regexes[condition.regex].matches(text, regex_); break;
    }
    return met;
}

void Extractor::apply(const std::vector<Rule>& rules, const CompiledPack& pack) {
    for (const Rule& rule : rules) {
        if (!rule.conditions.empty() && !holds(rule.conditions, pack)) continue;
        for (const Assignment& assignment : rule.assignments) {
            if (assigned_[assignment.target] == kNone) assigned_list_.push_back(assignment.target);
            assigned_[assignment.target] = assignment.constant == kNone ? kCleared : assignment.constant;
        }
    }
}

bool Extractor::add_up(const std::vector<Register>& summands, EventBatch& batch, std::string_view& out) {
    uint64_t sum = 0;
    for (const Register each : summands) {
        const std::string_view text = registers_[each].text();
        uint64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return false;
        if (number > uint64_t{INT64_MAX} - sum) return false;
        sum += number;
    }
    char digits[20];
    out = batch.store({digits, static_cast<size_t>(std::to_chars(digits, digits + sizeof digits, sum).ptr - digits)});
    return true;
}

namespace {

// Changes the text in place; answers its new size, never more than before.
size_t apply_filter(Template::Filter filter, char* text, size_t size) {
    switch (filter) {
        case Template::Filter::none: return size;
        case Template::Filter::lower:
        case Template::Filter::upper:
            for (size_t i = 0; i < size; ++i) {
                const char c = text[i];
                const bool changes = filter == Template::Filter::lower ? c >= 'A' && c <= 'Z' : c >= 'a' && c <= 'z';
                if (changes) text[i] = static_cast<char>(c ^ 0x20);
            }
            return size;
        case Template::Filter::url: {
            size_t used = 0;
            for (size_t i = 0; i < size; ++i) {
                char c = text[i];
                if (c == '%' && i + 2 < size && is_hex_digit(text[i + 1]) && is_hex_digit(text[i + 2])) {
                    c = static_cast<char>(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2]));
                    i += 2;
                } else if (c == '+') {
                    c = ' ';
                }
                text[used++] = c;
            }
            return used;
        }
    }
    return size;
}

std::string_view filtered(const Template::Part& part, std::string_view text, EventBatch& batch) {
    if (part.filter == Template::Filter::none || text.empty()) return text;
    char* copy = batch.allocate(text.size());
    std::memcpy(copy, text.data(), text.size());
    return batch.shrink(copy, text.size(), apply_filter(part.filter, copy, text.size()));
}

}  // namespace

bool Extractor::render(const Template& text, EventBatch& batch, std::string_view& out) {
    if (text.parts.size() == 1) {
        const Template::Part& part = text.parts[0];
        out = part.reg == kNoRegister ? part.text : filtered(part, registers_[part.reg].text(), batch);
        return part.reg == kNoRegister || !out.empty();
    }
    size_t size = 0;
    for (const Template::Part& part : text.parts) {
        if (part.reg != kNoRegister && registers_[part.reg].size == 0) return false;
        size += part.reg == kNoRegister ? part.text.size() : registers_[part.reg].size;
    }
    char* data = batch.allocate(size);
    char* at = data;
    for (const Template::Part& part : text.parts) {
        const std::string_view piece = part.reg == kNoRegister ? part.text : registers_[part.reg].text();
        std::memcpy(at, piece.data(), piece.size());
        at += apply_filter(part.filter, at, piece.size());
    }
    out = batch.shrink(data, size, static_cast<size_t>(at - data));
    return true;
}

void Extractor::remove_given(FieldId field, EventBatch& batch, event::Event& event) {
    const auto fields = batch.fields(event);
    const auto given_end = fields.begin() + static_cast<ptrdiff_t>(given_);
    const auto kept = std::remove_if(fields.begin(), given_end, [&](const FieldValue& value) { return value.field == field; });
    const auto end = std::move(given_end, fields.end(), kept);
    given_ -= static_cast<size_t>(given_end - kept);
    batch.truncate_fields(event, static_cast<size_t>(end - fields.begin()));
}

void Extractor::emit(const CompiledPack& pack, const Message* message, const event::TimeZone& zone, EventBatch& batch, event::Event& event) {
    WriteContext context{batch, event, zone};
    written_.assign(pack.targets.size(), kNoRegister);
    const auto says_nothing = [&](const Value& value) {
        if (value.size == 0) return true;
        for (const std::string& absent : pack.absent) {
            if (value.text() == absent) return true;
        }
        return false;
    };
    const auto overridden = [&](Register reg) -> const EmissionRange* {
        if (message == nullptr || message->emissions.empty()) return nullptr;
        const auto found = std::lower_bound(message->emissions.begin(), message->emissions.end(), reg,
                                            [](const auto& each, Register wanted) { return each.first < wanted; });
        return found != message->emissions.end() && found->first == reg ? &found->second : nullptr;
    };
    for (const Registers::Entry& entry : registers_.entries()) {
        const EmissionRange* own = overridden(entry.reg);
        const EmissionRange range = own != nullptr ? *own : pack.emissions_of[entry.reg];
        if (range.count == 0 || says_nothing(entry.value)) continue;
        for (uint32_t i = range.first; i < range.first + range.count; ++i) {
            const Emission& emission = pack.emissions[i];
            if ((emission.kept_name && entry.in_place) || emission.only_in_place) continue;
            if (assigned_[emission.target] != kNone) continue;  // a rule said otherwise
            Register& writer = written_[emission.target];
            if (writer != kNoRegister && writer != entry.reg) continue;
            if (emission.preferred != kNone) {
                const auto& better = pack.register_lists[emission.preferred];
                const auto wins = [&](Register each) {
                    return registers_[each].is_set() && !says_nothing(registers_[each]) && (own != nullptr || overridden(each) == nullptr);
                };
                if (std::any_of(better.begin(), better.end(), wins)) continue;
            }
            if (write_value(pack, emission, entry.value, context)) writer = entry.reg;
        }
    }
    for (const uint16_t target : assigned_list_) {
        if (assigned_[target] == kCleared) {
            remove_given(pack.targets[target].field, batch, event);
            continue;
        }
        for (const Template& each : pack.constants[assigned_[target]]) {
            std::string_view text;
            if (!render(each, batch, text)) continue;
            const TargetKind kind = pack.targets[target].kind;
            write_text(pack.targets[target].field, kind, kNoField, text, ValueKind::string, context);
        }
    }
    if (!pack.prefix.empty() || pack.bare_names) {
        char name[event::kMaxFieldNameBytes];
        std::memcpy(name, pack.prefix.data(), pack.prefix.size());
        for (const Registers::Other& other : registers_.others()) {
            if (says_nothing(other.value)) continue;
            if (pack.prefix.size() + other.name.size() > sizeof name) continue;
            std::memcpy(name + pack.prefix.size(), other.name.data(), other.name.size());
            batch.add(event, std::string_view(name, pack.prefix.size() + other.name.size()), other.value.text(), other.value.kind);
        }
    }
    if (pack.summary != kNone && batch.find(event, event::message) == nullptr) {
        std::string_view text;
        if (render(pack.constants[pack.summary][0], batch, text)) batch.add(event, event::message, text);
    }
}

}  // namespace shuwei::parse
