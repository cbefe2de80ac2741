// Stored events in the form in which a target gets them (docs/formats/forwarded-events.md). Immutable; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shuwei/eventstore/event_store.hpp"
#include "shuwei/forward/target.hpp"

namespace shuwei::forward {

struct Message {
    uint64_t seq = 0;
    base::Timestamp received = 0;
    std::string bytes;
};

enum class Envelope : uint8_t {
    syslog,  // an RFC 5424 message around it: always for syslog, and for raw lines wherever they go
    bare,
};

class EventFormatter {
public:
    EventFormatter(Format format, Envelope envelope, std::string tenant) : format_(format), envelope_(envelope), tenant_(std::move(tenant)) {}

    // Which fields of the event it reads; empty = all.
    std::vector<std::string> fields() const;
    Message format(const eventstore::StoredEvent& event) const;

private:
    Format format_;
    Envelope envelope_;
    std::string tenant_;
};

Envelope envelope_of(TargetKind kind, Format format);

// Private enterprise number of examples (RFC 5612) for the structured data of ours: there is no registered one.
constexpr std::string_view kStructuredDataId = "shuwei@32473";

}  // namespace shuwei::forward
