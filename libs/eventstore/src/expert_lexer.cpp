#include "expert_lexer.hpp"

#include <algorithm>
#include <array>

#include "shuwei/base/text.hpp"
#include "shuwei/eventstore/expert_sql.hpp"

namespace shuwei::eventstore {
namespace {

constexpr size_t kMaxName = 256;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '@'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

size_t characters_before(std::string_view text, size_t byte) {
    const std::string_view before = text.substr(0, std::min(byte, text.size()));
    return static_cast<size_t>(std::ranges::count_if(before, [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

}  // namespace

QueryProblem expert_problem(std::string_view text, size_t begin, size_t end, std::string message, std::string hint) {
    QueryProblem problem;
    problem.position = characters_before(text, begin);
    problem.length = characters_before(text, end) - problem.position;
    problem.message = std::move(message);
    problem.hint = std::move(hint);
    return problem;
}

tl::expected<std::vector<ExpertToken>, QueryProblem> read_expert_tokens(std::string_view text) {
    const auto refuse = [&](size_t begin, size_t end, std::string message, std::string hint = {}) {
        return tl::unexpected(expert_problem(text, begin, end, std::move(message), std::move(hint)));
    };
    if (text.size() > kMaxExpertBytes) return refuse(kMaxExpertBytes, text.size(), "the statement is longer than 16 KiB");
    if (!base::is_valid_utf8(text)) return refuse(0, text.size(), "the statement is not valid UTF-8");
    std::vector<ExpertToken> tokens;
    size_t at = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            ++at;
            continue;
        }
        ExpertToken token;
        token.begin = at;
        const std::string_view rest = text.substr(at);
        if (rest.starts_with("--") || rest.starts_with("/*") || c == '#') return refuse(at, at + 2, "comments are not taken");
        if (is_letter(c)) {
            token.kind = ExpertToken::Kind::word;
            while (at < text.size() && (is_letter(text[at]) || is_digit(text[at]) || text[at] == '.')) ++at;
            if (text[at - 1] == '.') return refuse(token.begin, at, "a name must not end with a dot");
            token.text = text.substr(token.begin, at - token.begin);
            if (token.text.size() > kMaxName) return refuse(token.begin, at, "the name is too long");
        } else if (is_digit(c)) {
            token.kind = ExpertToken::Kind::number;
            while (at < text.size() && is_digit(text[at])) ++at;
            if (at + 1 < text.size() && text[at] == '.' && is_digit(text[at + 1])) {
                ++at;
                while (at < text.size() && is_digit(text[at])) ++at;
            }
            if (at < text.size() && (is_letter(text[at]) || text[at] == '.')) return refuse(token.begin, at + 1, "this is no number");
            token.text = text.substr(token.begin, at - token.begin);
            if (token.text.size() > 18) return refuse(token.begin, at, "the number is too long");
        } else if (c == '\'' || c == '"') {
            token.kind = c == '"' ? ExpertToken::Kind::quoted_name : ExpertToken::Kind::text;
            ++at;
            while (true) {
                if (at >= text.size()) return refuse(token.begin, text.size(), "the closing quotation mark is missing");
                if (text[at] == c) {
                    if (at + 1 >= text.size() || text[at + 1] != c) break;
                    ++at;  // doubled: the mark itself
                }
                if (token.kind == ExpertToken::Kind::quoted_name && static_cast<uint8_t>(text[at]) < 0x20) {
                    return refuse(at, at + 1, "a name has no control characters");
                }
                token.text += text[at++];
            }
            ++at;
            if (token.kind == ExpertToken::Kind::quoted_name && (token.text.empty() || token.text.size() > kMaxName)) {
                return refuse(token.begin, at, "a name has 1 to 256 bytes");
            }
        } else {
            constexpr std::array<std::string_view, 5> kTwo{"<=", ">=", "<>", "!=", "||"};
            token.kind = ExpertToken::Kind::sign;
            const auto two = std::ranges::find_if(kTwo, [&](std::string_view sign) { return rest.starts_with(sign); });
            if (two != kTwo.end()) {
                token.text = *two;
            } else if (std::string_view("(),*+-/%=<>").find(c) != std::string_view::npos) {
                token.text = c;
            } else if (c == ';') {
                if (base::trim(rest.substr(1)).empty()) break;
                return refuse(at, at + 1, "one statement is taken, not several");
            } else if (c == '`') {
                return refuse(at, at + 1, "backticks are not taken", "names stand in \"double quotes\"");
            } else {
                return refuse(at, at + 1, "this character is not taken here", "texts stand in 'single quotes', names in \"double quotes\"");
            }
            at += token.text.size();
        }
        token.end = at;
        tokens.push_back(std::move(token));
    }
    ExpertToken end;
    end.begin = end.end = text.size();
    tokens.push_back(std::move(end));
    return tokens;
}

}  // namespace shuwei::eventstore
