// One pack's text tried on sample lines, for the pack editor: what every step made of each line and where in the line the
// values stand. A free function, any thread; bounded like the stream (limits of packs, budget of a line).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "shuwei/parse/pack_set.hpp"
#include "shuwei/parse/parser.hpp"

namespace shuwei::parse {

constexpr size_t kMaxTrialLines = 1'000;

// Bytes [begin, end) of the line that was tried.
struct Span {
    size_t begin = 0;
    size_t end = 0;
};

struct TrialValue {
    std::string name;            // "source.ip", or the device's own name
    std::string text;
    std::optional<Span> span;    // where it stands in the line; none when unescaped, converted, computed or constant
};

struct TrialStep {
    int line = 0;                // in the YAML, from 1
    std::string kind;            // dissect, regex, key_value … as in the pack; "when" for the conditions of a message form
    int message = -1;            // index of the message form it belongs to; -1 = extract
    int alternative = -1;        // of a list of patterns: the one that matched, from 0
    bool matched = false;
    bool optional = false;
};

struct TrialLine {
    bool recognised = false;            // by the pack's own `recognise`; a bound source does not need it
    std::string others;                 // the pack of the base that would take this line first; empty when none would
    Outcome outcome = Outcome::unparsed;  // parsed: the pack took it; partial: it refused
    std::optional<Span> message;        // what is left behind the syslog header
    std::string hostname;               // as the syslog header says
    std::string appname;
    base::Timestamp time = 0;
    std::vector<TrialStep> steps;       // in the order of trying
    std::vector<TrialValue> names;      // what the steps took out, by the names they gave
    std::vector<TrialValue> fields;     // the event's fields, in order; several values of one field follow each other
    base::Duration took = 0;            // CPU time of its parsing; the first lines take longer
    bool slow = false;                  // cut off by a limit: in the stream such a pack is set aside
};

struct PackTrial {
    PackInfo info;
    std::vector<TrialLine> lines;
};

struct TrialOptions {
    const event::TimeZone* zone = nullptr;  // of times without one; null = Asia/Shanghai
    base::Timestamp received = 0;           // completes missing years
    LineFormat format = LineFormat::automatic;
};

// Lines are UTF-8, as a browser sends them. Fails with the first mistake in the text, its line and column. Lines beyond kMaxTrialLines are left out. `base` gives the
// shared sections for `include` and the packs that `others` names.
tl::expected<PackTrial, PackProblem> try_pack(const std::string& yaml, std::span<const std::string> lines,
                                              const std::shared_ptr<const PackSet>& base, const TrialOptions& options);

}  // namespace shuwei::parse
