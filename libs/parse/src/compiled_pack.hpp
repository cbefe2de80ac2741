// A device pack as the extractor runs it: flat tables of steps, conditions and emissions over register numbers.
// Made by pack_compiler, never changed afterwards, shared by all workers.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "decoders.hpp"
#include "dissect.hpp"
#include "name_table.hpp"
#include "regex.hpp"
#include "shuwei/event/field.hpp"
#include "shuwei/event/time_parse.hpp"

namespace shuwei::parse {

constexpr uint16_t kNone = 0xffff;

struct StringHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
template <typename T>
using StringMap = std::unordered_map<std::string, T, StringHash, std::equal_to<>>;

// A text that lives as long as the process, so that events may point to it: constants of packs are few and repeat.
std::string_view immortal(std::string_view text);

// "{a}-{b|lower}": text and registers in turn.
struct Template {
    enum class Filter : uint8_t { none, lower, upper, url };  // what becomes of a register's text
    struct Part {
        std::string_view text;  // immortal
        Register reg = kNoRegister;
        Filter filter = Filter::none;
    };
    std::vector<Part> parts;
    bool is_constant() const { return parts.size() == 1 && parts[0].reg == kNoRegister; }
};

enum class TimeKind : uint8_t { rfc3339, epoch, syslog, format };
struct TimePattern {
    TimeKind kind = TimeKind::rfc3339;
    event::TimeFormat format;
};

// What becomes of a device's value before it is an ECS value.
struct Conversion {
    enum class Letters : uint8_t { keep, lower, upper };
    enum class Take : uint8_t { whole, file_name, folder, extension };
    enum class Otherwise : uint8_t { keep, drop, constant };
    Letters letters = Letters::keep;
    Take take = Take::whole;
    bool hex = false;                 // text written as hexadecimal bytes, where it is
    std::string strip;                // characters taken off both ends
    char split = 0;                   // several values
    uint16_t table = kNone;
    Otherwise otherwise = Otherwise::keep;
    std::string_view otherwise_text;  // immortal
    std::vector<TimePattern> times;
    std::optional<event::TimeZone> zone;  // of these times; else the source's
    double multiply = 0;              // 0 = not
};

enum class TargetKind : uint8_t { keyword, ip, integer, number, boolean, timestamp, event_time, mac, transport, lower, as_is };

struct Emission {
    event::FieldId field = event::kNoField;
    TargetKind kind = TargetKind::keyword;
    event::FieldId fallback = event::kNoField;  // where a host name goes that came in an address's place
    uint16_t conversion = kNone;
    uint16_t target = kNone;                    // index into CompiledPack::targets
    uint16_t preferred = kNone;                 // index into register_lists: registers that win over this one
    bool kept_name = false;                     // the value under its own name, for which JSON fields stay in place
    bool only_in_place = false;                 // kept beside its mapping, and only where JSON has it
};

enum class StepKind : uint8_t { dissect, regex, key_value, delimited, json, cef, leef, structured_data };
struct Step {
    StepKind kind = StepKind::dissect;
    bool optional = false;
    Register from = kMessageRegister;
    int line = 0;                        // in the YAML
    std::vector<uint16_t> alternatives;  // into dissects or regexes, first match wins; or one into the options of its kind
};

enum class TestKind : uint8_t { equals, starts, ends, contains, range, matches, exists };
struct Condition {
    Register reg = kNoRegister;
    TestKind test = TestKind::equals;
    bool negated = false;
    std::vector<std::string> values;
    double low = 0;
    double high = 0;
    uint16_t regex = kNone;
};

struct Assignment {
    uint16_t target = kNone;
    uint16_t constant = kNone;  // into constants; kNone clears
};
struct Rule {
    std::vector<Condition> conditions;
    std::vector<Assignment> assignments;
};

struct EmissionRange {
    uint32_t first = 0;
    uint32_t count = 0;
};

struct Message {
    bool refuses = false;               // a line of this form belongs to another pack
    int line = 0;                       // in the YAML
    std::vector<Step> steps;
    std::vector<Condition> conditions;  // before the steps
    std::vector<Rule> rules;            // `set` is a rule without conditions
    std::vector<std::pair<Register, EmissionRange>> emissions;  // override the pack's for these registers; sorted
};

struct Computed {
    Register reg = kNoRegister;
    std::vector<Template> templates;  // the first whose registers are all set
    std::vector<Register> sum;        // or these integers added up, if all are set
};

// A field that the pack sets: by mapping, by rule or by both.
struct Target {
    event::FieldId field = event::kNoField;
    TargetKind kind = TargetKind::keyword;
};

class CompiledPack {
public:
    NameTable names;
    std::string prefix;  // of names no mapping takes, with the dot; empty = they are dropped
    bool keep_mapped = false;
    bool bare_names = false;          // names no mapping takes stay as they are
    bool accept_unknown = true;       // a line that no message form matches still counts
    enum class HostnameTo : uint8_t { host, observer, nowhere } hostname_to = HostnameTo::host;

    std::vector<Step> steps;
    Template dispatch;
    StringMap<std::vector<uint16_t>> messages_by_id;  // indexes into messages, in order
    std::vector<uint16_t> messages_without_id;
    // messages_without_id that can match where the text in register `first_byte_of` starts with this byte
    std::array<std::vector<uint16_t>, 256> first_byte;
    Register first_byte_of = kNoRegister;
    std::vector<Message> messages;
    std::vector<Computed> computed;
    std::vector<Rule> rules;
    std::vector<std::string> absent;          // values that say nothing
    std::vector<EmissionRange> emissions_of;  // by register
    std::vector<Emission> emissions;
    std::vector<Target> targets;
    std::vector<std::vector<Register>> register_lists;
    std::vector<std::vector<Template>> constants;  // values of one assignment
    std::vector<Conversion> conversions;
    std::vector<StringMap<std::string_view>> tables;  // values immortal
    uint16_t summary = kNone;                 // constant that becomes `message` when nothing else has

    std::vector<Dissect> dissects;
    std::vector<Regex> regexes;
    std::vector<KeyValueOptions> key_values;
    std::vector<DelimitedOptions> delimiteds;
    // JSON names: exact, then longest prefix; "" as prefix takes names without a dot. `behind` follows one part of any
    // name: Event.UserData.*.X
    struct PrefixRename {
        std::string from;
        std::string behind;
        std::string to;
    };
    StringMap<std::string> renames;
    std::vector<PrefixRename> prefix_renames;

    // How it does in the stream: the one thing that changes, whoever runs it adds to it.
    struct Health {
        std::atomic<uint64_t> slow_lines{0};
        std::atomic<bool> set_aside{false};
    };
    mutable Health health;

    // The name a JSON path goes by within the pack, and whether a rename gave it.
    std::pair<std::string, bool> canonical(std::string_view name) const;
    // Whether a rename can give this name.
    bool is_renamed_to(std::string_view name) const;
};

// What one entry of `recognise` asks for; all of it must hold.
struct Recognition {
    int priority = 50;
    std::vector<std::string> appnames;  // any of them
    std::vector<std::string> msgids;    // any of them
    std::vector<std::string> contains;  // all of them
    std::vector<std::string> starts;    // any of them
    std::vector<std::string> regexes;   // all of them
    int line = 0;
};

}  // namespace shuwei::parse
