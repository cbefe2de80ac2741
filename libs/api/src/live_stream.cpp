#include "shuwei/api/live_stream.hpp"

#include <algorithm>
#include <charconv>
#include <deque>
#include <map>
#include <mutex>
#include <vector>

#include <fmt/format.h>

namespace shuwei::api {
namespace {

using ledger::TenantNumber;
using ledger::TenantScope;
using net::StreamPush;

struct Message {
    uint64_t number = 0;
    TenantNumber tenant = 0;
    std::string chunk;
};

struct Client {
    net::HttpStream stream;
    access::Principal principal;
    TenantScope scope;
    bool behind = false;  // something was dropped: `resync` is owed
};

std::string resync_chunk(std::string_view reason, std::string_view id) {
    return fmt::format("id: {}\nevent: resync\ndata: {{\"reason\":\"{}\"}}\n\n", id, reason);
}

}  // namespace

struct LiveStream::State {
    LiveStreamOptions options;
    std::string epoch;  // of this process: ids of another one are told apart
    base::Metric* open_streams = nullptr;
    base::Metric* resyncs = nullptr;
    mutable std::mutex mutex;
    std::deque<Message> ring;
    size_t ring_bytes = 0;
    uint64_t last_number = 0;
    std::vector<Client> clients;

    std::string id_of(uint64_t number) const { return fmt::format("{}-{}", epoch, number); }

    void push(Client& client, const std::string& chunk) {
        if (client.behind) {
            if (client.stream.push(resync_chunk("overflow", id_of(last_number))) != StreamPush::ok) return;
            client.behind = false;
            if (resyncs != nullptr) resyncs->add();
        }
        if (client.stream.push(chunk) == StreamPush::full) client.behind = true;
    }

    void drop_closed() {
        std::erase_if(clients, [](const Client& client) { return client.stream.closed(); });
        if (open_streams != nullptr) open_streams->set(static_cast<int64_t>(clients.size()));
    }

    // What a client that comes back has missed, or why that cannot be said.
    std::string_view replay(Client& client, std::string_view last_event_id) {
        const size_t dash = last_event_id.rfind('-');
        if (dash == std::string_view::npos || last_event_id.substr(0, dash) != epoch) return "restarted";
        const std::string_view digits = last_event_id.substr(dash + 1);
        uint64_t number = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (error != std::errc() || end != digits.data() + digits.size() || number > last_number) return "unknown_id";
        const uint64_t oldest = last_number + 1 - ring.size();
        if (number + 1 < oldest) return "unknown_id";
        for (const Message& message : ring) {
            if (message.number > number && client.scope.contains(message.tenant)) push(client, message.chunk);
        }
        return {};
    }
};

LiveStream::LiveStream(base::Random& random, LiveStreamOptions options, base::Metrics* metrics)
    : state_(std::make_unique<State>()) {
    state_->options = options;
    state_->epoch = random.hex(6);
    if (metrics != nullptr) {
        state_->open_streams = &metrics->gauge("shuwei_live_streams", "Pages that follow the live stream");
        state_->resyncs = &metrics->counter("shuwei_live_resyncs_total", "Streams told to read everything again");
    }
}

LiveStream::~LiveStream() { close_all(); }

void LiveStream::publish(TenantNumber tenant, std::string_view type, std::string_view json) {
    const std::scoped_lock lock(state_->mutex);
    Message message;
    message.number = ++state_->last_number;
    message.tenant = tenant;
    message.chunk = fmt::format("id: {}\nevent: {}\ndata: {}\n\n", state_->id_of(message.number), type, json);
    for (Client& client : state_->clients) {
        if (client.scope.contains(tenant)) state_->push(client, message.chunk);
    }
    state_->ring_bytes += message.chunk.size();
    state_->ring.push_back(std::move(message));
    while (state_->ring.size() > state_->options.ring_messages || state_->ring_bytes > state_->options.ring_bytes) {
        state_->ring_bytes -= state_->ring.front().chunk.size();
        state_->ring.pop_front();
    }
}

void LiveStream::publish_for_each_scope(std::string_view type, const std::function<std::string(const TenantScope&)>& make) {
    // The messages are made without the lock: making one may take a query.
    std::vector<TenantScope> scopes;
    const auto same = [](const TenantScope& a, const TenantScope& b) {
        return a.sees_every_tenant() == b.sees_every_tenant() && a.tenants() == b.tenants();
    };
    {
        const std::scoped_lock lock(state_->mutex);
        state_->drop_closed();
        for (const Client& client : state_->clients) {
            if (std::ranges::none_of(scopes, [&](const TenantScope& s) { return same(s, client.scope); })) {
                scopes.push_back(client.scope);
            }
        }
    }
    for (const TenantScope& scope : scopes) {
        const std::string chunk = fmt::format("event: {}\ndata: {}\n\n", type, make(scope));
        const std::scoped_lock lock(state_->mutex);
        for (Client& client : state_->clients) {
            if (same(scope, client.scope)) state_->push(client, chunk);
        }
    }
}

base::Result<> LiveStream::subscribe(net::Responder& responder, net::HttpResponse head, const access::Principal& principal,
                                     const TenantScope& scope, std::optional<std::string_view> last_event_id) {
    const std::scoped_lock lock(state_->mutex);
    state_->drop_closed();
    const auto own = std::ranges::count_if(
        state_->clients, [&](const Client& client) { return client.principal.account.number == principal.account.number; });
    if (state_->clients.size() >= state_->options.max_streams ||
        static_cast<size_t>(own) >= state_->options.max_streams_per_account) {
        return base::fail(base::ErrorCode::resource_exhausted, "Too many live streams are open.");
    }
    net::HttpStreamOptions stream_options;
    stream_options.queue_bytes = state_->options.queue_bytes;
    stream_options.heartbeat = state_->options.heartbeat;
    Client client{responder.open_stream(std::move(head), stream_options), principal, scope};
    // The first piece tells where the stream stands, so that even a page that has seen no message can come back.
    client.stream.push(fmt::format("id: {}\n: open\n\n", state_->id_of(state_->last_number)));
    if (last_event_id) {
        const std::string_view reason = state_->replay(client, *last_event_id);
        if (!reason.empty()) client.stream.push(resync_chunk(reason, state_->id_of(state_->last_number)));
    }
    state_->clients.push_back(std::move(client));
    state_->drop_closed();
    return {};
}

void LiveStream::close_if(const std::function<bool(const access::Principal&)>& gone) {
    // `gone` may ask the ledger, so it is called without the lock.
    std::map<std::string, access::Principal> principals;
    {
        const std::scoped_lock lock(state_->mutex);
        state_->drop_closed();
        for (const Client& client : state_->clients) principals.emplace(client.principal.credential_id, client.principal);
    }
    std::erase_if(principals, [&](const auto& entry) { return !gone(entry.second); });
    const std::scoped_lock lock(state_->mutex);
    std::erase_if(state_->clients, [&](Client& client) {
        if (!principals.contains(client.principal.credential_id)) return false;
        client.stream.end();
        return true;
    });
    state_->drop_closed();
}

void LiveStream::close_all() {
    const std::scoped_lock lock(state_->mutex);
    for (Client& client : state_->clients) client.stream.end();
    state_->clients.clear();
    if (state_->open_streams != nullptr) state_->open_streams->set(0);
}

size_t LiveStream::streams() const {
    const std::scoped_lock lock(state_->mutex);
    return static_cast<size_t>(std::ranges::count_if(state_->clients, [](const Client& c) { return !c.stream.closed(); }));
}

}  // namespace shuwei::api
