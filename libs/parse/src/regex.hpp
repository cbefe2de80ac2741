// A regular expression with named groups over PCRE2's JIT, bounded in time: for forms that dissect cannot express.
// Immutable once compiled; thread-safe with one RegexScratch per thread.
//
//   ^(?<user__name>\S+) logged (?<_direction>in|out)      a double underscore in a group's name is a dot
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
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
    static constexpr uint32_t kSteps = 20'000;  // of backtracking: about a millisecond
    explicit RegexScratch(uint32_t steps = kSteps);
    ~RegexScratch();
    RegexScratch(const RegexScratch&) = delete;
    RegexScratch& operator=(const RegexScratch&) = delete;
    void swap(RegexScratch& other) noexcept;

    // Matches that ran into a limit since the last call.
    uint32_t take_overruns() { return std::exchange(overruns_, 0); }
    uint32_t overruns() const { return overruns_; }

private:
    friend class Regex;
    uint32_t overruns_ = 0;
    pcre2_real_match_data_8* match_;
    pcre2_real_match_context_8* limits_;
};

class Regex {
public:
    enum class Text : uint8_t {
        characters,  // where the pattern has other than ASCII
        bytes,
    };
    static base::Result<Regex> compile(std::string_view pattern, const std::function<Register(std::string_view)>& name_register,
                                       Text text = Text::characters);
    Regex(Regex&&) noexcept;
    Regex& operator=(Regex&&) noexcept;
    ~Regex();

    // Sets the named groups that took part when the pattern is found in `text`. A match that runs into the limit counts
    // as none.
    bool match(std::string_view text, Registers& registers, RegexScratch& scratch) const;
    bool matches(std::string_view text, RegexScratch& scratch) const;
    // The bytes a text may start with: those that the expression, where it is anchored, does not refuse.
    std::array<bool, 256> first_bytes() const;
    // Whether an empty text may match.
    bool matches_nothing() const;

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
