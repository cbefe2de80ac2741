// JSON as slices of the text that was received: what a sender wrote is passed on as it wrote it, without building values.
// Pure functions over text that the caller owns. Strings may hold any bytes but the closing quote (GBK is met in the
// wild); numbers, literals and structure are as RFC 8259 wants them; nesting ends at 64 levels.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace shuwei::collect {

constexpr size_t kMaxJsonDepth = 64;

// Takes the first whole value off `text`, white space around it too; nothing when there is none or it is malformed.
std::optional<std::string_view> take_json_value(std::string_view& text);

// Whether `text` is one whole object.
bool is_json_object(std::string_view text);

constexpr bool is_json_string(std::string_view value) { return value.size() >= 2 && value.front() == '"'; }

// The text of a string value, quotes given; a broken escape becomes U+FFFD.
std::string decode_json_string(std::string_view value);

// The members of a whole object, or the elements of a whole array, in order. Of another value: none.
class JsonParts {
public:
    explicit JsonParts(std::string_view value);

    bool next();
    std::string_view name() const { return name_; }    // as written, without quotes; empty in arrays
    std::string_view value() const { return value_; }

private:
    std::string_view rest_;
    std::string_view name_;
    std::string_view value_;
    char kind_ = 0;
};

// The value of the first member of that name; empty when there is none.
std::string_view json_member(std::string_view object, std::string_view name);

}  // namespace shuwei::collect
