// What the engine does with packs, with small packs made for it.
#include <gtest/gtest.h>

#include "pack_folder.hpp"
#include "parsing.hpp"

namespace shuwei::parse {
namespace {

using test::PackFolder;
using test::Parsed;

std::shared_ptr<const PackSet> one_pack(const std::string& rest) {
    PackFolder folder;
    folder.add("box", rest);
    return folder.load();
}

Parsed parse_with(const std::string& rest, std::string_view line, const SourceHint& hint = {}) {
    Parser parser(one_pack(rest));
    return test::parse(parser, line, hint);
}

constexpr const char* kKeyValue = "recognise: [{contains: 'box='}]\nextract: [{key_value: {}}]\n";

TEST(Parser, keeps_header_and_message_of_lines_it_does_not_know) {
    Parser parser(PackSet::empty());
    const Parsed parsed = test::parse(parser, "<13>Nov 21 08:30:00 web01 app[7]: hello");
    EXPECT_EQ(parsed.outcome, Outcome::unparsed);
    EXPECT_EQ(parsed.event().pack, 0);
    EXPECT_EQ(parsed["message"], "hello");
    EXPECT_EQ(parsed["host.name"], "web01");
    EXPECT_EQ(parsed["log.syslog.appname"], "app");
    EXPECT_EQ(event::format_rfc3339(parsed.event().time), "2026-11-21T00:30:00.000000Z");
}

TEST(Parser, takes_the_time_of_receipt_where_the_line_has_none) {
    Parser parser(PackSet::empty());
    EXPECT_EQ(test::parse(parser, "hello").event().time, test::kReceived);
}

TEST(Parser, tells_parsed_partial_and_unparsed_apart) {
    const std::string pack = "recognise: [{contains: 'BOX'}]\nmessages: [{dissect: 'BOX %{what} done'}]\n";
    EXPECT_EQ(parse_with(pack, "BOX job done").outcome, Outcome::parsed);
    const Parsed partial = parse_with(pack, "BOX something else");
    EXPECT_EQ(partial.outcome, Outcome::partial);
    EXPECT_EQ(partial.event().pack, 0);
    EXPECT_EQ(partial["message"], "BOX something else");
    EXPECT_EQ(partial.batch.fields(partial.event()).size(), 1u) << "nothing of the failed attempt stays";
    EXPECT_EQ(parse_with(pack, "nothing").outcome, Outcome::unparsed);
}

TEST(Parser, survives_hostile_bytes_and_lengths) {
    Parser parser(one_pack(kKeyValue));
    std::string long_line = "box=1 ";
    while (long_line.size() < 10'000'000) long_line += "k" + std::to_string(long_line.size()) + "=vvvvvvvvvvvvvvvvvvv ";
    for (const std::string& line : {std::string(), std::string(1, '\0'), std::string(10'000'000, '\xff'), std::string(1'000'000, '='), long_line,
                                    std::string("box=\"") + std::string(1'000'000, '\\'), std::string("<13>box=") + std::string(100'000, '<'),
                                    std::string("{\"box=\":") + std::string(50'000, '['), std::string("box=1\0x=2\r\n", 11)}) {
        const Parsed parsed = test::parse(parser, line);
        EXPECT_EQ(parsed.event().raw.size(), line.size());
        EXPECT_LE(parsed.batch.fields(parsed.event()).size(), event::kMaxFieldsPerEvent + 1);
    }
}

TEST(Parser, reads_gb18030_and_keeps_the_bytes_as_received) {
    const std::string line = "<13>Nov 21 08:30:00 fw box=1 user=\xb9\xdc\xc0\xed\xd4\xb1";  // 管理员
    const Parsed parsed = parse_with(std::string(kKeyValue) + "fields: {user: user.name}\n", line);
    EXPECT_EQ(parsed["user.name"], "管理员");
    EXPECT_EQ(parsed.event().raw, line);
    SourceHint utf8;
    utf8.charset = Charset::utf8;
    EXPECT_EQ(parse_with(std::string(kKeyValue) + "fields: {user: user.name}\n", line, utf8)["user.name"], line.substr(line.find("user=") + 5));
}

TEST(Parser, tries_the_bound_pack_first_and_then_recognition) {
    PackFolder folder;
    folder.add("first", "recognise: [{contains: 'x='}]\nextract: [{dissect: 'x=%{a}'}]\n");
    folder.add("second", "recognise: []\nextract: [{dissect: 'x=%{b}'}]\n");
    Parser parser(folder.load());
    EXPECT_EQ(parser.packs()->name(test::parse(parser, "x=1").event().pack), "first");
    SourceHint bound;
    bound.pack = parser.packs()->find("second");
    EXPECT_EQ(parser.packs()->name(test::parse(parser, "x=1", bound).event().pack), "second");
    SourceHint wrong;
    wrong.pack = parser.packs()->find("second");
    EXPECT_EQ(test::parse(parser, "y", wrong).outcome, Outcome::partial);
}

TEST(Parser, prefers_priority_then_the_more_specific_pack) {
    PackFolder folder;
    folder.add("general", "recognise: [{contains: 'key='}]\nextract: [{key_value: {}}]\n");
    folder.add("special", "recognise: [{contains: ['key=', 'longer-text']}]\nextract: [{key_value: {}}]\n");
    folder.add("urgent", "recognise: [{contains: '!', priority: 90}]\nextract: [{key_value: {}}]\n");
    Parser parser(folder.load());
    const auto pack_of = [&](std::string_view line) { return std::string(parser.packs()->name(test::parse(parser, line).event().pack)); };
    EXPECT_EQ(pack_of("key=1"), "general");
    EXPECT_EQ(pack_of("key=1 longer-text"), "special");
    EXPECT_EQ(pack_of("key=1 longer-text !"), "urgent");
}

TEST(Parser, recognises_by_program_message_id_start_and_expression) {
    PackFolder folder;
    folder.add("by-program", "recognise: [{appname: [boxd, boxd2]}]\nextract: [{dissect: '%{a}'}]\n");
    folder.add("by-id", "recognise: [{msgid: ID47}]\nextract: [{dissect: '%{a}'}]\n");
    folder.add("by-start", "recognise: [{starts: ['BEGIN ', 'START ']}]\nextract: [{dissect: '%{a}'}]\n");
    folder.add("by-regex", "recognise: [{regex: 'code=\\d{3}\\b'}]\nextract: [{dissect: '%{a}'}]\n");
    Parser parser(folder.load());
    const auto pack_of = [&](std::string_view line) { return std::string(parser.packs()->name(test::parse(parser, line).event().pack)); };
    EXPECT_EQ(pack_of("<13>Nov 21 08:30:00 h boxd2[1]: x"), "by-program");
    EXPECT_EQ(pack_of("<13>1 - h app - ID47 - x"), "by-id");
    EXPECT_EQ(pack_of("<13>Nov 21 08:30:00 h app: START x"), "by-start");
    EXPECT_EQ(pack_of("START x"), "by-start");
    EXPECT_EQ(pack_of("not START x"), "");
    EXPECT_EQ(pack_of("code=404"), "by-regex");
    EXPECT_EQ(pack_of("code=4040"), "");
}

TEST(Parser, lets_a_pack_that_asks_for_more_than_the_program_go_first) {
    PackFolder folder;
    folder.add("general", "recognise: [{appname: kernel}]\nextract: [{dissect: '%{a}'}]\n");
    folder.add("special", "recognise: [{appname: kernel, contains: ' dname=', priority: 60}]\nextract: [{dissect: '%{a}'}]\n");
    Parser parser(folder.load());
    const auto pack_of = [&](std::string_view line) { return std::string(parser.packs()->name(test::parse(parser, line).event().pack)); };
    EXPECT_EQ(pack_of("<4>Nov 21 08:30:00 h kernel: devid=1 dname=fw"), "special");
    EXPECT_EQ(pack_of("<4>Nov 21 08:30:00 h kernel: eth0 up"), "general");
}

TEST(Parser, reads_characters_in_expressions_that_have_some) {
    const std::string pack = "recognise: [{contains: 'BOX'}]\nextract: [{regex: 'BOX 用户[：:](?<user>[^，]+)'}]\nprefix: box\n";
    EXPECT_EQ(parse_with(pack, "BOX 用户：张三，登录")["box.user"], "张三");
    EXPECT_EQ(parse_with(pack, "BOX 用户:root，登录")["box.user"], "root");
    EXPECT_EQ(parse_with(pack, "BOX \xff 用户:x").outcome, Outcome::partial);
}

TEST(Parser, puts_unmapped_names_below_the_prefix) {
    const Parsed parsed = parse_with(std::string(kKeyValue) + "fields: {src: source.ip, gone: ~, n: count}\n", "box=1 src=10.0.0.1 gone=x n=5 other=y source.ip=6");
    EXPECT_EQ(parsed["source.ip"], "10.0.0.1");
    EXPECT_EQ(parsed["acme.box.box"], "1");
    EXPECT_EQ(parsed["acme.box.count"], "5");
    EXPECT_EQ(parsed["acme.box.other"], "y");
    EXPECT_EQ(parsed["acme.box.source.ip"], "6") << "a device's name is no ECS name";
    EXPECT_EQ(parsed["acme.box.gone"], "");
    EXPECT_EQ(parse_with(std::string(kKeyValue) + "prefix: none\n", "box=1 other=y")["acme.box.other"], "");
    EXPECT_EQ(parse_with(std::string(kKeyValue) + "prefix: bare\n", "box=1 other=y")["other"], "y");
    EXPECT_EQ(parse_with(std::string(kKeyValue) + "prefix: my.own\n", "box=1 other=y")["my.own.other"], "y");
}

TEST(Parser, states_the_devices_facts) {
    const Parsed parsed = parse_with(kKeyValue, "<13>Nov 21 08:30:00 fw01 box=1");
    EXPECT_EQ(parsed["observer.vendor"], "Acme");
    EXPECT_EQ(parsed["observer.product"], "Box");
    EXPECT_EQ(parsed["observer.type"], "firewall");
    EXPECT_EQ(parsed["observer.name"], "fw01");
    EXPECT_EQ(parsed["host.name"], "") << "a firewall's name is the observer's";
    EXPECT_EQ(parsed["event.kind"], "event");
    EXPECT_EQ(parse_with(std::string(kKeyValue) + "hostname: host\n", "<13>Nov 21 08:30:00 fw01 box=1")["host.name"], "fw01");
    EXPECT_EQ(parse_with(kKeyValue, "<13>Nov 21 08:30:00 10.0.0.9 box=1")["observer.ip"], "10.0.0.9");
}

TEST(Parser, checks_values_against_their_fields_types) {
    const std::string fields = std::string(kKeyValue) +
                               "fields: {src: source.ip, dst: destination.ip, sport: source.port, mac: source.mac, proto: network.transport, start: event.start, svc: network.protocol, bytes: network.bytes}\n";
    struct {
        const char* pair;
        const char* field;
        const char* expected;
    } cases[] = {
        {"src=10.0.0.1", "source.ip", "10.0.0.1"},
        {"src=[2001:db8::1]", "source.ip", "2001:db8::1"},
        {"src=fe80::1%eth0", "source.ip", "fe80::1"},
        {"src=::ffff:10.0.0.1", "source.ip", "10.0.0.1"},
        {"src=host.example.cn", "source.ip", ""},
        {"src=host.example.cn", "source.domain", "host.example.cn"},
        {"src=10.0.0.300", "source.ip", ""},
        {"src=10.0.0.300", "source.domain", ""},
        {"src=?", "source.domain", ""},
        {"sport=443", "source.port", "443"},
        {"sport=00443", "source.port", "443"},
        {"sport=0x1bb", "source.port", "443"},
        {"sport=https", "source.port", ""},
        {"sport=-1", "source.port", "-1"},
        {"bytes=99999999999999999999999", "network.bytes", ""},
        {"mac=00:1a:2B:3c:4d:5e", "source.mac", "00-1A-2B-3C-4D-5E"},
        {"mac=001a.2b3c.4d5e", "source.mac", "00-1A-2B-3C-4D-5E"},
        {"mac=xyz", "source.mac", ""},
        {"proto=6", "network.transport", "tcp"},
        {"proto=UDP", "network.transport", "udp"},
        {"proto=253", "network.transport", "253"},
        {"svc=HTTPS", "network.protocol", "https"},
        {"start=2026-11-21T08:30:00", "event.start", "2026-11-21T00:30:00.000000Z"},
        {"start=1795221001", "event.start", "2026-11-21T00:30:01.000000Z"},
        {"start=yesterday", "event.start", ""},
    };
    for (const auto& each : cases) EXPECT_EQ(parse_with(fields, std::string("box=1 ") + each.pair)[each.field], each.expected) << each.pair;
}

TEST(Parser, converts_values) {
    struct {
        const char* mapping;
        const char* pair;
        const char* field;
        std::vector<std::string> expected;
    } cases[] = {
        {"{to: event.action, case: lower}", "v=DENY", "event.action", {"deny"}},
        {"{to: event.action, values: {accept: allow}}", "v=accept", "event.action", {"allow"}},
        {"{to: event.action, values: {accept: allow}}", "v=other", "event.action", {"other"}},
        {"{to: event.action, values: {accept: allow}, otherwise: drop}", "v=other", "event.action", {}},
        {"{to: event.action, values: {accept: allow}, otherwise: unknown}", "v=other", "event.action", {"unknown"}},
        {"{to: event.action, values: verdicts}", "v=1", "event.action", {"one"}},
        {"{to: event.action, strip: '<>'}", "v=<x>", "event.action", {"x"}},
        {"{to: process.name, take: file_name}", "v=C:\\dir\\a.exe", "process.name", {"a.exe"}},
        {"{to: file.directory, take: folder}", "v=/usr/bin/ls", "file.directory", {"/usr/bin"}},
        {"{to: file.extension, take: extension}", "v=/tmp/a.tar.gz", "file.extension", {"gz"}},
        {"{to: event.duration, multiply: 1000000000}", "v=1.5", "event.duration", {"1500000000"}},
        {"{to: event.duration, multiply: 1000}", "v=x", "event.duration", {}},
        {"{to: dns.resolved_ip, split: ','}", "v=10.0.0.1,,10.0.0.2", "dns.resolved_ip", {"10.0.0.1", "10.0.0.2"}},
        {"{to: file.name, hex: true}", "v=2F62696E", "file.name", {"/bin"}},
        {"[event.action, {to: event.reason, case: upper}]", "v=a", "event.reason", {"A"}},
        {"{to: event.created, time: '%d.%m.%Y-%H:%M'}", "v=21.11.2026-08:30", "event.created", {"2026-11-21T00:30:00.000000Z"}},
        {"{to: event.created, time: '%d.%m.%Y-%H:%M', zone: UTC}", "v=21.11.2026-08:30", "event.created", {"2026-11-21T08:30:00.000000Z"}},
    };
    for (const auto& each : cases) {
        const std::string pack = std::string(kKeyValue) + "tables: {verdicts: {'1': one}}\nfields: {v: " + each.mapping + "}\n";
        EXPECT_EQ(parse_with(pack, std::string("box=1 ") + each.pair).values(each.field), each.expected) << each.mapping << " | " << each.pair;
    }
}

TEST(Parser, lets_the_first_mapped_name_win) {
    const std::string pack = std::string(kKeyValue) + "absent: ['N/A']\nfields: {user: user.name, login: user.name}\n";
    EXPECT_EQ(parse_with(pack, "box=1 login=b user=a").values("user.name"), (std::vector<std::string>{"a"}));
    EXPECT_EQ(parse_with(pack, "box=1 login=b").values("user.name"), (std::vector<std::string>{"b"}));
    EXPECT_EQ(parse_with(pack, "box=1 login=b user=N/A").values("user.name"), (std::vector<std::string>{"b"}));
    EXPECT_EQ(parse_with(pack, "box=1 login=b user=").values("user.name"), (std::vector<std::string>{"b"}));
}

TEST(Parser, applies_rules_in_order_and_lets_them_outweigh_mapping) {
    const std::string pack = std::string(kKeyValue) +
                             "fields: {act: event.action, code: event.code}\n"
                             "set: {event.outcome: unknown, event.type: info}\n"
                             "rules:\n"
                             "  - when: {act: [deny, drop]}\n    set: {event.outcome: failure, event.type: [connection, denied]}\n"
                             "  - when: {code: {from: 400, to: 499}}\n    set: {event.reason: 'client error {code}'}\n"
                             "  - when: {act: {starts: rep}, code: {exists: false}}\n    set: {event.action: replaced, event.outcome: ~}\n"
                             "  - when: {act: {not: [deny, drop, replay]}}\n    set: {event.outcome: success}\n"
                             "  - when: {code: {matches: '^5\\d\\d$'}}\n    set: {event.type: error}\n"
                             "  - when: {code: {ends: '99', contains: '9'}}\n    set: {event.reason: ninety}\n";
    Parsed denied = parse_with(pack, "box=1 act=deny");
    EXPECT_EQ(denied["event.outcome"], "failure");
    EXPECT_EQ(denied.values("event.type"), (std::vector<std::string>{"connection", "denied"}));
    EXPECT_EQ(denied["event.action"], "deny");
    Parsed client = parse_with(pack, "box=1 act=get code=404");
    EXPECT_EQ(client["event.reason"], "client error 404");
    EXPECT_EQ(client["event.outcome"], "success");
    Parsed replayed = parse_with(pack, "box=1 act=replay");
    EXPECT_EQ(replayed["event.action"], "replaced");
    EXPECT_EQ(replayed["event.outcome"], "") << "~ takes the field away";
    EXPECT_EQ(parse_with(pack, "box=1 act=x code=500")["event.type"], "error");
    EXPECT_EQ(parse_with(pack, "box=1 act=x code=599")["event.reason"], "ninety");
    EXPECT_EQ(parse_with(pack, "box=1")["event.outcome"], "success") << "what is absent is not one of a list";
}

constexpr const char* kMessages =
    "recognise: [{contains: 'BOX-'}]\n"
    "extract: [{dissect: 'BOX-%{id}: %{_text}'}]\n"
    "dispatch: id\n"
    "fields: {who: user.name}\n"
    "messages:\n"
    "  - {id: ['1', '2'], from: _text, dissect: ['login %{who} from %{source.ip}', 'login %{who}'], set: {event.action: login}}\n"
    "  - {id: '3', from: _text, dissect: 'kick %{who} by %{_by}', fields: {who: user.target.name, _by: user.name}, set: {event.action: kick}}\n"
    "  - {id: '4', refuse: true}\n"
    "  - {from: _text, dissect: 'any %{what}', set: {event.action: any}}\n";

TEST(Parser, dispatches_messages_by_id_and_falls_back) {
    EXPECT_EQ(parse_with(kMessages, "BOX-1: login li from 10.0.0.1")["source.ip"], "10.0.0.1");
    EXPECT_EQ(parse_with(kMessages, "BOX-2: login li")["user.name"], "li");
    const Parsed kicked = parse_with(kMessages, "BOX-3: kick a by b");
    EXPECT_EQ(kicked["user.target.name"], "a");
    EXPECT_EQ(kicked["user.name"], "b");
    EXPECT_EQ(parse_with(kMessages, "BOX-9: any thing")["event.action"], "any");
    EXPECT_EQ(parse_with(kMessages, "BOX-1: any thing")["event.action"], "any");
    EXPECT_EQ(parse_with(kMessages, "BOX-4: any thing").outcome, Outcome::partial);
    EXPECT_EQ(parse_with(kMessages, "BOX-9: nothing").outcome, Outcome::partial);
    EXPECT_EQ(parse_with(std::string(kMessages) + "unknown_messages: keep\n", "BOX-9: nothing").outcome, Outcome::parsed);
}

TEST(Parser, keeps_json_under_canonical_names_beside_the_mapping) {
    const std::string pack =
        "recognise: [{contains: '\"id\"'}]\nprefix: acme\nkeep: all\nextract: [{json: {}}]\n"
        "rename: {id: winlog.event_id, 'Data.*': winlog.event_data.*, 'Wrap.*.*': winlog.user_data.*, secret: _secret}\n"
        "fields: {winlog.event_data.Image: process.executable}\n";
    const Parsed parsed = parse_with(pack, R"({"id":7,"Data":{"Image":"C:\\a.exe","Other":"x"},"Wrap":{"Any":{"Leaf":"y"}},"secret":"s","list":[1,2],"nothing":null})");
    EXPECT_EQ(parsed["winlog.event_id"], "7");
    EXPECT_EQ(parsed["winlog.event_data.Image"], "C:\\a.exe");
    EXPECT_EQ(parsed["process.executable"], "C:\\a.exe");
    EXPECT_EQ(parsed["winlog.event_data.Other"], "x");
    EXPECT_EQ(parsed["winlog.user_data.Leaf"], "y");
    EXPECT_EQ(parsed["acme._secret"], "");
    EXPECT_EQ(parsed.values("acme.list"), (std::vector<std::string>{"1", "2"}));
    const Parsed broken = parse_with(pack, R"({"id":7,"Data":)");
    EXPECT_EQ(broken.outcome, Outcome::partial);
    EXPECT_EQ(broken.batch.fields(broken.event()).size(), 1u);
}

TEST(Parser, moves_mapped_json_values_and_keeps_the_rest) {
    const std::string pack = "recognise: [{contains: '\"id\"'}]\nprefix: acme\nextract: [{json: {}}]\nfields: {src: source.ip, ids: [rule.id]}\nrules: [{when: {kind: a}, set: {event.action: A}}]\n";
    const Parsed parsed = parse_with(pack, R"({"id":1,"src":"10.0.0.1","kind":"a","ids":["x","y"]})");
    EXPECT_EQ(parsed["source.ip"], "10.0.0.1");
    EXPECT_EQ(parsed["acme.src"], "");
    EXPECT_EQ(parsed["acme.kind"], "a") << "a name only a rule asks for stays";
    EXPECT_EQ(parsed["event.action"], "A");
    EXPECT_EQ(parsed.values("rule.id"), (std::vector<std::string>{"x", "y"}));
}

TEST(Parser, tests_every_value_of_a_name) {
    const std::string pack = "recognise: [{contains: 'box'}]\nextract: [{json: {}}]\n"
                             "rules:\n  - {when: {tags.id: admin}, set: {event.action: found}}\n  - {when: {tags.id: {not: [admin]}}, set: {event.outcome: none}}\n";
    EXPECT_EQ(parse_with(pack, R"({"box":1,"tags":[{"id":"user"},{"id":"admin"}]})")["event.action"], "found");
    EXPECT_EQ(parse_with(pack, R"({"box":1,"tags":[{"id":"user"},{"id":"admin"}]})")["event.outcome"], "");
    EXPECT_EQ(parse_with(pack, R"({"box":1,"tags":[{"id":"user"},{"id":"guest"}]})")["event.action"], "");
}

TEST(Parser, changes_texts_in_templates) {
    const std::string pack = std::string(kKeyValue) + "compute: {path: '{p|url}'}\nfields: {path: url.path, p: ~}\nset: {event.action: 'a-{act|lower}-{act|upper}'}\n";
    const Parsed parsed = parse_with(pack, "box=1 p=/a%20b+c%2 act=Deny");
    EXPECT_EQ(parsed["url.path"], "/a b c%2");
    EXPECT_EQ(parsed["event.action"], "a-deny-DENY");
}

TEST(Parser, takes_back_what_the_header_seemed_to_say) {
    const std::string pack = std::string(kKeyValue) + "hostname: none\nset: {log.syslog.appname: ~}\n";
    const Parsed parsed = parse_with(pack, "<13>Nov 21 08:30:00 level app: box=1");
    EXPECT_EQ(parsed["observer.name"], "");
    EXPECT_EQ(parsed["log.syslog.appname"], "");
    EXPECT_EQ(parsed["log.syslog.facility.code"], "1");
    EXPECT_EQ(parsed["acme.box.box"], "1");
}

TEST(Parser, computes_names_of_others) {
    const std::string pack = std::string(kKeyValue) +
                             "compute: {_when: ['{d} {t} {z}', '{d} {t}'], label: '{d}/{{x}'}\n"
                             "fields: {_when: {to: '@timestamp', time: ['%Y-%m-%d %H:%M:%S %z', '%Y-%m-%d %H:%M:%S']}}\n";
    EXPECT_EQ(event::format_rfc3339(parse_with(pack, "box=1 d=2026-11-21 t=08:30:00").event().time), "2026-11-21T00:30:00.000000Z");
    EXPECT_EQ(event::format_rfc3339(parse_with(pack, "box=1 d=2026-11-21 t=08:30:00 z=-0500").event().time), "2026-11-21T13:30:00.000000Z");
    EXPECT_EQ(parse_with(pack, "box=1 d=2026-11-21")["acme.box.label"], "2026-11-21/{x}");
}

TEST(Parser, goes_on_with_another_set) {
    Parser parser(one_pack("recognise: [{contains: 'A'}]\nextract: [{dissect: '%{a}'}]\n"));
    EXPECT_EQ(test::parse(parser, "A").outcome, Outcome::parsed);
    parser.use(one_pack("recognise: [{contains: 'B'}]\nextract: [{dissect: '%{a}'}]\n"));
    EXPECT_EQ(test::parse(parser, "A").outcome, Outcome::unparsed);
    EXPECT_EQ(test::parse(parser, "B").outcome, Outcome::parsed);
    parser.use(PackSet::empty());
    EXPECT_EQ(test::parse(parser, "B").outcome, Outcome::unparsed);
}

TEST(Parser, leaves_values_that_outlive_the_pack_set) {
    Parsed parsed;
    {
        Parser parser(one_pack("recognise: [{contains: 'A'}]\nextract: [{dissect: '%{a}'}]\nset: {event.action: constant-text}\nsummary: fixed\n"));
        parsed = test::parse(parser, "A");
    }
    EXPECT_EQ(parsed["event.action"], "constant-text");
    EXPECT_EQ(parsed["message"], "fixed");
}

// A pack for lines, and the one that reads documents nobody else knows.
std::shared_ptr<const PackSet> packs_with_documents() {
    PackFolder folder;
    folder.add("box", kKeyValue + std::string("fields: {src: source.ip, at: {to: '@timestamp', time: [rfc3339]}}\n"));
    folder.add("json",
               "recognise: [{regex: '^\\s*\\{\\s*\"', priority: 5}]\nprefix: bare\nextract: [{json: {}}]\n"
               "fields: {'@timestamp': {to: '@timestamp', time: [rfc3339]}}\n");
    return folder.load();
}

TEST(Parser, reads_the_line_that_a_shippers_document_carries) {
    Parser parser(packs_with_documents());
    const Parsed parsed = test::parse(
        parser, R"({"@timestamp":"2026-11-21T00:30:00Z","message":"<13>Nov 21 08:29:30 fw01 app[7]: box=1 src=192.0.2.7",)"
                R"("host":{"name":"relay"},"agent":{"type":"filebeat"},"source":{"ip":"198.51.100.1"},"tags":["a","b"]})");
    EXPECT_EQ(parsed.outcome, Outcome::parsed);
    EXPECT_EQ(parser.packs()->name(parsed.event().pack), "box");
    EXPECT_EQ(parsed["source.ip"], "192.0.2.7") << "what the line says goes before";
    EXPECT_EQ(parsed["agent.type"], "filebeat") << "what it does not say stays";
    EXPECT_EQ(parsed["observer.name"], "fw01");
    EXPECT_EQ(parsed.values("tags"), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(event::format_rfc3339(parsed.event().time), "2026-11-21T00:29:30.000000Z");
    EXPECT_TRUE(parsed.event().raw.starts_with('{')) << "the evidence is what was sent";
}

TEST(Parser, takes_the_time_of_the_document_when_its_line_has_none) {
    Parser parser(packs_with_documents());
    for (const char* name : {"message", "log"}) {
        const Parsed parsed = test::parse(parser, std::string(R"({"@timestamp":"2026-11-21T00:30:00Z",")") + name + R"(":"box=1 src=192.0.2.7"})");
        EXPECT_EQ(parser.packs()->name(parsed.event().pack), "box") << name;
        EXPECT_EQ(parsed["source.ip"], "192.0.2.7");
        EXPECT_EQ(parsed[name], "box=1 src=192.0.2.7");
        EXPECT_EQ(event::format_rfc3339(parsed.event().time), "2026-11-21T00:30:00.000000Z");
    }
}

TEST(Parser, leaves_a_document_as_it_is_when_nobody_knows_its_line) {
    Parser parser(packs_with_documents());
    const Parsed parsed = test::parse(parser, R"({"@timestamp":"2026-11-21T00:30:00Z","message":"<13>Nov 21 08:29:30 fw01 app[7]: hello","tags":["a","b"]})");
    EXPECT_EQ(parser.packs()->name(parsed.event().pack), "json");
    EXPECT_EQ(parsed["message"], "<13>Nov 21 08:29:30 fw01 app[7]: hello");
    EXPECT_EQ(parsed["log.syslog.appname"], "");
    EXPECT_EQ(parsed["host.name"], "");
    EXPECT_EQ(parsed.values("tags"), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(event::format_rfc3339(parsed.event().time), "2026-11-21T00:30:00.000000Z");
}

}  // namespace
}  // namespace shuwei::parse
