#include "http_stream.hpp"

#include <chrono>
#include <cstdio>

#include "http_connection.hpp"

namespace shuwei::net {

StreamPush StreamState::add(std::string chunk, std::unique_lock<std::mutex>& lock) {
    if (chunk.empty()) return StreamPush::ok;  // an empty chunk would end the body
    queued_bytes += chunk.size();
    queue.push_back(std::move(chunk));
    wake(lock);
    return StreamPush::ok;
}

void StreamState::wake(std::unique_lock<std::mutex>& lock) {
    if (woken || !connection) return;
    woken = true;
    const auto target = connection;
    lock.unlock();
    target->wake_stream();
}

void StreamState::end(bool whole) {
    std::unique_lock lock(mutex);
    if (ended || closed) return;
    ended = true;
    broken = !whole;
    room.notify_all();
    wake(lock);
}

void StreamState::close() {
    std::vector<std::function<void()>> to_call;
    std::shared_ptr<HttpConnection> let_go;
    {
        const std::scoped_lock lock(mutex);
        if (closed) return;
        closed = true;
        queue.clear();
        queued_bytes = 0;
        to_call.swap(notices);
        let_go.swap(connection);
        room.notify_all();
    }
    for (const auto& notice : to_call) notice();
}

void StreamState::add_heartbeat() {
    const std::scoped_lock lock(mutex);
    if (ended || closed || !queue.empty()) return;
    queue.push_back(options.heartbeat_chunk);
    queued_bytes += options.heartbeat_chunk.size();
}

std::string StreamState::take(size_t limit, bool& last) {
    const std::scoped_lock lock(mutex);
    woken = false;
    std::string out;
    while (!queue.empty() && out.size() < limit) {
        const std::string& piece = queue.front();
        if (chunked) {
            char size[24];
            std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
            out.append(size).append(piece).append("\r\n");
        } else {
            out += piece;
        }
        queued_bytes -= piece.size();
        queue.pop_front();
    }
    last = ended && queue.empty();
    if (last && chunked && !broken) out += "0\r\n\r\n";
    room.notify_all();
    return out;
}

StreamPush HttpStream::push(std::string chunk) {
    if (!handle_) return StreamPush::closed;
    StreamState& state = *handle_->state;
    std::unique_lock lock(state.mutex);
    if (state.closed || state.ended) return StreamPush::closed;
    if (state.queued_bytes > 0 && state.queued_bytes + chunk.size() > state.options.queue_bytes) return StreamPush::full;
    return state.add(std::move(chunk), lock);
}

StreamPush HttpStream::push_waiting(std::string chunk, base::Duration timeout) {
    if (!handle_) return StreamPush::closed;
    StreamState& state = *handle_->state;
    std::unique_lock lock(state.mutex);
    const bool timely = state.room.wait_for(lock, std::chrono::nanoseconds(timeout), [&] {
        return state.closed || state.ended || state.queued_bytes == 0 ||
               state.queued_bytes + chunk.size() <= state.options.queue_bytes;
    });
    if (state.closed || state.ended) return StreamPush::closed;
    return timely ? state.add(std::move(chunk), lock) : StreamPush::full;
}

void HttpStream::end() {
    if (handle_) handle_->state->end();
}

void HttpStream::break_off() {
    if (handle_) handle_->state->end(false);
}

bool HttpStream::closed() const {
    if (!handle_) return true;
    const std::scoped_lock lock(handle_->state->mutex);
    return handle_->state->closed || handle_->state->ended;
}

void HttpStream::on_closed(std::function<void()> notice) {
    if (handle_) {
        const std::scoped_lock lock(handle_->state->mutex);
        if (!handle_->state->closed) {
            handle_->state->notices.push_back(std::move(notice));
            return;
        }
    }
    notice();
}

}  // namespace shuwei::net
