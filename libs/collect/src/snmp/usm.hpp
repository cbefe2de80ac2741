// User-based security (RFC 3414) as a receiver of notifications needs it: traps come with the sender's engine as the
// authority, informs with ours, which the sender asks for first. A user's messages are taken at exactly the level its
// entry names: what is configured with privacy is not believed without.
//
// Of each engine that has proved itself, the last boots and time are remembered while this lives: a trap from more than
// 150 s before the newest one is a repetition. One owner.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "snmp_message.hpp"
#include "snmp_user.hpp"

namespace shuwei::collect {

// Why a datagram is no event; the counters' reasons are "snmp_" and these names.
enum class TrapRefusal : uint8_t { malformed, community, user, level, auth, decryption, time_window, no_notification };
std::string_view to_string(TrapRefusal refusal);

class Usm {
public:
    struct Engine {
        std::string id;
        uint32_t boots = 1;
        base::Duration started = 0;  // monotonic
        uint32_t first_salt = 0;
    };

    Usm(std::vector<SnmpUser> users, Engine own) : users_(std::move(users)), own_(std::move(own)), salt_(own_.first_salt) {}

    struct Opened {
        const SnmpUser* user = nullptr;
        bool to_us = false;                   // with our engine as the authority, as informs are
        std::string decrypted;                // owns `scoped` where it was encrypted
        std::string_view scoped;              // else a slice of the message

        std::string_view scoped_pdu() const { return decrypted.empty() ? scoped : decrypted; }
    };
    // Either `opened`, or a refusal, or neither: a step of finding us. `answer` is to be sent back, if there is one.
    struct Outcome {
        std::optional<Opened> opened;
        std::optional<TrapRefusal> refusal;
        std::string answer;
    };
    Outcome open(const SnmpMessage& message, base::Duration now);

    // The answer to an inform that was opened, at its level.
    std::string seal(const SnmpMessage& request, const SnmpUser& user, const ScopedPdu& scoped, base::Duration now);

private:
    struct Keys {
        std::string authentication;
        std::string privacy;
    };
    struct Peer {
        int64_t boots = 0;
        int64_t time = 0;
        base::Duration seen = 0;
        std::map<const SnmpUser*, Keys> keys;
    };

    Outcome report(const SnmpMessage& request, uint32_t counter, std::optional<TrapRefusal> refusal, const SnmpUser* user, base::Duration now);
    const SnmpUser* authenticated(const SnmpMessage& message, const std::vector<const SnmpUser*>& candidates);
    Keys& keys_of(std::string_view engine_id, const SnmpUser& user);
    bool in_window(Peer& peer, const UsmParameters& security, base::Duration now);
    std::string write(int64_t id, uint8_t flags, const SnmpUser* user, std::string_view user_name, const std::string& scoped, base::Duration now);
    uint32_t own_time(base::Duration now) const { return static_cast<uint32_t>((now - own_.started) / base::kSecond); }

    const std::vector<SnmpUser> users_;
    const Engine own_;
    uint32_t salt_;
    std::map<std::string, Peer, std::less<>> peers_;  // by engine id; ours for its keys
    std::map<uint32_t, uint32_t> reports_;            // how many of each kind were sent
};

}  // namespace shuwei::collect
