// Bodies of pushed requests: the first byte chooses the format. Whatever comes, each event is within the body or written
// from it, a written document is one JSON object, and items and counts agree.
#include <cstdint>
#include <string_view>

#include "json_text.hpp"
#include "pushed_body.hpp"
#include "shuwei/base/assert.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace shuwei::collect;
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const PushOrigin origin{.host = "h", .time = "1763708400"};
    PushedBody body;
    const unsigned format = data[0] % 6;
    const auto read = format == 0   ? read_elastic_bulk(text, "i", body)
                      : format == 1 ? read_elastic_document(text, body)
                      : format == 2 ? read_splunk_events(text, (data[0] & 0x40) != 0 ? origin : PushOrigin{}, body)
                      : format == 3 ? read_splunk_raw(text, (data[0] & 0x40) != 0 ? origin : PushOrigin{}, body)
                      : format == 4 ? read_otlp_json(text, body)
                                    : read_otlp_protobuf(text, body);
    uint64_t taken = 0;
    for (const BulkItem& item : body.items) taken += item.refusal.empty() ? 1 : 0;
    if (read && format == 0) SHUWEI_ASSERT(taken == body.events.size() && body.items.size() == taken + body.refused);
    for (const PushedEvent& event : body.events) {
        SHUWEI_ASSERT(!event.payload.empty());
        const bool within = event.payload.data() >= text.data() && event.payload.data() + event.payload.size() <= text.data() + text.size();
        if (format < 2) SHUWEI_ASSERT(within);
        if (event.kind == shuwei::spool::FrameKind::json && format != 2 && format != 3) SHUWEI_ASSERT(is_json_object(event.payload));
    }
    return 0;
}
