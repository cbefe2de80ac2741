// Live changes.
#include "context.hpp"
#include "operations.hpp"
#include "security_headers.hpp"

namespace shuwei::api::handlers {

base::Result<net::HttpResponse> open_stream(Context& context) {
    net::HttpResponse head;
    head.headers.set("Content-Type", "text/event-stream");
    head.headers.set("X-Accel-Buffering", "no");  // a proxy must not hold it back
    add_data_headers(head.headers);
    const std::string last = context.text("Last-Event-ID");
    std::optional<std::string_view> last_event_id;
    if (!last.empty()) last_event_id = last;
    TRY(context.services().stream.subscribe(context.responder(), std::move(head), context.principal(), context.scope(), last_event_id));
    context.set_answered();
    return net::HttpResponse{};
}

}  // namespace shuwei::api::handlers
