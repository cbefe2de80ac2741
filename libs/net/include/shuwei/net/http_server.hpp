// HTTP/1.1 server: Boost.Beast on its own I/O threads, handlers on a worker pool of their own, so that a slow
// handler (a search, a durable write) never holds up the sockets.
//
//   auto server = HttpServer::start(address, options, [](HttpRequest&& request, Responder responder) {
//       responder.send(HttpResponse::json(200, "{}"));
//   });
//
// The server owns connections, threads and handler. A Responder or HttpStream may be moved to and used from any thread,
// also after the server has stopped (then it does nothing). Malformed requests, bodies beyond the limit, and requests
// that find the worker queue full are answered 400, 413, 503 without reaching the handler.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/metrics.hpp"
#include "shuwei/base/random.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/net/http.hpp"

namespace shuwei::net {

enum class StreamPush { ok, full, closed };

// A response that is sent piece by piece (server-sent events, exports). Copies share one stream; all calls are
// thread-safe. It ends with end(), with the client's disconnect, or when the last copy is gone.
class HttpStream {
public:
    HttpStream() = default;  // closed

    // Queues a piece; never waits. `full` leaves the queue as it was: the caller decides what is lost.
    StreamPush push(std::string chunk);
    // Waits for room, at most `timeout`; for exports that must not lose anything.
    StreamPush push_waiting(std::string chunk, base::Duration timeout);
    // Sends what is queued, then the end of the response.
    void end();
    // Sends what is queued and closes without the end of the response, so that the client knows it is not whole.
    void break_off();
    bool closed() const;
    // Called once, from any thread, when nothing more can be sent; at once when that is so already.
    void on_closed(std::function<void()> notice);

private:
    friend class Responder;
    struct Handle;
    explicit HttpStream(std::shared_ptr<Handle> handle) : handle_(std::move(handle)) {}
    std::shared_ptr<Handle> handle_;
};

struct HttpStreamOptions {
    size_t queue_bytes = 1 << 20;         // queued beyond this: full (one chunk always fits an empty queue)
    base::Duration heartbeat = 0;         // 0 = none; sent when nothing else was for this long
    std::string heartbeat_chunk = ": \n\n";  // a comment line of server-sent events
};

// The right to answer one request, once. Dropped unanswered, it answers 500.
class Responder {
public:
    Responder() = default;
    Responder(Responder&&) noexcept;
    Responder& operator=(Responder&&) noexcept;
    ~Responder();

    // Sends the response; to HEAD its header alone. Text bodies beyond 1 KiB without a Content-Encoding are gzipped
    // for clients that accept it, in the calling thread.
    void send(HttpResponse response);
    // Sends the header and leaves the body open, chunked. `head.body` becomes the first piece.
    HttpStream open_stream(HttpResponse head, HttpStreamOptions options = {});

    struct Exchange;  // the server's side
    explicit Responder(std::shared_ptr<Exchange> exchange);

private:
    std::shared_ptr<Exchange> exchange_;
};

using HttpHandler = std::function<void(HttpRequest&&, Responder)>;

struct HttpServerOptions {
    size_t io_threads = 1;
    size_t worker_threads = 8;
    size_t worker_queue = 256;        // requests waiting for a worker; beyond: 503 with Retry-After
    size_t max_connections = 2048;    // further ones are closed on accept
    size_t max_header_bytes = 32 * 1024;
    size_t max_body_bytes = 1 << 20;
    // Body limit of one route, asked after the header; empty = max_body_bytes for all.
    std::function<size_t(HttpMethod, std::string_view path)> body_limit;
    base::Duration header_timeout = 15 * base::kSecond;  // from the first byte of a request to the end of its header
    base::Duration body_timeout = 30 * base::kSecond;    // without a byte of the body; the whole body gets 10 times that
    base::Duration write_timeout = 60 * base::kSecond;   // without a byte taken by the client
    base::Duration idle_timeout = 75 * base::kSecond;    // between requests
    base::Duration drain_timeout = 5 * base::kSecond;    // stop() waits so long for requests being answered
    std::string server_name;          // value of the Server header; empty = none
    base::Metrics* metrics = nullptr; // shuwei_http_requests_total{class}, shuwei_http_connections
};

class HttpServer {
public:
    // Binds and listens; port 0 takes a free one. Errors as listen_tcp(). The handler must not throw: an exception
    // becomes 500 and a log line.
    static base::Result<std::unique_ptr<HttpServer>> start(const SocketAddress& address, HttpServerOptions options,
                                                           HttpHandler handler);
    ~HttpServer();  // stop()
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    SocketAddress address() const;  // with the port really bound

    // Stops accepting, ends streams, lets running requests be answered (drain_timeout), closes, joins. Idempotent.
    void stop();

private:
    struct State;
    explicit HttpServer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace shuwei::net
