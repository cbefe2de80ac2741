// A regular expression with named groups over PCRE2's JIT, bounded in time: for forms that dissect cannot express.
// Immutable once compiled; thread-safe with one RegexScratch per thread.
//
//   ^(?<user__name>\S+) logged (?<_direction>in|out)      a double underscore in a group's name is a dot
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "registers.hpp"
#include "shuwei/base/result.hpp"

struct pcre2_real_code_8;
struct pcre2_real_match_data_8;
struct pcre2_real_match_context_8;

namespace shuwei::parse {

// What matching needs to write to.
class RegexScratch {
public:
    RegexScratch();
    ~RegexScratch();
    RegexScratch(const RegexScratch&) = delete;
    RegexScratch& operator=(const RegexScratch&) = delete;

private:
    friend class Regex;
    pcre2_real_match_data_8* match_;
    pcre2_real_match_context_8* limits_;
};

class Regex {
public:
    static base::Result<Regex> compile(std::string_view pattern, const std::function<Register(std::string_view)>& name_register);
    Regex(Regex&&) noexcept;
    Regex& operator=(Regex&&) noexcept;
    ~Regex();

    // Sets the named groups that took part when the pattern is found in `text`. A match that runs into the limit counts
    // as none.
    bool match(std::string_view text, Registers& registers, RegexScratch& scratch) const;
    bool matches(std::string_view text, RegexScratch& scratch) const;

private:
    Regex() = default;
    struct Group {
        uint32_t number;
        Register reg;
    };
    struct Free {
        void operator()(pcre2_real_code_8* code) const;
    };
    std::unique_ptr<pcre2_real_code_8, Free> code_;
    std::vector<Group> groups_;
};

}  // namespace shuwei::parse
