#include "http_connection.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <chrono>

#include "shuwei/base/log.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::net {

namespace http = beast::http;

namespace {

constexpr size_t kReadStep = 64 * 1024;
constexpr size_t kMaxLinger = 4 << 20;       // bytes of a refused request that are read and thrown away
constexpr size_t kStreamPiece = 256 * 1024;
constexpr uint64_t kAbsoluteBodyLimit = uint64_t{1} << 40;

std::chrono::nanoseconds span_of(base::Duration duration) { return std::chrono::nanoseconds(duration); }

HttpMethod method_of(http::verb verb) {
    switch (verb) {
        case http::verb::get: return HttpMethod::get;
        case http::verb::head: return HttpMethod::head;
        case http::verb::post: return HttpMethod::post;
        case http::verb::put: return HttpMethod::put;
        case http::verb::patch: return HttpMethod::patch;
        case http::verb::delete_: return HttpMethod::delete_;
        case http::verb::options: return HttpMethod::options;
        default: return HttpMethod::other;
    }
}

std::string_view view_of(beast::string_view text) { return {text.data(), text.size()}; }

bool accepts_gzip(std::string_view header) {
    while (!header.empty()) {
        const size_t end = header.find(',');
        const std::string_view item = header.substr(0, end);
        header = end == std::string_view::npos ? std::string_view() : header.substr(end + 1);
        const size_t semicolon = item.find(';');
        if (!base::equals_ignoring_case(base::trim(item.substr(0, semicolon)), "gzip")) continue;
        if (semicolon == std::string_view::npos) return true;
        const std::string quality = base::to_ascii_lower(base::trim(item.substr(semicolon + 1)));
        return quality != "q=0" && quality != "q=0.0" && quality != "q=0.00" && quality != "q=0.000";
    }
    return false;
}

// Only a path that no reader can misunderstand: no NUL, no dot segments.
bool is_plain_path(std::string_view path) {
    if (path.empty() || path[0] != '/' || path.find('\0') != std::string_view::npos) return false;
    size_t begin = 1;
    while (true) {
        const size_t end = std::min(path.find('/', begin), path.size());
        const std::string_view segment = path.substr(begin, end - begin);
        if (segment == "." || segment == "..") return false;
        if (end == path.size()) return true;
        begin = end + 1;
    }
}

}  // namespace

HttpConnection::HttpConnection(std::shared_ptr<HttpCore> core, asio::ip::tcp::socket socket)
    : core_(std::move(core)), transport_(std::move(socket)), heartbeat_(transport_.get_executor()) {
    beast::error_code ignored;
    transport_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
    transport_.socket().set_option(asio::socket_base::keep_alive(true), ignored);
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getpeername(transport_.socket().native_handle(), reinterpret_cast<sockaddr*>(&address), &size) == 0) {
        peer_ = from_sockaddr(address);
    }
    buffer_.max_size(core_->options.max_header_bytes + kReadStep);
    const std::scoped_lock lock(core_->mutex);
    core_->connections.insert(this);
    if (core_->connection_gauge != nullptr) core_->connection_gauge->add(1);
}

HttpConnection::~HttpConnection() {
    const std::scoped_lock lock(core_->mutex);
    core_->connections.erase(this);
    if (core_->connection_gauge != nullptr) core_->connection_gauge->add(-1);
    core_->connection_gone.notify_all();
}

void HttpConnection::start() {
    on_strand([self = shared_from_this()] { self->wait_for_request(); });
}

void HttpConnection::wait_for_request() {
    phase_ = Phase::idle;
    if (draining_ || core_->stopping) return close();
    if (buffer_.size() > 0) return read_header();  // pipelined
    transport_.expires_after(span_of(core_->options.idle_timeout));
    transport_.async_read_some(buffer_.prepare(4096), [self = shared_from_this()](beast::error_code error, size_t got) {
        if (error) return self->close();
        self->buffer_.commit(got);
        self->read_header();
    });
}

void HttpConnection::read_header() {
    phase_ = Phase::reading;
    parser_.emplace();
    parser_->header_limit(static_cast<uint32_t>(core_->options.max_header_bytes));
    parser_->body_limit(kAbsoluteBodyLimit);
    transport_.expires_after(span_of(core_->options.header_timeout));
    http::async_read_header(transport_, buffer_, *parser_, [self = shared_from_this()](beast::error_code error, size_t) {
        self->on_header(error);
    });
}

void HttpConnection::on_header(beast::error_code error) {
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
        return refuse(431, "the request header is too large");
    }
    if (error == http::error::body_limit) return refuse(413, "the request body is too large");
    if (error && error.category() == http::make_error_code(http::error::bad_method).category() &&
        error != http::error::end_of_stream && error != http::error::partial_message) {
        return refuse(400, "the request is not HTTP: " + error.message());
    }
    if (error) return close();
    const auto& message = parser_->get();
    if (message.version() != 11 && message.version() != 10) return refuse(400, "HTTP/1.1 is spoken here");
    if (message.version() == 11 && message.count(http::field::host) != 1) return refuse(400, "one Host header is needed");
    // Two lengths are two readings of where the next request begins.
    if (message.count(http::field::transfer_encoding) > 0 && message.count(http::field::content_length) > 0) {
        return refuse(400, "Content-Length beside Transfer-Encoding");
    }
    if (message.count(http::field::transfer_encoding) > 0 && !parser_->chunked()) {
        return refuse(501, "this Transfer-Encoding is not known");
    }
    std::string_view path = view_of(message.target());
    path = path.substr(0, path.find('?'));
    const uint64_t limit = core_->options.body_limit ? core_->options.body_limit(method_of(message.method()), path)
                                                     : core_->options.max_body_bytes;
    const auto length = parser_->content_length();
    if (length && *length > limit) {
        return refuse(413, "the request body is larger than " + std::to_string(limit) + " bytes");
    }
    parser_->body_limit(limit);
    body_deadline_ = base::monotonic_now() + 10 * core_->options.body_timeout;
    const auto expect = message.find(http::field::expect);
    if (expect != message.end() && beast::iequals(expect->value(), "100-continue") && !parser_->is_done()) {
        static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        asio::async_write(transport_, asio::buffer(kContinue.data(), kContinue.size()),
                          [self = shared_from_this()](beast::error_code failed, size_t) {
                              failed ? self->close() : self->read_body();
                          });
        return;
    }
    read_body();
}

void HttpConnection::read_body() {
    if (parser_->is_done()) return dispatch();
    const base::Duration left = body_deadline_ - base::monotonic_now();
    if (left <= 0) return close();
    transport_.expires_after(span_of(std::min(left, core_->options.body_timeout)));
    http::async_read_some(transport_, buffer_, *parser_, [self = shared_from_this()](beast::error_code error, size_t) {
        if (error == http::error::body_limit) return self->refuse(413, "the request body is too large");
        if (error && error.category() == http::make_error_code(http::error::bad_method).category() &&
            error != http::error::end_of_stream && error != http::error::partial_message) {
            return self->refuse(400, "the request body is malformed: " + error.message());
        }
        error ? self->close() : self->read_body();
    });
}

std::optional<std::string> HttpConnection::take_request(HttpRequest& request) {
    auto& message = parser_->get();
    request.method = method_of(message.method());
    request.peer = peer_;
    request.id = core_->make_request_id();
    std::string_view target = view_of(message.target());
    if (base::equals_ignoring_case(target.substr(0, 7), "http://")) {  // absolute form, as sent to proxies
        const size_t slash = target.find('/', 7);
        target = slash == std::string_view::npos ? "/" : target.substr(slash);
    }
    request.target = target;
    const size_t question = target.find('?');
    auto path = percent_decode(target.substr(0, question), false);
    if (request.method == HttpMethod::options && target == "*") path = "/";
    if (!path || !is_plain_path(*path)) return "the path is malformed";
    request.path = std::move(*path);
    if (question != std::string_view::npos) {
        std::string_view query = target.substr(question + 1);
        auto parameters = parse_query(query.substr(0, query.find('#')));
        if (!parameters) return "the query is malformed";
        request.query = std::move(*parameters);
    }
    for (const auto& field : message) request.headers.add(view_of(field.name_string()), view_of(field.value()));
    request.body = std::move(message.body());
    return std::nullopt;
}

void HttpConnection::dispatch() {
    phase_ = Phase::answering;
    transport_.expires_never();
    HttpRequest request;
    auto exchange = std::make_shared<Responder::Exchange>();
    const auto wrong = take_request(request);
    if (wrong) return refuse(400, *wrong);
    gone_ = std::stop_source();
    request.gone = gone_.get_token();
    watch_for_hangup_unread();
    exchange->connection = shared_from_this();
    exchange->request_id = request.id;
    exchange->method = request.method;
    exchange->http_1_0 = parser_->get().version() == 10;
    exchange->keep_alive = parser_->keep_alive() && !draining_;
    exchange->accepts_gzip = accepts_gzip(request.headers.get("Accept-Encoding").value_or(""));
    parser_.reset();
    // A shared pointer, since std::function wants copies.
    auto task = std::make_shared<std::pair<HttpRequest, Responder>>(std::move(request), Responder(exchange));
    const bool taken = core_->submit([core = core_.get(), task] {
        const std::string id = task->first.id;
        try {
            core->handler(std::move(task->first), std::move(task->second));
        } catch (const std::exception& error) {
            base::log::error("an HTTP handler threw", {{"request", id}, {"error", error.what()}});
        } catch (...) {
            base::log::error("an HTTP handler threw", {{"request", id}});
        }
    });
    if (!taken) {
        HttpResponse busy = error_response(503, "the server is busy", exchange->request_id);
        busy.headers.add("Retry-After", "1");
        task->second.send(std::move(busy));
    }
}

// Answers without the handler, then closes: where the next request would begin is not known.
void HttpConnection::refuse(int status, std::string_view message) {
    phase_ = Phase::answering;
    parser_.reset();
    auto exchange = std::make_shared<Responder::Exchange>();
    exchange->connection = shared_from_this();
    exchange->request_id = core_->make_request_id();
    exchange->keep_alive = false;
    Responder(exchange).send(error_response(status, message, exchange->request_id));
}

void HttpConnection::answer(std::string head, HttpResponse response, bool with_body, bool keep_alive) {
    on_strand([self = shared_from_this(), head = std::move(head), response = std::move(response), with_body,
               keep_alive]() mutable {
        if (self->phase_ == Phase::closing) return;
        self->head_ = std::move(head);
        self->response_ = std::move(response);
        self->keep_alive_ = keep_alive;
        std::vector<asio::const_buffer> buffers{asio::buffer(self->head_)};
        const std::string_view body = self->response_.content();
        if (with_body && !body.empty()) buffers.emplace_back(body.data(), body.size());
        self->write(std::move(buffers));
    });
}

// Writes step by step, so that the timeout counts from the last byte the client took.
void HttpConnection::write(std::vector<asio::const_buffer> buffers) {
    unwritten_ = std::move(buffers);
    writing_ = true;
    transport_.expires_after(span_of(core_->options.write_timeout));
    transport_.async_write_some(unwritten_, [self = shared_from_this()](beast::error_code error, size_t sent) {
        self->writing_ = false;
        if (error) return self->close();
        auto& left = self->unwritten_;
        while (!left.empty() && sent >= left.front().size()) {
            sent -= left.front().size();
            left.erase(left.begin());
        }
        if (left.empty()) return self->on_written();
        left.front() += sent;
        self->write(std::move(left));
    });
}

void HttpConnection::on_written() {
    head_.clear();
    response_ = {};
    if (phase_ == Phase::streaming) return pump_stream();
    if (keep_alive_) return wait_for_request();
    linger();
}

// Closing with unread bytes would reset the connection and take our answer with it.
void HttpConnection::linger() {
    phase_ = Phase::closing;
    beast::error_code ignored;
    transport_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    transport_.expires_after(std::chrono::seconds(2));
    transport_.async_read_some(asio::buffer(linger_buffer_), [self = shared_from_this()](beast::error_code error, size_t got) {
        self->lingered_ += got;
        error || self->lingered_ > kMaxLinger ? self->close() : self->linger();
    });
}

void HttpConnection::close() {
    phase_ = Phase::closing;
    gone_.request_stop();
    beast::error_code ignored;
    transport_.socket().close(ignored);
    heartbeat_.cancel();
    if (stream_) {
        stream_->close();
        stream_.reset();
    }
}

void HttpConnection::drain() {
    on_strand([self = shared_from_this()] {
        self->draining_ = true;
        self->keep_alive_ = false;
        if (self->phase_ == Phase::idle || self->phase_ == Phase::reading) self->close();
        if (self->stream_) self->stream_->end();
    });
}

void HttpConnection::abort() {
    on_strand([self = shared_from_this()] { self->close(); });
}

void HttpConnection::answer_streaming(std::string head, std::shared_ptr<StreamState> stream) {
    on_strand([self = shared_from_this(), head = std::move(head), stream = std::move(stream)]() mutable {
        if (self->phase_ == Phase::closing) return stream->close();
        self->phase_ = Phase::streaming;
        self->stream_ = std::move(stream);
        if (self->draining_) self->stream_->end();
        self->head_ = std::move(head);
        self->transport_.expires_never();
        self->watch_for_hangup();
        self->write({asio::buffer(self->head_)});
    });
}

void HttpConnection::wake_stream() {
    on_strand([self = shared_from_this()] {
        if (self->phase_ == Phase::streaming && !self->writing_) self->pump_stream();
    });
}

void HttpConnection::pump_stream() {
    if (last_piece_) {
        stream_->close();
        stream_.reset();
        heartbeat_.cancel();
        beast::error_code ignored;
        phase_ = Phase::closing;  // the pending read ends when the client closes, or now
        transport_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
        return;
    }
    if (!stream_->with_body) {
        last_piece_ = true;
        return pump_stream();
    }
    piece_ = stream_->take(kStreamPiece, last_piece_);
    if (piece_.empty()) {
        if (last_piece_) return pump_stream();
        return arm_heartbeat();
    }
    heartbeat_.cancel();
    write({asio::buffer(piece_)});
}

void HttpConnection::arm_heartbeat() {
    if (stream_->options.heartbeat <= 0) return;
    heartbeat_.expires_after(span_of(stream_->options.heartbeat));
    heartbeat_.async_wait([self = shared_from_this()](beast::error_code error) {
        if (error || self->phase_ != Phase::streaming || self->writing_ || !self->stream_) return;
        self->stream_->add_heartbeat();
        self->pump_stream();
    });
}

// While a request is being answered: nothing is read, since what comes may be the next request.
void HttpConnection::watch_for_hangup_unread() {
    transport_.socket().async_wait(asio::socket_base::wait_read, [self = shared_from_this(), gone = gone_](beast::error_code error) mutable {
        if (error) return;
        char next;
        if (::recv(self->transport_.socket().native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT) == 0) gone.request_stop();
    });
}

void HttpConnection::watch_for_hangup() {
    transport_.async_read_some(asio::buffer(linger_buffer_), [self = shared_from_this()](beast::error_code error, size_t) {
        error ? self->close() : self->watch_for_hangup();  // what a client sends during a stream is thrown away
    });
}

}  // namespace shuwei::net
