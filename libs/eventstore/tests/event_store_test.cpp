#include "shuwei/eventstore/event_store.hpp"

#include <gtest/gtest.h>

#include "shuwei/base/text.hpp"
#include "shuwei/event/ndjson.hpp"
#include "store_fixture.hpp"

namespace shuwei::eventstore {
namespace {

using event::EventBatch;
using event::Predicate;

constexpr base::Timestamp kNoon = 1'795'348'800 * base::kSecond;  // 2026-11-22T12:00:00Z

void add_line(EventBatch& batch, uint64_t seq, std::string_view raw, base::Timestamp time = kNoon) {
    event::Event& event = batch.add_event();
    event.seq = seq;
    event.time = time;
    event.received = time + base::kSecond;
    event.raw = batch.store(raw);
    event.peer = *base::IpAddress::parse("192.0.2.7");
}

RowBuffer encode(const EventBatch& batch) {
    EventEncoder encoder;
    for (const event::Event& event : batch) encoder.add(batch, event, "sshd");
    auto rows = encoder.finish();
    if (!rows) ADD_FAILURE() << rows.error().to_string();
    return std::move(*rows);
}

TEST(EventStore, GivesBackWhatWasAppended) {
    TemporaryFolder folder;
    auto store = open_store(test_options(folder.path()));
    ASSERT_NE(store, nullptr);
    ASSERT_OK(store->create_tenant(1));
    EventBatch batch;
    add_line(batch, 1, "<38>Nov 22 12:00:00 gw sshd[42]: Failed password for root from 10.1.2.3 port 50022 ssh2");
    batch.add(batch[0], event::user_name, "root");
    batch.add(batch[0], event::source_ip, "10.1.2.3");
    batch.add(batch[0], event::source_port, "50022", event::ValueKind::number);
    batch.add(batch[0], "sshd.method", "password");
    ASSERT_OK(store->append(1, encode(batch)));

    SearchRequest request;
    request.scope.tenants = {1};
    auto found = store->search(request);
    ASSERT_OK(found);
    ASSERT_EQ(found->events.size(), 1u);
    EXPECT_EQ(found->events[0].json,
              R"({"@timestamp":"2026-11-22T12:00:00.000000Z","event.ingested":"2026-11-22T12:00:01.000000Z",)"
              R"("log.source.address":"192.0.2.7","shuwei.seq":1,"shuwei.pack":"sshd",)"
              R"("event.original":"<38>Nov 22 12:00:00 gw sshd[42]: Failed password for root from 10.1.2.3 port 50022 ssh2",)"
              R"("user.name":"root","source.ip":"10.1.2.3","source.port":50022,"sshd.method":"password"})");
    EXPECT_EQ(found->total, 1u);
}

}  // namespace
}  // namespace shuwei::eventstore
