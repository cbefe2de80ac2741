// Inputs as people configure them: the kinds there are, what each wants to be told, and one that runs. Kinds are constant
// data in one table (input_kinds()); a new kind is one entry. Settings and kinds are values; an Input is used by one owner,
// save status(), which any thread may ask.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/collect/frame_sink.hpp"
#include "shuwei/collect/readable_folders.hpp"

namespace shuwei::collect {

enum class InputFieldType : uint8_t {
    text,     // one line
    integer,  // within least … most
    flag,     // "true" or "false"
    choice,   // one of `choices`
    list,     // lines
    paths,    // lines, each an absolute path or pattern of files on this machine
    block,    // text of many lines, a certificate for instance
    secret,   // a password or a private key: sealed at rest, never given back
};
std::string_view to_string(InputFieldType type);

enum class InputFieldNeed : uint8_t { required, optional };

// One thing to be told. What it is called and explained as for people is the web application's (inputs.<kind>.<name>).
struct InputField {
    std::string_view name;
    InputFieldType type = InputFieldType::text;
    InputFieldNeed need = InputFieldNeed::optional;
    std::string_view fallback = {};                    // used where nothing is given
    std::span<const std::string_view> choices = {};
    int64_t least = std::numeric_limits<int64_t>::min();
    int64_t most = std::numeric_limits<int64_t>::max();
};

using InputValues = std::map<std::string, std::string, std::less<>>;  // by field; a list's items by '\n'

struct InputKind;

// Values that have passed the kind's rules, with fallbacks in place.
class InputSettings {
public:
    // invalid_argument with the field as its place: unknown, missing, no number, out of range, not among the choices,
    // over 64 KiB.
    static base::Result<InputSettings> check(const InputKind& kind, InputValues values);

    const std::string& text(std::string_view field) const;  // "" where neither value nor fallback is
    int64_t integer(std::string_view field) const;
    bool flag(std::string_view field) const;
    std::vector<std::string> list(std::string_view field) const;  // blank items left out

private:
    InputValues values_;
};

// Where an input stands in the house.
struct InputPlace {
    Listener listener;
    FrameSink& sink;
    std::filesystem::path folder;  // for what it must remember: its own, exists
    std::string pack;              // asked for all its frames; usually empty
    std::filesystem::path content = {};  // what comes with the house (mibs); may be empty
    ReadableFolders readable = ReadableFolders::everywhere();
};

struct InputStatus {
    std::string address;           // really bound, or the other side's; may be empty
    std::string last_error;        // empty: none since it began
    base::Timestamp last_error_at = 0;
    uint64_t errors = 0;
    bool working = true;           // false: at the moment it gets nothing, since last_error
};

class Input {
public:
    virtual ~Input() = default;
    virtual void stop() = 0;       // what was taken is on disk when it returns; idempotent
    virtual InputStatus status() const = 0;
};

// What a trial found: "3 files, newest access.log", "17 columns". Never content of logs or secrets.
struct InputTrial {
    std::vector<std::string> found;
};

struct InputKind {
    std::string_view name;  // "syslog", "sftp"
    std::span<const InputField> fields;
    // Returns soon: what must connect does so on a thread of its own and says in its status how it goes. Errors only for
    // what will not mend by itself: a wrong setting, an address in use.
    base::Result<std::unique_ptr<Input>> (*start)(const InputSettings& settings, const InputPlace& place) = nullptr;
    // Reaches for the other side once, within 15 s, taking nothing and changing nothing.
    base::Result<InputTrial> (*test)(const InputSettings& settings) = nullptr;

    // Files of this machine that the settings name outside of fields for paths; nullptr: none ever.
    std::vector<std::string> (*files)(const InputSettings& settings) = nullptr;

    const InputField* field(std::string_view name) const;
};

std::span<const InputKind* const> input_kinds();              // in the order they are offered
const InputKind* find_input_kind(std::string_view name);      // nullptr: unknown

}  // namespace shuwei::collect
