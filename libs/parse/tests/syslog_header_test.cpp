#include "syslog_header.hpp"

#include <gtest/gtest.h>

#include "parsing.hpp"

namespace shuwei::parse {
namespace {

struct Case {
    const char* line;
    int priority;
    const char* time;  // UTC, or "" for none
    const char* hostname;
    const char* appname;
    const char* procid;
    const char* message;
};

const Case kCases[] = {
    // --- RFC 3164
    {"<34>Oct 11 22:14:15 mymachine su: 'su root' failed", 34, "2026-10-11T14:14:15.000000Z", "mymachine", "su", "", "'su root' failed"},
    {"<38>Nov 21 08:30:00 web01 sshd[123]: Accepted password", 38, "2026-11-21T00:30:00.000000Z", "web01", "sshd", "123", "Accepted password"},
    {"<30>Nov 21 08:30:00 fe80::1 dhclient[9]: bound", 30, "2026-11-21T00:30:00.000000Z", "fe80::1", "dhclient", "9", "bound"},
    {"<30>Nov 21 08:30:00 10.0.0.9 CRON[1]: (root) CMD (x)", 30, "2026-11-21T00:30:00.000000Z", "10.0.0.9", "CRON", "1", "(root) CMD (x)"},
    {"<78>Nov 21 08:30:00 h postfix/smtpd[4]: connect", 78, "2026-11-21T00:30:00.000000Z", "h", "postfix/smtpd", "4", "connect"},
    {"<30>Nov 21 08:30:00 h (systemd)[4]: x", 30, "2026-11-21T00:30:00.000000Z", "h", "(systemd)", "4", "x"},
    {"<85>Nov 21 08:30:00 h sudo:     deploy : TTY=pts/0", 85, "2026-11-21T00:30:00.000000Z", "h", "sudo", "", "deploy : TTY=pts/0"},
    {"<4>Nov 21 08:30:00 h kernel: [12.5] IN=eth0", 4, "2026-11-21T00:30:00.000000Z", "h", "kernel", "", "[12.5] IN=eth0"},
    {"<13>Nov 21 08:30:00 防火墙-1 app: 登录失败", 13, "2026-11-21T00:30:00.000000Z", "防火墙-1", "app", "", "登录失败"},
    // --- parts missing
    {"<38>sshd[123]: Accepted", 38, "", "", "sshd", "123", "Accepted"},
    {"<38>Nov 21 08:30:00 sshd[123]: Accepted", 38, "2026-11-21T00:30:00.000000Z", "", "sshd", "123", "Accepted"},
    {"<38>web01 sshd[123]: Accepted", 38, "", "web01", "sshd", "123", "Accepted"},
    {"<189>date=2026-11-21 time=08:30:00 devname=x", 189, "", "", "", "", "date=2026-11-21 time=08:30:00 devname=x"},
    {"<14>1,2026/11/21 08:30:00,0018,TRAFFIC,end", 14, "", "", "", "", "1,2026/11/21 08:30:00,0018,TRAFFIC,end"},
    {"<14>{\"a\":1}", 14, "", "", "", "", "{\"a\":1}"},
    {"<14>LogVersion something", 14, "", "", "", "", "LogVersion something"},
    {"<14>", 14, "", "", "", "", ""},
    // --- no priority: files written by syslog daemons
    {"Nov 21 08:30:00 web01 sshd[123]: Accepted", -1, "2026-11-21T00:30:00.000000Z", "web01", "sshd", "123", "Accepted"},
    {"2026-11-21T08:30:00.123456+08:00 web01 sshd[123]: Accepted", -1, "2026-11-21T00:30:00.123456Z", "web01", "sshd", "123", "Accepted"},
    {"Nov 21 08:30:00 PA-220 1,2026/11/21 08:30:00,0018,TRAFFIC", -1, "2026-11-21T00:30:00.000000Z", "PA-220", "", "", "1,2026/11/21 08:30:00,0018,TRAFFIC"},
    // --- not headers: programs' own times
    {"2026-11-21T08:30:00.123456Z 8 [Note] [MY-010926] [Server] x", -1, "", "", "", "", "2026-11-21T08:30:00.123456Z 8 [Note] [MY-010926] [Server] x"},
    {"2026-11-21 08:30:00.123 CST [4411] app@orders FATAL:  x", -1, "", "", "", "", "2026-11-21 08:30:00.123 CST [4411] app@orders FATAL:  x"},
    {"2026-11-21 08:30:00 UTC LOG:  x", -1, "", "", "", "", "2026-11-21 08:30:00 UTC LOG:  x"},
    {"2026-11-21 08:30:00 INFO com.example.Main: started", -1, "", "", "", "", "2026-11-21 08:30:00 INFO com.example.Main: started"},
    {"10.0.0.1 - - [21/Nov/2026:08:30:00 +0800] \"GET / HTTP/1.1\" 200 1", -1, "", "", "", "", "10.0.0.1 - - [21/Nov/2026:08:30:00 +0800] \"GET / HTTP/1.1\" 200 1"},
    {"type=SYSCALL msg=audit(1.1:1): a=b", -1, "", "", "", "", "type=SYSCALL msg=audit(1.1:1): a=b"},
    {"plain text", -1, "", "", "", "", "plain text"},
    {"", -1, "", "", "", "", ""},
    {"<", -1, "", "", "", "", "<"},
    {"<999>x", -1, "", "", "", "", "x"},
    {"<1234>x", -1, "", "", "", "", "<1234>x"},
    // --- zones, halves of the day, years in front
    {"<189>Nov 21 2026 10:00:00+08:00 DST R1 %%01SHELL/5/LOGIN: x", 189, "2026-11-21T02:00:00.000000Z", "R1", "", "", "%%01SHELL/5/LOGIN: x"},
    {"<189>Nov 21 10:00:00:068 2026 SW1 %%10SHELL/5/LOGIN: x", 189, "2026-11-21T02:00:00.068000Z", "SW1", "", "", "%%10SHELL/5/LOGIN: x"},
    {"<189>Nov 20 22:00:00 2026 UTC SW1 app: x", 189, "2026-11-20T22:00:00.000000Z", "SW1", "app", "", "x"},
    {"<189>Nov 21 2026 08:30:00 CST SW1 app: x", 189, "2026-11-21T00:30:00.000000Z", "SW1", "app", "", "x"},
    {"<189>Nov 20 2026 10:00:00 PM GMT SW1 app: x", 189, "2026-11-20T22:00:00.000000Z", "SW1", "app", "", "x"},
    {"2026 Nov 21 08:30:00 SW1 app: x", -1, "2026-11-21T00:30:00.000000Z", "SW1", "app", "", "x"},
    {"Nov 21, 2026 8:30:06 AM org.example.Main start", -1, "", "", "", "", "Nov 21, 2026 8:30:06 AM org.example.Main start"},
    {"<13>Nov 21 08:30:00 h (EP[0]: x", 13, "2026-11-21T00:30:00.000000Z", "h", "", "", "(EP[0]: x"},
    // --- Cisco
    {"<166>Nov 21 2026 08:30:00 fw01 : %ASA-6-302013: Built", 166, "2026-11-21T00:30:00.000000Z", "fw01", "", "", "%ASA-6-302013: Built"},
    {"<166>Nov 21 2026 08:30:00: %ASA-6-302013: Built", 166, "2026-11-21T00:30:00.000000Z", "", "", "", "%ASA-6-302013: Built"},
    {"Nov 21 08:30:00 fw01: %ASA-6-302013: Built", -1, "2026-11-21T00:30:00.000000Z", "fw01", "", "", "%ASA-6-302013: Built"},
    {"<166>%ASA-6-302013: Built", 166, "", "", "", "", "%ASA-6-302013: Built"},
    {"<189>123: *Nov 21 08:30:00.250: %SYS-5-CONFIG_I: x", 189, "2026-11-21T00:30:00.250000Z", "", "", "", "%SYS-5-CONFIG_I: x"},
    {"<189>123: R1: *Nov 21 08:30:00.250: %SYS-5-CONFIG_I: x", 189, "2026-11-21T00:30:00.250000Z", "R1", "", "", "%SYS-5-CONFIG_I: x"},
    {"<189>Nov 21 2026 08:30:00.250 CST: %SYS-5-CONFIG_I: x", 189, "2026-11-21T00:30:00.250000Z", "", "", "", "%SYS-5-CONFIG_I: x"},
    // --- Huawei, H3C
    {"<190>2026-11-21 08:30:00 USG %%01POLICY/6/X(l):a=b", 190, "2026-11-21T00:30:00.000000Z", "USG", "", "", "%%01POLICY/6/X(l):a=b"},
    {"<190>Nov 21 2026 08:30:00+08:00 USG %%01POLICY/6/X(l):a=b", 190, "2026-11-21T00:30:00.000000Z", "USG", "", "", "%%01POLICY/6/X(l):a=b"},
    {"2026-11-21 08:30:00 USG %%01POLICY/6/X(l):a=b", -1, "2026-11-21T00:30:00.000000Z", "USG", "", "", "%%01POLICY/6/X(l):a=b"},
    {"<190>Nov 21 08:30:00 2026 F1000 %%10FILTER/6/X: a", 190, "2026-11-21T00:30:00.000000Z", "F1000", "", "", "%%10FILTER/6/X: a"},
    {"<190>Nov 21 08:30:00:117 2026 F1000 %%10FILTER/6/X: a", 190, "2026-11-21T00:30:00.117000Z", "F1000", "", "", "%%10FILTER/6/X: a"},
    // --- relays
    {"<13>Nov 21 08:30:01 relay Nov 21 08:30:00 web01 sshd[1]: x", 13, "2026-11-21T00:30:00.000000Z", "web01", "sshd", "1", "x"},
    {"<13>Nov 21 08:30:01 relay <38>Nov 21 08:30:00 web01 sshd[1]: x", 38, "2026-11-21T00:30:00.000000Z", "web01", "sshd", "1", "x"},
    // --- RFC 5424
    {"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed", 34, "2003-10-11T22:14:15.003000Z", "mymachine.example.com", "su", "", "'su root' failed"},
    {"<165>1 2003-10-11T22:14:15.003Z host evntslog 99 ID47 [a@1 b=\"c\"][d@1 e=\"f \\\" ]\"] text", 165, "2003-10-11T22:14:15.003000Z", "host", "evntslog", "99", "text"},
    {"<165>1 - - - - - -", 165, "", "", "", "", ""},
    {"<165>1 2003-10-11T22:14:15Z host app - - text without structured data", 165, "2003-10-11T22:14:15.000000Z", "host", "app", "", "text without structured data"},
    {"<165>1 2003-10-11T22:14:15Z host app - - - \xEF\xBB\xBFtext", 165, "2003-10-11T22:14:15.000000Z", "host", "app", "", "text"},
    {"\xEF\xBB\xBF<38>Nov 21 08:30:00 web01 sshd[1]: x\r\n", 38, "2026-11-21T00:30:00.000000Z", "web01", "sshd", "1", "x"},
};

TEST(SyslogHeader, takes_the_header_off_as_devices_send_it) {
    const event::TimeZone zone = event::TimeZone::china();
    for (const Case& each : kCases) {
        const SyslogHeader header = parse_syslog_header(each.line, zone, test::kReceived);
        EXPECT_EQ(header.priority, each.priority) << each.line;
        EXPECT_EQ(header.time ? event::format_rfc3339(*header.time) : "", each.time) << each.line;
        EXPECT_EQ(header.hostname, each.hostname) << each.line;
        EXPECT_EQ(header.appname, each.appname) << each.line;
        EXPECT_EQ(header.procid, each.procid) << each.line;
        EXPECT_EQ(header.message, each.message) << each.line;
    }
}

TEST(SyslogHeader, reads_message_id_and_structured_data) {
    const SyslogHeader header = parse_syslog_header("<165>1 2003-10-11T22:14:15.003Z h a 9 ID47 [x@1 k=\"v\"] m", event::TimeZone::utc(), test::kReceived);
    EXPECT_EQ(header.msgid, "ID47");
    EXPECT_EQ(header.structured_data, "[x@1 k=\"v\"]");
}

TEST(Parser, adds_structured_data_of_lines_that_no_pack_knows) {
    Parser parser(PackSet::empty());
    const test::Parsed parsed = test::parse(parser, "<165>1 2003-10-11T22:14:15.003Z h a 9 ID47 [x@1 k=\"v\\\"w\" n=\"2\"][y z=\"3\"] m");
    EXPECT_EQ(parsed.outcome, Outcome::unparsed);
    EXPECT_EQ(parsed["log.syslog.structured_data.x@1.k"], "v\"w");
    EXPECT_EQ(parsed["log.syslog.structured_data.x@1.n"], "2");
    EXPECT_EQ(parsed["log.syslog.structured_data.y.z"], "3");
    EXPECT_EQ(parsed["log.syslog.msgid"], "ID47");
    EXPECT_EQ(parsed["log.syslog.facility.code"], "20");
    EXPECT_EQ(parsed["log.syslog.severity.code"], "5");
    EXPECT_EQ(parsed["host.name"], "h");
    EXPECT_EQ(parsed["message"], "m");
}

}  // namespace
}  // namespace shuwei::parse
