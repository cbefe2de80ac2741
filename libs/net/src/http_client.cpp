#include "shuwei/net/http_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <chrono>

#include "shuwei/base/file.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/net/gzip.hpp"

namespace shuwei::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using base::ErrorCode;
using base::Result;
using boost::system::error_code;

namespace {

std::string_view view_of(beast::string_view text) { return {text.data(), text.size()}; }

bool is_idempotent(HttpMethod method) {
    return method != HttpMethod::post && method != HttpMethod::patch && method != HttpMethod::other;
}

}  // namespace

struct HttpClient::Connection {
    using TlsStream = beast::ssl_stream<beast::tcp_stream>;
    using Parser = http::response_parser<http::buffer_body>;

    HttpClientOptions options;
    bool tls = false;
    std::string host;
    std::string port;
    std::string prefix;
    asio::io_context io;
    std::optional<asio::ssl::context> tls_context;
    std::unique_ptr<beast::tcp_stream> plain;
    std::unique_ptr<TlsStream> secure;
    beast::flat_buffer buffer;

    beast::tcp_stream& lowest() { return secure ? secure->next_layer() : *plain; }
    bool connected() const { return plain || secure; }

    void disconnect() {
        plain.reset();
        secure.reset();
        buffer.clear();
    }

    base::Error problem(error_code error, std::string_view doing) {
        const std::string text = std::string(doing) + ' ' + host + ':' + port + ": " + error.message();
        disconnect();
        if (error == beast::error::timeout) {
            return {ErrorCode::deadline_exceeded, std::string(doing) + ' ' + host + ':' + port + ": timed out"};
        }
        return {ErrorCode::unavailable, text};
    }

    // Starts one operation with its deadline and waits for it.
    template <typename Start>
    error_code run(base::Duration timeout, Start&& start) {
        error_code result;
        lowest().expires_after(std::chrono::nanoseconds(timeout));
        start([&result](error_code error, auto&&...) { result = error; });
        io.restart();
        io.run();
        return result;
    }

    Result<> connect() {
        error_code error;
        asio::ip::tcp::resolver resolver(io);
        const auto endpoints = resolver.resolve(host, port, error);
        if (error) return base::fail(problem(error, "resolve"));
        if (tls) {
            secure = std::make_unique<TlsStream>(io, *tls_context);
            if (SSL_set_tlsext_host_name(secure->native_handle(), host.c_str()) != 1) {
                return base::fail(ErrorCode::invalid_argument, "'" + host + "' cannot be a TLS server name");
            }
            if (options.tls.verification == TlsVerification::name_and_chain) {
                secure->set_verify_callback(asio::ssl::host_name_verification(host));
            }
        } else {
            plain = std::make_unique<beast::tcp_stream>(io);
        }
        error = run(options.connect_timeout, [&](auto done) { lowest().async_connect(endpoints, done); });
        if (error) return base::fail(problem(error, "connect to"));
        lowest().socket().set_option(asio::ip::tcp::no_delay(true), error);
        if (secure) {
            error = run(options.connect_timeout,
                        [&](auto done) { secure->async_handshake(asio::ssl::stream_base::client, done); });
            if (error) return base::fail(problem(error, "agree on TLS with"));
        }
        return {};
    }

    // Whether the peer has closed a kept connection meanwhile (or sent what nobody asked for).
    bool is_stale() {
        char byte = 0;
        const ssize_t got = ::recv(lowest().socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        return got >= 0;
    }

    error_code write(std::string_view data) {
        while (!data.empty()) {
            size_t sent = 0;
            error_code error;
            const auto step = asio::buffer(data.data(), std::min<size_t>(data.size(), 1 << 20));
            lowest().expires_after(std::chrono::nanoseconds(options.timeout));
            const auto done = [&](error_code failed, size_t count) {
                error = failed;
                sent = count;
            };
            secure ? secure->async_write_some(step, done) : plain->async_write_some(step, done);
            io.restart();
            io.run();
            if (error) return error;
            data.remove_prefix(sent);
        }
        return {};
    }

    error_code read_header(Parser& parser) {
        return run(options.timeout, [&](auto done) {
            secure ? http::async_read_header(*secure, buffer, parser, done)
                   : http::async_read_header(*plain, buffer, parser, done);
        });
    }

    error_code read_some(Parser& parser) {
        return run(options.timeout, [&](auto done) {
            secure ? http::async_read_some(*secure, buffer, parser, done)
                   : http::async_read_some(*plain, buffer, parser, done);
        });
    }

    std::string head_of(const HttpClientRequest& request) const {
        std::string head(to_string(request.method));
        const std::string name = host.find(':') == std::string::npos ? host : '[' + host + ']';
        head += ' ' + prefix + request.target + " HTTP/1.1\r\nHost: " + name + ':' + port + "\r\n";
        for (const auto& [field, value] : request.headers.fields()) head += field + ": " + value + "\r\n";
        if (!request.headers.has("User-Agent")) head += "User-Agent: shuwei\r\n";
        if (!request.body.empty() || !is_idempotent(request.method) || request.method == HttpMethod::put) {
            head += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
        }
        return head + "\r\n";
    }

    Result<HttpResponse> exchange(const HttpClientRequest& request, const ChunkHandler& on_chunk);
    Result<HttpResponse> read_response(const HttpClientRequest& request, const ChunkHandler& on_chunk, bool& nothing_came);
};

Result<HttpResponse> HttpClient::Connection::exchange(const HttpClientRequest& request, const ChunkHandler& on_chunk) {
    for (const auto& [name, value] : request.headers.fields()) {
        if ((name + value).find_first_of("\r\n") != std::string::npos) {
            return base::fail(ErrorCode::invalid_argument, "header '" + name + "' holds a line end");
        }
    }
    if (request.target.find_first_of(" \r\n") != std::string::npos) {
        return base::fail(ErrorCode::invalid_argument, "the target is not percent-encoded");
    }
    const std::string head = head_of(request);
    if (connected() && is_stale()) disconnect();
    for (int attempt = 0;; ++attempt) {
        const bool kept = connected();
        if (!kept) TRY(connect());
        error_code error = write(head);
        if (!error) error = write(request.body);
        // A server that refuses early answers before it has read everything: look for that answer first.
        bool nothing_came = true;
        auto response = read_response(request, on_chunk, nothing_came);
        if (response) return response;
        if (kept && nothing_came && attempt == 0 && is_idempotent(request.method) &&
            response.error().code() == ErrorCode::unavailable) {
            continue;  // the kept connection had died; a new one may do
        }
        return response;
    }
}

Result<HttpResponse> HttpClient::Connection::read_response(const HttpClientRequest& request, const ChunkHandler& on_chunk,
                                                           bool& nothing_came) {
    std::optional<Parser> parser;
    do {
        parser.emplace();
        parser->body_limit(options.max_body_bytes);
        parser->header_limit(64 * 1024);
        if (request.method == HttpMethod::head) parser->skip(true);
        if (const error_code error = read_header(*parser)) {
            if (error.category() == http::make_error_code(http::error::bad_version).category() &&
                error != http::error::end_of_stream && error != http::error::partial_message) {
                nothing_came = false;
                disconnect();
                if (error == http::error::body_limit) return base::fail(ErrorCode::too_large, "the response is too large");
                return base::fail(ErrorCode::data_corrupt, "the answer is not HTTP: " + error.message());
            }
            return base::fail(problem(error, "read from"));
        }
        nothing_came = false;
    } while (parser->get().result_int() < 200);

    HttpResponse response;
    response.status = static_cast<int>(parser->get().result_int());
    for (const auto& field : parser->get()) response.headers.add(view_of(field.name_string()), view_of(field.value()));
    std::string chunk(64 * 1024, '\0');
    while (!parser->is_done()) {
        auto& body = parser->get().body();
        body.data = chunk.data();
        body.size = chunk.size();
        error_code error = read_some(*parser);
        const size_t got = chunk.size() - body.size;
        if (error == http::error::need_buffer) error = {};
        if (got > 0) {
            if (!on_chunk || response.status >= 300) {
                response.body.append(chunk.data(), got);
            } else if (!on_chunk({chunk.data(), got})) {
                disconnect();
                return response;
            }
        }
        if (error == http::error::body_limit) {
            disconnect();
            return base::fail(ErrorCode::too_large, "the response is larger than " + std::to_string(options.max_body_bytes) + " bytes");
        }
        if (error && !(error == http::error::end_of_stream && parser->is_done())) return base::fail(problem(error, "read from"));
    }
    if (!parser->keep_alive()) disconnect();
    if (!on_chunk && base::equals_ignoring_case(response.headers.get("Content-Encoding").value_or(""), "gzip") &&
        !response.body.empty()) {
        TRY_ASSIGN(response.body, inflate(response.body, options.max_body_bytes));
    }
    return response;
}

HttpClient::HttpClient(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

Result<HttpClient> HttpClient::create(std::string_view url, HttpClientOptions options) {
    const auto wrong = [&](std::string_view why) {
        return base::fail(ErrorCode::invalid_argument, "'" + std::string(url) + "' " + std::string(why));
    };
    auto connection = std::make_unique<Connection>();
    connection->options = std::move(options);
    std::string_view rest = url;
    if (rest.starts_with("https://")) {
        connection->tls = true;
        rest.remove_prefix(8);
    } else if (rest.starts_with("http://")) {
        rest.remove_prefix(7);
    } else {
        return wrong("is not an http:// or https:// address");
    }
    const size_t slash = rest.find('/');
    std::string_view authority = rest.substr(0, slash);
    if (slash != std::string_view::npos) connection->prefix = rest.substr(slash);
    while (connection->prefix.ends_with('/')) connection->prefix.pop_back();
    if (authority.find('@') != std::string_view::npos) return wrong("must not hold a user name");
    const size_t bracket = authority.find(']');
    const size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    connection->host = authority.substr(0, colon);
    connection->port = connection->tls ? "443" : "80";
    if (colon != std::string_view::npos) {
        const auto port = base::parse_uint(authority.substr(colon + 1));
        if (!port || *port == 0 || *port > 65535) return wrong("has no usable port");
        connection->port = std::to_string(*port);
    }
    if (connection->host.starts_with('[') && connection->host.ends_with(']')) {
        connection->host = connection->host.substr(1, connection->host.size() - 2);
    }
    if (connection->host.empty() || connection->host.find_first_of(" \r\n\t") != std::string::npos) return wrong("names no host");
    if (connection->tls) {
        TlsClientOptions wanted = connection->options.tls;
        if (!connection->options.ca_file.empty()) {
            auto pem = base::read_file(connection->options.ca_file, 16 << 20);
            if (!pem) return base::fail(std::move(pem).error().at("certificates to trust"));
            wanted.authorities = std::move(*pem);
        }
        TRY_ASSIGN(const auto context, TlsContext::client(wanted));
        SSL_CTX_up_ref(context.native());
        connection->tls_context.emplace(context.native());  // which gives back one reference
    }
    return HttpClient(std::move(connection));
}

Result<HttpResponse> HttpClient::send(const HttpClientRequest& request) {
    return connection_->exchange(request, {});
}

Result<HttpResponse> HttpClient::get(std::string_view target) {
    HttpClientRequest request;
    request.target = target;
    request.headers.add("Accept-Encoding", "gzip");
    return send(request);
}

Result<HttpResponse> HttpClient::post(std::string_view target, std::string body, std::string_view type) {
    HttpClientRequest request;
    request.method = HttpMethod::post;
    request.target = target;
    request.headers.add("Content-Type", type);
    request.body = std::move(body);
    return send(request);
}

Result<HttpResponse> HttpClient::send_streaming(const HttpClientRequest& request, const ChunkHandler& on_chunk) {
    return connection_->exchange(request, on_chunk);
}

}  // namespace shuwei::net
