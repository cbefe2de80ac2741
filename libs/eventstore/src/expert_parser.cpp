#include <algorithm>
#include <array>

#include "expert_functions.hpp"
#include "expert_lexer.hpp"
#include "expert_words.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/eventstore/expert_sql.hpp"

namespace shuwei::eventstore {
namespace {

using Kind = ExpertExpression::Kind;
using Type = ExpertType;

size_t size_of(const ExpertExpression& value) {
    size_t nodes = 1;
    for (const ExpertExpression& child : value.children) nodes += size_of(child);
    return nodes;
}

class Parser {
public:
    Parser(std::string_view text, std::vector<ExpertToken> tokens) : text_(text), tokens_(std::move(tokens)) {}

    tl::expected<ExpertQuery, QueryProblem> parse() {
        ExpertQuery query;
        if (statement(query)) return query;
        return tl::unexpected(std::move(problem_));
    }

private:
    // --- tokens and problems
    const ExpertToken& token() const { return tokens_[at_]; }
    bool is_word(std::string_view word) const { return token().kind == ExpertToken::Kind::word && base::equals_ignoring_case(token().text, word); }
    bool is_sign(std::string_view sign) const { return token().kind == ExpertToken::Kind::sign && token().text == sign; }
    bool take_word(std::string_view word) { return is_word(word) && (++at_, true); }
    bool take_sign(std::string_view sign) { return is_sign(sign) && (++at_, true); }
    bool fail(size_t begin, size_t end, std::string message, std::string hint = {}) {
        if (!failed_) problem_ = expert_problem(text_, begin, end, std::move(message), std::move(hint));
        failed_ = true;
        return false;
    }
    bool fail_here(std::string message, std::string hint = {}) { return fail(token().begin, token().end, std::move(message), std::move(hint)); }
    bool fail_at(const ExpertExpression& place, std::string message, std::string hint = {}) {
        return fail(place.begin, place.end, std::move(message), std::move(hint));
    }
    bool need_word(std::string_view word) {
        return take_word(word) || fail_here("'" + capitals(word) + "' was expected here");
    }
    bool need_sign(std::string_view sign) { return take_sign(sign) || fail_here("'" + std::string(sign) + "' was expected here"); }

    // --- clauses
    bool statement(ExpertQuery& query) {
        if (is_word("with")) return fail_here("WITH is not offered here");
        if (!take_word("select")) return fail_here("a statement begins with SELECT");
        query.distinct = take_word("distinct");
        // The table first, as it says which names there are.
        const size_t list = at_;
        int depth = 0;
        while (token().kind != ExpertToken::Kind::end && !(depth == 0 && is_word("from"))) {
            depth += is_sign("(") ? 1 : is_sign(")") ? -1 : 0;
            ++at_;
        }
        if (!need_word("from") || !table(query)) return false;
        const size_t behind = at_;
        at_ = list;
        do {
            if (!column(query)) return false;
        } while (take_sign(","));
        if (!is_word("from")) return fail_here("a comma or FROM was expected here");
        at_ = behind;
        if (take_word("where")) {
            query.where.emplace_back();
            if (!condition(query.where[0])) return false;
            if (query.where[0].aggregated) return fail_at(query.where[0], "an aggregate function cannot stand in WHERE", "use HAVING");
        }
        if (take_word("group")) {
            if (!need_word("by")) return false;
            do {
                if (query.groups.size() == 10) return fail_here("at most ten expressions can be grouped by");
                if (!named(query, query.groups.emplace_back())) return false;
                if (query.groups.back().aggregated) return fail_at(query.groups.back(), "an aggregate function cannot be grouped by");
            } while (take_sign(","));
        }
        if (take_word("having")) {
            query.having.emplace_back();
            columns_ = &query.columns;
            if (!condition(query.having[0])) return false;
            columns_ = nullptr;
        }
        if (take_word("order")) {
            if (!need_word("by")) return false;
            do {
                if (query.order.size() == 10) return fail_here("at most ten expressions can be ordered by");
                ExpertOrder& order = query.order.emplace_back();
                if (!named(query, order.value)) return false;
                order.descending = take_word("desc");
                if (!order.descending) (void)take_word("asc");
            } while (take_sign(","));
        }
        if (take_word("limit") && !whole_number(query.limit, kMaxExpertRows)) return false;
        if (take_word("offset") && !whole_number(query.offset, 1'000'000)) return false;
        if (token().kind != ExpertToken::Kind::end) {
            return fail_here("this is not offered here", "SELECT … FROM events WHERE … GROUP BY … HAVING … ORDER BY … LIMIT … is all there is");
        }
        return aggregation_fits(query);
    }

    bool table(ExpertQuery& query) {
        if (token().kind == ExpertToken::Kind::word) {
            const bool function = tokens_[at_ + 1].kind == ExpertToken::Kind::sign && tokens_[at_ + 1].text == "(";
            if (!function && take_word("events")) return true;
            if (!function && take_word("findings")) {
                query.table = ExpertTable::findings;
                findings_ = true;
                return true;
            }
        }
        return fail_here("only the tables events and findings can be read");
    }

    bool column(ExpertQuery& query) {
        if (query.columns.size() == kMaxExpertColumns) return fail_here("at most fifty columns can be asked for");
        if (is_sign("*")) return fail_here("* is not offered: name the columns");
        ExpertColumn& column = query.columns.emplace_back();
        const size_t begin = token().begin;
        if (!expression(column.value)) return false;
        column.name = text_.substr(begin, tokens_[at_ - 1].end - begin);
        if (take_word("as")) {
            const bool name = token().kind == ExpertToken::Kind::quoted_name || (token().kind == ExpertToken::Kind::word && !is_expert_word(token().text));
            if (!name) return fail_here("a name is missing after AS");
            column.name = token().text;
            column.value.end = token().end;
            ++at_;
            aliases_.push_back(query.columns.size() - 1);
        }
        return true;
    }

    // An expression, the alias or the number of a column.
    bool named(ExpertQuery& query, ExpertExpression& to) {
        if (token().kind == ExpertToken::Kind::number) {
            const auto number = base::parse_uint(token().text);
            if (!number || *number == 0 || *number > query.columns.size()) return fail_here("there is no column of this number");
            to = query.columns[*number - 1].value;
            ++at_;
            return true;
        }
        columns_ = &query.columns;
        const bool fine = expression(to);
        columns_ = nullptr;
        return fine;
    }

    bool whole_number(uint64_t& to, uint64_t most) {
        const auto number = token().kind == ExpertToken::Kind::number ? base::parse_uint(token().text) : std::nullopt;
        if (!number || *number > most) return fail_here("a whole number of at most " + std::to_string(most) + " was expected here");
        to = *number;
        ++at_;
        return true;
    }

    bool aggregation_fits(const ExpertQuery& query) {
        const bool aggregated = !query.groups.empty() || !query.having.empty() ||
                                std::ranges::any_of(query.columns, [](const ExpertColumn& column) { return column.value.aggregated; });
        if (!aggregated) {
            for (const ExpertOrder& order : query.order) {
                if (order.value.aggregated) return fail_at(order.value, "an aggregate function stands here, but nothing is grouped");
            }
            return true;
        }
        const auto fits = [&](const ExpertExpression& value) {
            const ExpertExpression* wrong = ungrouped(query, value);
            return wrong == nullptr || fail_at(*wrong, "this is neither in GROUP BY nor inside an aggregate function");
        };
        for (const ExpertColumn& column : query.columns) {
            if (!fits(column.value)) return false;
        }
        for (const ExpertExpression& having : query.having) {
            if (!fits(having)) return false;
        }
        return std::ranges::all_of(query.order, [&](const ExpertOrder& order) { return fits(order.value); });
    }

    static const ExpertExpression* ungrouped(const ExpertQuery& query, const ExpertExpression& value) {
        if (!value.bare) return nullptr;
        if (std::ranges::any_of(query.groups, [&](const ExpertExpression& group) { return group.same_as(value); })) return nullptr;
        if (value.children.empty()) return &value;
        for (const ExpertExpression& child : value.children) {
            if (const ExpertExpression* wrong = ungrouped(query, child)) return wrong;
        }
        return nullptr;
    }

    // --- expressions: or < and < not < comparison < sum < product < sign < primary
    bool condition(ExpertExpression& to) {
        return expression(to) && (to.type == Type::boolean || to.type == Type::null || fail_at(to, "a condition was expected here"));
    }

    bool expression(ExpertExpression& to) {
        if (++depth_ > kMaxExpertDepth) return fail_here("the statement is nested too deeply");
        const bool fine = disjunction(to);
        --depth_;
        return fine;
    }

    bool count_node() {
        return ++nodes_ <= kMaxExpertNodes || fail_here("the statement has more than " + std::to_string(kMaxExpertNodes) + " parts");
    }

    // Makes `to` an operator whose first argument is what `to` was.
    bool wrap(ExpertExpression& to, std::string name, Type type) {
        if (!count_node()) return false;
        ExpertExpression call;
        call.kind = Kind::call;
        call.text = std::move(name);
        call.type = type;
        call.begin = to.begin;
        call.children.push_back(std::move(to));
        to = std::move(call);
        return true;
    }
    void close(ExpertExpression& call) {
        call.end = tokens_[at_ - 1].end;
        for (const ExpertExpression& child : call.children) {
            call.aggregated |= child.aggregated;
            call.bare |= child.bare;
        }
    }

    bool chain(ExpertExpression& to, std::string_view word, bool (Parser::*next)(ExpertExpression&)) {
        if (!(this->*next)(to)) return false;
        while (is_word(word)) {
            if (to.type != Type::boolean && to.type != Type::null) return fail_at(to, "a condition was expected here");
            ++at_;
            if (!wrap(to, std::string(word), Type::boolean)) return false;
            ExpertExpression& right = to.children.emplace_back();
            if (!(this->*next)(right)) return false;
            if (right.type != Type::boolean && right.type != Type::null) return fail_at(right, "a condition was expected here");
            close(to);
        }
        return true;
    }
    bool disjunction(ExpertExpression& to) { return chain(to, "or", &Parser::conjunction); }
    bool conjunction(ExpertExpression& to) { return chain(to, "and", &Parser::negation); }

    bool negation(ExpertExpression& to) {
        if (!is_word("not")) return comparison(to);
        to.begin = token().begin;
        ++at_;
        if (++depth_ > kMaxExpertDepth) return fail_here("the statement is nested too deeply");
        ExpertExpression inner;
        if (!negation(inner)) return false;
        --depth_;
        if (inner.type != Type::boolean && inner.type != Type::null) return fail_at(inner, "a condition was expected here");
        to = std::move(inner);
        if (!wrap(to, "not", Type::boolean)) return false;
        close(to);
        return true;
    }

    // Literals take the type of what they are compared with, where they can.
    bool agree(ExpertExpression& left, ExpertExpression& right, bool order) {
        const auto adapt = [&](ExpertExpression& literal, Type wanted) {
            if (literal.kind != Kind::literal || literal.type == wanted) return true;
            if (wanted == Type::time && literal.type == Type::text) {
                if (!event::parse_time_value(literal.text)) return fail_at(literal, "this is no time", "'2026-11-21T08:00:00+08:00' or '2026-11-21'");
                literal.type = Type::time;
            } else if (wanted == Type::text && literal.type == Type::number && !order) {
                literal.type = Type::text;
            } else if (wanted == Type::number && literal.type == Type::text && event::parse_number_value(literal.text)) {
                literal.type = Type::number;
            }
            return true;
        };
        if (!adapt(right, left.type) || !adapt(left, right.type)) return false;
        if (left.type == right.type || left.type == Type::null || right.type == Type::null) return true;
        return fail_at(right, "a " + std::string(to_string(left.type)) + " is compared with a " + std::string(to_string(right.type)),
                       "to_number(…) and to_text(…) convert");
    }

    bool comparison(ExpertExpression& to) {
        if (!sum(to)) return false;
        const bool negated = is_word("not") && (at_ + 1 < tokens_.size());
        const size_t before = at_;
        if (negated) ++at_;
        const auto finish = [&] {
            close(to);
            if (!negated) return true;
            if (!wrap(to, "not", Type::boolean)) return false;
            close(to);
            return true;
        };
        for (const char* like : {"like", "ilike"}) {
            if (!take_word(like)) continue;
            if (to.type != Type::text) return fail_at(to, "LIKE needs a text");
            if (!wrap(to, like, Type::boolean)) return false;
            return literal_argument(to.children.emplace_back(), Type::text) && finish();
        }
        if (take_word("in")) {
            if (!need_sign("(") || !wrap(to, "in", Type::boolean)) return false;
            do {
                ExpertExpression value;
                if (!sum(value)) return false;
                if (value.kind != Kind::literal) return fail_at(value, "IN takes a list of fixed values");
                if (!agree(to.children[0], value, false)) return false;
                to.children.push_back(std::move(value));
            } while (take_sign(","));
            return need_sign(")") && finish();
        }
        if (take_word("between")) {
            if (!wrap(to, "between", Type::boolean)) return false;
            for (int i = 0; i < 2; ++i) {
                if (i == 1 && !need_word("and")) return false;
                ExpertExpression value;
                if (!sum(value) || !agree(to.children[0], value, true)) return false;
                to.children.push_back(std::move(value));
            }
            return finish();
        }
        if (negated) {
            at_ = before;
            return fail_here("LIKE, IN or BETWEEN was expected behind NOT");
        }
        if (take_word("is")) {
            const bool is_not = take_word("not");
            if (!need_word("null") || !wrap(to, is_not ? "is_not_null" : "is_null", Type::boolean)) return false;
            close(to);
            return true;
        }
        for (const char* sign : {"=", "!=", "<>", "<", "<=", ">", ">="}) {
            if (!take_sign(sign)) continue;
            const std::string_view name(sign);
            if (!wrap(to, std::string(name == "<>" ? "!=" : name), Type::boolean)) return false;
            ExpertExpression right;
            if (!sum(right) || !agree(to.children[0], right, name[0] == '<' || name[0] == '>')) return false;
            if (to.children[0].kind == Kind::literal && to.children[0].type == Type::null) return fail_at(to.children[0], "NULL is compared by IS NULL");
            if (right.kind == Kind::literal && right.type == Type::null) return fail_at(right, "NULL is compared by IS NULL");
            to.children.push_back(std::move(right));
            close(to);
            return true;
        }
        return true;
    }

    bool operators(ExpertExpression& to, std::string_view signs, bool (Parser::*next)(ExpertExpression&)) {
        if (!(this->*next)(to)) return false;
        while (token().kind == ExpertToken::Kind::sign && token().text.size() == 1 && signs.find(token().text[0]) != std::string_view::npos) {
            std::string sign = token().text;
            ++at_;
            if (to.type != Type::number && to.type != Type::null) return fail_at(to, "a number was expected here");
            if (!wrap(to, std::move(sign), Type::number)) return false;
            ExpertExpression& right = to.children.emplace_back();
            if (!(this->*next)(right)) return false;
            if (right.type != Type::number && right.type != Type::null) return fail_at(right, "a number was expected here");
            close(to);
        }
        return true;
    }
    bool sum(ExpertExpression& to) {
        if (is_sign("||")) return fail_here("a value is missing here");
        if (!operators(to, "+-", &Parser::product)) return false;
        while (take_sign("||")) {
            if (!wrap(to, "concat", Type::text)) return false;
            ExpertExpression right;
            if (!operators(right, "+-", &Parser::product)) return false;
            to.children.push_back(std::move(right));
            close(to);
        }
        return true;
    }
    bool product(ExpertExpression& to) { return operators(to, "*/%", &Parser::signed_value); }

    bool signed_value(ExpertExpression& to) {
        if (!is_sign("-")) return primary(to);
        const size_t begin = token().begin;
        ++at_;
        if (!primary(to)) return false;
        if (to.type != Type::number) return fail_at(to, "a number was expected here");
        to.begin = begin;
        if (to.kind == Kind::literal) {
            to.text = to.text.starts_with('-') ? to.text.substr(1) : "-" + to.text;
            return true;
        }
        if (!wrap(to, "negate", Type::number)) return false;
        close(to);
        return true;
    }

    bool primary(ExpertExpression& to) {
        if (!count_node()) return false;
        to.begin = token().begin;
        to.end = token().end;
        switch (token().kind) {
            case ExpertToken::Kind::number:
            case ExpertToken::Kind::text:
                to.type = token().kind == ExpertToken::Kind::number ? Type::number : Type::text;
                to.text = token().text;
                ++at_;
                return true;
            case ExpertToken::Kind::quoted_name: return field(to);
            case ExpertToken::Kind::sign:
                if (!take_sign("(")) break;
                if (is_word("select")) return fail_here("a SELECT inside is not offered");
                if (!expression(to)) return false;
                if (is_sign(",")) return fail_here("lists are not offered here");
                if (!need_sign(")")) return false;
                to.end = tokens_[at_ - 1].end;
                return true;
            case ExpertToken::Kind::word: return word(to);
            case ExpertToken::Kind::end: break;
        }
        return fail_here("a value is missing here");
    }

    bool word(ExpertExpression& to) {
        if (take_word("null")) return true;
        for (const char* constant : {"true", "false"}) {
            if (!take_word(constant)) continue;
            to.type = Type::boolean;
            to.text = constant;
            return true;
        }
        if (take_word("case")) return choice(to);
        if (tokens_[at_ + 1].kind == ExpertToken::Kind::sign && tokens_[at_ + 1].text == "(" && !is_expert_word(token().text)) return call(to);
        if (is_expert_word(token().text)) return fail_here("'" + capitals(token().text) + "' is not offered here");
        return field(to);
    }

    bool field(ExpertExpression& to) {
        if (columns_ != nullptr) {
            for (const size_t alias : aliases_) {
                const ExpertColumn& column = (*columns_)[alias];
                if (column.name != token().text) continue;
                to = column.value;
                ++at_;
                nodes_ += size_of(to);
                return count_node();
            }
        }
        to.kind = Kind::field;
        to.text = token().text;
        to.bare = true;
        if (findings_) {
            const auto known = findings_field_type(to.text);
            if (!known) return fail_here("findings have no such column", "see docs/formats/expert-sql.md");
            to.type = *known;
        } else {
            to.type = event_field_type(to.text);
        }
        ++at_;
        return true;
    }

    bool choice(ExpertExpression& to) {
        to.kind = Kind::call;
        to.text = "case";
        if (!is_word("when")) return fail_here("CASE is taken as CASE WHEN … THEN … END");
        const auto result = [&](ExpertExpression& value) {
            if (!expression(value)) return false;
            if (to.type == Type::null) to.type = value.type;
            return value.type == to.type || value.type == Type::null || fail_at(value, "all results of CASE must be of one kind");
        };
        while (take_word("when")) {
            if (!condition(to.children.emplace_back()) || !need_word("then") || !result(to.children.emplace_back())) return false;
        }
        if (take_word("else") && !result(to.children.emplace_back())) return false;
        if (!need_word("end")) return false;
        close(to);
        return true;
    }

    bool literal_argument(ExpertExpression& to, Type type) {
        if (!sum(to)) return false;
        return (to.kind == Kind::literal && to.type == type) || fail_at(to, "a fixed " + std::string(to_string(type)) + " was expected here");
    }

    bool call(ExpertExpression& to) {
        if (is_word("matches")) return matches(to);
        const ExpertFunction* function = find_expert_function(token().text);
        if (function == nullptr) return fail_here("there is no function of this name here", "docs/formats/expert-sql.md lists them");
        if (function->aggregate && inside_aggregate_) return fail_here("an aggregate function cannot stand inside another");
        to.kind = Kind::call;
        to.text = function->name;
        at_ += 2;
        if (function->aggregate) inside_aggregate_ = true;
        const bool fine = arguments(to, *function);
        if (function->aggregate) inside_aggregate_ = false;
        if (!fine || !need_sign(")")) return false;
        to.type = expert_type(function->result);
        if (function->result == 'x' || function->result == 'y') {
            for (size_t i = function->result == 'x' ? 0 : 1; i < to.children.size() && to.type == Type::null; ++i) to.type = to.children[i].type;
            if (function->name != "nullif" || to.children.size() == 2) {
                for (size_t i = function->result == 'x' ? 0 : 1; i < to.children.size(); ++i) {
                    const Type type = to.children[i].type;
                    if (type != to.type && type != Type::null) return fail_at(to.children[i], "all values must be of one kind");
                }
            }
        }
        close(to);
        if (function->aggregate) {
            if (to.aggregated) return fail_at(to, "an aggregate function cannot stand inside another");
            to.aggregated = true;
            to.bare = false;
        }
        return true;
    }

    bool arguments(ExpertExpression& to, const ExpertFunction& function) {
        if (function.name == "count") {
            if (take_sign("*")) return true;
            if (take_word("distinct")) to.text = "count_distinct";
        }
        std::string_view shape = function.arguments;
        while (!is_sign(")")) {
            if (!to.children.empty() && !need_sign(",")) return false;
            if (shape.empty()) return fail_here("the function takes no further argument");
            const char letter = shape[0];
            const bool repeated = shape.size() > 1 && shape[1] == '*';
            ExpertExpression& argument = to.children.emplace_back();
            if (!expression(argument)) return false;
            const char small = base::ascii_lower(letter);
            const Type wanted = expert_type(small);
            if (letter != small && argument.kind != Kind::literal) return fail_at(argument, "a fixed value was expected here");
            if (wanted != Type::null && argument.type != wanted && argument.type != Type::null) {
                return fail_at(argument, "a " + std::string(to_string(wanted)) + " was expected here");
            }
            if (letter != small && argument.type == Type::null) return fail_at(argument, "a fixed value was expected here");
            if (!repeated) shape.remove_prefix(shape.size() > 1 && shape[1] == '?' ? 2 : 1);
        }
        const bool enough = shape.empty() || (shape.size() > 1 && (shape[1] == '?' || shape[1] == '*'));
        if (!enough || (to.text == "count_distinct" && to.children.empty())) return fail_here("an argument is missing");
        return check_literals(to);
    }

    // Literals whose text has a meaning of its own.
    bool check_literals(ExpertExpression& to) {
        if (to.text == "in_network" && !base::IpNetwork::parse(to.children[1].text)) return fail_at(to.children[1], "this is no network", "'10.0.0.0/8'");
        if (to.text == "quantile") {
            const auto level = event::parse_number_value(to.children[1].text);
            if (!level || *level < 0 || *level > 1) return fail_at(to.children[1], "a number from 0 to 1 was expected here");
        }
        if ((to.text == "round" && to.children.size() == 2) || to.text == "split_part") {
            const auto number = base::parse_int(to.children.back().text);
            if (!number || *number < -20 || *number > 100) return fail_at(to.children.back(), "a small whole number was expected here");
        }
        if (to.text == "time_bucket" || to.text == "ago") {
            ExpertExpression& span = to.children.back();
            const auto seconds = parse_expert_span(span.text);
            if (!seconds) return fail_at(span, "this is no span of time", "'15 minutes', '1 hour', '1 day'");
            span.text = std::to_string(*seconds);
        }
        return true;
    }

    bool matches(ExpertExpression& to) {
        if (findings_) return fail_here("matches(…) is for events");
        at_ += 2;
        ExpertExpression text;
        if (!literal_argument(text, Type::text) || !need_sign(")")) return false;
        auto predicate = parse_kql(text.text);
        if (!predicate) return fail_at(text, "in the condition: " + predicate.error().message, predicate.error().hint);
        terms_ += predicate->terms();
        if (terms_ > kMaxQueryTerms) return fail_at(text, "the conditions have too many terms");
        to.kind = Kind::matches;
        to.type = Type::boolean;
        to.text = text.text;
        to.bare = true;
        to.predicate = std::move(*predicate);
        to.end = tokens_[at_ - 1].end;
        return true;
    }

    std::string_view text_;
    std::vector<ExpertToken> tokens_;
    size_t at_ = 0;
    size_t depth_ = 0;
    size_t nodes_ = 0;
    size_t terms_ = 0;
    bool findings_ = false;
    bool inside_aggregate_ = false;
    std::vector<size_t> aliases_;                          // columns that have one
    const std::vector<ExpertColumn>* columns_ = nullptr;   // where aliases may be used
    bool failed_ = false;
    QueryProblem problem_;
};

}  // namespace

tl::expected<ExpertQuery, QueryProblem> parse_expert_sql(std::string_view text) {
    auto tokens = read_expert_tokens(text);
    if (!tokens) return tl::unexpected(std::move(tokens.error()));
    return Parser(text, std::move(*tokens)).parse();
}

}  // namespace shuwei::eventstore
