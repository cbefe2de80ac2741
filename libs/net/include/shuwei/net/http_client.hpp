// A blocking HTTP/1.1 client for the command line, for tests and for services beside us. http:// and https://
// (certificates are checked against the system's, or against `ca_file`). Keeps its connection open between requests.
// One owner; not thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/net/http.hpp"
#include "shuwei/net/tls.hpp"

namespace shuwei::net {

struct HttpClientOptions {
    base::Duration connect_timeout = 10 * base::kSecond;
    base::Duration timeout = 60 * base::kSecond;  // without progress, after the connection stands
    size_t max_body_bytes = size_t{1} << 30;      // of a response
    std::string ca_file;                          // https: trust this file's certificates instead of the system's
    TlsClientOptions tls;                         // https; its authorities are used where ca_file is empty
};

struct HttpClientRequest {
    HttpMethod method = HttpMethod::get;
    std::string target = "/";  // path and query, already encoded
    HttpHeaders headers;       // Host and Content-Length are added
    std::string body;
};

class HttpClient {
public:
    // `url`: "http://127.0.0.1:8080", "https://host/prefix"; the prefix is put before every target. invalid_argument
    // when it cannot be read. Connects on the first request.
    static base::Result<HttpClient> create(std::string_view url, HttpClientOptions options = {});
    HttpClient(HttpClient&&) noexcept;
    HttpClient& operator=(HttpClient&&) noexcept;
    ~HttpClient();

    // Any status is a response; gzip bodies are inflated. unavailable when the peer cannot be reached or hangs up,
    // deadline_exceeded, too_large, data_corrupt when the answer is not HTTP.
    base::Result<HttpResponse> send(const HttpClientRequest& request);
    base::Result<HttpResponse> get(std::string_view target);
    base::Result<HttpResponse> post(std::string_view target, std::string body, std::string_view type = "application/json");

    // Hands the body to `on_chunk` as it comes (not inflated); the callback returns false to hang up. The response has
    // no body then; that of a refusal (status 300 and above) comes in the response as usual.
    using ChunkHandler = std::function<bool(std::string_view chunk)>;
    base::Result<HttpResponse> send_streaming(const HttpClientRequest& request, const ChunkHandler& on_chunk);

private:
    struct Connection;
    explicit HttpClient(std::unique_ptr<Connection> connection);
    std::unique_ptr<Connection> connection_;
};

}  // namespace shuwei::net
