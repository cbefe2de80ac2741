// LiveStream: what changes, to every open page as server-sent events. Each message belongs to a tenant and reaches the
// streams of those who may see that tenant alone. The latest messages are kept in a bounded ring, so that a page that
// lost its connection goes on after its Last-Event-ID; a page that is too slow, or away too long, gets `resync`.
//
// Thread-safe; publish() never waits for a client. It may outlive the server, whose streams then are closed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "shuwei/access/account.hpp"
#include "shuwei/base/metrics.hpp"
#include "shuwei/base/random.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/ledger/tenant_scope.hpp"
#include "shuwei/net/http_server.hpp"

namespace shuwei::api {

struct LiveStreamOptions {
    size_t ring_messages = 8192;
    size_t ring_bytes = 16 << 20;
    size_t queue_bytes = 1 << 20;          // waiting for one client; beyond: messages are dropped, then `resync`
    size_t max_streams = 1000;
    size_t max_streams_per_account = 64;
    base::Duration heartbeat = 15 * base::kSecond;
};

class LiveStream {
public:
    explicit LiveStream(base::Random& random, LiveStreamOptions options = {}, base::Metrics* metrics = nullptr);
    ~LiveStream();
    LiveStream(const LiveStream&) = delete;
    LiveStream& operator=(const LiveStream&) = delete;

    // `type` is a name of the contract (alert, case, source), `json` one JSON value without line ends.
    void publish(ledger::TenantNumber tenant, std::string_view type, std::string_view json);

    // One message made for each different scope among the streams; not kept in the ring and without an id.
    void publish_for_each_scope(std::string_view type,
                                const std::function<std::string(const ledger::TenantScope& scope)>& make);

    // Answers the request with a stream of what `scope` may see. resource_exhausted when too many are open; the
    // responder is left untouched then.
    base::Result<> subscribe(net::Responder& responder, net::HttpResponse head, const access::Principal& principal,
                             const ledger::TenantScope& scope, std::optional<std::string_view> last_event_id);

    // Ends the streams whose principal is `gone`.
    void close_if(const std::function<bool(const access::Principal& principal)>& gone);
    void close_all();
    size_t streams() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace shuwei::api
