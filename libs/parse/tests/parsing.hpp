// Test helper: one line through a parser, and its fields by name.
#pragma once

#include <string>
#include <vector>

#include "shuwei/parse/parser.hpp"

namespace shuwei::parse::test {

constexpr base::Timestamp kReceived = 1'795'221'060 * base::kSecond;  // 2026-11-21T00:31:00Z

struct Parsed {
    event::EventBatch batch;
    Outcome outcome = Outcome::unparsed;
    const event::Event& event() const { return batch[0]; }
    std::vector<std::string> values(std::string_view name) const {
        std::vector<std::string> found;
        for (const event::FieldValue& value : batch.fields(batch[0])) {
            if (event::field_name(value.field) == name) found.emplace_back(value.text());
        }
        return found;
    }
    std::string operator[](std::string_view name) const {
        const auto found = values(name);
        return found.empty() ? "" : found.size() == 1 ? found[0] : "(" + std::to_string(found.size()) + " values)";
    }
};

inline Parsed parse(Parser& parser, std::string_view line, const SourceHint& hint = {}) {
    Parsed parsed;
    event::Event& event = parsed.batch.add_event();
    event.raw = parsed.batch.store(line);
    event.received = kReceived;
    parsed.outcome = parser.parse(parsed.batch, event, hint);
    return parsed;
}

}  // namespace shuwei::parse::test
