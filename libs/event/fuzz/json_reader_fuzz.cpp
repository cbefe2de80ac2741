// Any bytes as JSON, and what was read printed again: no crash, no read outside, and the output is JSON that reads back.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "shuwei/event/ndjson.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace shuwei::event;
    static JsonReader reader;
    EventBatch batch;
    Event& event = batch.add_event();
    event.raw = batch.store({reinterpret_cast<const char*>(data), size});
    const bool read = reader.read(event.raw, batch, event).has_value();
    std::string out;
    append_json(out, batch, event);
    if (read) {
        EventBatch second;
        Event& again = second.add_event();
        again.raw = second.store(out);
        if (!reader.read(again.raw, second, again)) std::abort();
    }
    return 0;
}
