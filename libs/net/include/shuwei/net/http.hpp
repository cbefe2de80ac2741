// HTTP requests and responses as values. No shared state.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shuwei/net/socket.hpp"

namespace shuwei::net {

enum class HttpMethod : uint8_t { get, head, post, put, patch, delete_, options, other };
std::string_view to_string(HttpMethod method);  // "GET"; "OTHER"

// Header fields in order; names compare without case.
class HttpHeaders {
public:
    HttpHeaders() = default;
    HttpHeaders(std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

    void add(std::string_view name, std::string_view value);
    void set(std::string_view name, std::string_view value);  // replaces all of that name
    std::optional<std::string_view> get(std::string_view name) const;  // the first
    bool has(std::string_view name) const { return get(name).has_value(); }
    const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

struct HttpRequest {
    HttpMethod method = HttpMethod::get;
    std::string path;    // percent-decoded, starts with '/'; a NUL, "." or ".." segment never gets here (400)
    std::string target;  // as received, with the query
    std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
    HttpHeaders headers;
    std::string body;    // as received: Content-Encoding is the handler's business
    SocketAddress peer;
    bool tls = false;
    std::string id;      // of this request, for log lines and error bodies; also sent as X-Request-Id
    std::stop_token gone;  // stop is requested when the client hangs up while the request is being answered

    // First value of a query parameter.
    std::optional<std::string_view> parameter(std::string_view name) const;
    // Value of a cookie.
    std::optional<std::string_view> cookie(std::string_view name) const;
};

struct HttpResponse {
    int status = 200;
    HttpHeaders headers;  // Content-Length, Connection and Transfer-Encoding are the server's
    std::string body;
    std::string_view static_body;  // used where body is empty; must outlive the server (embedded files)

    static HttpResponse text(int status, std::string body, std::string_view type = "text/plain; charset=utf-8");
    static HttpResponse json(int status, std::string body);
    std::string_view content() const { return body.empty() ? static_body : std::string_view(body); }
};

// "a%20b+c" -> "a b c" ('+' as a space only when `plus_is_space`); nothing when an escape is malformed.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);
std::string percent_encode(std::string_view text);  // all but unreserved characters
// "a=1&b=2" decoded; nothing when malformed.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);
std::string_view reason_phrase(int status);

}  // namespace shuwei::net
