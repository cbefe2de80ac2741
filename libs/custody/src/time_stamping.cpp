#include "shuwei/custody/time_stamping.hpp"

#include <fmt/format.h>

#include "shuwei/crypto/time_stamp.hpp"
#include "shuwei/net/http_client.hpp"

namespace shuwei::custody {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

constexpr size_t kMostTokenBytes = 64 * 1024;
constexpr base::Duration kPatience = 20 * base::kSecond;

// "http://host:port" and the path behind it.
std::pair<std::string, std::string> split_url(const std::string& url) {
    const size_t scheme = url.find("://");
    const size_t path = url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
    if (path == std::string::npos) return {url, "/"};
    return {url.substr(0, path), url.substr(path)};
}

}  // namespace

TimeStamping::TimeStamping(ledger::Ledger& ledger, const SealLog& seals, const base::Clock& clock, base::Random& random,
                           TimeStampingOptions options)
    : ledger_(ledger), seals_(seals), clock_(clock), random_(random), options_(std::move(options)) {
    state_.authority = options_.authority;
}

TimeStampingState TimeStamping::state() const {
    const std::scoped_lock lock(mutex_);
    return state_;
}

Result<size_t> TimeStamping::stamp() {
    auto stamped = stamp_each();
    const std::scoped_lock lock(mutex_);
    state_.error = stamped ? "" : stamped.error().to_string();
    return stamped;
}

Result<size_t> TimeStamping::stamp_each() {
    if (options_.authority.empty()) return 0;
    TRY_ASSIGN(const auto heads, ledger_.read([&](ledger::Reader& reader) -> Result<std::vector<Seal>> {
        std::vector<Seal> last_ones;
        TRY_ASSIGN(const auto keys, seals_.chains(reader));
        for (const ChainKey key : keys) {
            TRY_ASSIGN(auto last, seals_.last_seal(reader, key));
            if (last && last->time_stamp.empty()) last_ones.push_back(std::move(*last));
        }
        return last_ones;
    }));
    size_t stamped = 0;
    for (const Seal& seal : heads) {
        TRY_ASSIGN(const std::string token, token_for(seal.link));
        TRY(ledger_.transaction([&](ledger::Transaction& t) { return seals_.set_time_stamp(t, seal, token, options_.authority); }));
        ++stamped;
        const std::scoped_lock lock(mutex_);
        state_.last = clock_.now();
    }
    return stamped;
}

// The authority sees the hash of a link, nothing of the events.
Result<std::string> TimeStamping::token_for(const crypto::Digest& link) {
    const std::string_view bytes(reinterpret_cast<const char*>(link.data()), link.size());
    TRY_ASSIGN(const std::string request, crypto::time_stamp_request(bytes, random_.next_u64()));
    net::HttpClientOptions http;
    http.timeout = kPatience;
    http.max_body_bytes = kMostTokenBytes;
    const auto [origin, target] = split_url(options_.authority);
    TRY_ASSIGN(auto client, net::HttpClient::create(origin, http));
    TRY_ASSIGN(const net::HttpResponse answer, client.post(target, request, "application/timestamp-query"));
    if (answer.status != 200) return fail(ErrorCode::unavailable, fmt::format("the time-stamping authority answered {}", answer.status));
    TRY_ASSIGN(std::string token, crypto::time_stamp_token(answer.body, request));
    if (!options_.certificates.empty()) TRY(crypto::check_time_stamp(token, bytes, options_.certificates));
    return token;
}

}  // namespace shuwei::custody
