// KQL text from anybody: parsing never crashes, stays within its limits, and what it accepts has a meaning.
#include <cstdlib>

#include "shuwei/eventstore/kql.hpp"
#include "sql.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace shuwei::eventstore;
    const std::string_view query(reinterpret_cast<const char*>(data), size);
    const auto parsed = parse_kql(query);
    if (!parsed) {
        if (parsed.error().message.empty()) std::abort();
        return 0;
    }
    if (parsed->terms() > kMaxQueryTerms + 1) std::abort();
    Parameters parameters;
    const auto sql = predicate_sql(*parsed, parameters);
    if (!sql) std::abort();
    shuwei::event::EventBatch batch;
    shuwei::event::Event& event = batch.add_event();
    event.raw = "<38>Nov 22 12:00:00 gw sshd[42]: Failed password for root";
    batch.add(event, shuwei::event::user_name, "root");
    (void)shuwei::event::matches(*parsed, batch, event);
    return 0;
}
