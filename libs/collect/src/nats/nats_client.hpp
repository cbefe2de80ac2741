// libnats' handles owned, a connection from an input's settings, errors in words.
#pragma once

#include <nats/nats.h>

#include <memory>
#include <string>
#include <string_view>

#include "shuwei/base/result.hpp"
#include "shuwei/collect/input.hpp"

namespace shuwei::collect {

struct NatsDeleter {
    void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
    void operator()(natsConnection* connection) const { natsConnection_Destroy(connection); }
    void operator()(jsCtx* context) const { jsCtx_Destroy(context); }
    void operator()(natsSubscription* subscription) const { natsSubscription_Destroy(subscription); }
    void operator()(natsMsg* message) const { natsMsg_Destroy(message); }
    void operator()(jsStreamInfo* stream) const { jsStreamInfo_Destroy(stream); }
    void operator()(jsConsumerInfo* consumer) const { jsConsumerInfo_Destroy(consumer); }
};
template <typename T>
using NatsOwned = std::unique_ptr<T, NatsDeleter>;

// `what` names the thing concerned: a stream, a consumer.
base::Error nats_error(natsStatus status, int jetstream_error = 0, std::string_view what = {});

// One connection, without reconnecting of its own: who uses it begins anew. One owner.
class NatsClient {
public:
    // Reads the settings; invalid_argument with the setting as its place. Does not connect yet.
    static base::Result<NatsClient> make(const InputSettings& settings);

    base::Result<> connect();
    void disconnect();
    bool connected() const;

    natsConnection* connection() const { return connection_.get(); }
    jsCtx* jetstream() const { return jetstream_.get(); }

    base::Result<NatsOwned<jsStreamInfo>> stream(const std::string& name) const;
    // not_found: there is none of this name.
    base::Result<NatsOwned<jsConsumerInfo>> consumer(const std::string& stream, const std::string& name) const;

private:
    struct Credentials {
        std::string token;  // of the user, signed by its account
        std::string seed;   // signs what the server asks
    };
    static natsStatus give_token(char** token, char** error, void* credentials);
    static natsStatus sign(char** error, unsigned char** signature, int* length, const char* nonce, void* credentials);
    base::Result<> show_who(const InputSettings& settings);
    base::Result<> secure(const InputSettings& settings);

    std::unique_ptr<Credentials> credentials_ = std::make_unique<Credentials>();  // the options point at it
    NatsOwned<natsOptions> options_;
    NatsOwned<natsConnection> connection_;
    NatsOwned<jsCtx> jetstream_;
};

}  // namespace shuwei::collect
