#define PCRE2_CODE_UNIT_WIDTH 8
#include "regex.hpp"

#include <pcre2.h>

#include <algorithm>
#include <vector>

namespace shuwei::sigma {

using base::ErrorCode;
using base::fail;
using base::Result;

unsigned hs_flags(const RegexFlags& flags) {
    unsigned bits = HS_FLAG_SINGLEMATCH | HS_FLAG_ALLOWEMPTY;
    if (flags.ignore_case) bits |= HS_FLAG_CASELESS;
    if (flags.multi_line) bits |= HS_FLAG_MULTILINE;
    if (flags.dot_all) bits |= HS_FLAG_DOTALL;
    return bits;
}

// Hyperscan unrolls counted repeats, so nested ones multiply. An estimate: the length of the expression with every
// {n,m} multiplied into the groups around it.
bool is_small_expression(std::string_view expression) {
    constexpr uint64_t kLimit = 8'000;
    struct Group {
        uint64_t size = 0;
        uint64_t last = 0;  // size of the latest element: what a quantifier multiplies
    };
    std::vector<Group> groups(1);
    bool in_class = false;
    for (size_t at = 0; at < expression.size(); ++at) {
        const char c = expression[at];
        Group& group = groups.back();
        if (in_class) {
            if (c == '\\') ++at;
            if (c == ']') in_class = false;
            continue;
        }
        const auto element = [&](uint64_t size) {
            group.size += size;
            group.last = size;
        };
        if (c == '\\') {
            ++at;
            element(1);
        } else if (c == '[') {
            in_class = true;
            if (at + 1 < expression.size() && expression[at + 1] == '^') ++at;
            if (at + 1 < expression.size() && expression[at + 1] == ']') ++at;
            element(1);
        } else if (c == '(') {
            groups.push_back({});
            if (groups.size() > 64) return false;
        } else if (c == ')') {
            if (groups.size() == 1) continue;
            const uint64_t size = std::max<uint64_t>(1, group.size);
            groups.pop_back();
            groups.back().size += size;
            groups.back().last = size;
        } else if (c == '{') {
            uint64_t low = 0;
            uint64_t high = 0;
            size_t end = at + 1;
            const auto number = [&](uint64_t& value) {
                const size_t begin = end;
                while (end < expression.size() && expression[end] >= '0' && expression[end] <= '9') {
                    value = std::min<uint64_t>(value * 10 + static_cast<uint64_t>(expression[end] - '0'), 1'000'000);
                    ++end;
                }
                return end > begin;
            };
            if (!number(low)) {
                element(1);
                continue;
            }
            high = low;
            if (end < expression.size() && expression[end] == ',') {
                ++end;
                number(high);
            }
            if (end >= expression.size() || expression[end] != '}') {
                element(1);
                continue;
            }
            const uint64_t times = std::max<uint64_t>({low, high, 1});
            group.size += group.last * (times - 1);
            group.last *= times;
            at = end;
        } else {
            element(1);
        }
        for (const Group& any : groups) {
            if (any.size > kLimit) return false;
        }
    }
    uint64_t total = 0;
    for (const Group& group : groups) total += group.size;
    return total <= kLimit;
}

Result<PcreRegex> PcreRegex::compile(std::string_view expression, const RegexFlags& flags) {
    if (expression.size() > kMaxRegexBytes) return fail(ErrorCode::too_large, "the regular expression is longer than 4096 bytes");
    uint32_t options = 0;
    if (flags.ignore_case) options |= PCRE2_CASELESS;
    if (flags.multi_line) options |= PCRE2_MULTILINE;
    if (flags.dot_all) options |= PCRE2_DOTALL;
    std::unique_ptr<pcre2_compile_context, void (*)(pcre2_compile_context*)> context(pcre2_compile_context_create(nullptr),
                                                                                   pcre2_compile_context_free);
    if (context == nullptr) return fail(ErrorCode::resource_exhausted, "out of memory");
    pcre2_set_parens_nest_limit(context.get(), 64);
    int error = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()), expression.size(),
                                     options | PCRE2_NEVER_BACKSLASH_C, &error, &offset, context.get());
    if (code == nullptr) {
        char text[160];
        pcre2_get_error_message(error, reinterpret_cast<PCRE2_UCHAR*>(text), sizeof text);
        return fail(ErrorCode::invalid_argument,
                    "bad regular expression at character " + std::to_string(offset + 1) + ": " + text);
    }
    PcreRegex regex;
    regex.code_.reset(code, pcre2_code_free);
    pcre2_match_context* match = pcre2_match_context_create(nullptr);
    if (match == nullptr) return fail(ErrorCode::resource_exhausted, "out of memory");
    pcre2_set_match_limit(match, kRegexMatchLimit);
    pcre2_set_heap_limit(match, kRegexHeapKibibytes);
    regex.context_.reset(match, pcre2_match_context_free);
    return regex;
}

PcreRegex::Outcome PcreRegex::search(std::string_view text) const {
    thread_local const std::unique_ptr<pcre2_match_data, void (*)(pcre2_match_data*)> data(
        pcre2_match_data_create(1, nullptr), pcre2_match_data_free);
    const int found = pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0, data.get(),
                                  context_.get());
    if (found >= 0) return Outcome::yes;
    return found == PCRE2_ERROR_NOMATCH ? Outcome::no : Outcome::limit;
}

Result<> check_regex(std::string_view expression, const RegexFlags& flags) {
    TRY(PcreRegex::compile(expression, flags));
    return {};
}

}  // namespace shuwei::sigma
