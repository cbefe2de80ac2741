#define PCRE2_CODE_UNIT_WIDTH 8
#include "regex.hpp"

#include <pcre2.h>

#include <algorithm>

#include "shuwei/base/assert.hpp"

namespace shuwei::parse {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {
constexpr uint32_t kMaxGroups = 128;
constexpr size_t kMaxSubject = 64 * 1024;
constexpr size_t kMaxPattern = 16 * 1024;
}  // namespace

RegexScratch::RegexScratch(uint32_t steps) : match_(pcre2_match_data_create(kMaxGroups + 1, nullptr)), limits_(pcre2_match_context_create(nullptr)) {
    SHUWEI_ASSERT(match_ != nullptr && limits_ != nullptr);
    pcre2_set_match_limit(limits_, steps);
    pcre2_set_depth_limit(limits_, 1'000);
}

RegexScratch::~RegexScratch() {
    pcre2_match_data_free(match_);
    pcre2_match_context_free(limits_);
}

void Regex::Free::operator()(pcre2_real_code_8* code) const { pcre2_code_free(code); }
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

void RegexScratch::swap(RegexScratch& other) noexcept {
    std::swap(match_, other.match_);
    std::swap(limits_, other.limits_);
    std::swap(overruns_, other.overruns_);
}

Result<Regex> Regex::compile(std::string_view pattern, const std::function<Register(std::string_view)>& name_register, Text text) {
    const auto refuse = [&](std::string reason) {
        return fail(ErrorCode::invalid_argument, "regex '" + std::string(pattern) + "': " + std::move(reason));
    };
    if (pattern.size() > kMaxPattern) return refuse("longer than 16 KiB");
    int error = 0;
    PCRE2_SIZE offset = 0;
    Regex regex;
    // Characters are needed only by a pattern that has some, [：:]; text that is not UTF-8 does not match such a one.
    // (PCRE2_MATCH_INVALID_UTF would let it, but misses matches with the JIT of 10.42.)
    const bool ascii = text == Text::bytes || std::all_of(pattern.begin(), pattern.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    regex.code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                                    (ascii ? PCRE2_NEVER_UTF : PCRE2_UTF) | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOTALL,
                                    &error, &offset, nullptr));
    if (!regex.code_) {
        PCRE2_UCHAR message[256];
        pcre2_get_error_message(error, message, sizeof message);
        return refuse(std::string(reinterpret_cast<const char*>(message)) + " at character " + std::to_string(offset + 1));
    }
    pcre2_jit_compile(regex.code_.get(), PCRE2_JIT_COMPLETE);  // where there is no JIT the interpreter does it
    uint32_t count = 0;
    uint32_t entry_size = 0;
    PCRE2_SPTR table = nullptr;
    uint32_t captures = 0;
    pcre2_pattern_info(regex.code_.get(), PCRE2_INFO_CAPTURECOUNT, &captures);
    pcre2_pattern_info(regex.code_.get(), PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(regex.code_.get(), PCRE2_INFO_NAMEENTRYSIZE, &entry_size);
    pcre2_pattern_info(regex.code_.get(), PCRE2_INFO_NAMETABLE, &table);
    if (captures > kMaxGroups) return refuse("more than 128 groups");
    for (uint32_t i = 0; i < count; ++i, table += entry_size) {
        const uint32_t number = static_cast<uint32_t>(table[0]) << 8 | table[1];
        std::string name(reinterpret_cast<const char*>(table + 2));
        for (size_t at = 0; (at = name.find("__", at)) != std::string::npos; ++at) name.replace(at, 2, ".");
        const Register reg = name_register(name);
        if (reg == kNoRegister) return refuse("too many names, or a bad one: " + name);
        regex.groups_.push_back({number, reg});
    }
    return regex;
}

bool Regex::matches(std::string_view text, RegexScratch& scratch) const {
    text = text.substr(0, kMaxSubject);
    const char* data = text.data() != nullptr ? text.data() : "";
    const int found = pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(data), text.size(), 0, 0, scratch.match_, scratch.limits_);
    scratch.overruns_ += found == PCRE2_ERROR_MATCHLIMIT || found == PCRE2_ERROR_DEPTHLIMIT || found == PCRE2_ERROR_HEAPLIMIT ||
                         found == PCRE2_ERROR_JIT_STACKLIMIT;
    return found > 0;
}

std::array<bool, 256> Regex::first_bytes() const {
    std::array<bool, 256> possible;
    possible.fill(true);
    uint32_t options = 0;
    pcre2_pattern_info(code_.get(), PCRE2_INFO_ALLOPTIONS, &options);
    if ((options & PCRE2_ANCHORED) == 0) return possible;
    // A text of one byte either matches in part, so that more might follow, or that byte is wrong.
    const std::unique_ptr<pcre2_match_data_8, void (*)(pcre2_match_data_8*)> match(pcre2_match_data_create(1, nullptr), pcre2_match_data_free);
    for (size_t byte = 0; match && byte < possible.size(); ++byte) {
        const auto text = static_cast<unsigned char>(byte);
        const int found = pcre2_match(code_.get(), &text, 1, 0, PCRE2_PARTIAL_SOFT | PCRE2_NO_JIT, match.get(), nullptr);
        possible[byte] = found != PCRE2_ERROR_NOMATCH;
    }
    return possible;
}

bool Regex::matches_nothing() const {
    uint32_t empty = 0;
    pcre2_pattern_info(code_.get(), PCRE2_INFO_MATCHEMPTY, &empty);
    return empty != 0;
}

bool Regex::match(std::string_view text, Registers& registers, RegexScratch& scratch) const {
    if (!matches(text, scratch)) return false;
    const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(scratch.match_);
    const uint32_t known = pcre2_get_ovector_count(scratch.match_);
    for (const Group& group : groups_) {
        if (group.number >= known) continue;
        const PCRE2_SIZE start = offsets[2 * group.number];
        const PCRE2_SIZE end = offsets[2 * group.number + 1];
        if (start == PCRE2_UNSET || end < start) continue;
        registers.set(group.reg, text.substr(start, end - start));
    }
    return true;
}

}  // namespace shuwei::parse
