// One connection of the server: reads a request, hands it to a worker, writes the answer, reads the next. Everything
// here runs on the connection's strand, save what is said to be thread-safe.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "http_core.hpp"
#include "http_stream.hpp"

namespace shuwei::net {

namespace beast = boost::beast;

// What the responder must know of its request.
struct Responder::Exchange {
    std::shared_ptr<HttpConnection> connection;
    std::string request_id;
    HttpMethod method = HttpMethod::get;
    bool http_1_0 = false;
    bool keep_alive = true;
    bool accepts_gzip = false;
};

// The transport is named once: TLS puts beast::ssl_stream<beast::tcp_stream> here and a handshake before the first read.
using HttpTransport = beast::tcp_stream;

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
public:
    HttpConnection(std::shared_ptr<HttpCore> core, asio::ip::tcp::socket socket);
    ~HttpConnection();

    void start();
    void drain();  // thread-safe: close as soon as nothing is being answered
    void abort();  // thread-safe: close now

    // Thread-safe; called once per request by its responder.
    void answer(std::string head, HttpResponse response, bool with_body, bool keep_alive);
    void answer_streaming(std::string head, std::shared_ptr<StreamState> stream);

    HttpCore& core() { return *core_; }
    // Thread-safe: has queued stream pieces sent.
    void wake_stream();

private:
    enum class Phase { idle, reading, answering, streaming, closing };
    using Parser = beast::http::request_parser<beast::http::string_body>;

    void wait_for_request();
    void read_header();
    void on_header(beast::error_code error);
    void read_body();
    void dispatch();
    std::optional<std::string> take_request(HttpRequest& request);  // the reason of refusal
    void refuse(int status, std::string_view message);
    void write(std::vector<asio::const_buffer> buffers);
    void on_written();
    void linger();
    void close();
    void pump_stream();
    void write_stream_piece();
    void watch_for_hangup();
    void watch_for_hangup_unread();
    void arm_heartbeat();

    template <typename Function>
    void on_strand(Function&& function) {
        core_->post(transport_.get_executor(), std::forward<Function>(function));
    }

    std::shared_ptr<HttpCore> core_;  // before the transport: the io_context must outlive the socket
    HttpTransport transport_;
    SocketAddress peer_;
    beast::flat_buffer buffer_;
    std::optional<Parser> parser_;
    Phase phase_ = Phase::idle;
    bool draining_ = false;
    base::Timestamp body_deadline_ = 0;
    std::stop_source gone_{std::nostopstate};  // of the request being answered

    // The answer being written.
    std::string head_;
    HttpResponse response_;
    std::vector<asio::const_buffer> unwritten_;
    bool keep_alive_ = false;
    bool writing_ = false;
    size_t lingered_ = 0;
    char linger_buffer_[4096];

    std::shared_ptr<StreamState> stream_;
    std::string piece_;
    bool last_piece_ = false;
    asio::steady_timer heartbeat_;
};

}  // namespace shuwei::net
