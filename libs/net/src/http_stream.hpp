// The queue between a streaming handler and its connection. Thread-safe.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "shuwei/net/http_server.hpp"

namespace shuwei::net {

class HttpConnection;

struct StreamState {
    HttpStreamOptions options;
    bool chunked = true;   // HTTP/1.0 ends the body by closing
    bool with_body = true; // HEAD has none

    std::mutex mutex;
    std::condition_variable room;
    std::deque<std::string> queue;
    size_t queued_bytes = 0;
    bool ended = false;    // no further pieces
    bool broken = false;   // ended without the end of the body
    bool closed = false;   // nothing can be sent any more
    bool woken = false;    // the connection has been told of new pieces
    std::vector<std::function<void()>> notices;
    std::shared_ptr<HttpConnection> connection;  // gone when closed

    // Both with `lock` held on `mutex`; it may be released inside.
    StreamPush add(std::string chunk, std::unique_lock<std::mutex>& lock);
    void wake(std::unique_lock<std::mutex>& lock);

    void end(bool whole = true);
    void close();
    void add_heartbeat();  // where nothing else waits
    // Takes what is queued, at most about `limit` bytes, framed for the wire. `last` tells that nothing will follow.
    std::string take(size_t limit, bool& last);
};

struct HttpStream::Handle {
    std::shared_ptr<StreamState> state;
    explicit Handle(std::shared_ptr<StreamState> shared) : state(std::move(shared)) {}
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() { state->end(); }
};

}  // namespace shuwei::net
