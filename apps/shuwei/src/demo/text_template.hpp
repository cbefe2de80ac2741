// Lines of text with {{placeholders}}, compiled once and rendered many times with a seeded generator.
//
//   {{name}}                a value bound for the story or earlier in the line, else one of the pool `name`
//   {{name=EXPRESSION}}     renders EXPRESSION and binds the text to `name` for the rest of the line
//   {{int:1024-65535}}      a whole number              {{hex:16}}    hexadecimal digits
//   {{ip:10.20.0.0/16}}     an address of the network   {{guid}}      8-4-4-4-12 hexadecimal digits, upper case
//   {{count}}               1, 2, 3 … of this line's device
//   {{time:FORMAT}}         the line's time in the scenario's zone; {{utc:FORMAT}} the same in UTC. FORMAT is rfc3164,
//                           iso, clf, epoch, epoch_us or a strftime pattern, in which %3f is milliseconds and %6f
//                           microseconds
// A template is immutable and may be shared; a RenderState belongs to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"

namespace shuwei::demo {

// A small fast generator (SplitMix64): the same seed gives the same traffic. Not for secrets.
class Dice {
public:
    explicit Dice(uint64_t seed) : state_(seed) {}
    uint64_t next();
    // 0 .. bound-1; bound > 0.
    uint64_t below(uint64_t bound) {
        return static_cast<uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
    }

private:
    uint64_t state_;
};

// Remembers the last second written in each format, so that a line costs no calendar arithmetic.
class TimeCache {
public:
    void append(std::string& out, uint32_t format, const std::string& pattern, base::Timestamp time, int offset_seconds);

private:
    struct Entry {
        int64_t second = INT64_MIN;
        std::string before;  // up to the fraction
        std::string after;
        int fraction_digits = 0;
    };
    std::vector<Entry> entries_;
};

struct RenderState {
    Dice dice{0};
    base::Timestamp time = 0;
    uint64_t count = 0;
    std::vector<std::string> slots;  // bound values, by slot number
    TimeCache times;
};

struct Pool;

// What names mean while templates are compiled: pools, bound names, the zone. Belongs to one scenario; the templates
// made with it share its pools.
struct TemplateScope {
    std::map<std::string, std::shared_ptr<const Pool>, std::less<>> pools;
    std::map<std::string, uint32_t, std::less<>> slots;
    std::map<std::string, uint32_t, std::less<>>* time_formats = nullptr;  // shared by the whole scenario
    int zone_offset_seconds = 0;
};

class TextTemplate {
public:
    // Names of `scope.slots` may be used; names bound in `text` are added to it. Errors name the placeholder.
    static base::Result<TextTemplate> compile(std::string_view text, TemplateScope& scope);

    void render(std::string& out, RenderState& state) const;

private:
    enum class Kind : uint8_t { literal, slot, pool, integer, hexadecimal, address, guid, count, time };
    struct Piece {
        Kind kind = Kind::literal;
        std::string text;                  // literal, or the time's pattern
        std::shared_ptr<const Pool> pool;
        uint64_t low = 0, span = 0;        // integer: low .. low+span-1; hexadecimal: span digits; address: low + below(span)
        uint32_t slot = 0;                 // slot read, or the time format's number
        uint32_t bind = UINT32_MAX;        // slot to bind the rendered text to
        int offset_seconds = 0;
    };
    static base::Result<Piece> compile_piece(std::string_view expression, TemplateScope& scope);

    std::vector<Piece> pieces_;
};

// Texts to choose from; an entry may hold placeholders itself.
struct Pool {
    std::vector<TextTemplate> entries;
    std::vector<uint64_t> up_to;  // running sums of the weights; empty: all equal
    const TextTemplate& pick(Dice& dice) const;
};

}  // namespace shuwei::demo
