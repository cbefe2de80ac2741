#include "mib_module.hpp"

#include <charconv>
#include <optional>

#include "shuwei/base/text.hpp"

namespace shuwei::collect {

using base::Result;

namespace {

constexpr size_t kMaxDefinitions = 50'000;  // of a file
constexpr size_t kMaxName = 128;

enum class TokenKind : uint8_t { end, word, number, text, sign };

struct Token {
    TokenKind kind = TokenKind::end;
    std::string_view text;  // a quoted text without its quotes

    bool is(std::string_view wanted) const { return (kind == TokenKind::word || kind == TokenKind::sign) && text == wanted; }
};

bool is_word_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool is_type_name(std::string_view name) { return !name.empty() && name.front() >= 'A' && name.front() <= 'Z'; }

class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) { advance(); }

    const Token& peek() const { return token_; }
    Token take() {
        const Token taken = token_;
        advance();
        return taken;
    }
    bool take_if(std::string_view wanted) {
        if (!token_.is(wanted)) return false;
        advance();
        return true;
    }
    size_t line() const { return line_; }
    bool broken() const { return broken_; }  // a quoted text without an end

private:
    void drop(size_t count) {
        for (size_t i = 0; i < count; ++i) line_ += rest_[i] == '\n' ? 1 : 0;
        rest_.remove_prefix(count);
    }

    void skip_blanks() {
        while (!rest_.empty()) {
            const char c = rest_.front();
            if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v') {
                drop(1);
            } else if (rest_.starts_with("--")) {
                // To the end of the line: rulers of any number of hyphens are common, text behind a second "--" is not.
                rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
            } else {
                return;
            }
        }
    }

    void advance() {
        skip_blanks();
        token_ = {};
        if (rest_.empty()) return;
        const char first = rest_.front();
        size_t length = 1;
        if (first == '"' || first == '\'') {
            const size_t end = rest_.find(first, 1);
            if (end == std::string_view::npos) {
                broken_ = true;
                rest_ = {};
                return;
            }
            token_ = {TokenKind::text, rest_.substr(1, end - 1)};
            drop(end + 1);
            return;
        }
        TokenKind kind = TokenKind::sign;
        if (is_word_character(first) && first != '_') {
            while (length < rest_.size() && is_word_character(rest_[length]) && !(rest_.substr(length).starts_with("--"))) ++length;
            kind = TokenKind::word;
            const std::string_view digits = first == '-' ? rest_.substr(1, length - 1) : rest_.substr(0, length);
            if (!digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos) kind = TokenKind::number;
        } else if (rest_.starts_with("::=")) {
            length = 3;
        } else if (rest_.starts_with("..")) {
            length = 2;
        }
        token_ = {kind, rest_.substr(0, length)};
        drop(length);
    }

    std::string_view rest_;
    Token token_;
    size_t line_ = 1;
    bool broken_ = false;
};

std::optional<int64_t> number_of(const Token& token) {
    int64_t value = 0;
    if (token.kind != TokenKind::number) return std::nullopt;
    const auto [end, error] = std::from_chars(token.text.data(), token.text.data() + token.text.size(), value);
    return error == std::errc() && end == token.text.data() + token.text.size() ? std::optional(value) : std::nullopt;
}

class ModuleReader {
public:
    explicit ModuleReader(std::string_view text) : scan_(text) {}

    Result<std::vector<MibModule>> read() {
        std::vector<MibModule> modules;
        while (scan_.peek().kind != TokenKind::end) {
            MibModule module;
            module.name = std::string(scan_.take().text);
            if (scan_.peek().is("{")) skip_braces();
            if (!scan_.take_if("DEFINITIONS")) return wrong("this is no MIB module");
            while (scan_.peek().kind != TokenKind::end && !scan_.peek().is("BEGIN")) scan_.take();  // PIBs and tags
            scan_.take();
            TRY(read_body(module));
            modules.push_back(std::move(module));
        }
        if (scan_.broken()) return wrong("a quotation mark is not closed");
        if (modules.empty()) return wrong("this is no MIB module");
        return modules;
    }

private:
    tl::unexpected<base::Error> wrong(std::string what) const {
        return base::fail(base::Error(base::ErrorCode::invalid_argument, std::move(what)).at("line " + std::to_string(scan_.line())));
    }

    Result<> read_body(MibModule& module) {
        while (!scan_.take_if("END")) {
            if (scan_.broken()) return wrong("a quotation mark is not closed");
            if (scan_.peek().kind == TokenKind::end) return wrong("module " + module.name + " has no END");
            if (module.definitions.size() + module.types.size() > kMaxDefinitions) return wrong("too many definitions");
            if (scan_.take_if("IMPORTS")) {
                read_imports(module);
            } else if (scan_.take_if("EXPORTS")) {
                skip_to(";");
            } else if (scan_.peek().kind == TokenKind::word && scan_.peek().text.size() <= kMaxName) {
                read_assignment(module, std::string(scan_.take().text));
            } else {
                scan_.take();
            }
        }
        return {};
    }

    void read_imports(MibModule& module) {
        std::vector<std::string> names;
        while (scan_.peek().kind != TokenKind::end && !scan_.take_if(";")) {
            if (scan_.take_if("FROM")) {
                const std::string from(scan_.take().text);
                for (auto& name : names) module.imports[std::move(name)] = from;
                names.clear();
            } else {
                const Token token = scan_.take();
                if (token.kind == TokenKind::word) names.emplace_back(token.text);
            }
        }
    }

    void read_assignment(MibModule& module, std::string name) {
        if (scan_.take_if("MACRO")) {
            skip_to("END");
            return;
        }
        if (scan_.take_if("::=")) {
            if (is_type_name(name)) module.types[std::move(name)] = read_type();
            return;
        }
        const std::string macro(scan_.take().text);
        MibDefinition definition{.name = std::move(name), .kind = MibKind::node, .parent = {}, .arcs = {}, .syntax = {}};
        if (macro == "OBJECT-TYPE") definition.kind = MibKind::object;
        if (macro == "NOTIFICATION-TYPE" || macro == "TRAP-TYPE") definition.kind = MibKind::notification;
        std::string enterprise;
        bool syntax_read = false;
        while (!scan_.take_if("::=")) {
            if (scan_.peek().kind == TokenKind::end || scan_.peek().is("END")) return;  // was no assignment
            if (macro == "OBJECT-TYPE" && !syntax_read && scan_.take_if("SYNTAX")) {
                definition.syntax = read_syntax();
                syntax_read = true;
            } else if (macro == "TRAP-TYPE" && scan_.take_if("ENTERPRISE")) {
                scan_.take_if("{");
                enterprise = std::string(scan_.take().text);
            } else if (scan_.peek().is("{")) {
                skip_braces();
            } else {
                scan_.take();
            }
        }
        if (macro == "TRAP-TYPE") {
            const auto number = number_of(scan_.peek());
            if (!number || *number < 0 || *number > UINT32_MAX || enterprise.empty()) return;
            scan_.take();
            const auto arc = static_cast<uint32_t>(*number);
            // RFC 3584, 3.1: the generic traps have names of their own, the others lie below a zero.
            definition.parent = enterprise == "snmp" ? "snmpTraps" : enterprise;
            definition.arcs = enterprise == "snmp" ? Oid{arc + 1} : Oid{0, arc};
            module.definitions.push_back(std::move(definition));
            return;
        }
        if (!scan_.peek().is("{") || !read_place(definition)) return;
        module.definitions.push_back(std::move(definition));
    }

    // { parent 1 2 }, { iso org(3) dod(6) }, { 1 3 6 }
    bool read_place(MibDefinition& definition) {
        scan_.take();
        bool first = true;
        bool sound = true;
        while (!scan_.take_if("}")) {
            const Token part = scan_.take();
            if (part.kind == TokenKind::end) return false;
            std::optional<int64_t> arc = number_of(part);
            if (part.kind == TokenKind::word && scan_.take_if("(")) {
                arc = number_of(scan_.take());
                sound = sound && scan_.take_if(")");
            }
            if (!arc && first && part.kind == TokenKind::word) {
                definition.parent = std::string(part.text);
            } else if (arc && *arc >= 0 && *arc <= UINT32_MAX && definition.arcs.size() < kMaxArcs) {
                definition.arcs.push_back(static_cast<uint32_t>(*arc));
            } else {
                sound = false;
            }
            first = false;
        }
        return sound && (!definition.parent.empty() || !definition.arcs.empty());
    }

    MibSyntax read_type() {
        if (!scan_.take_if("TEXTUAL-CONVENTION")) return read_syntax();
        std::string hint;
        while (scan_.peek().kind != TokenKind::end && !scan_.peek().is("END")) {
            if (scan_.take_if("DISPLAY-HINT")) {
                hint = std::string(scan_.take().text);
            } else if (scan_.take_if("SYNTAX")) {
                MibSyntax syntax = read_syntax();
                syntax.hint = std::move(hint);
                return syntax;
            } else {
                scan_.take();
            }
        }
        return {};
    }

    // A type's name and what follows it in brackets.
    MibSyntax read_syntax() {
        MibSyntax syntax;
        if (scan_.take_if("[")) skip_to("]");
        scan_.take_if("IMPLICIT");
        if (scan_.peek().kind != TokenKind::word) return syntax;
        syntax.type = std::string(scan_.take().text);
        if (syntax.type == "SEQUENCE" || syntax.type == "CHOICE") {
            if (scan_.take_if("OF")) scan_.take();
            if (scan_.peek().is("{")) skip_braces();
            return syntax;
        }
        if (syntax.type == "OCTET" || syntax.type == "OBJECT" || syntax.type == "BIT") syntax.type += ' ' + std::string(scan_.take().text);
        if (scan_.peek().is("{")) read_values(syntax);
        if (scan_.peek().is("(")) skip_parentheses();
        return syntax;
    }

    void read_values(MibSyntax& syntax) {
        scan_.take();
        while (scan_.peek().kind != TokenKind::end && !scan_.take_if("}")) {
            const Token name = scan_.take();
            if (name.kind != TokenKind::word || !scan_.take_if("(")) continue;
            const auto number = number_of(scan_.take());
            if (number && name.text.size() <= kMaxName && syntax.values.size() < 4096) syntax.values.emplace(*number, name.text);
        }
    }

    void skip_to(std::string_view wanted) {
        while (scan_.peek().kind != TokenKind::end && !scan_.take_if(wanted)) scan_.take();
    }

    void skip_nested(std::string_view open, std::string_view close) {
        size_t depth = 0;
        do {
            if (scan_.peek().is(open)) ++depth;
            if (scan_.peek().is(close)) --depth;
            scan_.take();
        } while (depth > 0 && scan_.peek().kind != TokenKind::end);
    }
    void skip_braces() { skip_nested("{", "}"); }
    void skip_parentheses() { skip_nested("(", ")"); }

    Scanner scan_;
};

}  // namespace

Result<std::vector<MibModule>> read_mib_file(std::string_view text) { return ModuleReader(text).read(); }

}  // namespace shuwei::collect
