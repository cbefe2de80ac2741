#include "shuwei/net/http_server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdio>

#include "http_connection.hpp"
#include "http_core.hpp"
#include "shuwei/base/log.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::net {

HttpResponse error_response(int status, std::string_view message, std::string_view request_id) {
    std::string_view code = "internal";
    switch (status) {
        case 408: code = "timeout"; break;
        case 413: code = "too_large"; break;
        case 501: code = "unimplemented"; break;
        case 503: code = "unavailable"; break;
        default:
            if (status < 500) code = "invalid_argument";
    }
    std::string body = "{\"code\":\"" + std::string(code) + "\",\"message\":";
    base::append_json_string(body, message);
    body += ",\"where\":[],\"request_id\":";
    base::append_json_string(body, request_id);
    body += '}';
    return HttpResponse::json(status, std::move(body));
}

std::string HttpCore::make_request_id() {
    char number[17];
    std::snprintf(number, sizeof number, "%08llx", static_cast<unsigned long long>(next_id.fetch_add(1) & 0xffffffff));
    return id_prefix + number;
}

bool HttpCore::submit(std::function<void()> task) {
    const std::scoped_lock lock(work_mutex);
    if (work_closed || work.size() >= options.worker_queue) return false;
    work.push_back(std::move(task));
    work_arrived.notify_one();
    return true;
}

void HttpCore::run_worker() {
    while (true) {
        std::function<void()> task;
        {
            std::unique_lock lock(work_mutex);
            work_arrived.wait(lock, [&] { return work_closed || !work.empty(); });
            if (work.empty()) return;
            task = std::move(work.front());
            work.pop_front();
        }
        task();
    }
}

void HttpCore::count(int status) {
    const int first = status / 100;
    if (first >= 1 && first <= 5 && requests[first] != nullptr) requests[first]->add();
}

struct HttpServer::State {
    std::shared_ptr<HttpCore> core = std::make_shared<HttpCore>();
    asio::ip::tcp::acceptor acceptor{core->io};
    asio::steady_timer accept_pause{core->io};
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_guard{core->io.get_executor()};
    std::vector<std::thread> io_threads;
    std::vector<std::thread> workers;
    std::mutex stop_mutex;
    bool stopped = false;

    void accept() {
        acceptor.async_accept(asio::make_strand(core->io), [this](boost::system::error_code error, asio::ip::tcp::socket socket) {
            if (core->stopping || error == asio::error::operation_aborted) return;
            if (error) {  // out of descriptors, most likely: the ones in use must end first
                accept_pause.expires_after(std::chrono::milliseconds(50));
                accept_pause.async_wait([this](boost::system::error_code cancelled) {
                    if (!cancelled) accept();
                });
                return;
            }
            size_t standing = 0;
            {
                const std::scoped_lock lock(core->mutex);
                standing = core->connections.size();
            }
            if (standing < core->options.max_connections) std::make_shared<HttpConnection>(core, std::move(socket))->start();
            accept();
        });
    }

    // Tells every connection that stands; each is kept alive while it is being told.
    template <typename Tell>
    void tell_connections(Tell&& tell) {
        std::vector<std::shared_ptr<HttpConnection>> standing;
        {
            const std::scoped_lock lock(core->mutex);
            for (HttpConnection* const connection : core->connections) {
                if (auto held = connection->weak_from_this().lock()) standing.push_back(std::move(held));
            }
        }
        for (const auto& connection : standing) tell(*connection);
    }
};

base::Result<std::unique_ptr<HttpServer>> HttpServer::start(const SocketAddress& address, HttpServerOptions options,
                                                            HttpHandler handler) {
    TRY_ASSIGN(base::FileDescriptor listener, listen_tcp(address));
    auto state = std::make_unique<State>();
    HttpCore& core = *state->core;
    core.options = std::move(options);
    core.handler = std::move(handler);
    core.address = local_address(listener.get());
    core.id_prefix = base::SystemRandom().hex(4);
    if (base::Metrics* const metrics = core.options.metrics) {
        core.connection_gauge = &metrics->gauge("shuwei_http_connections", "Open HTTP connections");
        static constexpr const char* classes[] = {"", "1xx", "2xx", "3xx", "4xx", "5xx"};
        for (int first = 2; first <= 5; ++first) {
            core.requests[first] = &metrics->counter("shuwei_http_requests_total", "HTTP requests by class of status",
                                                     {{"class", classes[first]}});
        }
    }
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&bound), &size);
    boost::system::error_code error;
    state->acceptor.assign(bound.ss_family == AF_INET ? asio::ip::tcp::v4() : asio::ip::tcp::v6(), listener.get(), error);
    if (error) return base::fail(base::ErrorCode::io, "listen on " + address.to_string() + ": " + error.message());
    listener.release();

    State* const raw = state.get();
    for (size_t i = 0; i < std::max<size_t>(core.options.worker_threads, 1); ++i) {
        state->workers.emplace_back([raw] { raw->core->run_worker(); });
    }
    for (size_t i = 0; i < std::max<size_t>(core.options.io_threads, 1); ++i) {
        state->io_threads.emplace_back([raw] { raw->core->io.run(); });
    }
    asio::post(core.io, [raw] { raw->accept(); });
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpServer::~HttpServer() { stop(); }

SocketAddress HttpServer::address() const { return state_->core->address; }

void HttpServer::stop() {
    State& state = *state_;
    const std::scoped_lock stop_lock(state.stop_mutex);
    if (std::exchange(state.stopped, true)) return;
    HttpCore& core = *state.core;
    core.stopping = true;
    asio::post(core.io, [&state] {
        boost::system::error_code ignored;
        state.acceptor.close(ignored);
        state.accept_pause.cancel();
    });
    state.tell_connections([](HttpConnection& connection) { connection.drain(); });
    {
        std::unique_lock lock(core.mutex);
        core.connection_gone.wait_for(lock, std::chrono::nanoseconds(core.options.drain_timeout),
                                      [&] { return core.connections.empty(); });
    }
    state.tell_connections([](HttpConnection& connection) { connection.abort(); });
    std::deque<std::function<void()>> unstarted;
    {
        const std::scoped_lock lock(core.work_mutex);
        core.work_closed = true;
        unstarted.swap(core.work);
        core.work_arrived.notify_all();
    }
    unstarted.clear();
    for (auto& worker : state.workers) worker.join();
    state.work_guard.reset();
    for (auto& thread : state.io_threads) thread.join();
    {
        const std::scoped_lock lock(core.post_mutex);
        core.post_closed = true;
    }
    core.io.restart();
    core.io.poll();  // what was posted between the threads' end and the gate's closing
}

}  // namespace shuwei::net
