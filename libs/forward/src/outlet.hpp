// Outlet: the way to one target, by its protocol. Connects when it first delivers, and again after an error. One owner.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>

#include "event_formatter.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/forward/target.hpp"

namespace shuwei::forward {

struct Delivered {
    size_t count = 0;                  // so many from the front are acknowledged, or refused for good
    size_t refused = 0;                // among them: too large for the target, passed over
    std::optional<base::Error> error;  // why it did not go on
    bool in_doubt = false;             // with an error: what was delivered before it may not have been read either
};

class Outlet {
public:
    virtual ~Outlet() = default;

    // As many as it can, in order; returns when they are acknowledged, at an error, or soon after a stop request.
    virtual Delivered deliver(std::span<const Message> messages, std::stop_token stop) = 0;
    // How many messages at once are worth a call: how far a target has come is known between calls.
    virtual size_t slice() const { return 4096; }
    // Where nothing acknowledges: bytes of the last messages that are delivered again when an error leaves them in doubt.
    virtual size_t resend_bytes() const { return 0; }
};

// Waits of outlets, so that stopping and trying take little time.
constexpr base::Duration kOutletConnectTimeout = 10 * base::kSecond;
constexpr base::Duration kOutletTimeout = 15 * base::kSecond;

// Each in a file of its own. Errors: invalid_argument for settings that cannot be.
base::Result<std::unique_ptr<Outlet>> make_udp_outlet(const TargetSettings& settings);
base::Result<std::unique_ptr<Outlet>> make_stream_outlet(const TargetSettings& settings, const TargetSecrets& secrets);
base::Result<std::unique_ptr<Outlet>> make_http_outlet(const TargetSettings& settings, const TargetSecrets& secrets);
base::Result<std::unique_ptr<Outlet>> make_kafka_outlet(const TargetSettings& settings, const TargetSecrets& secrets);
base::Result<std::unique_ptr<Outlet>> make_nats_outlet(const TargetSettings& settings, const TargetSecrets& secrets, std::string tenant);

base::Result<std::unique_ptr<Outlet>> make_outlet(const TargetSettings& settings, const TargetSecrets& secrets, std::string tenant);

}  // namespace shuwei::forward
