#include "condition_parser.hpp"

#include <algorithm>
#include <string>

#include "shuwei/base/text.hpp"
#include "shuwei/sigma/pattern.hpp"

namespace shuwei::sigma {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
using Kind = Condition::Kind;

class Parser {
public:
    Parser(std::string_view text, const std::vector<Selection>& selections, std::vector<char>& used)
        : text_(text), selections_(selections), used_(used) {
        advance();
    }

    Result<Condition> parse() {
        TRY_ASSIGN(Condition condition, parse_or(0));
        if (token_.empty()) return condition;
        if (token_ == "|") {
            return fail(ErrorCode::invalid_argument,
                        "aggregation after '|' is not part of Sigma 2: write a correlation rule instead");
        }
        return bad("expected 'and' or 'or' before '" + std::string(token_) + "'");
    }

private:
    static bool is_word(char c) { return c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != '(' && c != ')' && c != '|'; }

    void advance() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r' || text_[at_] == '\n')) ++at_;
        begin_ = at_;
        if (at_ < text_.size() && !is_word(text_[at_])) {
            ++at_;
        } else {
            while (at_ < text_.size() && is_word(text_[at_])) ++at_;
        }
        token_ = text_.substr(begin_, at_ - begin_);
    }

    tl::unexpected<base::Error> bad(std::string message) const {
        return fail(ErrorCode::invalid_argument, "condition, character " + std::to_string(begin_ + 1) + ": " + message);
    }

    bool is_keyword(std::string_view keyword) const {
        if (token_ == keyword) return true;
        return base::equals_ignoring_case(token_, keyword) && find(token_) == SIZE_MAX;
    }

    size_t find(std::string_view name) const {
        for (size_t i = 0; i < selections_.size(); ++i) {
            if (selections_[i].name == name) return i;
        }
        return SIZE_MAX;
    }

    Condition use(size_t selection) {
        used_[selection] = 1;
        Condition condition;
        condition.kind = Kind::selection;
        condition.selection = static_cast<uint32_t>(selection);
        return condition;
    }

    Result<Condition> parse_or(size_t depth) { return parse_list(depth, Kind::any); }

    // a or b or c; with Kind::all: a and b and c
    Result<Condition> parse_list(size_t depth, Kind kind) {
        const auto element = [&] { return kind == Kind::any ? parse_list(depth, Kind::all) : parse_not(depth); };
        TRY_ASSIGN(Condition first, element());
        const std::string_view word = kind == Kind::any ? "or" : "and";
        if (!is_keyword(word)) return first;
        Condition list;
        list.kind = kind;
        list.children.push_back(std::move(first));
        while (is_keyword(word)) {
            advance();
            TRY_ASSIGN(Condition next, element());
            list.children.push_back(std::move(next));
        }
        return list;
    }

    Result<Condition> parse_not(size_t depth) {
        bool negated = false;
        while (is_keyword("not")) {
            negated = !negated;
            advance();
        }
        TRY_ASSIGN(Condition inside, parse_primary(depth));
        if (!negated) return inside;
        Condition negation;
        negation.kind = Kind::negation;
        negation.children.push_back(std::move(inside));
        return negation;
    }

    Result<Condition> parse_primary(size_t depth) {
        if (depth > kMaxConditionDepth) return bad("nested too deeply");
        if (token_.empty()) return bad("ends where a selection is expected");
        if (token_ == "(") {
            advance();
            TRY_ASSIGN(Condition inside, parse_or(depth + 1));
            if (token_ != ")") return bad(token_.empty() ? "')' is missing" : "expected ')' before '" + std::string(token_) + "'");
            advance();
            return inside;
        }
        if (token_ == ")") return bad("')' where a selection is expected");
        if (token_ == "|") return bad("'|' where a selection is expected");
        const std::string_view word = token_;
        const size_t begin = begin_;
        if (const size_t found = find(word); found != SIZE_MAX) {
            // "1 of them" in a rule with a selection named "1" is read as the selection; nobody does that.
            advance();
            return use(found);
        }
        const auto number = base::parse_uint(word);
        const bool every = base::equals_ignoring_case(word, "all");
        const bool any = base::equals_ignoring_case(word, "any");
        if (number.has_value() || every || any) {
            advance();
            if (is_keyword("of")) {
                advance();
                return parse_of(every ? 0 : any ? 1 : *number, every);
            }
        }
        if (is_keyword("and") || is_keyword("or") || base::equals_ignoring_case(word, "and") ||
            base::equals_ignoring_case(word, "or")) {
            begin_ = begin;
            return bad("'" + std::string(word) + "' where a selection is expected");
        }
        begin_ = begin;
        if (word.find('*') != std::string_view::npos) {
            return bad("'" + std::string(word) + "' needs '1 of' or 'all of' before it");
        }
        return bad("there is no selection '" + std::string(word) + "'");
    }

    // Behind "x of": them, or a pattern of names.
    Result<Condition> parse_of(uint64_t minimum, bool every) {
        if (token_.empty() || token_ == "(" || token_ == ")" || token_ == "|") return bad("expected 'them' or a name after 'of'");
        const bool them = is_keyword("them");
        Condition list;
        const auto add = [&](size_t i) { list.children.push_back(use(i)); };
        Pattern pattern;  // only * is a wildcard here
        for (size_t at = 0; !them && at < token_.size(); ++at) {
            if (token_[at] == '*') {
                pattern.append_any();
            } else {
                pattern.append_literal(token_.substr(at, 1));
            }
        }
        for (size_t i = 0; i < selections_.size(); ++i) {
            const std::string& name = selections_[i].name;
            if (them ? !name.starts_with('_') : pattern.matches(name)) add(i);
        }
        if (list.children.empty()) return bad("no selection fits '" + std::string(token_) + "'");
        if (minimum > list.children.size()) {
            return bad(std::to_string(minimum) + " of only " + std::to_string(list.children.size()) + " selections");
        }
        if (!every && minimum == 0) return bad("'0 of' says nothing");
        advance();
        if (every) {
            list.kind = Kind::all;
        } else if (minimum == 1) {
            list.kind = Kind::any;
        } else {
            list.kind = Kind::at_least;
            list.minimum = static_cast<uint32_t>(minimum);
        }
        if (list.children.size() == 1) {
            Condition only = std::move(list.children[0]);
            return only;
        }
        return list;
    }

    std::string_view text_;
    const std::vector<Selection>& selections_;
    std::vector<char>& used_;
    size_t at_ = 0;
    size_t begin_ = 0;
    std::string_view token_;
};

}  // namespace

Result<Condition> parse_condition(std::string_view text, const std::vector<Selection>& selections, std::vector<char>& used) {
    if (text.size() > kMaxConditionBytes) return fail(ErrorCode::too_large, "the condition is longer than 16 KiB");
    used.resize(selections.size());
    return Parser(text, selections, used).parse();
}

}  // namespace shuwei::sigma
