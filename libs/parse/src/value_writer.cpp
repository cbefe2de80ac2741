#include "value_writer.hpp"

#include <charconv>
#include <cmath>
#include <cstring>
#include <string>

#include "decoders.hpp"
#include "shuwei/base/ip_address.hpp"
#include "shuwei/base/text.hpp"
#include "text_view.hpp"

namespace shuwei::parse {

using event::FieldId;
using event::ValueKind;

namespace {

std::string_view with_letters(std::string_view text, Conversion::Letters letters, event::EventBatch& batch) {
    const bool lower = letters == Conversion::Letters::lower;
    size_t at = 0;
    while (at < text.size() && !(lower ? text[at] >= 'A' && text[at] <= 'Z' : text[at] >= 'a' && text[at] <= 'z')) ++at;
    if (at == text.size()) return text;
    char* out = batch.allocate(text.size());
    std::memcpy(out, text.data(), text.size());
    for (; at < text.size(); ++at) {
        const char c = out[at];
        if (lower ? c >= 'A' && c <= 'Z' : c >= 'a' && c <= 'z') out[at] = static_cast<char>(c ^ 0x20);
    }
    return {out, text.size()};
}

std::string_view without(std::string_view text, std::string_view characters) {
    const size_t first = text.find_first_not_of(characters);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(characters) - first + 1);
}

std::string_view part_of_path(std::string_view path, Conversion::Take take) {
    const size_t slash = path.find_last_of("/\\");
    const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
    switch (take) {
        case Conversion::Take::whole: return path;
        case Conversion::Take::file_name: return name;
        case Conversion::Take::folder: return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash == 0 ? 1 : slash);
        case Conversion::Take::extension: {
            const size_t dot = name.rfind('.');
            return dot == std::string_view::npos || dot == 0 ? std::string_view{} : name.substr(dot + 1);
        }
    }
    return path;
}

std::optional<base::Timestamp> read_time(const Conversion* conversion, std::string_view text, const WriteContext& context) {
    static const std::vector<TimePattern> kUsual = [] {
        std::vector<TimePattern> usual(3);
        usual[1].kind = TimeKind::epoch;
        usual[2].kind = TimeKind::syslog;
        return usual;
    }();
    const event::TimeZone& zone = conversion != nullptr && conversion->zone ? *conversion->zone : context.zone;
    for (const TimePattern& pattern : conversion != nullptr && !conversion->times.empty() ? conversion->times : kUsual) {
        std::optional<base::Timestamp> time;
        switch (pattern.kind) {
            case TimeKind::rfc3339: time = event::parse_rfc3339(text, zone); break;
            case TimeKind::epoch: time = event::parse_epoch(text); break;
            case TimeKind::syslog: time = event::parse_syslog_time(text, zone, context.event.received); break;
            case TimeKind::format: time = pattern.format.parse(text, zone, context.event.received); break;
        }
        if (time) return time;
    }
    return std::nullopt;
}

bool write_integer(FieldId field, std::string_view text, WriteContext& context) {
    text = base::trim(text);
    if (all_digits(text) && text.size() <= 18 && (text[0] != '0' || text.size() == 1)) {
        context.batch.add(context.event, field, text, ValueKind::number);
        return true;
    }
    if (text.size() > 2 && text.size() <= 18 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        uint64_t number = 0;
        const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), number, 16);
        if (error != std::errc{} || end != text.data() + text.size()) return false;
        context.batch.add_integer(context.event, field, static_cast<int64_t>(number));
        return true;
    }
    if (const auto number = base::parse_int(text)) {  // signs and leading zeros
        context.batch.add_integer(context.event, field, *number);
        return true;
    }
    return false;
}

bool is_json_number(std::string_view text) {
    size_t at = text.starts_with('-') ? 1 : 0;
    const size_t whole = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    if (at == whole || (text[whole] == '0' && at > whole + 1)) return false;
    if (at < text.size() && text[at] == '.') {
        const size_t fraction = ++at;
        while (at < text.size() && is_digit(text[at])) ++at;
        if (at == fraction) return false;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        const size_t exponent = at;
        while (at < text.size() && is_digit(text[at])) ++at;
        if (at == exponent) return false;
    }
    return at == text.size();
}

bool could_be_hostname(std::string_view text) {
    if (text.empty() || text.size() > 255) return false;
    bool letter = false;
    for (const char c : text) {
        letter |= is_letter(c) || static_cast<unsigned char>(c) >= 0x80;
        if (!is_letter(c) && !is_digit(c) && c != '.' && c != '-' && c != '_' && static_cast<unsigned char>(c) < 0x80) return false;
    }
    return letter;
}

bool write_ip(FieldId field, FieldId fallback, std::string_view text, WriteContext& context) {
    text = base::trim(text);
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
    if (const size_t zone = text.find('%'); zone != std::string_view::npos && text.find(':') != std::string_view::npos) text = text.substr(0, zone);
    if (text.size() > 7 && base::equals_ignoring_case(text.substr(0, 7), "::ffff:") && text.find('.') != std::string_view::npos) text.remove_prefix(7);
    if (base::IpAddress::parse(text)) {
        context.batch.add(context.event, field, text);
        return true;
    }
    if (fallback != event::kNoField && could_be_hostname(text)) {
        context.batch.add(context.event, fallback, text);
        return true;
    }
    return false;
}

// 00-1A-2B-3C-4D-5E, as ECS writes it.
bool write_mac(FieldId field, std::string_view text, WriteContext& context) {
    char digits[16];
    size_t count = 0;
    for (const char c : text) {
        if (is_hex_digit(c)) {
            if (count == sizeof digits) return false;
            digits[count++] = static_cast<char>(is_digit(c) ? c : c & ~0x20);
        } else if (c != ':' && c != '-' && c != '.') {
            return false;
        }
    }
    if (count != 12 && count != 16) return false;
    const size_t size = count / 2 * 3 - 1;
    char* out = context.batch.allocate(size);
    size_t used = 0;
    for (size_t i = 0; i < count; i += 2) {
        if (i > 0) out[used++] = '-';
        out[used++] = digits[i];
        out[used++] = digits[i + 1];
    }
    context.batch.add(context.event, field, {out, size});
    return true;
}

std::string_view transport_name(std::string_view number) {
    struct Known {
        std::string_view number;
        std::string_view name;
    };
    static constexpr Known kKnown[] = {{"6", "tcp"},   {"17", "udp"},  {"1", "icmp"},  {"58", "ipv6-icmp"}, {"2", "igmp"},
                                       {"47", "gre"},  {"50", "esp"},  {"51", "ah"},   {"132", "sctp"},     {"89", "ospf"},
                                       {"103", "pim"}, {"4", "ipip"},  {"41", "ipv6"}, {"112", "vrrp"},     {"0", "hopopt"},
                                       {"88", "eigrp"}, {"46", "rsvp"}, {"94", "ipip"}};
    for (const Known& known : kKnown) {
        if (known.number == number) return known.name;
    }
    return number;
}

std::string_view number_text(double number, event::EventBatch& batch) {
    char text[32];
    const double whole = std::nearbyint(number);
    const auto [end, error] = std::abs(number - whole) < 1e-9 && std::abs(whole) < 9e18
                                  ? std::to_chars(text, text + sizeof text, static_cast<int64_t>(whole))
                                  : std::to_chars(text, text + sizeof text, number);
    return error == std::errc{} ? batch.store({text, static_cast<size_t>(end - text)}) : std::string_view{};
}

}  // namespace

bool write_text(FieldId field, TargetKind kind, FieldId fallback, std::string_view text, ValueKind text_kind, WriteContext& context) {
    switch (kind) {
        case TargetKind::as_is: context.batch.add(context.event, field, text, text_kind); return true;
        case TargetKind::keyword: context.batch.add(context.event, field, text); return true;
        case TargetKind::lower:
            context.batch.add(context.event, field, with_letters(text, Conversion::Letters::lower, context.batch));
            return true;
        case TargetKind::transport:
            context.batch.add(context.event, field, transport_name(with_letters(text, Conversion::Letters::lower, context.batch)));
            return true;
        case TargetKind::ip: return write_ip(field, fallback, text, context);
        case TargetKind::integer: return write_integer(field, text, context);
        case TargetKind::number:
            if (!is_json_number(text)) return false;
            context.batch.add(context.event, field, text, ValueKind::number);
            return true;
        case TargetKind::boolean: {
            const bool yes = text == "true" || text == "1" || text == "yes" || text == "True";
            if (!yes && text != "false" && text != "0" && text != "no" && text != "False") return false;
            context.batch.add(context.event, field, yes ? "true" : "false", ValueKind::boolean);
            return true;
        }
        case TargetKind::mac: return write_mac(field, text, context);
        case TargetKind::timestamp:
        case TargetKind::event_time: {
            const auto time = read_time(nullptr, text, context);
            if (!time) return false;
            if (kind == TargetKind::event_time) context.event.time = *time;
            else context.batch.add(context.event, field, context.batch.store(event::format_rfc3339(*time)));
            return true;
        }
    }
    return false;
}

bool write_value(const CompiledPack& pack, const Emission& emission, Value value, WriteContext& context) {
    std::string_view text = value.text();
    if (emission.conversion == kNone) return write_text(emission.field, emission.kind, emission.fallback, text, value.kind, context);
    const Conversion& conversion = pack.conversions[emission.conversion];
    if (conversion.split != 0) {
        Emission single = emission;
        bool written = false;
        for (size_t count = 0; count < 64 && !text.empty(); ++count) {
            const size_t end = text.find(conversion.split);
            const std::string_view part = base::trim(text.substr(0, end));
            if (!part.empty()) {
                Conversion::Otherwise otherwise = conversion.otherwise;
                std::string_view result = conversion.strip.empty() ? part : without(part, conversion.strip);
                if (conversion.letters != Conversion::Letters::keep) result = with_letters(result, conversion.letters, context.batch);
                if (conversion.table != kNone) {
                    const auto& table = pack.tables[conversion.table];
                    if (const auto found = table.find(result); found != table.end()) {
                        result = found->second;
                        otherwise = Conversion::Otherwise::keep;
                    }
                } else {
                    otherwise = Conversion::Otherwise::keep;
                }
                if (otherwise == Conversion::Otherwise::constant) result = conversion.otherwise_text;
                if (otherwise != Conversion::Otherwise::drop) {
                    written |= write_text(single.field, single.kind, single.fallback, result, ValueKind::string, context);
                }
            }
            if (end == std::string_view::npos) break;
            text.remove_prefix(end + 1);
        }
        return written;
    }
    if (!conversion.strip.empty()) text = without(text, conversion.strip);
    if (conversion.hex) text = decode_hex(text, context.batch);
    if (conversion.take != Conversion::Take::whole) text = part_of_path(text, conversion.take);
    if (conversion.letters != Conversion::Letters::keep) text = with_letters(text, conversion.letters, context.batch);
    if (text.empty()) return false;
    ValueKind kind = value.kind;
    if (conversion.table != kNone) {
        const auto& table = pack.tables[conversion.table];
        if (const auto found = table.find(text); found != table.end()) {
            text = found->second;
            kind = ValueKind::string;
        } else if (conversion.otherwise == Conversion::Otherwise::drop) {
            return false;
        } else if (conversion.otherwise == Conversion::Otherwise::constant) {
            text = conversion.otherwise_text;
            kind = ValueKind::string;
        }
        if (text.empty()) return false;
    }
    if (conversion.multiply != 0) {
        double number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number)) return false;
        text = number_text(number * conversion.multiply, context.batch);
        kind = ValueKind::number;
    }
    if (!conversion.times.empty() || conversion.zone) {
        const auto time = read_time(&conversion, text, context);
        if (!time) return false;
        if (emission.kind == TargetKind::event_time) context.event.time = *time;
        else context.batch.add(context.event, emission.field, context.batch.store(event::format_rfc3339(*time)));
        return true;
    }
    return write_text(emission.field, emission.kind, emission.fallback, text, kind, context);
}

}  // namespace shuwei::parse
