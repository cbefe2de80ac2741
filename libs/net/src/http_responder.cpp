#include <ctime>

#include "http_connection.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/net/gzip.hpp"

namespace shuwei::net {

namespace {

constexpr size_t kSmallestGzipped = 1024;

bool is_text(std::string_view type) {
    type = base::trim(type.substr(0, type.find(';')));
    return type.starts_with("text/") || type.ends_with("json") || type.ends_with("xml") || type.ends_with("javascript") ||
           type.ends_with("yaml");
}

// A header value must not be able to begin another header, whatever a file or an account is called.
void append_clean(std::string& out, std::string_view text) {
    for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
}

void append_field(std::string& head, std::string_view name, std::string_view value) {
    append_clean(head, name);
    head += ": ";
    append_clean(head, value);
    head += "\r\n";
}

std::string begin_head(const Responder::Exchange& exchange, const HttpResponse& response) {
    std::string head = "HTTP/1.1 " + std::to_string(response.status) + ' ';
    head.append(reason_phrase(response.status)).append("\r\n");
    char date[40];
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    append_field(head, "Date", date);
    const auto& options = exchange.connection->core().options;
    if (!options.server_name.empty()) append_field(head, "Server", options.server_name);
    append_field(head, "X-Request-Id", exchange.request_id);
    for (const auto& [name, value] : response.headers.fields()) {
        if (base::equals_ignoring_case(name, "Content-Length") || base::equals_ignoring_case(name, "Connection") ||
            base::equals_ignoring_case(name, "Transfer-Encoding") || base::equals_ignoring_case(name, "X-Request-Id")) {
            continue;
        }
        append_field(head, name, value);
    }
    return head;
}

}  // namespace

Responder::Responder(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
Responder::Responder(Responder&&) noexcept = default;

Responder& Responder::operator=(Responder&& other) noexcept {
    if (this != &other) {
        const Responder replaced(std::move(*this));
        exchange_ = std::move(other.exchange_);
    }
    return *this;
}

Responder::~Responder() {
    if (exchange_) send(error_response(500, "the request was not answered", exchange_->request_id));
}

void Responder::send(HttpResponse response) {
    const auto exchange = std::exchange(exchange_, nullptr);
    if (!exchange) return;
    const bool bodiless = response.status < 200 || response.status == 204 || response.status == 304;
    if (exchange->accepts_gzip && exchange->method != HttpMethod::head && !bodiless &&
        response.content().size() > kSmallestGzipped && !response.headers.has("Content-Encoding") &&
        is_text(response.headers.get("Content-Type").value_or(""))) {
        response.body = gzip(response.content());
        response.headers.add("Content-Encoding", "gzip");
        response.headers.add("Vary", "Accept-Encoding");
    }
    std::string head = begin_head(*exchange, response);
    if (!bodiless) append_field(head, "Content-Length", std::to_string(response.content().size()));
    const bool keep_alive = exchange->keep_alive && !exchange->connection->core().stopping;
    if (!keep_alive) {
        append_field(head, "Connection", "close");
    } else if (exchange->http_1_0) {
        append_field(head, "Connection", "keep-alive");
    }
    head += "\r\n";
    exchange->connection->core().count(response.status);
    exchange->connection->answer(std::move(head), std::move(response), exchange->method != HttpMethod::head && !bodiless,
                                 keep_alive);
}

HttpStream Responder::open_stream(HttpResponse head, HttpStreamOptions options) {
    const auto exchange = std::exchange(exchange_, nullptr);
    if (!exchange) return {};
    auto state = std::make_shared<StreamState>();
    state->options = std::move(options);
    state->chunked = !exchange->http_1_0;
    state->with_body = exchange->method != HttpMethod::head;
    state->connection = exchange->connection;
    std::string text = begin_head(*exchange, head);
    if (state->chunked) append_field(text, "Transfer-Encoding", "chunked");
    append_field(text, "Connection", "close");
    text += "\r\n";
    if (!head.content().empty()) {
        state->queued_bytes = head.content().size();
        state->queue.emplace_back(head.content());
    }
    if (!state->with_body) state->ended = true;
    exchange->connection->core().count(head.status);
    exchange->connection->answer_streaming(std::move(text), state);
    return HttpStream(std::make_shared<HttpStream::Handle>(state));
}

}  // namespace shuwei::net
