#include "event_formatter.hpp"

#include <gtest/gtest.h>

namespace shuwei::forward {
namespace {

eventstore::StoredEvent failed_login() {
    eventstore::StoredEvent event;
    event.seq = 42;
    event.time = 1'795'348'800'123'456'000;
    event.received = event.time + base::kSecond;
    event.peer = *base::IpAddress::parse("10.1.2.3");
    event.raw = "<38>Nov 22 20:00:00 gw1 sshd[7]: Failed password for root from 203.0.113.9 port 50022 ssh2";
    event.json = R"({"@timestamp":"2026-11-22T12:00:00.123456Z","shuwei.seq":42,"shuwei.pack":"linux-sshd","event.original":"x",)"
                 R"("host.name":["gw1","other"],"log.syslog.appname":"sshd","log.syslog.severity":6,"event.action":"ssh_login",)"
                 R"("event.outcome":"failure","source.ip":"203.0.113.9","source.port":50022,"user.name":"ro|ot=\\","message":"Failed\npassword"})";
    return event;
}

std::string formatted(Format format, TargetKind kind, const eventstore::StoredEvent& event = failed_login()) {
    return EventFormatter(format, envelope_of(kind, format), "default").format(event).bytes;
}

const std::string kHeader =
    "<38>1 2026-11-22T12:00:00.123456Z gw1 sshd - - [origin ip=\"10.1.2.3\"]"
    "[shuwei@32473 seq=\"42\" received=\"2026-11-22T12:00:01.123456Z\" tenant=\"default\"] ";

TEST(EventFormatter, KeepsTheLineAsItCameAndSaysWhoSentIt) {
    EXPECT_EQ(formatted(Format::raw, TargetKind::syslog_tcp), kHeader + failed_login().raw);
    EXPECT_EQ(formatted(Format::raw, TargetKind::kafka), kHeader + failed_login().raw);
}

TEST(EventFormatter, GivesFlatEcsJsonWithTheTenant) {
    const std::string json = formatted(Format::json, TargetKind::http);
    EXPECT_TRUE(json.starts_with(R"({"@timestamp":"2026-11-22T12:00:00.123456Z","shuwei.seq":42,)")) << json;
    EXPECT_TRUE(json.ends_with(R"(,"shuwei.tenant":"default"})")) << json;
    EXPECT_EQ(formatted(Format::json, TargetKind::syslog_tls), kHeader + json);
}

TEST(EventFormatter, GivesCefWithItsEscapes) {
    EXPECT_EQ(formatted(Format::cef, TargetKind::nats),
              "CEF:0|Shuwei|linux-sshd||ssh_login|ssh_login|2|rt=1795348800123 deviceReceiptTime=1795348801123 dvc=10.1.2.3 externalId=42 "
              "customerExternalID=default src=203.0.113.9 spt=50022 suser=ro|ot\\=\\\\ act=ssh_login outcome=failure dvchost=gw1 "
              "msg=Failed\\npassword");
}

TEST(EventFormatter, WritesAHeaderWhateverTheEventHolds) {
    struct Case {
        std::string raw, json, header;
    };
    const Case cases[] = {
        {"no priority", "{}", "<13>1 2026-11-22T12:00:00.123456Z 10.1.2.3 - - - "},
        {"<999>beyond", "{}", "<13>1 2026-11-22T12:00:00.123456Z 10.1.2.3 - - - "},
        {"<0>kernel", R"({"host.name":"a b\u767d"})", "<0>1 2026-11-22T12:00:00.123456Z a_b___ - - - "},
        {"<191>x", R"({"host.name":[],"log.syslog.appname":7})", "<191>1 2026-11-22T12:00:00.123456Z 10.1.2.3 7 - - "},
        {std::string("<1>\0\xff", 5), "not json", "<1>1 2026-11-22T12:00:00.123456Z 10.1.2.3 - - - "},
    };
    for (const Case& each : cases) {
        auto event = failed_login();
        event.raw = each.raw;
        event.json = each.json;
        const std::string out = formatted(Format::raw, TargetKind::syslog_udp, event);
        EXPECT_TRUE(out.starts_with(each.header)) << out;
        EXPECT_TRUE(out.ends_with("] " + each.raw)) << out;
    }
}

TEST(EventFormatter, LeavesOutTheOriginOfWhatNobodySent) {
    auto event = failed_login();
    event.peer = {};
    event.json = "{}";
    EXPECT_NE(formatted(Format::raw, TargetKind::syslog_udp, event).find(" - - - - [shuwei@32473 "), std::string::npos);
}

TEST(EventFormatter, NamesATenantThatNeedsEscapes) {
    const auto message = EventFormatter(Format::raw, Envelope::syslog, "a\"b]c\\").format(failed_login());
    EXPECT_NE(message.bytes.find(R"(tenant="a\"b\]c\\"])"), std::string::npos) << message.bytes;
}

}  // namespace
}  // namespace shuwei::forward
