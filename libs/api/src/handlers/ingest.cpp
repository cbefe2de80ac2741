// Sending events by HTTP.
#include <nlohmann/json.hpp>

#include "context.hpp"
#include "operations.hpp"
#include "render.hpp"

namespace shuwei::api::handlers {

base::Result<net::HttpResponse> ingest_events(Context& context) {
    collect::IngestRequest request;
    if (context.has("tenant")) {
        TRY_ASSIGN(request.tenant, context.tenant_for_writing());  // the scope is that one tenant
    } else if (const auto tenant = context.principal().ingest_tenant) {
        request.tenant = *tenant;
    } else {
        TRY_ASSIGN(request.tenant, context.tenant_for_writing());
    }
    const std::string source = context.text("source");
    const std::string pack = context.text("pack");
    request.body = context.request().body;
    request.content_encoding = context.request().headers.get("Content-Encoding").value_or("");
    request.peer = context.peer_ip();
    request.peer_port = context.request().peer.port;
    request.source = source;
    request.pack = pack;
    auto receipt = context.services().ingest(request);
    if (!receipt && receipt.error().code() == base::ErrorCode::io) {
        // The disk failed, not the sender: it keeps its lines and comes again.
        return base::fail(base::ErrorCode::unavailable, "Lines cannot be written to disk now; send them again later.");
    }
    if (!receipt) return base::fail(std::move(receipt).error());
    nlohmann::json out = {{"accepted", receipt->accepted}};
    if (receipt->accepted > 0) {
        out["first_seq"] = receipt->first_seq;
        out["last_seq"] = receipt->last_seq;
    }
    return reply(out);
}

}  // namespace shuwei::api::handlers
