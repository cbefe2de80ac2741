#include "shuwei/api/server.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "dispatcher.hpp"
#include "shuwei/net/http_server.hpp"
#include "stream_stats.hpp"

namespace shuwei::api {
namespace {

// Sessions that end in the ordinary way end their streams at once; this finds those that time or another process ended.
constexpr uint64_t kRoundsBetweenLooks = 5;

}  // namespace

struct Server::State {
    State(Services services, const ServerOptions& options)
        : stats_interval(options.stats_interval), dispatcher(std::move(services), options) {}

    base::Duration stats_interval;
    Dispatcher dispatcher;
    std::unique_ptr<net::HttpServer> http;
    std::unique_ptr<net::HttpServer> push;  // null: shippers come to the main address only
    std::mutex mutex;
    std::condition_variable wake;
    bool stopping = false;
    std::thread keeper;

    // Feeds the live stream with figures and ends the streams of sessions that are over.
    void keep() {
        std::unique_lock lock(mutex);
        uint64_t round = 0;
        while (!wake.wait_for(lock, std::chrono::nanoseconds(stats_interval), [&] { return stopping; })) {
            lock.unlock();
            Services& services = dispatcher.services();
            if (services.stream.streams() > 0) {
                if (round++ % kRoundsBetweenLooks == 0) {
                    services.stream.close_if([&](const access::Principal& principal) {
                        const auto valid = services.access.still_valid(principal);
                        return valid && !*valid;  // a ledger that does not answer now ends nobody's stream
                    });
                }
                services.stream.publish_for_each_scope(
                    "stats", [&](const ledger::TenantScope& scope) { return stream_stats(services, scope); });
            }
            lock.lock();
        }
    }
};

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() { stop(); }

base::Result<std::unique_ptr<Server>> Server::start(Services services, ServerOptions options) {
    auto state = std::make_unique<State>(std::move(services), options);
    net::HttpServerOptions http;
    http.worker_threads = options.worker_threads;
    http.body_limit = Dispatcher::body_limit;
    http.metrics = &state->dispatcher.services().metrics;
    base::Metrics* const metrics = http.metrics;
    Dispatcher& dispatcher = state->dispatcher;
    TRY_ASSIGN(state->http, net::HttpServer::start(options.address, std::move(http),
                                                   [&dispatcher](net::HttpRequest&& request, net::Responder responder) {
                                                       dispatcher.handle(std::move(request), std::move(responder));
                                                   }));
    if (options.push_address) {
        net::HttpServerOptions push;
        push.worker_threads = options.worker_threads;
        push.max_body_bytes = collect::kMaxIngestBody;
        push.metrics = metrics;
        TRY_ASSIGN(state->push, net::HttpServer::start(*options.push_address, std::move(push),
                                                       [&dispatcher](net::HttpRequest&& request, net::Responder responder) {
                                                           dispatcher.handle_push(request, std::move(responder), request.path);
                                                       }));
    }
    state->keeper = std::thread([raw = state.get()] { raw->keep(); });
    return std::unique_ptr<Server>(new Server(std::move(state)));
}

net::SocketAddress Server::address() const { return state_->http->address(); }

std::optional<net::SocketAddress> Server::push_address() const {
    if (!state_->push) return std::nullopt;
    return state_->push->address();
}

void Server::stop() {
    {
        const std::scoped_lock lock(state_->mutex);
        if (state_->stopping) return;
        state_->stopping = true;
    }
    state_->wake.notify_all();
    state_->keeper.join();
    state_->dispatcher.services().stream.close_all();
    if (state_->push) state_->push->stop();
    state_->http->stop();
}

}  // namespace shuwei::api
