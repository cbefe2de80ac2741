#include "usm.hpp"

#include <algorithm>

#include "shuwei/base/assert.hpp"
#include "shuwei/crypto/digest.hpp"

namespace shuwei::collect {

namespace {

constexpr int64_t kWindow = 150;  // seconds
constexpr size_t kMaxPeers = 4096;
constexpr size_t kShortestEngineId = 5;
constexpr uint8_t kLevel = kFlagAuthenticated | kFlagEncrypted;

// The last arc but one of the usmStats counters.
constexpr uint32_t kUnsupportedLevels = 1;
constexpr uint32_t kNotInTimeWindows = 2;
constexpr uint32_t kUnknownUsers = 3;
constexpr uint32_t kUnknownEngines = 4;
constexpr uint32_t kWrongDigests = 5;
constexpr uint32_t kDecryptionErrors = 6;

uint8_t level_of(const SnmpUser& user) {
    return static_cast<uint8_t>((user.authentication ? kFlagAuthenticated : 0) | (user.privacy != Privacy::none ? kFlagEncrypted : 0));
}

std::string hmac_of(const SnmpUser& user, const std::string& key, std::string_view bytes) {
    std::string digest = crypto::hmac(*user.authentication, key, bytes);
    digest.resize(shortened_digest_size(*user.authentication));
    return digest;
}

}  // namespace

std::string_view to_string(TrapRefusal refusal) {
    switch (refusal) {
        case TrapRefusal::malformed: return "malformed";
        case TrapRefusal::community: return "community";
        case TrapRefusal::user: return "user";
        case TrapRefusal::level: return "level";
        case TrapRefusal::auth: return "auth";
        case TrapRefusal::decryption: return "decryption";
        case TrapRefusal::time_window: return "time_window";
        case TrapRefusal::no_notification: return "no_notification";
    }
    return "malformed";
}

Usm::Outcome Usm::open(const SnmpMessage& message, base::Duration now) {
    const UsmParameters& security = message.security;
    const bool ours = security.engine_id == own_.id;
    // Who wants an answer must name us as the authority: this is how he learns who we are.
    if (!ours && (message.flags & kFlagReportable) != 0) return report(message, kUnknownEngines, std::nullopt, nullptr, now);
    if (security.engine_id.size() < kShortestEngineId) return {.opened = {}, .refusal = TrapRefusal::malformed, .answer = {}};

    std::vector<const SnmpUser*> candidates;
    for (const SnmpUser& user : users_) {
        if (user.name == security.user) candidates.push_back(&user);
    }
    if (candidates.empty()) return report(message, kUnknownUsers, TrapRefusal::user, nullptr, now);
    std::erase_if(candidates, [&](const SnmpUser* user) { return level_of(*user) != (message.flags & kLevel); });
    if (candidates.empty()) return report(message, kUnsupportedLevels, TrapRefusal::level, nullptr, now);

    Opened opened{candidates.front(), ours, {}, message.scoped};
    if ((message.flags & kFlagAuthenticated) == 0) return {.opened = std::move(opened), .refusal = {}, .answer = {}};
    opened.user = authenticated(message, candidates);
    if (opened.user == nullptr) return report(message, kWrongDigests, TrapRefusal::auth, nullptr, now);

    if (ours) {
        const bool greeting = security.boots == 0 && security.time == 0;
        if (security.boots != own_.boots || std::abs(security.time - int64_t{own_time(now)}) > kWindow) {
            return report(message, kNotInTimeWindows, greeting ? std::nullopt : std::optional(TrapRefusal::time_window), opened.user, now);
        }
    }
    Keys& keys = keys_of(security.engine_id, *opened.user);
    if (!ours && !in_window(peers_.find(security.engine_id)->second, security, now)) {
        return {.opened = {}, .refusal = TrapRefusal::time_window, .answer = {}};
    }
    if ((message.flags & kFlagEncrypted) != 0) {
        if (keys.privacy.empty()) keys.privacy = localised_privacy_key(*opened.user, security.engine_id);
        auto text = snmp_cipher(crypto::CipherDirection::decrypt, opened.user->privacy, keys.privacy, static_cast<uint32_t>(security.boots),
                                static_cast<uint32_t>(security.time), security.salt, message.scoped);
        if (!text || !read_scoped_pdu(*text)) return report(message, kDecryptionErrors, TrapRefusal::decryption, opened.user, now);
        opened.decrypted = std::move(*text);
    }
    return {.opened = std::move(opened), .refusal = {}, .answer = {}};
}

const SnmpUser* Usm::authenticated(const SnmpMessage& message, const std::vector<const SnmpUser*>& candidates) {
    const std::string_view digest = message.security.digest;
    std::string zeroed(message.whole);
    std::fill_n(zeroed.begin() + (digest.data() - message.whole.data()), digest.size(), '\0');
    for (const SnmpUser* user : candidates) {
        if (digest.size() != shortened_digest_size(*user->authentication)) continue;
        // Kept only of engines that prove themselves: strangers fill no table.
        const auto peer = peers_.find(message.security.engine_id);
        const bool known = peer != peers_.end() && peer->second.keys.contains(user);
        const std::string key =
            known ? peer->second.keys[user].authentication : localised_authentication_key(*user, message.security.engine_id);
        if (!crypto::constant_time_equal(hmac_of(*user, key, zeroed), digest)) continue;
        keys_of(message.security.engine_id, *user).authentication = key;
        return user;
    }
    return nullptr;
}

Usm::Keys& Usm::keys_of(std::string_view engine_id, const SnmpUser& user) {
    auto peer = peers_.find(engine_id);
    if (peer == peers_.end()) {
        if (peers_.size() >= kMaxPeers) {
            peers_.erase(std::min_element(peers_.begin(), peers_.end(), [](const auto& a, const auto& b) { return a.second.seen < b.second.seen; }));
        }
        peer = peers_.emplace(std::string(engine_id), Peer{}).first;
    }
    Keys& keys = peer->second.keys[&user];
    if (keys.authentication.empty()) keys.authentication = localised_authentication_key(user, engine_id);
    return keys;
}

// RFC 3414, 3.2, 7 b. What is heard first is believed.
bool Usm::in_window(Peer& peer, const UsmParameters& security, base::Duration now) {
    const bool first = peer.seen == 0;
    const int64_t its_time = peer.time + (now - peer.seen) / base::kSecond;
    if (!first && (security.boots < peer.boots || (security.boots == peer.boots && security.time < its_time - kWindow))) return false;
    if (first || security.boots > peer.boots || security.time > peer.time) {
        peer.boots = security.boots;
        peer.time = security.time;
        peer.seen = std::max<base::Duration>(now, 1);
    }
    return true;
}

Usm::Outcome Usm::report(const SnmpMessage& request, uint32_t counter, std::optional<TrapRefusal> refusal, const SnmpUser* user,
                         base::Duration now) {
    Outcome outcome{.opened = {}, .refusal = refusal, .answer = {}};
    if ((request.flags & kFlagReportable) == 0) return outcome;
    const Oid name{1, 3, 6, 1, 6, 3, 15, 1, 1, counter, 0};
    const std::string variables = ber_write(
        kBerSequence, ber_write(kBerSequence, ber_write_oid(name) + ber_write_integer(++reports_[counter], kBerCounter32)));
    const std::string pdu = write_pdu(kPduReport, 0, variables);
    const std::string scoped = write_scoped_pdu({own_.id, "", pdu});
    // Of what is told, only our time must be believed.
    const uint8_t flags = counter == kNotInTimeWindows ? uint8_t{kFlagAuthenticated} : uint8_t{0};
    outcome.answer = write(request.id, flags, user, request.security.user, scoped, now);
    return outcome;
}

std::string Usm::seal(const SnmpMessage& request, const SnmpUser& user, const ScopedPdu& scoped, base::Duration now) {
    return write(request.id, request.flags & kLevel, &user, user.name, write_scoped_pdu(scoped), now);
}

std::string Usm::write(int64_t id, uint8_t flags, const SnmpUser* user, std::string_view user_name, const std::string& scoped,
                       base::Duration now) {
    UsmParameters security{own_.id, own_.boots, own_time(now), user_name, {}, {}};
    if ((flags & kFlagAuthenticated) == 0) return write_v3_message(id, flags, security, scoped);
    Keys& keys = keys_of(own_.id, *user);
    const std::string zeros(shortened_digest_size(*user->authentication), '\0');
    security.digest = zeros;
    std::string data = scoped;
    std::string salt;
    if ((flags & kFlagEncrypted) != 0) {
        if (keys.privacy.empty()) keys.privacy = localised_privacy_key(*user, own_.id);
        ++salt_;
        for (const uint32_t half : {own_.boots, salt_}) {
            for (int shift = 24; shift >= 0; shift -= 8) salt += static_cast<char>(half >> shift & 0xFF);
        }
        security.salt = salt;
        if (user->privacy == Privacy::des) data.resize((data.size() + 7) / 8 * 8);
        const auto encrypted = snmp_cipher(crypto::CipherDirection::encrypt, user->privacy, keys.privacy, own_.boots,
                                           static_cast<uint32_t>(security.time), salt, data);
        data = ber_write(kBerOctets, encrypted.value());
    }
    std::string message = write_v3_message(id, flags, security, data);
    const auto again = read_snmp_message(message);
    SHUWEI_ASSERT(again && again->security.digest.size() == zeros.size());
    const std::string digest = hmac_of(*user, keys.authentication, message);
    std::copy(digest.begin(), digest.end(), message.begin() + (again->security.digest.data() - message.data()));
    return message;
}

}  // namespace shuwei::collect
