// HTTP: messages by lines in the body of a POST; any 2xx acknowledges them all.
#include "outlet.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/net/http_client.hpp"

namespace shuwei::forward {
namespace {

constexpr size_t kMostMessages = 1000;
constexpr size_t kMostBytes = 1 << 20;  // of a body; one message may be larger

class HttpOutlet final : public Outlet {
public:
    HttpOutlet(net::HttpClient client, net::HttpClientRequest request) : client_(std::move(client)), request_(std::move(request)) {}

    size_t slice() const override { return kMostMessages; }

    Delivered deliver(std::span<const Message> messages, std::stop_token stop) override {
        Delivered done;
        while (done.count < messages.size() && !stop.stop_requested()) {
            request_.body.clear();
            size_t taken = 0;
            for (const Message& message : messages.subspan(done.count)) {
                if (taken > 0 && request_.body.size() + message.bytes.size() > kMostBytes) break;
                request_.body += message.bytes;
                request_.body += '\n';
                ++taken;
            }
            const auto answer = client_.send(request_);
            if (!answer) {
                done.error = answer.error();
                return done;
            }
            if (answer->status < 200 || answer->status > 299) {
                std::string said = base::replace_invalid_utf8(base::trim(std::string_view(answer->body).substr(0, 200)));
                for (char& c : said) c = static_cast<uint8_t>(c) < 0x20 ? ' ' : c;
                done.error = base::Error(base::ErrorCode::unavailable, "answered " + std::to_string(answer->status) + (said.empty() ? "" : ": " + said));
                return done;
            }
            done.count += taken;
        }
        return done;
    }

private:
    net::HttpClient client_;
    net::HttpClientRequest request_;
};

}  // namespace

base::Result<std::unique_ptr<Outlet>> make_http_outlet(const TargetSettings& settings, const TargetSecrets& secrets) {
    const size_t authority = settings.address.find("://");
    const size_t slash = authority == std::string::npos ? std::string::npos : settings.address.find('/', authority + 3);
    net::HttpClientOptions options;
    options.connect_timeout = kOutletConnectTimeout;
    options.timeout = kOutletTimeout;
    options.max_body_bytes = 1 << 20;
    options.tls = {settings.authorities, settings.certificate, secrets.key,
                   settings.verification == Verification::peer ? net::TlsVerification::name_and_chain : net::TlsVerification::none};
    TRY_ASSIGN(auto client, net::HttpClient::create(settings.address.substr(0, slash), std::move(options)));
    net::HttpClientRequest request;
    request.method = net::HttpMethod::post;
    if (slash != std::string::npos) request.target = settings.address.substr(slash);
    request.headers.add("Content-Type", settings.format == Format::json ? "application/x-ndjson" : "text/plain; charset=utf-8");
    if (!settings.user.empty()) {
        request.headers.add("Authorization", "Basic " + base::base64_encode(settings.user + ":" + secrets.password));
    } else if (!secrets.password.empty()) {
        request.headers.add("Authorization", "Bearer " + secrets.password);
    }
    return std::make_unique<HttpOutlet>(std::move(client), std::move(request));
}

}  // namespace shuwei::forward
