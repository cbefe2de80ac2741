// One regular expression of a rule: Hyperscan where it can, PCRE2 with match limits where it cannot. Immutable and
// shared; matching needs the scratch of the calling thread. Also the owners of Hyperscan's C objects.
#pragma once

#include <hs/hs.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "shuwei/base/result.hpp"
#include "shuwei/sigma/rule.hpp"

struct pcre2_real_code_8;
struct pcre2_real_match_data_8;
struct pcre2_real_match_context_8;

namespace shuwei::sigma {

struct HsDatabaseDeleter {
    void operator()(hs_database_t* database) const { hs_free_database(database); }
};
using HsDatabase = std::unique_ptr<hs_database_t, HsDatabaseDeleter>;

struct HsScratchDeleter {
    void operator()(hs_scratch_t* scratch) const { hs_free_scratch(scratch); }
};
using HsScratch = std::unique_ptr<hs_scratch_t, HsScratchDeleter>;

constexpr size_t kMaxRegexBytes = 4096;
constexpr uint32_t kRegexMatchLimit = 100'000;  // PCRE2 steps for one value: about a millisecond
constexpr uint32_t kRegexHeapKibibytes = 4096;

unsigned hs_flags(const RegexFlags& flags);
// Whether the expression may be given to Hyperscan without fear of a compile that takes seconds or gigabytes.
bool is_small_expression(std::string_view expression);

// Compiled for PCRE2, with its own match data a thread (made on first use by the caller).
class PcreRegex {
public:
    static base::Result<PcreRegex> compile(std::string_view expression, const RegexFlags& flags);

    enum class Outcome : uint8_t { no, yes, limit };
    Outcome search(std::string_view text) const;

private:
    std::shared_ptr<pcre2_real_code_8> code_;
    std::shared_ptr<pcre2_real_match_context_8> context_;
};

// Checks that an expression can be used at all: syntax and size, by PCRE2. What the parser asks.
base::Result<> check_regex(std::string_view expression, const RegexFlags& flags);

}  // namespace shuwei::sigma
