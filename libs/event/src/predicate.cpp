#include "shuwei/event/predicate.hpp"

#include <iconv.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "shuwei/base/text.hpp"
#include "shuwei/event/time_parse.hpp"

namespace shuwei::event {

std::string_view to_string(Comparison comparison) {
    switch (comparison) {
        case Comparison::exists: return "exists";
        case Comparison::equals: return "=";
        case Comparison::wildcard: return "~";
        case Comparison::less: return "<";
        case Comparison::less_equal: return "<=";
        case Comparison::greater: return ">";
        case Comparison::greater_equal: return ">=";
        case Comparison::network: return "in network";
    }
    return "?";
}

Predicate Predicate::all_of(std::vector<Predicate> children) {
    Predicate made;
    made.kind = Kind::all_of;
    made.children = std::move(children);
    return made;
}

Predicate Predicate::any_of(std::vector<Predicate> children) {
    Predicate made;
    made.kind = Kind::any_of;
    made.children = std::move(children);
    return made;
}

Predicate Predicate::negation(Predicate child) {
    Predicate made;
    made.kind = Kind::negation;
    made.children.push_back(std::move(child));
    return made;
}

Predicate Predicate::compare(std::string field, Comparison comparison, std::string value) {
    Predicate made;
    made.kind = Kind::field;
    made.comparison = comparison;
    made.field = std::move(field);
    made.value = std::move(value);
    return made;
}

Predicate Predicate::exists(std::string field) { return compare(std::move(field), Comparison::exists, {}); }

Predicate Predicate::free_text(std::string text) {
    Predicate made;
    made.kind = Kind::free_text;
    made.value = std::move(text);
    return made;
}

size_t Predicate::depth() const {
    size_t deepest = 0;
    for (const Predicate& child : children) deepest = std::max(deepest, child.depth());
    return deepest + 1;
}

size_t Predicate::terms() const {
    if (children.empty()) return 1;
    size_t sum = 0;
    for (const Predicate& child : children) sum += child.terms();
    return sum;
}

void Predicate::for_each_term(const std::function<void(const Predicate&)>& visit) const {
    if (kind == Kind::field || kind == Kind::free_text) visit(*this);
    for (const Predicate& child : children) child.for_each_term(visit);
}

void Predicate::for_each_term(const std::function<void(Predicate&)>& visit) {
    // The children first: a visitor may turn the term into a group.
    for (Predicate& child : children) child.for_each_term(visit);
    if (kind == Kind::field || kind == Kind::free_text) visit(*this);
}

std::string Predicate::to_string() const {
    const auto quoted = [](std::string_view text) {
        std::string out;
        base::append_json_string(out, text);
        return out;
    };
    const auto joined = [&](std::string_view word) {
        std::string out = "(";
        for (const Predicate& child : children) {
            if (out.size() > 1) out.append(" ").append(word).append(" ");
            out += child.to_string();
        }
        return out + ")";
    };
    switch (kind) {
        case Kind::everything: return "everything";
        case Kind::all_of: return children.empty() ? "everything" : joined("and");
        case Kind::any_of: return children.empty() ? "nothing" : joined("or");
        case Kind::negation: return "not " + (children.empty() ? std::string("everything") : children[0].to_string());
        case Kind::free_text: return "text " + quoted(value);
        case Kind::field: break;
    }
    if (comparison == Comparison::exists) return field + " exists";
    return field + " " + std::string(event::to_string(comparison)) + " " + quoted(value);
}

bool wildcard_matches(std::string_view pattern, std::string_view text) {
    const auto character_bytes = [&](size_t at) {
        size_t length = 1;
        while (at + length < text.size() && (static_cast<uint8_t>(text[at + length]) & 0xC0) == 0x80) ++length;
        return length;
    };
    size_t p = 0;
    size_t t = 0;
    size_t star = std::string_view::npos;  // pattern position behind the last *, and where it began to match
    size_t retry = 0;
    while (t < text.size()) {
        bool step = false;
        if (p < pattern.size()) {
            if (pattern[p] == '*') {
                star = ++p;
                retry = t;
                continue;
            }
            if (pattern[p] == '?') {
                t += character_bytes(t);
                ++p;
                step = true;
            } else {
                const size_t literal = pattern[p] == '\\' && p + 1 < pattern.size() ? p + 1 : p;
                if (base::ascii_lower(pattern[literal]) == base::ascii_lower(text[t])) {
                    p = literal + 1;
                    ++t;
                    step = true;
                }
            }
        }
        if (step) continue;
        if (star == std::string_view::npos) return false;
        p = star;
        t = ++retry;
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

std::string escape_wildcard(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 4);
    for (const char c : text) {
        if (c == '*' || c == '?' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

std::vector<std::string> free_text_spellings(std::string_view text) {
    std::vector<std::string> spellings{std::string(text)};
    if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<uint8_t>(c) < 0x80; })) return spellings;
    const iconv_t converter = iconv_open("GB18030", "UTF-8");
    if (converter == reinterpret_cast<iconv_t>(-1)) return spellings;
    std::string source(text);
    std::string converted(text.size() * 4, '\0');
    char* in = source.data();
    char* out = converted.data();
    size_t in_left = source.size();
    size_t out_left = converted.size();
    const bool fine = iconv(converter, &in, &in_left, &out, &out_left) != static_cast<size_t>(-1) && in_left == 0;
    iconv_close(converter);
    if (!fine) return spellings;
    converted.resize(converted.size() - out_left);
    spellings.push_back(std::move(converted));
    return spellings;
}

std::optional<base::Timestamp> parse_time_value(std::string_view text) {
    auto time = parse_rfc3339(text, TimeZone::china());
    if (!time && text.size() == 10) time = parse_rfc3339(std::string(text) + "T00:00:00", TimeZone::china());
    if (!time) return std::nullopt;
    return *time - ((*time % base::kMicrosecond) + base::kMicrosecond) % base::kMicrosecond;
}

std::optional<double> parse_number_value(std::string_view text) {
    if (text.empty() || text.size() > 400) return std::nullopt;
    const size_t digit = text[0] == '-' ? 1 : 0;
    if (digit >= text.size() || text[digit] < '0' || text[digit] > '9') return std::nullopt;
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

namespace {

template <typename T>
bool ordered(Comparison comparison, const T& stored, const T& asked) {
    switch (comparison) {
        case Comparison::less: return stored < asked;
        case Comparison::less_equal: return stored <= asked;
        case Comparison::greater: return stored > asked;
        case Comparison::greater_equal: return stored >= asked;
        default: return stored == asked;
    }
}

// Both sides of the type, or nothing.
template <typename Parse>
std::optional<bool> compare_as(Parse parse, Comparison comparison, std::string_view stored, std::string_view asked) {
    const auto left = parse(stored);
    const auto right = parse(asked);
    if (!left || !right) return std::nullopt;
    return ordered(comparison, *left, *right);
}

std::optional<bool> compare_integer(Comparison comparison, std::string_view stored, std::string_view asked) {
    if (const auto whole = compare_as(base::parse_int, comparison, stored, asked)) return whole;
    if (!base::parse_int(stored)) return std::nullopt;
    return compare_as(parse_number_value, comparison, stored, asked);
}

bool compare_text_order(Comparison comparison, std::string_view stored, std::string_view asked) {
    if (const auto number = parse_number_value(asked)) {
        const auto value = parse_number_value(stored);
        return value && ordered(comparison, *value, *number);
    }
    return ordered(comparison, base::to_ascii_lower(stored), base::to_ascii_lower(asked));
}

bool satisfies(const Predicate& term, FieldType type, std::string_view stored) {
    const Comparison comparison = term.comparison;
    const std::string_view asked = term.value;
    if (comparison == Comparison::exists) return true;
    if (comparison == Comparison::network) {
        const auto network = base::IpNetwork::parse(asked);
        const auto address = base::IpAddress::parse(stored);
        return network && address && network->contains(*address);
    }
    if (comparison == Comparison::wildcard) {
        // Addresses and integers are matched in their one canonical spelling.
        if (type == FieldType::ip) {
            const auto address = base::IpAddress::parse(stored);
            if (address) return wildcard_matches(asked, address->to_string());
        } else if (type == FieldType::integer) {
            if (const auto number = base::parse_int(stored)) return wildcard_matches(asked, std::to_string(*number));
        }
        return wildcard_matches(asked, stored);
    }
    std::optional<bool> typed;
    switch (type) {
        case FieldType::ip: typed = compare_as(base::IpAddress::parse, comparison, stored, asked); break;
        case FieldType::integer: typed = compare_integer(comparison, stored, asked); break;
        case FieldType::number: typed = compare_as(parse_number_value, comparison, stored, asked); break;
        case FieldType::timestamp: typed = compare_as(parse_time_value, comparison, stored, asked); break;
        case FieldType::keyword:
        case FieldType::text:
        case FieldType::boolean:
            if (comparison != Comparison::equals) return compare_text_order(comparison, stored, asked);
            break;
    }
    if (typed) return *typed;
    return comparison == Comparison::equals && base::equals_ignoring_case(stored, asked);
}

bool contains_ignoring_case(std::string_view text, std::string_view needle) {
    const auto same = [](char a, char b) { return base::ascii_lower(a) == base::ascii_lower(b); };
    return std::search(text.begin(), text.end(), needle.begin(), needle.end(), same) != text.end() || needle.empty();
}

bool field_matches(const Predicate& term, const EventBatch& batch, const Event& event, std::string_view pack_name) {
    const FieldId field = find_field(term.field);
    switch (field) {
        case kNoField: return false;
        case timestamp: return satisfies(term, FieldType::timestamp, format_rfc3339(event.time));
        case event_ingested: return satisfies(term, FieldType::timestamp, format_rfc3339(event.received));
        case log_source_address:
            return !event.peer.is_unspecified() && satisfies(term, FieldType::ip, event.peer.to_string());
        case shuwei_seq: return satisfies(term, FieldType::integer, std::to_string(event.seq));
        case shuwei_pack: return !pack_name.empty() && satisfies(term, FieldType::keyword, pack_name);
        case event_original: return satisfies(term, FieldType::text, event.raw);
        default: break;
    }
    const FieldType type = field_type(field);
    for (const FieldValue& value : batch.fields(event)) {
        if (value.field == field && value.kind != ValueKind::null && satisfies(term, type, value.text())) return true;
    }
    return false;
}

}  // namespace

bool matches(const Predicate& predicate, const EventBatch& batch, const Event& event, std::string_view pack_name) {
    const auto child_matches = [&](const Predicate& child) { return matches(child, batch, event, pack_name); };
    const auto& children = predicate.children;
    switch (predicate.kind) {
        case Predicate::Kind::everything: return true;
        case Predicate::Kind::all_of: return std::all_of(children.begin(), children.end(), child_matches);
        case Predicate::Kind::any_of: return std::any_of(children.begin(), children.end(), child_matches);
        case Predicate::Kind::negation: return !children.empty() && !child_matches(children[0]);
        case Predicate::Kind::field: return field_matches(predicate, batch, event, pack_name);
        case Predicate::Kind::free_text: {
            const auto spellings = free_text_spellings(predicate.value);
            return std::any_of(spellings.begin(), spellings.end(),
                               [&](const std::string& text) { return contains_ignoring_case(event.raw, text); });
        }
    }
    return false;
}

}  // namespace shuwei::event
