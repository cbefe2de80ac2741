// Dissect: literals with captures between them, matched in one pass. The fast way to take a
// line apart. Immutable once compiled; thread-safe.
//
//   Accepted %{method} for %{user.name+} from %{source.ip} port %{source.port:int} ssh2%{}
//
//   %{name}        up to the next literal; the last one takes the rest
//   %{}            skipped
//   %{name+}       up to the LAST occurrence of the next literal behind which the rest matches: for values that may
//                  contain it
//   %{name->}      further repetitions of the next literal are skipped too (column padding)
//   %{name:int}    only digits; :ip only characters of an address; :word without spaces. Anything else: no match.
//                  Directly before another capture it takes as many such characters as there are
//
// The whole text must match; end with %{} to allow more. %%{ is a literal %{.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "registers.hpp"
#include "shuwei/base/result.hpp"

namespace shuwei::parse {

class Dissect {
public:
    // `name_register` gives the register of a captured name.
    static base::Result<Dissect> compile(std::string_view pattern,
                                         const std::function<Register(std::string_view)>& name_register);

    // Sets the captures when the whole text matches; else changes nothing.
    bool match(std::string_view text, Registers& registers) const;

    // What the text must start with.
    std::string_view start() const { return start_; }
    // The longest literal: what recognition may look for.
    std::string_view longest_literal() const;

private:
    enum class Check : uint8_t { none, digits, address, word };
    struct Capture {
        Register reg = kNoRegister;  // none: skipped
        Check check = Check::none;
        bool last_occurrence = false;
        bool padded = false;
        std::string literal;  // behind the capture; empty only in the last one
    };
    static constexpr size_t kMaxCaptures = 128;
    struct Piece {  // not a string_view, which would be cleared 128 times for every attempt
        const char* data;
        size_t size;
    };
    using Values = std::array<Piece, kMaxCaptures>;
    bool match_from(size_t first, std::string_view text, size_t at, Values& values, int& attempts) const;
    static bool fits(Check check, char c);
    static bool passes(Check check, std::string_view value);

    std::string start_;
    std::vector<Capture> captures_;
};

}  // namespace shuwei::parse
