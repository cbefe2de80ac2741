// NATS JetStream by the C client: every message is acknowledged by the stream that keeps it, and bears an id by which the
// stream drops what comes twice. The only file of the library that sees the NATS client.
#include <nats/nats.h>

#include <mutex>
#include <vector>

#include "outlet.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/net/client_stream.hpp"

namespace shuwei::forward {
namespace {

using base::ErrorCode;

struct Deleter {
    void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
    void operator()(natsConnection* connection) const { natsConnection_Destroy(connection); }
    void operator()(jsCtx* stream) const { jsCtx_Destroy(stream); }
};
using Options = std::unique_ptr<natsOptions, Deleter>;
using Connection = std::unique_ptr<natsConnection, Deleter>;
using Stream = std::unique_ptr<jsCtx, Deleter>;

base::Error problem(natsStatus status) {
    const char* last = nats_GetLastError(nullptr);
    std::string text = std::string("NATS: ") + natsStatus_GetText(status);
    if (last != nullptr && *last != '\0' && text.find(last) == std::string::npos) text += std::string(", ") + last;
    return {ErrorCode::unavailable, std::move(text)};
}

class NatsOutlet final : public Outlet {
public:
    NatsOutlet(Options options, std::string subject, std::string identity)
        : options_(std::move(options)), subject_(std::move(subject)), identity_(std::move(identity)) {}

    size_t slice() const override { return 1000; }

    Delivered deliver(std::span<const Message> messages, std::stop_token stop) override {
        Delivered done;
        const natsStatus sent = send(messages, stop, done);
        const std::lock_guard lock(mutex_);
        if (sent == NATS_OK && refusal_.empty()) {
            done.count = messages.size();
            return done;
        }
        done.refused = 0;
        done.error = refusal_.empty() ? problem(sent) : base::Error(ErrorCode::unavailable, "NATS: " + refusal_);
        refusal_.clear();
        broken_ = true;
        return done;
    }

private:
    natsStatus connect() {
        stream_.reset();
        connection_.reset();
        natsConnection* connection = nullptr;
        if (const natsStatus status = natsConnection_Connect(&connection, options_.get()); status != NATS_OK) return status;
        connection_.reset(connection);
        jsOptions options;
        jsOptions_Init(&options);
        options.PublishAsync.ErrHandler = [](jsCtx*, jsPubAckErr* error, void* self) {
            auto& outlet = *static_cast<NatsOutlet*>(self);
            const std::lock_guard lock(outlet.mutex_);
            if (!outlet.refusal_.empty()) return;
            outlet.refusal_ = error->Err == NATS_NO_RESPONDERS ? "no stream takes the subject " + outlet.subject_
                              : error->ErrText != nullptr       ? std::string(error->ErrText)
                                                                : natsStatus_GetText(error->Err);
        };
        options.PublishAsync.ErrHandlerClosure = this;
        jsCtx* stream = nullptr;
        if (const natsStatus status = natsConnection_JetStream(&stream, connection_.get(), &options); status != NATS_OK) return status;
        stream_.reset(stream);
        broken_ = false;
        return NATS_OK;
    }

    natsStatus send(std::span<const Message> messages, const std::stop_token& stop, Delivered& done) {
        if (!stream_ || broken_ || natsConnection_IsClosed(connection_.get())) {
            if (const natsStatus status = connect(); status != NATS_OK) return status;
        }
        const auto most = static_cast<size_t>(natsConnection_GetMaxPayload(connection_.get()));
        for (const Message& message : messages) {
            const std::string id = identity_ + std::to_string(message.seq);
            if (message.bytes.size() + id.size() + 64 > most) {  // the header with the id counts too
                ++done.refused;
                continue;
            }
            jsPubOptions options;
            jsPubOptions_Init(&options);
            options.MsgId = id.c_str();
            options.MaxWait = kOutletTimeout / base::kMillisecond;
            const natsStatus status = js_PublishAsync(stream_.get(), subject_.c_str(), message.bytes.data(),
                                                      static_cast<int>(message.bytes.size()), &options);
            if (status != NATS_OK) return status;
        }
        const base::Timestamp deadline = base::monotonic_now() + kOutletTimeout;
        while (true) {
            jsPubOptions options;
            jsPubOptions_Init(&options);
            options.MaxWait = 100;
            const natsStatus status = js_PublishAsyncComplete(stream_.get(), &options);
            if (status != NATS_TIMEOUT || stop.stop_requested() || base::monotonic_now() > deadline) return status;
        }
    }

    Options options_;
    std::string subject_;
    std::string identity_;
    bool broken_ = false;
    std::mutex mutex_;     // the client's threads report refusals
    std::string refusal_;
    Connection connection_;
    Stream stream_;        // its end comes first
};

}  // namespace

base::Result<std::unique_ptr<Outlet>> make_nats_outlet(const TargetSettings& settings, const TargetSecrets& secrets, std::string tenant) {
    natsOptions* made = nullptr;
    if (const natsStatus status = natsOptions_Create(&made); status != NATS_OK) return base::fail(problem(status));
    Options options(made);
    natsStatus status = NATS_OK;
    const auto set = [&](natsStatus outcome) {
        if (status == NATS_OK) status = outcome;
    };
    std::vector<std::string> servers;
    std::string_view rest = settings.address;
    for (size_t comma = 0; comma != std::string_view::npos;) {
        comma = rest.find(',');
        servers.push_back((settings.tls ? "tls://" : "nats://") + std::string(base::trim(rest.substr(0, comma))));
        if (comma != std::string_view::npos) rest.remove_prefix(comma + 1);
    }
    std::vector<const char*> names;
    for (const std::string& server : servers) names.push_back(server.c_str());
    set(natsOptions_SetServers(made, names.data(), static_cast<int>(names.size())));
    set(natsOptions_SetName(made, "shuwei"));
    set(natsOptions_SetAllowReconnect(made, false));  // coming back is the runner's business: it says why it waits
    set(natsOptions_SetTimeout(made, kOutletConnectTimeout / base::kMillisecond));
    if (!settings.user.empty()) set(natsOptions_SetUserInfo(made, settings.user.c_str(), secrets.password.c_str()));
    else if (!secrets.password.empty()) set(natsOptions_SetToken(made, secrets.password.c_str()));
    if (settings.tls) {
        set(natsOptions_SetSecure(made, true));
        if (!settings.authorities.empty()) set(natsOptions_SetCATrustedCertificates(made, settings.authorities.c_str()));
        if (!settings.certificate.empty()) set(natsOptions_SetCertificatesChain(made, settings.certificate.c_str(), secrets.key.c_str()));
        if (settings.verification == Verification::none) {
            set(natsOptions_SkipServerVerification(made, true));
        } else {
            const auto first = net::split_host_port(base::trim(std::string_view(settings.address).substr(0, settings.address.find(','))));
            if (first) set(natsOptions_SetExpectedHostname(made, first->first.c_str()));
        }
    }
    if (status != NATS_OK) return base::fail(base::Error(ErrorCode::invalid_argument, problem(status).message()));
    return std::make_unique<NatsOutlet>(std::move(options), settings.topic, tenant + "/" + settings.name + "/");
}

}  // namespace shuwei::forward
