#include "dissect.hpp"

#include <array>

#include "text_view.hpp"

namespace shuwei::parse {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {
constexpr int kMaxAttempts = 256;  // places tried for %{name+} in one line
}

Result<Dissect> Dissect::compile(std::string_view pattern, const std::function<Register(std::string_view)>& name_register) {
    const auto refuse = [&](std::string reason) {
        return fail(ErrorCode::invalid_argument, "dissect '" + std::string(pattern) + "': " + std::move(reason));
    };
    Dissect compiled;
    std::string literal;
    const auto close_literal = [&] {
        if (compiled.captures_.empty()) {
            compiled.start_ = std::move(literal);
        } else {
            compiled.captures_.back().literal = std::move(literal);
        }
        literal.clear();
    };
    for (size_t at = 0; at < pattern.size();) {
        if (pattern.substr(at, 3) == "%%{") {
            literal += "%{";
            at += 3;
            continue;
        }
        if (pattern.substr(at, 2) != "%{") {
            literal += pattern[at++];
            continue;
        }
        const size_t close = pattern.find('}', at);
        if (close == std::string_view::npos) return refuse("%{ without }");
        std::string_view name = pattern.substr(at + 2, close - at - 2);
        at = close + 1;
        if (!compiled.captures_.empty() && literal.empty() && compiled.captures_.back().check == Check::none) {
            return refuse("two captures without text between them; the first needs :int, :ip or :word");
        }
        close_literal();
        Capture capture;
        if (const size_t colon = name.find(':'); colon != std::string_view::npos) {
            std::string_view check = name.substr(colon + 1);
            if (check.ends_with("->")) {
                capture.padded = true;
                check.remove_suffix(2);
            }
            if (check.ends_with('+')) {
                capture.last_occurrence = true;
                check.remove_suffix(1);
            }
            name = name.substr(0, colon);
            if (check == "int") {
                capture.check = Check::digits;
            } else if (check == "ip") {
                capture.check = Check::address;
            } else if (check == "word") {
                capture.check = Check::word;
            } else {
                return refuse("unknown check :" + std::string(check) + "; int, ip and word are known");
            }
        }
        if (name.ends_with("->")) {
            capture.padded = true;
            name.remove_suffix(2);
        }
        if (name.ends_with('+')) {
            capture.last_occurrence = true;
            name.remove_suffix(1);
        }
        if (!name.empty() && name != "?") {
            capture.reg = name_register(name);
            if (capture.reg == kNoRegister) return refuse("too many names, or a bad one: " + std::string(name));
        }
        compiled.captures_.push_back(std::move(capture));
        if (compiled.captures_.size() > kMaxCaptures) return refuse("more than 128 captures");
    }
    close_literal();
    if (compiled.captures_.empty() && compiled.start_.empty()) return refuse("empty");
    return compiled;
}

bool Dissect::fits(Check check, char c) {
    switch (check) {
        case Check::none: return true;
        case Check::digits: return is_digit(c);
        case Check::word: return c != ' ' && c != '\t';
        case Check::address: return is_hex_digit(c) || c == '.' || c == ':' || c == '%';
    }
    return false;
}

bool Dissect::passes(Check check, std::string_view value) {
    if (check == Check::none) return true;
    if (value.empty()) return false;
    for (const char c : value) {
        if (!fits(check, c)) return false;
    }
    return check != Check::address || (value.size() > 1 && value.find_first_of(".:") != std::string_view::npos);
}

bool Dissect::match(std::string_view text, Registers& registers) const {
    if (!text.starts_with(start_)) return false;
    if (captures_.empty()) return text.size() == start_.size();
    Values values;
    int attempts = kMaxAttempts;
    if (!match_from(0, text, start_.size(), values, attempts)) return false;
    for (size_t i = 0; i < captures_.size(); ++i) {
        if (captures_[i].reg != kNoRegister) registers.set(captures_[i].reg, std::string_view(values[i].data, values[i].size));
    }
    return true;
}

bool Dissect::match_from(size_t first, std::string_view text, size_t at, Values& values, int& attempts) const {
    const size_t last = captures_.size() - 1;
    for (size_t i = first; i <= last; ++i) {
        const Capture& capture = captures_[i];
        const std::string_view literal = capture.literal;
        size_t end;
        if (i == last) {
            if (!text.ends_with(literal) || text.size() - literal.size() < at) return false;
            end = text.size() - literal.size();
        } else if (literal.empty()) {  // as many characters as fit
            end = at;
            while (end < text.size() && fits(capture.check, text[end])) ++end;
        } else if (capture.last_occurrence) {
            // From the back, until what follows matches too.
            for (end = text.rfind(literal); end != std::string_view::npos && end >= at; end = text.rfind(literal, end - 1)) {
                values[i] = {text.data() + at, end - at};
                if (passes(capture.check, text.substr(at, end - at)) && match_from(i + 1, text, end + literal.size(), values, attempts)) return true;
                if (--attempts <= 0 || end == 0) return false;
            }
            return false;
        } else {
            end = find_text(text, literal, at);
            if (end == std::string_view::npos) return false;
        }
        values[i] = {text.data() + at, end - at};
        if (!passes(capture.check, text.substr(at, end - at))) return false;
        at = end + literal.size();
        if (capture.padded) {
            while (i < last && !literal.empty() && text.substr(at).starts_with(literal)) at += literal.size();
        }
    }
    return true;
}

std::string_view Dissect::longest_literal() const {
    std::string_view longest = start_;
    for (const Capture& capture : captures_) {
        if (capture.literal.size() > longest.size()) longest = capture.literal;
    }
    return longest;
}

}  // namespace shuwei::parse
