#include "shuwei/eventstore/kql.hpp"

#include <algorithm>
#include <optional>

#include "shuwei/base/text.hpp"

namespace shuwei::eventstore {

using event::Comparison;
using event::Predicate;

base::Error QueryProblem::to_error() const {
    std::string text = message;
    if (!hint.empty()) text += " (" + hint + ")";
    return base::Error(base::ErrorCode::invalid_argument, std::move(text)).at("character " + std::to_string(position + 1));
}

namespace {

enum class TokenKind : uint8_t { word, quoted, open, close, colon, less, less_equal, greater, greater_equal, word_and, word_or, word_not, end };

struct Token {
    TokenKind kind = TokenKind::end;
    size_t begin = 0;  // bytes
    size_t end = 0;
    std::string text;         // without quotes and escapes
    std::string pattern;      // with * kept as a star and everything else escaped; only words
    bool has_star = false;
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
// A full-width space, as Chinese input methods make it.
bool is_wide_space(std::string_view text, size_t at) { return text.substr(at, 3) == "\xE3\x80\x80"; }
bool ends_word(char c) { return is_space(c) || c == '(' || c == ')' || c == ':' || c == '<' || c == '>' || c == '"'; }

// Recursive descent over: or := and ("or" and)*, and := not (("and")? not)*, not := "not" not | term,
// term := "(" or ")" | field ":" value | field "<" value | value. Nothing throws: the first problem stops everything.
class Parser {
public:
    Parser(std::string_view query, const GroupLookup& groups) : query_(query), groups_(groups) {}

    tl::expected<Predicate, QueryProblem> parse() {
        if (query_.size() > kMaxQueryBytes) {
            fail(kMaxQueryBytes, query_.size(), "the query is longer than " + std::to_string(kMaxQueryBytes) + " bytes");
        } else if (!base::is_valid_utf8(query_)) {
            fail(0, query_.size(), "the query is not valid UTF-8");
        }
        advance();
        Predicate result;
        if (!failed_ && token_.kind != TokenKind::end) {
            result = parse_or(1);
            if (!failed_ && token_.kind == TokenKind::close) fail_here("there is no '(' for this ')'");
            if (!failed_ && token_.kind != TokenKind::end) fail_here("this was not expected here");
        }
        if (failed_) return tl::unexpected(std::move(problem_));
        return result;
    }

private:
    // --- problems
    void fail(size_t begin, size_t end, std::string message, std::string hint = {}) {
        if (failed_) return;
        failed_ = true;
        problem_.position = characters(begin);
        problem_.length = characters(end) - problem_.position;
        problem_.message = std::move(message);
        problem_.hint = std::move(hint);
        token_ = {};
        token_.begin = token_.end = query_.size();
    }
    void fail_here(std::string message, std::string hint = {}) { fail(token_.begin, token_.end, std::move(message), std::move(hint)); }

    size_t characters(size_t byte) const {
        const std::string_view before = query_.substr(0, std::min(byte, query_.size()));
        return static_cast<size_t>(std::count_if(before.begin(), before.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
    }

    // --- tokens
    void advance() {
        if (failed_) return;
        previous_end_ = token_.end;
        while (at_ < query_.size() && (is_space(query_[at_]) || is_wide_space(query_, at_))) at_ += is_space(query_[at_]) ? 1 : 3;
        token_ = {};
        token_.begin = at_;
        if (at_ == query_.size()) {
            token_.end = at_;
            return;
        }
        const auto single = [&](TokenKind kind, size_t length) {
            token_.kind = kind;
            at_ += length;
        };
        const std::string_view rest = query_.substr(at_);
        switch (rest[0]) {
            case '(': single(TokenKind::open, 1); break;
            case ')': single(TokenKind::close, 1); break;
            case ':':
                // source.ip:::1
                if (in_value_ && rest.size() > 1 && !ends_word(rest[1])) {
                    read_word();
                } else if (in_value_ && rest.size() > 2 && rest[1] == ':' && !ends_word(rest[2])) {
                    read_word();
                } else {
                    single(TokenKind::colon, 1);
                }
                break;
            case '<': rest.starts_with("<=") ? single(TokenKind::less_equal, 2) : single(TokenKind::less, 1); break;
            case '>': rest.starts_with(">=") ? single(TokenKind::greater_equal, 2) : single(TokenKind::greater, 1); break;
            case '"': read_quoted(); break;
            default: read_word(); break;
        }
        if (failed_) return;
        token_.end = at_;
    }

    void read_quoted() {
        const size_t begin = at_++;
        token_.kind = TokenKind::quoted;
        while (at_ < query_.size() && query_[at_] != '"') {
            if (query_[at_] == '\\' && at_ + 1 < query_.size() && (query_[at_ + 1] == '"' || query_[at_ + 1] == '\\')) ++at_;
            token_.text += query_[at_++];
        }
        if (at_ == query_.size()) {
            fail(begin, query_.size(), "the closing '\"' is missing");
            return;
        }
        ++at_;
    }

    void read_word() {
        token_.kind = TokenKind::word;
        bool escaped = false;
        while (at_ < query_.size()) {
            char c = query_[at_];
            if (is_wide_space(query_, at_)) break;
            if (c == '\\' && at_ + 1 < query_.size()) {
                // \: \( \* … and any other: as it is written, since Windows paths are full of backslashes.
                const char next = query_[at_ + 1];
                if (ends_word(next) || next == '*' || next == '\\') {
                    c = next;
                    ++at_;
                    escaped = true;
                }
                append_literal(c);
                ++at_;
                continue;
            }
            // An IPv6 address or a time keeps its colons where a value stands: source.ip:2001:db8::1
            if (ends_word(c) && !(c == ':' && in_value_ && at_ + 1 < query_.size())) break;
            if (c == '*') {
                token_.has_star = true;
                token_.pattern += '*';
                token_.text += '*';
            } else {
                append_literal(c);
            }
            ++at_;
        }
        if (escaped || token_.has_star) return;
        if (base::equals_ignoring_case(token_.text, "and")) token_.kind = TokenKind::word_and;
        if (base::equals_ignoring_case(token_.text, "or")) token_.kind = TokenKind::word_or;
        if (base::equals_ignoring_case(token_.text, "not")) token_.kind = TokenKind::word_not;
    }

    void append_literal(char c) {
        if (c == '*' || c == '?' || c == '\\') token_.pattern += '\\';
        token_.pattern += c;
        token_.text += c;
    }

    // --- grammar
    bool too_deep(size_t depth) {
        if (depth <= kMaxQueryDepth) return false;
        fail_here("the query is nested deeper than " + std::to_string(kMaxQueryDepth) + " levels");
        return true;
    }

    Predicate joined(std::vector<Predicate> parts, Predicate (*join)(std::vector<Predicate>)) {
        return parts.size() == 1 ? std::move(parts.front()) : join(std::move(parts));
    }

    bool starts_term() const {
        switch (token_.kind) {
            case TokenKind::word:
            case TokenKind::quoted:
            case TokenKind::open:
            case TokenKind::word_not: return true;
            default: return false;
        }
    }

    Predicate parse_or(size_t depth) {
        if (too_deep(depth)) return {};
        std::vector<Predicate> parts;
        parts.push_back(parse_and(depth));
        while (!failed_ && token_.kind == TokenKind::word_or) {
            advance();
            parts.push_back(parse_and(depth));
        }
        return joined(std::move(parts), Predicate::any_of);
    }

    Predicate parse_and(size_t depth) {
        std::vector<Predicate> parts;
        parts.push_back(parse_not(depth));
        while (!failed_) {
            if (token_.kind == TokenKind::word_and) {
                advance();
            } else if (!starts_term()) {
                break;
            }
            parts.push_back(parse_not(depth));
        }
        return joined(std::move(parts), Predicate::all_of);
    }

    Predicate parse_not(size_t depth) {
        if (too_deep(depth)) return {};
        if (token_.kind != TokenKind::word_not) return parse_term(depth);
        advance();
        return Predicate::negation(parse_not(depth + 1));
    }

    Predicate parse_term(size_t depth) {
        if (token_.kind == TokenKind::open) {
            const size_t open = token_.begin;
            advance();
            Predicate inside = parse_or(depth + 1);
            if (failed_) return {};
            if (token_.kind != TokenKind::close) {
                fail(open, open + 1, "the ')' for this '(' is missing");
                return {};
            }
            advance();
            return inside;
        }
        if (token_.kind != TokenKind::word && token_.kind != TokenKind::quoted) {
            missing_term();
            return {};
        }
        const Token first = token_;
        advance();
        switch (token_.kind) {
            case TokenKind::colon: return parse_after_colon(first, depth);
            case TokenKind::less:
            case TokenKind::less_equal:
            case TokenKind::greater:
            case TokenKind::greater_equal: return parse_order(first);
            default: return free_text(first);
        }
    }

    void missing_term() {
        switch (token_.kind) {
            case TokenKind::end: fail(previous_end_, previous_end_, "something is missing at the end", "a word, or field:value"); break;
            case TokenKind::close: fail_here("something is missing before ')'", "a word, or field:value"); break;
            case TokenKind::colon: fail_here("the field name before ':' is missing", "user.name:root; a colon in text is written in quotes"); break;
            case TokenKind::word_and:
            case TokenKind::word_or: fail_here("'" + token_.text + "' needs something on both sides", "in quotes it is an ordinary word"); break;
            default: fail_here("the field name before the comparison is missing", "source.port >= 1024");
        }
    }

    Predicate counted(Predicate term) {
        if (++terms_ > kMaxQueryTerms) fail(0, query_.size(), "the query has more than " + std::to_string(kMaxQueryTerms) + " terms");
        return term;
    }

    // A word: found anywhere in the raw line. Stars join pieces that must occur in their order.
    Predicate free_text(const Token& word) {
        if (!word.has_star) {
            if (word.text.empty()) return Predicate{};
            return counted(Predicate::free_text(word.text));
        }
        if (word.text.find_first_not_of('*') == std::string::npos) return Predicate{};  // everything
        return counted(Predicate::compare("event.original", Comparison::wildcard, "*" + word.pattern + "*"));
    }

    bool check_field(const Token& field) {
        if (field.kind == TokenKind::quoted) return true;
        if (field.has_star) {
            fail(field.begin, field.end, "a field name cannot have a '*'", "the value can: user.name:adm*");
            return false;
        }
        return true;
    }

    void advance_to_value() {
        in_value_ = true;
        advance();
        in_value_ = false;
    }

    Predicate parse_after_colon(const Token& field, size_t depth) {
        if (!check_field(field)) return {};
        advance_to_value();
        if (token_.kind == TokenKind::open) return parse_group(field, depth);
        // field:>=5 is a slip that everybody understands.
        switch (token_.kind) {
            case TokenKind::less:
            case TokenKind::less_equal:
            case TokenKind::greater:
            case TokenKind::greater_equal: return parse_order(field);
            default: break;
        }
        return parse_value(field);
    }

    // field:(a or b), field:(a b) = all of them, field:(not a).
    Predicate parse_group(const Token& field, size_t depth) {
        if (too_deep(depth + 1)) return {};
        const size_t open = token_.begin;
        advance_to_value();
        Predicate inside = parse_group_or(field, depth + 1);
        if (failed_) return {};
        if (token_.kind != TokenKind::close) {
            fail(open, open + 1, "the ')' for this '(' is missing");
            return {};
        }
        advance();
        return inside;
    }

    Predicate parse_group_or(const Token& field, size_t depth) {
        std::vector<Predicate> parts;
        parts.push_back(parse_group_and(field, depth));
        while (!failed_ && token_.kind == TokenKind::word_or) {
            advance_to_value();
            parts.push_back(parse_group_and(field, depth));
        }
        return joined(std::move(parts), Predicate::any_of);
    }

    Predicate parse_group_and(const Token& field, size_t depth) {
        std::vector<Predicate> parts;
        parts.push_back(parse_group_not(field, depth));
        while (!failed_) {
            if (token_.kind == TokenKind::word_and) {
                advance_to_value();
            } else if (!starts_term()) {
                break;
            }
            parts.push_back(parse_group_not(field, depth));
        }
        return joined(std::move(parts), Predicate::all_of);
    }

    Predicate parse_group_not(const Token& field, size_t depth) {
        if (too_deep(depth)) return {};
        if (token_.kind == TokenKind::word_not) {
            advance_to_value();
            return Predicate::negation(parse_group_not(field, depth + 1));
        }
        if (token_.kind == TokenKind::open) {
            const size_t open = token_.begin;
            advance_to_value();
            Predicate inside = parse_group_or(field, depth + 1);
            if (failed_) return {};
            if (token_.kind != TokenKind::close) {
                fail(open, open + 1, "the ')' for this '(' is missing");
                return {};
            }
            advance_to_value();
            return inside;
        }
        in_group_ = true;
        Predicate value = parse_value(field);
        in_group_ = false;
        return value;
    }

    Predicate parse_value(const Token& field) {
        if (token_.kind != TokenKind::word && token_.kind != TokenKind::quoted) {
            if (token_.kind == TokenKind::word_and || token_.kind == TokenKind::word_or || token_.kind == TokenKind::word_not) {
                fail_here("a value is missing after ':'", "the word '" + token_.text + "' as a value is written in quotes");
            } else if (token_.kind == TokenKind::end) {
                fail(previous_end_, previous_end_, "a value is missing after ':'", field.text + ":* asks whether the field is there");
            } else {
                fail_here("a value is missing after ':'", field.text + ":* asks whether the field is there");
            }
            return {};
        }
        const Token value = token_;
        if (in_group_) {
            advance_to_value();
        } else {
            advance();
        }
        if (value.kind == TokenKind::quoted) return counted(Predicate::compare(field.text, Comparison::equals, value.text));
        if (value.has_star) {
            if (value.text.find_first_not_of('*') == std::string::npos) return counted(Predicate::exists(field.text));
            return counted(Predicate::compare(field.text, Comparison::wildcard, value.pattern));
        }
        if (is_group_name(query_.substr(value.begin, value.end - value.begin))) return named_group(field, value);
        if (const size_t slash = value.text.find('/'); slash != std::string::npos) {
            const bool address = base::IpAddress::parse(std::string_view(value.text).substr(0, slash)).has_value();
            if (base::IpNetwork::parse(value.text)) return counted(Predicate::compare(field.text, Comparison::network, value.text));
            const std::string_view bits = std::string_view(value.text).substr(slash + 1);
            if (address && !bits.empty() && bits.find_first_not_of("0123456789") == std::string_view::npos) {
                fail(value.begin, value.end, "'" + value.text + "' is not a network", "the prefix is at most 32 for IPv4 and 128 for IPv6");
                return {};
            }
        }
        return counted(Predicate::compare(field.text, Comparison::equals, value.text));
    }

    // @office; anything else that begins with @ is text.
    static bool is_group_name(std::string_view text) {
        if (text.size() < 2 || text.size() > 65 || text[0] != '@' || text[1] < 'a' || text[1] > 'z') return false;
        return std::all_of(text.begin() + 1, text.end(),
                           [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; });
    }

    Predicate named_group(const Token& field, const Token& value) {
        if (!groups_) {
            fail(value.begin, value.end, "resources like " + value.text + " cannot be used here", "text that begins with @ is written in quotes");
            return {};
        }
        auto entries = groups_(std::string_view(value.text).substr(1));
        if (!entries) {
            fail(value.begin, value.end, "there is no resource " + value.text, "text that begins with @ is written in quotes");
            return {};
        }
        std::vector<Predicate> terms;
        terms.reserve(entries->size());
        for (GroupEntry& entry : *entries) terms.push_back(Predicate::compare(field.text, entry.comparison, std::move(entry.value)));
        return counted(Predicate::any_of(std::move(terms)));
    }

    Predicate parse_order(const Token& field) {
        if (!check_field(field)) return {};
        Comparison comparison = Comparison::less;
        if (token_.kind == TokenKind::less_equal) comparison = Comparison::less_equal;
        if (token_.kind == TokenKind::greater) comparison = Comparison::greater;
        if (token_.kind == TokenKind::greater_equal) comparison = Comparison::greater_equal;
        const Token sign = token_;
        advance_to_value();
        if (token_.kind != TokenKind::word && token_.kind != TokenKind::quoted) {
            fail(sign.begin, sign.end, "a value is missing after the comparison");
            return {};
        }
        const Token value = token_;
        if (value.has_star) {
            fail_here("a '*' cannot be compared by size");
            return {};
        }
        if (event::field_type(event::find_field(field.text)) == event::FieldType::timestamp && !event::parse_time_value(value.text)) {
            fail_here("'" + value.text + "' is not a time", "2026-11-21T08:30:00+08:00 or 2026-11-21");
            return {};
        }
        advance();
        return counted(Predicate::compare(field.text, comparison, value.text));
    }

    std::string_view query_;
    const GroupLookup& groups_;
    size_t at_ = 0;
    Token token_;
    size_t previous_end_ = 0;
    size_t terms_ = 0;
    bool in_value_ = false;       // the next token is a value: colons belong to it
    bool in_group_ = false;
    bool failed_ = false;
    QueryProblem problem_;
};

}  // namespace

tl::expected<Predicate, QueryProblem> parse_kql(std::string_view query, const GroupLookup& groups) { return Parser(query, groups).parse(); }

std::vector<std::string> fields_of(const Predicate& predicate) {
    std::vector<std::string> fields;
    predicate.for_each_term([&](const Predicate& term) {
        if (term.kind == Predicate::Kind::field && std::find(fields.begin(), fields.end(), term.field) == fields.end()) {
            fields.push_back(term.field);
        }
    });
    return fields;
}

}  // namespace shuwei::eventstore
