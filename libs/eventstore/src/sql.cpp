#include "sql.hpp"

#include <algorithm>
#include <map>
#include <optional>

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

// Many equal or networked values of one field, as named groups make them: looked up in sets, not one by one.
struct ValueList {
    std::string field;
    std::vector<std::string> texts;                             // folded
    std::vector<base::IpAddress> addresses;
    std::map<uint8_t, std::vector<base::IpAddress>> networks;   // first addresses, by prefix length
    std::vector<int64_t> integers;
    std::vector<const Predicate*> others;                       // wildcards and the like: term by term

    static bool is_list(const Predicate& predicate) {
        constexpr size_t kMany = 8;
        if (predicate.kind != Predicate::Kind::any_of || predicate.children.size() < kMany) return false;
        // No list of moments or lines is worth a way of its own.
        const event::FieldId id = event::find_field(predicate.children[0].field);
        if (id == event::timestamp || id == event::event_ingested || id == event::event_original) return false;
        return std::all_of(predicate.children.begin(), predicate.children.end(), [&](const Predicate& child) {
            return child.kind == Predicate::Kind::field && child.field == predicate.children[0].field;
        });
    }

    static std::optional<ValueList> of(const Predicate& predicate) {
        if (!is_list(predicate)) return std::nullopt;
        ValueList list;
        list.field = predicate.children[0].field;
        for (const Predicate& term : predicate.children) {
            if (term.comparison == Comparison::network) {
                if (const auto network = base::IpNetwork::parse(term.value)) list.networks[network->prefix].push_back(ends(*network).first);
            } else if (term.comparison == Comparison::equals && !term.value.empty()) {
                list.texts.push_back(base::to_ascii_lower(term.value));
                if (const auto address = base::IpAddress::parse(term.value)) list.addresses.push_back(*address);
                if (const auto number = base::parse_int(term.value)) list.integers.push_back(*number);
            } else {
                list.others.push_back(&term);
            }
        }
        return list;
    }
};

// Terms as the limit counts them: a list is looked up in one go.
size_t weight(const Predicate& predicate) {
    if (ValueList::is_list(predicate)) {
        return 1 + static_cast<size_t>(std::count_if(predicate.children.begin(), predicate.children.end(), [](const Predicate& term) {
            return term.comparison != Comparison::equals && term.comparison != Comparison::network;
        }));
    }
    if (predicate.children.empty()) return 1;
    size_t sum = 0;
    for (const Predicate& child : predicate.children) sum += weight(child);
    return sum;
}

class Emitter {
public:
    explicit Emitter(Parameters& parameters) : parameters_(parameters) {}

    std::string emit(const Predicate& predicate) {
        switch (predicate.kind) {
            case Predicate::Kind::everything: return "1";
            case Predicate::Kind::all_of: return joined(predicate, " AND ", "1");
            case Predicate::Kind::any_of:
                if (const auto list = ValueList::of(predicate)) return value_list(*list);
                return joined(predicate, " OR ", kFalse);
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

    // Whether an address, IPv6 or Nullable(IPv6), is in one of the sets.
    std::string address_in(const std::string& address, const ValueList& list) {
        std::string out;
        if (!list.addresses.empty()) out += address + " IN " + parameters_.addresses(list.addresses);
        for (const auto& [prefix, firsts] : list.networks) {
            out += (out.empty() ? "" : " OR ") + ("tupleElement(IPv6CIDRToRange(" + address + ", " + std::to_string(prefix) + "), 1) IN ") +
                   parameters_.addresses(firsts);
        }
        return out.empty() ? kFalse : "(" + out + ")";
    }

    std::string text_in(const std::string& value, const ValueList& list) {
        return list.texts.empty() ? kFalse : "lower(" + value + ") IN " + parameters_.texts(list.texts);
    }

    // An address that may not be there, as text.
    std::string text_address_in(const std::string& text, const ValueList& list) {
        if (list.addresses.empty() && list.networks.empty()) return kFalse;
        return "(isNotNull(toIPv6OrNull(" + text + ")) AND " + address_in("assumeNotNull(toIPv6OrNull(" + text + "))", list) + ")";
    }

    std::string list_in_map(std::string_view map, FieldType type, const ValueList& list) {
        const std::string name = parameters_.text(list.field);
        const std::string keys = std::string(map) + ".keys";
        std::string value = text_in("v", list);
        if (type == FieldType::ip || !list.networks.empty()) value = "(" + value + " OR " + text_address_in("v", list) + ")";
        if (type == FieldType::integer && !list.integers.empty()) {
            value = "(" + value + " OR ifNull(toInt64OrNull(v) IN " + parameters_.integers(list.integers) + ", 0))";
        }
        return "(has(" + keys + ", " + name + ") AND arrayExists((k, v) -> k = " + name + " AND " + value + ", " + keys + ", " + std::string(map) +
               ".values))";
    }

    std::string value_list(const ValueList& list) {
        const event::FieldId id = event::find_field(list.field);
        std::string out;
        const auto either = [&](std::string condition) { out += (out.empty() ? "" : " OR ") + std::move(condition); };
        const auto text_column_in = [&](const std::string& column) {
            std::string condition = text_in(column, list);
            if (!list.networks.empty()) condition = "(" + condition + " OR " + text_address_in(column, list) + ")";
            return condition;
        };
        const auto address_column_in = [&](const std::string& column) {
            return "(" + column + " != toIPv6('::') AND " + address_in(column, list) + ")";
        };
        switch (id) {
            case event::log_source_address: either(address_column_in("peer")); break;
            case event::shuwei_seq: either(list.integers.empty() ? kFalse : "seq IN " + parameters_.integers(list.integers)); break;
            case event::shuwei_pack: either(text_column_in("pack")); break;
            default: {
                const int index = id == event::kNoField ? kNoColumn : column_of(id);
                const FieldType type = id == event::kNoField ? FieldType::keyword : event::field_type(id);
                if (index == kNoColumn) {
                    either(list_in_map("rest", type, list));
                    break;
                }
                const Column& column = field_columns()[static_cast<size_t>(index)];
                switch (column.kind) {
                    case ColumnKind::low_text:
                    case ColumnKind::text: either(text_column_in(column.value)); break;
                    case ColumnKind::ip: either(address_column_in(column.name)); break;
                    case ColumnKind::integer:
                        either(list.integers.empty() ? kFalse : if_null(column.name + " IN " + parameters_.integers(list.integers)));
                        break;
                }
                either(list_in_map("more", type, list));
            }
        }
        for (const Predicate* other : list.others) either(emit(*other));
        return "(" + out + ")";
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
    if (weight(predicate) > 2 * kMaxQueryTerms) {
        return fail(ErrorCode::invalid_argument, "the query has more than " + std::to_string(kMaxQueryTerms) + " terms");
    }
    return Emitter(parameters).emit(predicate);
}

Result<std::string> from_events(const std::vector<uint32_t>& tenants) { return from_tables(tenants, events_table); }
Result<std::string> from_findings(const std::vector<uint32_t>& tenants) { return from_tables(tenants, findings_table); }

Result<std::string> scope_sql(const Scope& scope, Parameters& parameters) {
    TRY_ASSIGN(std::string condition, predicate_sql(scope.predicate, parameters));
    if (!scope.predicate_of.empty()) {
        condition.clear();
        for (const auto& [tenant, predicate] : scope.predicate_of) {
            TRY_ASSIGN(const std::string its, predicate_sql(predicate, parameters));
            condition += (condition.empty() ? "" : " OR ") + ("(_table = '" + events_table(tenant) + "' AND (") + its + "))";
        }
    }
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
