#include "source_tally.hpp"

#include <gtest/gtest.h>

namespace shuwei::pipeline {
namespace {

constexpr std::string_view kPack = "huawei-usg";
constexpr base::Timestamp kNow = 1'790'000'000 * base::kSecond;

SourceBindings bindings() {
    SourceBindings made;
    made.listeners[10] = {"syslog", event::TimeZone::china(), parse::Charset::automatic};
    SourceBinding bound;
    bound.pack = kPack;
    bound.zone = event::TimeZone::utc();
    made.bindings[{.tenant = 1, .listener = "syslog", .peer = "10.0.0.1", .host = "fw-01"}] = bound;
    made.trusted_relays = {*base::IpNetwork::parse("10.9.0.0/16"), *base::IpNetwork::parse("::1")};
    return made;
}

TEST(SourceTally, GathersWhatOneSenderSentOverSeveralBatches) {
    const SourceBindings bound = bindings();
    const SenderKey sender{1, 10, *base::IpAddress::parse("10.0.0.1"), "fw-01"};
    LiveCounters live;
    SourceTotals totals;
    for (const base::Timestamp received : {kNow, kNow + base::kSecond}) {
        SourceTally tally;
        SenderTally& counts = tally.at(sender, bound);
        ASSERT_NE(counts.binding, nullptr);
        EXPECT_EQ(counts.binding->pack, "huawei-usg");
        counts.lines += 2;
        counts.unparsed += 1;
        counts.bytes += 100;
        counts.first = counts.last = received;
        counts.count_pack(kPack);
        counts.count_pack(kPack);
        counts.named_host = "fw-01";
        counts.drift = -8 * base::kHour;
        counts.zone = &*bound.bindings.begin()->second.zone;
        totals.add(tally, bound, live, received);
    }
    const auto deltas = totals.take();
    ASSERT_EQ(deltas.size(), 1u);
    EXPECT_EQ(deltas[0].key.listener, "syslog");
    EXPECT_EQ(deltas[0].key.peer, "10.0.0.1");
    EXPECT_EQ(deltas[0].key.host, "fw-01");
    EXPECT_EQ(deltas[0].lines, 4);
    EXPECT_EQ(deltas[0].unparsed, 2);
    EXPECT_EQ(deltas[0].bytes, 200);
    EXPECT_EQ(deltas[0].first, kNow);
    EXPECT_EQ(deltas[0].last, kNow + base::kSecond);
    EXPECT_EQ(deltas[0].packs, (std::map<std::string, int64_t>{{"huawei-usg", 4}}));
    EXPECT_EQ(deltas[0].named_host, "fw-01");
    EXPECT_EQ(deltas[0].drift, -8 * base::kHour);
    EXPECT_EQ(deltas[0].zone_offset, 0);
    EXPECT_TRUE(totals.take().empty());
}

TEST(SourceTally, TheSameAddressOfTwoTenantsIsTwoSources) {
    const SourceBindings bound = bindings();
    const auto peer = *base::IpAddress::parse("10.0.0.1");
    SourceTally tally;
    tally.at({1, 10, peer, "a"}, bound).lines = 1;
    tally.at({2, 10, peer, "a"}, bound).lines = 1;
    LiveCounters live;
    SourceTotals totals;
    totals.add(tally, bound, live, kNow);
    EXPECT_EQ(totals.take().size(), 2u);
}

TEST(SourceTally, OnlyTrustedRelaysNameTheSourceInTheHeader) {
    const SourceBindings bound = bindings();
    EXPECT_TRUE(is_trusted_relay(*base::IpAddress::parse("10.9.1.2"), bound));
    EXPECT_TRUE(is_trusted_relay(*base::IpAddress::parse("::1"), bound));
    EXPECT_FALSE(is_trusted_relay(*base::IpAddress::parse("10.8.1.2"), bound));
}

}  // namespace
}  // namespace shuwei::pipeline
