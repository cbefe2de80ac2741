// A JSON schema of the contract as constant data, and the check of a value against it: of requests by the server, of
// answers by the tests. The keywords are those that generate_operations.py lets through. Pure functions.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "shuwei/base/result.hpp"

namespace shuwei::api {

enum class SchemaType : uint8_t { any, string, integer, number, boolean, array, object };
enum class SchemaFormat : uint8_t { none, date_time, binary };

struct Schema;

struct SchemaProperty {
    std::string_view name;
    const Schema* schema = nullptr;
    bool required = false;
};

// `least` to `most` characters out of a set; a pattern is a sequence of these over the whole text, each as long as it
// can be.
struct CharacterRun {
    std::string_view characters;
    uint32_t least = 1;
    uint32_t most = 1;
};

struct Schema {
    SchemaType type = SchemaType::any;
    std::string_view name;  // of the component, "Alert"; may be empty
    SchemaFormat format = SchemaFormat::none;
    std::optional<int64_t> minimum;
    std::optional<int64_t> maximum;
    uint32_t min_length = 0;  // in code points
    uint32_t max_length = std::numeric_limits<uint32_t>::max();
    uint32_t max_items = std::numeric_limits<uint32_t>::max();
    std::span<const std::string_view> choices;
    std::span<const CharacterRun> pattern;
    const Schema* items = nullptr;
    std::span<const SchemaProperty> properties;
    bool closed = false;                   // members that are not named are refused
    const Schema* additional = nullptr;    // what they must be otherwise; null: anything
    std::span<const Schema* const> any_of;
    std::string_view default_json;         // empty: none
};

// invalid_argument whose message begins with the place: "body.limit: must be at most 10000". `place` is the name of
// the whole value. Texts must be valid UTF-8 and free of NUL.
base::Result<> check(const nlohmann::json& value, const Schema& schema, std::string_view place);

// Adds the defaults of absent members, at every level that is there.
void fill_defaults(nlohmann::json& value, const Schema& schema);

// The value that a parameter's text stands for: numbers and booleans by their type, lists at commas; checked.
base::Result<nlohmann::json> parse_parameter(std::string_view text, const Schema& schema, std::string_view place);

// `text` as JSON, at most 32 levels deep: invalid_argument with the byte where it ends to be JSON.
base::Result<nlohmann::json> parse_json_body(std::string_view text);

// An error about one place: the message begins with it, and it is the innermost `where`.
base::Error place_error(std::string_view place, std::string_view complaint);

}  // namespace shuwei::api
