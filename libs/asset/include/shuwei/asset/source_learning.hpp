// What is learned of a source from its own lines: how long it usually pauses, how its clock stands to ours, which packs
// know its lines and what host they name. Values kept as text with the source's record; the arithmetic is here, away from
// any database. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/clock.hpp"

namespace shuwei::asset {

// Pauses by length, each weighing the time it lasted, so that one pause every night is not lost among a million short
// ones; what is older counts less and less.
class PauseHistory {
public:
    static constexpr base::Duration kHalfLife = 14 * base::kDay;
    static constexpr base::Duration kShortest = base::kMinute;  // shorter ones are told apart by nobody

    void add(base::Duration pause, base::Timestamp until);
    void add_talk(base::Duration talked);  // time without pauses
    int64_t count() const { return count_; }
    // The length that 99 % of the time was spent in pauses no longer than; a little more, by up to a fifth.
    base::Duration usual_longest() const;

private:
    friend struct SourceLearning;
    static constexpr size_t kSteps = 64;  // four each time the length doubles: from a minute to over a month
    static size_t step_of(base::Duration pause);

    int64_t count_ = 0;
    base::Timestamp updated_ = 0;
    std::array<double, kSteps> seconds_{};  // [0]: pauses below kShortest
};

constexpr int64_t kJudgedLines = 20;
constexpr int64_t kJudgedPauses = 8;
constexpr base::Duration kShortestSilence = 5 * base::kMinute;
constexpr base::Duration kFirstDaySilence = base::kHour;  // a source known for less than a day has shown no night yet
constexpr base::Duration kLongestSilence = 7 * base::kDay;

// A source that pauses longer is silent: four times its usual longest pause within the bounds above. Nothing while it has
// sent too little to be judged.
std::optional<base::Duration> learned_silence(const PauseHistory& pauses, int64_t lines, base::Duration known_for);

// Its clock against ours by its latest batches: times of events minus times received, as read in a zone of `offset`. The
// samples begin anew when they are read in another zone; how it stood before is kept.
class ClockHistory {
public:
    static constexpr size_t kSamples = 16;

    void add(base::Duration drift, base::Duration offset);
    void begin_anew();  // a person has set the zone
    std::optional<base::Duration> drift() const;  // the median
    base::Duration spread() const;                // of the middle three quarters
    size_t count() const { return drifts_.size(); }
    base::Duration offset() const { return offset_; }

    struct Before {
        base::Duration offset = 0;
        base::Duration drift = 0;
    };
    const std::optional<Before>& before() const { return before_; }

private:
    friend struct SourceLearning;
    base::Duration offset_ = 0;
    std::vector<base::Duration> drifts_;  // the latest last
    std::optional<Before> before_;
};

enum class ClockVerdict {
    unknown,      // too few lines with a time
    right,        // within a minute
    zone,         // steadily whole half hours away: read in the wrong zone
    stated_zone,  // the same, but another zone changed nothing: its lines state a zone, and wrongly
    ahead,        // steadily wrong otherwise
    behind,
    unsteady,     // old lines, or lines held back on their way
};
std::string_view to_string(ClockVerdict verdict);

struct ClockFinding {
    ClockVerdict verdict = ClockVerdict::unknown;
    base::Duration drift = 0;
    base::Duration zone_offset = 0;  // of the zone its clock is in; `zone` only
};
ClockFinding judge_clock(const ClockHistory& clock);

// "UTC", "Asia/Shanghai" or "+05:30": a name for the zone of this offset that event::TimeZone::find knows.
std::string zone_named(base::Duration offset);

struct SourceLearning {
    static constexpr size_t kPacks = 8;  // further ones are not told apart

    PauseHistory pauses;
    ClockHistory clock;
    std::map<std::string, int64_t> packs;  // lines recognised by each
    std::string named_host;                // by all its lines alike; the first one where there are several
    bool several_hosts = false;

    void add_pack(const std::string& pack, int64_t lines);
    void add_host(const std::string& host);
    std::string main_pack() const;  // with the most lines; empty: none

    std::string encode() const;
    static SourceLearning decode(std::string_view text);  // what cannot be read is learned anew
};

}  // namespace shuwei::asset
