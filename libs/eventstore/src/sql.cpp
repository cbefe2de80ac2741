#include "sql.hpp"

#include <algorithm>
#include <charconv>

#include "columns.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/eventstore/kql.hpp"

namespace shuwei::eventstore {

using base::ErrorCode;
using base::fail;
using base::Result;
using event::Comparison;
using event::FieldType;
using event::Predicate;

int64_t to_microseconds(base::Timestamp time) {
    const int64_t whole = time / base::kMicrosecond;
    return time % base::kMicrosecond < 0 ? whole - 1 : whole;
}

std::string Parameters::escape(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() + 8);
    for (const char c : bytes) {
        switch (c) {
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\t': out += "\\t"; break;
            case '\r': out += "\\r"; break;
            case '\0': out += "\\0"; break;
            default: out += c;
        }
    }
    return out;
}

std::string Parameters::real(double value) {
    char text[64];
    const auto [end, error] = std::to_chars(text, text + sizeof text, value);
    return add("Float64", error == std::errc{} ? std::string(text, end) : "0");
}

std::string Parameters::address_text(const base::IpAddress& address) {
    return (address.is_v4() ? "::ffff:" : "") + address.to_string();
}

std::string Parameters::add(std::string_view type, std::string value) {
    for (size_t i = 0; i < values_.size(); ++i) {
        if (values_[i].second == value) return "{" + values_[i].first + ":" + std::string(type) + "}";
    }
    std::string name = "p" + std::to_string(values_.size());
    std::string placeholder = "{" + name + ":" + std::string(type) + "}";
    values_.emplace_back(std::move(name), std::move(value));
    return placeholder;
}

namespace {

constexpr const char* kFalse = "0";
// Only what begins like 2026-: the function takes bare numbers for times too.
constexpr const char* kMapTime = "if(position(v, '-') = 5, parseDateTime64BestEffortOrNull(v, 6, 'Asia/Shanghai'), NULL)";

// An IPv6 as people write it: IPv4 dotted.
std::string address_text(const std::string& address) {
    return "replaceRegexpOne(toString(" + address + "), '^::ffff:([0-9.]+)$', '\\\\1')";
}

std::string_view sign(Comparison comparison) {
    switch (comparison) {
        case Comparison::less: return " < ";
        case Comparison::less_equal: return " <= ";
        case Comparison::greater: return " > ";
        case Comparison::greater_equal: return " >= ";
        default: return " = ";
    }
}

// A wildcard pattern taken apart at its stars; the pieces have their escapes removed.
struct Pattern {
    std::vector<std::string> pieces{1};
    bool has_question_mark = false;
    std::string regex = "(?s)^";

    explicit Pattern(std::string_view pattern) {
        for (size_t i = 0; i < pattern.size(); ++i) {
            char c = pattern[i];
            if (c == '*') {
                // \C: any byte, so that lines that are not UTF-8 are matched too.
                if (pieces.back().empty() && pieces.size() > 1) continue;
                pieces.emplace_back();
                regex += "\\C*";
                continue;
            }
            if (c == '?') {
                has_question_mark = true;
                regex += "(?:.|\\C)";
                continue;
            }
            if (c == '\\' && i + 1 < pattern.size()) c = pattern[++i];
            c = base::ascii_lower(c);
            pieces.back() += c;
            const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ' ' || static_cast<uint8_t>(c) >= 0x80;
            if (c == '\0') {
                regex += "\\x00";
            } else {
                if (!plain && c != '\n' && c != '\t' && c != '\r') regex += '\\';
                regex += c;
            }
        }
        regex += "$";
    }
    bool only_stars() const {
        return !has_question_mark && pieces.size() > 1 &&
               std::all_of(pieces.begin(), pieces.end(), [](const std::string& piece) { return piece.empty(); });
    }
};

std::pair<base::IpAddress, base::IpAddress> ends(const base::IpNetwork& network) {
    base::IpAddress first = network.address;
    base::IpAddress last = network.address;
    for (int bit = network.prefix; bit < 128; ++bit) {
        const auto mask = static_cast<uint8_t>(0x80 >> (bit % 8));
        first.bytes[static_cast<size_t>(bit / 8)] &= static_cast<uint8_t>(~mask);
        last.bytes[static_cast<size_t>(bit / 8)] |= mask;
    }
    return {first, last};
}

}  // namespace

std::string network_sql(const std::string& address, std::string_view asked, Parameters& parameters) {
    const auto network = base::IpNetwork::parse(asked);
    if (!network) return kFalse;
    const auto [first, last] = ends(*network);
    return "ifNull((" + address + " >= " + parameters.address(first) + " AND " + address + " <= " + parameters.address(last) + "), 0)";
}

namespace {

class Emitter {
public:
    explicit Emitter(Parameters& parameters) : parameters_(parameters) {}

    std::string emit(const Predicate& predicate) {
        switch (predicate.kind) {
            case Predicate::Kind::everything: return "1";
            case Predicate::Kind::all_of: return joined(predicate, " AND ", "1");
            case Predicate::Kind::any_of: return joined(predicate, " OR ", kFalse);
            case Predicate::Kind::negation:
                return "NOT (" + (predicate.children.empty() ? "1" : emit(predicate.children[0])) + ")";
            case Predicate::Kind::free_text: return free_text(predicate.value);
            case Predicate::Kind::field: return field(predicate);
        }
        return kFalse;
    }

private:
    std::string joined(const Predicate& predicate, std::string_view word, std::string_view none) {
        if (predicate.children.empty()) return std::string(none);
        std::string out = "(";
        for (const Predicate& child : predicate.children) {
            if (out.size() > 1) out += word;
            out += emit(child);
        }
        return out + ")";
    }

    std::string contains(const std::string& column, std::string_view text) {
        return "positionCaseInsensitive(" + column + ", " + parameters_.text(text) + ") > 0";
    }

    // Lets the n-gram indexes pass over granules that cannot have the text; true for every row.
    std::string hint(std::string_view text) {
        std::string pattern = "%";
        for (const char c : base::to_ascii_lower(text)) {
            if (c == '%' || c == '_' || c == '\\') pattern += '\\';
            pattern += c;
        }
        pattern += '%';
        return "indexHint(" + std::string(kRawText) + " LIKE " + parameters_.text(pattern) + ")";
    }

    std::string free_text(std::string_view text) {
        if (text.empty()) return "1";
        const auto spellings = event::free_text_spellings(text);
        const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<uint8_t>(c) < 0x80; });
        const auto characters = std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; });
        std::string out = "(" + contains("raw", spellings[0]);
        // Two characters help only where there are many different ones.
        if (base::is_valid_utf8(text) && characters >= (ascii ? 4 : 2)) out += " AND " + hint(text);
        out += ")";
        // Lines in GB18030 are no valid UTF-8 and have none of its n-grams.
        if (spellings.size() > 1) {
            out = "(" + out + " OR (" + contains("raw", spellings[1]) + " AND indexHint(" + std::string(kRawIsUtf8) + " = 0)))";
        }
        return out;
    }

    // A pattern against text that is there.
    std::string wildcard(const std::string& value, std::string_view asked) {
        const Pattern pattern(asked);
        if (pattern.only_stars()) return "1";
        const std::string lower = "lower(" + value + ")";
        const auto& pieces = pattern.pieces;
        if (!pattern.has_question_mark) {
            if (pieces.size() == 1) return lower + " = " + parameters_.text(pieces[0]);
            if (pieces.size() == 2 && pieces[1].empty()) return "startsWith(" + lower + ", " + parameters_.text(pieces[0]) + ")";
            if (pieces.size() == 2 && pieces[0].empty()) return "endsWith(" + lower + ", " + parameters_.text(pieces[1]) + ")";
            if (pieces.size() == 3 && pieces[0].empty() && pieces[2].empty()) {
                return contains(value, pieces[1]);
            }
        }
        // The longest literal first: a substring search is many times faster than the expression.
        const auto longest = std::max_element(pieces.begin(), pieces.end(),
                                              [](const auto& a, const auto& b) { return a.size() < b.size(); });
        std::string out = "match(" + lower + ", " + parameters_.text(pattern.regex) + ")";
        if (!longest->empty() && !pattern.has_question_mark) {
            out = "(" + contains(value, *longest) + " AND " + out + ")";
        }
        return out;
    }

    static std::string if_null(std::string condition) { return "ifNull(" + condition + ", 0)"; }

    // Text that is there; also the way of every type whose asked value is not of it.
    std::string text_condition(const std::string& value, const Predicate& term) {
        switch (term.comparison) {
            case Comparison::exists: return "1";
            case Comparison::equals: return "lower(" + value + ") = " + parameters_.text(base::to_ascii_lower(term.value));
            case Comparison::wildcard: return wildcard(value, term.value);
            case Comparison::network: return network_condition("toIPv6OrNull(" + value + ")", term.value);
            default: break;
        }
        if (const auto number = event::parse_number_value(term.value)) {
            return if_null("toFloat64OrNull(" + value + ")" + std::string(sign(term.comparison)) + parameters_.real(*number));
        }
        return "lower(" + value + ")" + std::string(sign(term.comparison)) +
               parameters_.text(base::to_ascii_lower(term.value));
    }

    std::string network_condition(const std::string& address, std::string_view asked) { return network_sql(address, asked, parameters_); }

    // "10.1.*" is the network 10.1.0.0/16.
    static std::optional<base::IpNetwork> dotted_prefix(std::string_view pattern) {
        if (pattern.size() < 3 || !pattern.ends_with(".*")) return std::nullopt;
        pattern.remove_suffix(2);
        const auto octets = static_cast<size_t>(std::count(pattern.begin(), pattern.end(), '.')) + 1;
        if (octets > 3) return std::nullopt;
        std::string whole(pattern);
        for (size_t i = octets; i < 4; ++i) whole += ".0";
        return base::IpNetwork::parse(whole + "/" + std::to_string(octets * 8));
    }

    // `address` is IPv6 or Nullable(IPv6) and there; nothing when the asked value is not of the type.
    std::optional<std::string> address_condition(const std::string& address, const Predicate& term) {
        if (term.comparison == Comparison::network) return network_condition(address, term.value);
        if (term.comparison == Comparison::wildcard) {
            if (const auto network = dotted_prefix(term.value)) {
                const auto [first, last] = ends(*network);
                return if_null("(" + address + " >= " + parameters_.address(first) + " AND " + address + " <= " +
                               parameters_.address(last) + ")");
            }
            return if_null(wildcard(address_text(address), term.value));
        }
        const auto asked = base::IpAddress::parse(term.value);
        if (!asked) return std::nullopt;
        return if_null("(" + address + std::string(sign(term.comparison)) + parameters_.address(*asked) + ")");
    }

    std::optional<std::string> integer_condition(const std::string& number, const Predicate& term) {
        if (term.comparison == Comparison::wildcard) return if_null(wildcard("toString(" + number + ")", term.value));
        if (term.comparison == Comparison::network) return kFalse;
        if (const auto whole = base::parse_int(term.value)) {
            return if_null(number + std::string(sign(term.comparison)) + parameters_.integer(*whole));
        }
        if (const auto real = event::parse_number_value(term.value)) {
            return if_null(number + std::string(sign(term.comparison)) + parameters_.real(*real));
        }
        return std::nullopt;
    }

    std::optional<std::string> time_condition(const std::string& time, const Predicate& term) {
        const auto asked = event::parse_time_value(term.value);
        if (!asked || term.comparison == Comparison::wildcard || term.comparison == Comparison::network) return std::nullopt;
        return if_null(time + std::string(sign(term.comparison)) + "fromUnixTimestamp64Micro(" +
                       parameters_.integer(to_microseconds(*asked)) + ", 'UTC')");
    }

    // A value of a Map, which is text of whatever the field's type is.
    std::string map_value_condition(FieldType type, const Predicate& term) {
        const std::string value = "v";
        if (term.comparison == Comparison::exists) return "1";
        if (term.comparison == Comparison::network) return network_condition("toIPv6OrNull(v)", term.value);
        std::optional<std::string> typed;
        switch (type) {
            case FieldType::ip: typed = address_condition("toIPv6OrNull(v)", term); break;
            case FieldType::integer: typed = integer_condition("toInt64OrNull(v)", term); break;
            case FieldType::timestamp: typed = time_condition(kMapTime, term); break;
            case FieldType::number:
            case FieldType::keyword:
            case FieldType::text:
            case FieldType::boolean: return text_condition(value, term);
        }
        const bool can_be_text = term.comparison == Comparison::equals || term.comparison == Comparison::wildcard;
        if (!typed) return can_be_text ? text_condition(value, term) : kFalse;
        if (can_be_text) return "(" + *typed + " OR " + text_condition(value, term) + ")";
        return *typed;
    }

    std::string in_map(std::string_view map, std::string_view field_name, FieldType type, const Predicate& term) {
        const std::string name = parameters_.text(field_name);
        const std::string keys = std::string(map) + ".keys";
        if (term.comparison == Comparison::exists) return "has(" + keys + ", " + name + ")";
        return "(has(" + keys + ", " + name + ") AND arrayExists((k, v) -> k = " + name + " AND " + map_value_condition(type, term) +
               ", " + keys + ", " + std::string(map) + ".values))";
    }

    std::string field(const Predicate& term) {
        const event::FieldId id = event::find_field(term.field);
        switch (id) {
            case event::timestamp: return time_column("ts", term);
            case event::event_ingested: return time_column("received", term);
            case event::log_source_address: return address_column("peer", term);
            case event::shuwei_seq:
                if (term.comparison == Comparison::exists) return "1";
                return integer_condition("seq", term).value_or(kFalse);
            case event::shuwei_pack: return text_column("pack", term);
            case event::event_original:
                if (term.comparison == Comparison::exists) return "1";
                return text_condition("raw", term);
            default: break;
        }
        const int index = id == event::kNoField ? kNoColumn : column_of(id);
        const FieldType type = id == event::kNoField ? FieldType::keyword : event::field_type(id);
        if (index == kNoColumn) return in_map("rest", term.field, type, term);
        const Column& column = field_columns()[static_cast<size_t>(index)];
        std::string first;
        switch (column.kind) {
            case ColumnKind::low_text:
            case ColumnKind::text: first = text_column(column.value, term); break;
            case ColumnKind::ip: first = address_column(column.name, term); break;
            case ColumnKind::integer:
                first = term.comparison == Comparison::exists ? column.name + " IS NOT NULL"
                                                              : integer_condition(column.name, term).value_or(kFalse);
                break;
        }
        return "(" + first + " OR " + in_map("more", term.field, type, term) + ")";
    }

    // Of columns in which an empty text means absent.
    std::string text_column(const std::string& column, const Predicate& term) {
        if (term.comparison == Comparison::exists) return column + " != ''";
        if (term.comparison == Comparison::equals && term.value.empty()) return kFalse;
        const std::string condition = text_condition(column, term);
        if (term.comparison == Comparison::equals) return condition;
        return "(" + column + " != '' AND " + condition + ")";
    }

    std::string address_column(const std::string& column, const Predicate& term) {
        const std::string there = column + " != toIPv6('::')";
        if (term.comparison == Comparison::exists) return there;
        if (term.comparison == Comparison::equals) {
            // Bare, so that the filter index understands it.
            const auto asked = base::IpAddress::parse(term.value);
            return asked && *asked != base::IpAddress{} ? column + " = " + parameters_.address(*asked) : kFalse;
        }
        const auto condition = address_condition(column, term);
        if (!condition) return kFalse;
        return "(" + there + " AND " + *condition + ")";
    }

    std::string time_column(const std::string& column, const Predicate& term) {
        if (term.comparison == Comparison::exists) return "1";
        if (const auto condition = time_condition(column, term)) return *condition;
        if (term.comparison != Comparison::wildcard) return kFalse;
        return wildcard("replaceOne(concat(toString(" + column + "), 'Z'), ' ', 'T')", term.value);
    }

    Parameters& parameters_;
};

Result<std::string> from_tables(const std::vector<uint32_t>& tenants, std::string (*name)(uint32_t)) {
    if (tenants.empty()) return fail(ErrorCode::invalid_argument, "a query needs at least one tenant");
    if (tenants.size() == 1) return " FROM shuwei." + name(tenants[0]);
    std::string pattern;
    for (const uint32_t tenant : tenants) pattern += (pattern.empty() ? "" : "|") + name(tenant);
    return " FROM merge('shuwei', '^(" + pattern + ")$')";
}

}  // namespace

Result<std::string> predicate_sql(const Predicate& predicate, Parameters& parameters) {
    if (predicate.depth() > kMaxQueryDepth * 4) return fail(ErrorCode::invalid_argument, "the query is nested too deeply");
    if (predicate.terms() > kMaxQueryTerms) {
        return fail(ErrorCode::invalid_argument, "the query has more than " + std::to_string(kMaxQueryTerms) + " terms");
    }
    return Emitter(parameters).emit(predicate);
}

Result<std::string> from_events(const std::vector<uint32_t>& tenants) { return from_tables(tenants, events_table); }
Result<std::string> from_findings(const std::vector<uint32_t>& tenants) { return from_tables(tenants, findings_table); }

Result<std::string> scope_sql(const Scope& scope, Parameters& parameters) {
    TRY_ASSIGN(std::string condition, predicate_sql(scope.predicate, parameters));
    std::string time;
    if (scope.since) time += "ts >= fromUnixTimestamp64Micro(" + parameters.integer(to_microseconds(*scope.since)) + ", 'UTC') AND ";
    if (scope.until) time += "ts < fromUnixTimestamp64Micro(" + parameters.integer(to_microseconds(*scope.until)) + ", 'UTC') AND ";
    return time + "(" + condition + ")";
}

FieldSql field_sql(std::string_view field, Parameters& parameters) {
    const event::FieldId id = event::find_field(field);
    switch (id) {
        case event::timestamp: return {"[toString(ts)]", "1"};
        case event::event_ingested: return {"[toString(received)]", "1"};
        case event::log_source_address:
            return {"if(peer != toIPv6('::'), [" + address_text("peer") + "], [])", "peer != toIPv6('::')"};
        case event::shuwei_seq: return {"[toString(seq)]", "1"};
        case event::shuwei_pack: return {"if(pack != '', [toString(pack)], [])", "pack != ''"};
        case event::event_original: return {"[raw]", "1"};
        default: break;
    }
    const int index = id == event::kNoField ? kNoColumn : column_of(id);
    const std::string field_name = parameters.text(field);
    const auto further = [&](std::string_view map) {
        return "arrayFilter((v, k) -> k = " + field_name + ", " + std::string(map) + ".values, " + std::string(map) + ".keys)";
    };
    if (index == kNoColumn) return {further("rest"), "has(rest.keys, " + field_name + ")"};
    const Column& column = field_columns()[static_cast<size_t>(index)];
    const std::string& name = column.value;
    std::string there;
    std::string text;
    switch (column.kind) {
        case ColumnKind::low_text:
        case ColumnKind::text:
            there = name + " != ''";
            text = "toString(" + name + ")";
            break;
        case ColumnKind::ip:
            there = name + " != toIPv6('::')";
            text = address_text(name);
            break;
        case ColumnKind::integer:
            there = name + " IS NOT NULL";
            text = "ifNull(toString(" + name + "), '')";
            break;
    }
    // `more` is empty in nearly every row, and what `if` does not choose is not computed.
    const std::string first = "if(" + there + ", [" + text + "], [])";
    return {"if(empty(more.keys), " + first + ", arrayConcat(" + first + ", " + further("more") + "))",
            "(" + there + " OR has(more.keys, " + field_name + "))"};
}

}  // namespace shuwei::eventstore
