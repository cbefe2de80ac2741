// What the connections of one server share: options, threads' io_context, worker pool. Outlives the server object for as
// long as a Responder or a stream is held somewhere. Internal; the only headers with Boost in them are here and below.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "shuwei/net/http_server.hpp"

namespace shuwei::net {

namespace asio = boost::asio;

class HttpConnection;

struct HttpCore {
    HttpServerOptions options;
    HttpHandler handler;
    SocketAddress address;
    std::string id_prefix;             // of request ids: this start of the server
    std::atomic<uint64_t> next_id = 0;
    std::atomic<bool> stopping = false;
    asio::io_context io;

    // Connections that stand, told when the server stops.
    std::mutex mutex;
    std::condition_variable connection_gone;
    std::unordered_set<HttpConnection*> connections;

    // Requests on their way to a worker.
    std::mutex work_mutex;
    std::condition_variable work_arrived;
    std::deque<std::function<void()>> work;
    bool work_closed = false;

    base::Metric* connection_gauge = nullptr;
    base::Metric* requests[6] = {};    // by the status' first digit

    // After the I/O threads have ended nothing may be posted any more: it would never run, and keep itself alive.
    std::mutex post_mutex;
    bool post_closed = false;

    std::string make_request_id();
    bool submit(std::function<void()> task);  // false when the queue is full
    void run_worker();
    void count(int status);

    template <typename Executor, typename Function>
    void post(const Executor& executor, Function&& function) {
        const std::scoped_lock lock(post_mutex);
        if (!post_closed) asio::post(executor, std::forward<Function>(function));
    }
};

// The body net itself gives with an error, in the shape of the contract's Error.
HttpResponse error_response(int status, std::string_view message, std::string_view request_id);

}  // namespace shuwei::net
