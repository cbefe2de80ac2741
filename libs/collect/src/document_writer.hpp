// Writes one JSON object, each name once: what was written first stays. For envelopes that become documents (Splunk,
// OpenTelemetry). Reusable; one owner.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

#include "shuwei/base/clock.hpp"

namespace shuwei::collect {

class DocumentWriter {
public:
    void text(std::string_view name, std::string_view value);  // nothing for an empty value
    void number(std::string_view name, int64_t value);
    void time(std::string_view name, base::Timestamp value);
    // A value that is JSON already, under a name that is written as a JSON string's inside.
    void json(std::string_view written_name, std::string_view value);
    // All members of a JSON object, as they are.
    void members(std::string_view object);

    size_t size() const { return out_.size(); }
    bool empty() const { return out_.empty(); }
    std::string take();  // the object; then begins anew

private:
    bool begin(std::string_view written_name);

    std::string out_;
    std::unordered_set<size_t> names_;  // hashes
};

// The inside of a JSON string.
std::string json_written(std::string_view text);

}  // namespace shuwei::collect
