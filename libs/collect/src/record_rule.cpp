#define PCRE2_CODE_UNIT_WIDTH 8
#include "record_rule.hpp"

#include <pcre2.h>

namespace shuwei::collect {

namespace {
constexpr size_t kMaxExpression = 1024;
constexpr size_t kLookedAt = 1024;       // of a line: records begin at its beginning
constexpr uint32_t kMatchLimit = 20'000;  // steps of backtracking: about a millisecond
}  // namespace

base::Result<RecordRule> RecordRule::make(RecordLines lines, std::string_view expression) {
    RecordRule rule;
    rule.lines_ = lines;
    if (lines != RecordLines::beginning) return rule;
    if (expression.empty() || expression.size() > kMaxExpression) {
        return base::fail(base::ErrorCode::invalid_argument, "an expression of at most 1,024 bytes tells where a record begins");
    }
    int error = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code_8* const code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()), expression.size(),
                                             PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C, &error, &offset, nullptr);
    if (code == nullptr) {
        PCRE2_UCHAR message[256];
        pcre2_get_error_message(error, message, sizeof message);
        return base::fail(base::ErrorCode::invalid_argument,
                          std::string(reinterpret_cast<const char*>(message)) + " at character " + std::to_string(offset + 1));
    }
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);  // where there is no JIT the interpreter does it
    rule.code_ = std::shared_ptr<pcre2_real_code_8>(code, [](pcre2_real_code_8* old) { pcre2_code_free(old); });
    return rule;
}

bool RecordRule::begins(std::string_view line) const {
    if (lines_ == RecordLines::indented) return line.empty() || (line.front() != ' ' && line.front() != '\t');
    if (lines_ == RecordLines::single) return true;
    line = line.substr(0, kLookedAt);
    pcre2_match_data* const match = pcre2_match_data_create(1, nullptr);
    pcre2_match_context* const limits = pcre2_match_context_create(nullptr);
    if (match == nullptr || limits == nullptr) return true;
    pcre2_set_match_limit(limits, kMatchLimit);
    const int found = pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(line.data()), line.size(), 0, 0, match, limits);
    pcre2_match_context_free(limits);
    pcre2_match_data_free(match);
    return found >= 0;
}

}  // namespace shuwei::collect
