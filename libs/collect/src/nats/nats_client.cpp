#include "nats_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "shuwei/base/text.hpp"

namespace shuwei::collect {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr int64_t kConnectMilliseconds = 4000;
constexpr int64_t kPingMilliseconds = 15'000;

Result<> wrong(std::string_view field, std::string what) {
    return base::fail(Error(ErrorCode::invalid_argument, std::move(what)).at(std::string(field)));
}

// What the library says of the failure that gave `status`, on this thread.
std::string last_words(natsStatus status) {
    natsStatus last = NATS_OK;
    const char* const text = nats_GetLastError(&last);
    return text == nullptr || last != status ? std::string() : std::string(text);
}

// The line between "-----BEGIN <title>-----" and the next line of hyphens.
std::string_view armoured(std::string_view text, std::string_view title) {
    const size_t begin = text.find(title);
    if (begin == std::string_view::npos) return {};
    text.remove_prefix(std::min(text.find('\n', begin), text.size()));
    return base::trim(text.substr(0, text.find("---")));
}

}  // namespace

Error nats_error(natsStatus status, int jetstream_error, std::string_view what) {
    const std::string said = last_words(status);
    const auto words = [&](ErrorCode code, std::string text) {
        if (!what.empty()) text += fmt::format(" '{}'", what);
        return Error(code, said.empty() ? std::move(text) : fmt::format("{} ({})", text, said));
    };
    switch (jetstream_error) {
        case JSStreamNotFoundErr: return words(ErrorCode::not_found, "unknown stream");
        case JSConsumerNotFoundErr: return words(ErrorCode::not_found, "unknown consumer");
        case JSNotEnabledErr:
        case JSNotEnabledForAccountErr: return words(ErrorCode::unavailable, "JetStream is not enabled on the server or for this account");
        default: break;
    }
    switch (status) {
        case NATS_CONNECTION_AUTH_FAILED: return words(ErrorCode::unauthenticated, "authentication failed");
        case NATS_NOT_PERMITTED: return words(ErrorCode::permission_denied, "this user may not do it");
        case NATS_NO_SERVER:
        case NATS_IO_ERROR:
        case NATS_CONNECTION_CLOSED:
        case NATS_CONNECTION_DISCONNECTED:
        case NATS_STALE_CONNECTION: return words(ErrorCode::unavailable, "no server answers");
        case NATS_SECURE_CONNECTION_REQUIRED: return words(ErrorCode::unavailable, "the server asks for TLS");
        case NATS_SECURE_CONNECTION_WANTED: return words(ErrorCode::unavailable, "the server does not offer TLS");
        case NATS_SSL_ERROR: return words(ErrorCode::unavailable, "TLS failed");
        case NATS_NO_RESPONDERS:
            return words(ErrorCode::unavailable, "nobody answers for JetStream: it is not enabled, or what was asked for is gone");
        case NATS_TIMEOUT: return words(ErrorCode::deadline_exceeded, "the server does not answer in time, or this user may not ask");
        default: return words(ErrorCode::unavailable, natsStatus_GetText(status));
    }
}

Result<NatsClient> NatsClient::make(const InputSettings& settings) {
    NatsClient client;
    natsOptions* made = nullptr;
    if (const auto status = natsOptions_Create(&made); status != NATS_OK) return base::fail(nats_error(status));
    client.options_.reset(made);
    const auto servers = settings.list("servers");
    std::vector<const char*> addresses;
    for (const std::string& server : servers) {
        if (server.find('@') != std::string::npos) TRY(wrong("servers", "user and password have settings of their own"));
        addresses.push_back(server.c_str());
    }
    if (addresses.empty() || natsOptions_SetServers(made, addresses.data(), static_cast<int>(addresses.size())) != NATS_OK) {
        TRY(wrong("servers", "not addresses as nats://host:4222"));
    }
    natsOptions_SetName(made, "shuwei");
    natsOptions_SetTimeout(made, kConnectMilliseconds);
    natsOptions_SetAllowReconnect(made, false);
    natsOptions_SetPingInterval(made, kPingMilliseconds);
    TRY(client.show_who(settings));
    TRY(client.secure(settings));
    return client;
}

Result<> NatsClient::show_who(const InputSettings& settings) {
    if (const std::string& user = settings.text("user"); !user.empty()) {
        natsOptions_SetUserInfo(options_.get(), user.c_str(), settings.text("password").c_str());
    }
    if (const std::string& token = settings.text("token"); !token.empty()) natsOptions_SetToken(options_.get(), token.c_str());
    if (const std::string& text = settings.text("credentials"); !text.empty()) {
        credentials_->token = armoured(text, "BEGIN NATS USER JWT");
        credentials_->seed = armoured(text, "BEGIN USER NKEY SEED");
        if (credentials_->token.empty() || credentials_->seed.empty()) return wrong("credentials", "not the text of a .creds file");
        natsOptions_SetUserCredentialsCallbacks(options_.get(), give_token, credentials_.get(), sign, credentials_.get());
    } else if (const std::string& key = settings.text("nkey"); !key.empty()) {
        credentials_->seed = base::trim(settings.text("nkey_seed"));
        if (credentials_->seed.empty()) return wrong("nkey_seed", "is missing: it belongs to the public key");
        natsOptions_SetNKey(options_.get(), key.c_str(), sign, credentials_.get());
    }
    return {};
}

Result<> NatsClient::secure(const InputSettings& settings) {
    const auto servers = settings.list("servers");
    const bool by_address = std::any_of(servers.begin(), servers.end(), [](const std::string& s) { return s.starts_with("tls://"); });
    const std::string& authorities = settings.text("authorities");
    const std::string& certificate = settings.text("certificate");
    const std::string& key = settings.text("key");
    if (!settings.flag("tls") && !by_address && authorities.empty() && certificate.empty() && key.empty()) return {};
    if (natsOptions_SetSecure(options_.get(), true) != NATS_OK) return wrong("tls", "TLS cannot be used");
    if (!authorities.empty() && natsOptions_SetCATrustedCertificates(options_.get(), authorities.c_str()) != NATS_OK) {
        return wrong("authorities", "holds no certificate in PEM");
    }
    if (certificate.empty() != key.empty()) return wrong(key.empty() ? "key" : "certificate", "is missing: certificate and key go together");
    if (!key.empty() && natsOptions_SetCertificatesChain(options_.get(), certificate.c_str(), key.c_str()) != NATS_OK) {
        return wrong("certificate", "certificate and key are not PEM, or do not fit each other");
    }
    return {};
}

natsStatus NatsClient::give_token(char** token, char**, void* credentials) {
    *token = ::strdup(static_cast<Credentials*>(credentials)->token.c_str());
    return *token == nullptr ? NATS_NO_MEMORY : NATS_OK;
}

natsStatus NatsClient::sign(char**, unsigned char** signature, int* length, const char* nonce, void* credentials) {
    return nats_Sign(static_cast<Credentials*>(credentials)->seed.c_str(), nonce, signature, length);
}

Result<> NatsClient::connect() {
    disconnect();
    natsConnection* connection = nullptr;
    if (const auto status = natsConnection_Connect(&connection, options_.get()); status != NATS_OK) return base::fail(nats_error(status));
    connection_.reset(connection);
    jsCtx* context = nullptr;
    if (const auto status = natsConnection_JetStream(&context, connection, nullptr); status != NATS_OK) return base::fail(nats_error(status));
    jetstream_.reset(context);
    return {};
}

void NatsClient::disconnect() {
    jetstream_.reset();
    connection_.reset();
}

bool NatsClient::connected() const {
    return connection_ && natsConnection_Status(connection_.get()) == NATS_CONN_STATUS_CONNECTED;
}

Result<NatsOwned<jsStreamInfo>> NatsClient::stream(const std::string& name) const {
    jsStreamInfo* info = nullptr;
    jsErrCode error{};
    const auto status = js_GetStreamInfo(&info, jetstream_.get(), name.c_str(), nullptr, &error);
    if (status != NATS_OK) return base::fail(nats_error(status, error, name).at("stream"));
    return NatsOwned<jsStreamInfo>(info);
}

Result<NatsOwned<jsConsumerInfo>> NatsClient::consumer(const std::string& stream, const std::string& name) const {
    jsConsumerInfo* info = nullptr;
    jsErrCode error{};
    const auto status = js_GetConsumerInfo(&info, jetstream_.get(), stream.c_str(), name.c_str(), nullptr, &error);
    if (status != NATS_OK) {
        const bool stream_gone = error == JSStreamNotFoundErr;
        return base::fail(nats_error(status, error, stream_gone ? stream : name).at(stream_gone ? "stream" : "durable"));
    }
    return NatsOwned<jsConsumerInfo>(info);
}

}  // namespace shuwei::collect
