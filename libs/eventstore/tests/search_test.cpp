#include <random>

#include "shuwei/base/text.hpp"
#include "shuwei/event/ndjson.hpp"
#include "shuwei/eventstore/kql.hpp"
#include "store_fixture.hpp"

namespace shuwei::eventstore {
namespace {

using event::Comparison;
using event::EventBatch;
using event::Predicate;
using event::ValueKind;

class Search : public StoreTest {};

TEST_F(Search, GivesBackWhatWasAppended) {
    EventBatch batch;
    event::Event& event = add_line(batch, 1, "<38>Nov 22 12:00:00 gw sshd[42]: Failed password for root from 10.1.2.3 port 50022 ssh2");
    batch.add(event, event::user_name, "root");
    batch.add(event, event::source_ip, "10.1.2.3");
    batch.add(event, event::source_port, "50022", ValueKind::number);
    batch.add(event, "sshd.method", "password");
    batch.add(event, "sshd.attempt", "3", ValueKind::number);
    batch.add(event, "sshd.final", "true", ValueKind::boolean);
    batch.add(event, "sshd.nothing", {}, ValueKind::null);
    ASSERT_OK(store().append(tenant(), encode(batch)));

    SearchRequest request;
    request.scope = scope();
    const auto found = store().search(request);
    ASSERT_OK(found);
    ASSERT_EQ(found->events.size(), 1u);
    EXPECT_EQ(found->events[0].json,
              R"({"@timestamp":"2026-11-22T12:00:00.000000Z","event.ingested":"2026-11-22T12:00:01.000000Z",)"
              R"("log.source.address":"192.0.2.7","shuwei.seq":1,"shuwei.pack":"sshd",)"
              R"("event.original":"<38>Nov 22 12:00:00 gw sshd[42]: Failed password for root from 10.1.2.3 port 50022 ssh2",)"
              R"("user.name":"root","source.ip":"10.1.2.3","source.port":50022,"sshd.method":"password",)"
              R"("sshd.attempt":3,"sshd.final":true})");
    EXPECT_EQ(found->total, 1u);
    EXPECT_EQ(found->total_relation, TotalRelation::exact);
}

TEST_F(Search, ReplaysARangeInOrderOfReceiptWhateverTheDevicesClocksSay) {
    EventBatch batch;
    for (const uint64_t seq : {3, 1, 5, 2, 4}) {
        event::Event& event = add_line(batch, seq, "line " + std::to_string(seq));
        event.time -= static_cast<base::Timestamp>(seq) * base::kHour;
        batch.add(event, event::host_name, seq % 2 == 0 ? "even" : "odd");
    }
    ASSERT_OK(store().append(tenant(), encode(batch)));
    const auto replayed = [&](uint64_t after, uint64_t until, const char* query) {
        ReplayRequest request{tenant(), after, until, *parse_kql(query), {"host.name"}, {}};
        std::vector<std::string> lines;
        const auto given = store().replay(request, [&](StoredEvent&& event) {
            EXPECT_EQ(event.peer.to_string(), "192.0.2.7");
            lines.push_back(event.raw);
            return true;
        });
        EXPECT_EQ(given.value_or(99), lines.size());
        return lines;
    };
    EXPECT_EQ(replayed(0, 5, ""), (std::vector<std::string>{"line 1", "line 2", "line 3", "line 4", "line 5"}));
    EXPECT_EQ(replayed(1, 4, ""), (std::vector<std::string>{"line 2", "line 3", "line 4"}));
    EXPECT_EQ(replayed(1, 5, "host.name:even"), (std::vector<std::string>{"line 2", "line 4"}));
    const auto first = store().first_seq_since(tenant(), 0);
    ASSERT_OK(first);
    EXPECT_EQ(*first, std::optional<uint64_t>(1));
    const auto none = store().first_seq_since(tenant(), 4'000'000'000 * base::kSecond);
    ASSERT_OK(none);
    EXPECT_EQ(*none, std::nullopt);
}

TEST_F(Search, KeepsEveryValueOfAField) {
    EventBatch batch;
    event::Event& event = add_line(batch, 1, "raw");
    batch.add(event, event::source_ip, "10.0.0.1");
    batch.add(event, event::source_ip, "2001:db8::1");
    batch.add(event, event::source_ip, "not an address");
    batch.add(event, event::source_port, "http");
    batch.add(event, event::source_port, "80", ValueKind::number);
    batch.add(event, event::source_bytes, "1.5", ValueKind::number);
    batch.add(event, event::user_name, "");
    batch.add(event, "x.list", "a");
    batch.add(event, "x.list", "1", ValueKind::number);
    batch.add(event, "x.list", "evil", ValueKind::number);
    ASSERT_OK(store().append(tenant(), encode(batch)));
    const auto stored = store().get({tenant()}, 1);
    ASSERT_OK(stored);
    EXPECT_EQ(stored->json.substr(stored->json.find("\"user.name")),
              R"("user.name":"","source.ip":["10.0.0.1","2001:db8::1","not an address"],"source.port":[80,"http"],)"
              R"("source.bytes":1.5,"x.list":["a",1,"evil"]})");
    for (const std::string_view query :
         {"source.ip:10.0.0.1", "source.ip:2001:db8::/32", "source.ip:\"not an address\"", "source.ip:not*", "source.port:80",
          "source.port:http", "source.port >= 80", "user.name:\"\"", "user.name:*", "x.list:a", "x.list:1", "x.list:evil"}) {
        EXPECT_EQ(found(scope(*parse_kql(query))), std::vector<uint64_t>{1}) << query;
    }
    for (const std::string_view query : {"source.ip:10.0.0.2", "source.port > 80", "user.name:root", "user.id:*", "x.list:b"}) {
        EXPECT_EQ(found(scope(*parse_kql(query))), std::vector<uint64_t>{}) << query;
    }
}

TEST_F(Search, KeepsAMessageAsAPlaceInItsLine) {
    EventBatch batch;
    event::Event& inside = add_line(batch, 1, "<38>sshd[42]: 登录失败 for root\n");
    batch.add(inside, event::message, inside.raw.substr(14, 21));
    batch.add(inside, event::message, "a second one");
    event::Event& outside = add_line(batch, 2, "<38>sshd[42]: Failed");
    batch.add(outside, event::message, "Failed, in other words");
    add_line(batch, 3, "no message");
    event::Event& whole = add_line(batch, 4, "all of it");
    batch.add(whole, event::message, whole.raw);
    event::Event& empty = add_line(batch, 5, "none of it");
    batch.add(empty, event::message, empty.raw.substr(0, 0));
    ASSERT_OK(store().append(tenant(), encode(batch)));
    const auto message_of = [&](uint64_t seq) {
        const auto stored = store().get({tenant()}, seq);
        if (!stored) return stored.error().to_string();
        const size_t at = stored->json.find("\"message\":");
        return at == std::string::npos ? std::string("absent") : stored->json.substr(at + 10);
    };
    EXPECT_EQ(message_of(1), "[\"登录失败 for root\",\"a second one\"]}");
    EXPECT_EQ(message_of(2), "\"Failed, in other words\"}");
    EXPECT_EQ(message_of(3), "absent");
    EXPECT_EQ(message_of(4), "\"all of it\"}");
    EXPECT_EQ(message_of(5), "\"\"}");
    EXPECT_EQ(found(scope(*parse_kql("message:*"))), (std::vector<uint64_t>{1, 2, 4, 5}));
    EXPECT_EQ(found(scope(*parse_kql("message:*失败*"))), (std::vector<uint64_t>{1}));
    EXPECT_EQ(found(scope(*parse_kql("message:\"all of it\""))), (std::vector<uint64_t>{4}));
    EXPECT_EQ(found(scope(*parse_kql("message:a*"))), (std::vector<uint64_t>{1, 4}));
}

TEST_F(Search, StoresHostileLinesAsTheyAre) {
    const std::string all_bytes = [] {
        std::string bytes;
        for (int c = 0; c < 256; ++c) bytes += static_cast<char>(c);
        return bytes;
    }();
    const std::vector<std::string> lines = {
        "\n\nDROP TABLE shuwei.events_1;\n\n", "'; DROP TABLE events_1; --", "\\", "\\'", "\\N", "{p0:String}", "$FD$", "a\tb\r\nc",
        std::string("nul \0 byte", 10), all_bytes, "", " ", "登录失败", "\xB5\xC7\xC2\xBC gbk", "\xF0\x9F\x92\xA9", std::string(1024 * 1024, 'x'),
        "/* */ -- # `", "%_*?", "\"quoted\""};
    EventBatch batch;
    for (size_t i = 0; i < lines.size(); ++i) {
        add_line(batch, i + 1, lines[i]);
        batch.add(batch[i], "evil.value", batch.store(std::string_view(lines[i]).substr(0, 60'000)));
        batch.add(batch[i], event::message, batch.store(std::string_view(lines[i]).substr(0, 60'000)));
        batch.add(batch[i], "evil'\\name\n" + std::to_string(i), "x");
    }
    ASSERT_OK(store().append(tenant(), encode(batch)));
    for (size_t i = 0; i < lines.size(); ++i) {
        const auto stored = store().get({tenant()}, i + 1);
        ASSERT_OK(stored);
        std::string expected = "\"event.original\":";
        base::append_json_string(expected, lines[i]);
        if (!base::is_valid_utf8(lines[i])) expected += ",\"event.original_base64\":\"" + base::base64_encode(lines[i]) + "\"";
        EXPECT_NE(stored->json.find(expected), std::string::npos) << i;
        // And as something to look for.
        if (lines[i].size() > 1000) continue;
        for (const char* field : {"evil.value", "message", "event.original"}) {
            const auto seqs = found(scope(Predicate::compare(field, Comparison::equals, lines[i])));
            EXPECT_NE(std::find(seqs.begin(), seqs.end(), i + 1), seqs.end()) << field << " " << i;
        }
        const auto seqs = found(scope(Predicate::free_text(lines[i])));
        EXPECT_NE(std::find(seqs.begin(), seqs.end(), i + 1), seqs.end()) << i;
        const auto named = found(scope(Predicate::exists("evil'\\name\n" + std::to_string(i))));
        EXPECT_EQ(named, std::vector<uint64_t>{i + 1});
    }
    EXPECT_EQ(*store().count(scope()), lines.size());
}

TEST_F(Search, PagesExactlyThroughEqualTimes) {
    EventBatch batch;
    for (uint64_t seq = 1; seq <= 100; ++seq) add_line(batch, seq, "line", kNoon + static_cast<int64_t>(seq / 10) * base::kSecond);
    ASSERT_OK(store().append(tenant(), encode(batch)));
    for (const Order order : {Order::newest_first, Order::oldest_first}) {
        std::vector<uint64_t> seqs;
        SearchRequest request;
        request.scope = scope();
        request.limit = 7;
        request.order = order;
        do {
            const auto page = store().search(request);
            ASSERT_OK(page);
            for (const StoredEvent& event : page->events) seqs.push_back(event.seq);
            EXPECT_EQ(page->total, 100u);
            // As it goes over the wire.
            request.after = page->next ? Cursor::parse(page->next->to_string()) : std::nullopt;
        } while (request.after);
        if (order == Order::newest_first) std::reverse(seqs.begin(), seqs.end());
        ASSERT_EQ(seqs.size(), 100u);
        for (size_t i = 0; i < seqs.size(); ++i) EXPECT_EQ(seqs[i], i + 1);
    }
    Scope range = scope();
    range.since = kNoon + 2 * base::kSecond;
    range.until = kNoon + 4 * base::kSecond;
    EXPECT_EQ(found(range).size(), 20u);
    EXPECT_EQ(found(range).front(), 20u);
}

TEST_F(Search, GivesOnlyTheFieldsAskedFor) {
    EventBatch batch;
    event::Event& event = add_line(batch, 1, "raw");
    batch.add(event, event::user_name, "root");
    batch.add(event, event::user_name, "admin");
    batch.add(event, event::source_port, "22", ValueKind::number);
    batch.add(event, "x.a", "1", ValueKind::number);
    batch.add(event, "x.b", "b");
    ASSERT_OK(store().append(tenant(), encode(batch)));
    SearchRequest request;
    request.scope = scope();
    request.fields = {"user.name"};
    auto page = store().search(request);
    ASSERT_OK(page);
    EXPECT_EQ(page->events.at(0).json,
              R"({"@timestamp":"2026-11-22T12:00:00.000000Z","shuwei.seq":1,"event.original":"raw","user.name":["root","admin"]})");
    request.fields = {"x.a", "source.port", "shuwei.pack"};
    page = store().search(request);
    ASSERT_OK(page);
    EXPECT_EQ(page->events.at(0).json,
              R"({"@timestamp":"2026-11-22T12:00:00.000000Z","shuwei.seq":1,"shuwei.pack":"sshd","event.original":"raw","source.port":22,"x.a":1})");
}

TEST_F(Search, LooksIntoSeveralTenants) {
    const uint32_t other = tenant() + 1000;
    ASSERT_OK(store().create_tenant(other));
    EventBatch mine, theirs;
    add_line(mine, 1, "mine", kNoon);
    add_line(theirs, 2, "theirs", kNoon + base::kSecond);
    mine.add(mine[0], event::user_name, "a");
    theirs.add(theirs[0], event::user_name, "b");
    ASSERT_OK(store().append(tenant(), encode(mine)));
    ASSERT_OK(store().append(other, encode(theirs)));
    EXPECT_EQ(found(scope()), std::vector<uint64_t>{1});
    SearchRequest request;
    request.scope = {{tenant(), other}, {}, {}, {}};
    const auto both = store().search(request);
    ASSERT_OK(both);
    ASSERT_EQ(both->events.size(), 2u);
    EXPECT_EQ(both->events[0].tenant, other);
    EXPECT_EQ(both->events[1].tenant, tenant());
    EXPECT_EQ(store().get({tenant()}, 2).error().code(), base::ErrorCode::not_found);
    FieldStatsRequest stats;
    stats.scope = request.scope;
    stats.field = "user.name";
    const auto values = store().field_stats(stats);
    ASSERT_OK(values);
    EXPECT_EQ(values->values, (std::vector<ValueCount>{{"a", 1}, {"b", 1}}));
    stats.field.clear();
    ASSERT_OK(store().field_stats(stats));
    ASSERT_OK(store().drop_tenant(other));
    EXPECT_EQ(store().search(request).error().code(), base::ErrorCode::not_found);
    request.scope.tenants.clear();
    EXPECT_EQ(store().search(request).error().code(), base::ErrorCode::invalid_argument);
}

TEST_F(Search, FindsChineseInAnyCharset) {
    EventBatch batch;
    add_line(batch, 1, "<134>Nov 22 12:00:00 防火墙 用户登录失败，用户名：张三");
    add_line(batch, 2, "<134> \xD3\xC3\xBB\xA7\xB5\xC7\xC2\xBC\xCA\xA7\xB0\xDC");  // 用户登录失败 in GB18030
    add_line(batch, 3, "<134> 用户登录成功");
    ASSERT_OK(store().append(tenant(), encode(batch)));
    // Before and after the day's indexes are there.
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(found(scope(*parse_kql("登录失败"))), (std::vector<uint64_t>{1, 2}));
        EXPECT_EQ(found(scope(*parse_kql("用户 and not 失败"))), (std::vector<uint64_t>{3}));
        EXPECT_EQ(found(scope(*parse_kql("张三"))), (std::vector<uint64_t>{1}));
        EXPECT_EQ(found(scope(*parse_kql("nov 22"))), (std::vector<uint64_t>{1}));
        ASSERT_OK(store().index_days(tenant(), kNoon + 2 * base::kDay));
    }
}

TEST_F(Search, IndexesADayOnce) {
    for (uint64_t seq = 1; seq <= 4; ++seq) {
        EventBatch batch;
        // A stray byte before the text would shift its n-grams; the next day is not over.
        add_line(batch, seq, "\xE5mimikatz", kNoon, kNoon + (seq == 4 ? base::kDay : 0));
        ASSERT_OK(store().append(tenant(), encode(batch)));
    }
    EXPECT_EQ(*store().index_days(tenant(), kNoon), 0u);
    EXPECT_EQ(*store().index_days(tenant(), kNoon + base::kDay), 1u);
    EXPECT_EQ(*store().index_days(tenant(), kNoon + base::kDay), 0u);
    EXPECT_EQ(found(scope(*parse_kql("mimikatz"))), (std::vector<uint64_t>{1, 2, 3, 4}));
    EXPECT_EQ(found(scope(*parse_kql("mimikata"))), (std::vector<uint64_t>{}));
    // Lines that come late, from a spool that was replayed, are taken in.
    EventBatch late;
    add_line(late, 5, "mimikatz", kNoon, kNoon);
    ASSERT_OK(store().append(tenant(), encode(late)));
    EXPECT_EQ(*store().index_days(tenant(), kNoon + base::kDay), 1u);
    EXPECT_EQ(found(scope(*parse_kql("mimikatz"))), (std::vector<uint64_t>{1, 2, 3, 4, 5}));
}

TEST_F(Search, CountsOverTime) {
    EventBatch batch;
    const char* const users[] = {"root", "root", "root", "admin", "admin", "guest"};
    for (uint64_t seq = 1; seq <= 60; ++seq) {
        event::Event& event = add_line(batch, seq, "line", kNoon + static_cast<int64_t>(seq) * base::kMinute);
        if (seq % 10 != 0) batch.add(event, event::user_name, users[seq % 6]);
    }
    ASSERT_OK(store().append(tenant(), encode(batch)));
    HistogramRequest request;
    request.scope = scope();
    request.scope.since = kNoon;
    request.scope.until = kNoon + base::kHour + base::kMinute;
    request.buckets = 15;
    request.split_field = "user.name";
    request.split_limit = 2;
    const auto histogram = store().histogram(request);
    ASSERT_OK(histogram);
    EXPECT_EQ(histogram->interval, 5 * base::kMinute);
    EXPECT_EQ(histogram->since, kNoon);
    EXPECT_EQ(histogram->until, kNoon + 65 * base::kMinute);
    ASSERT_EQ(histogram->buckets.size(), 13u);
    EXPECT_EQ(histogram->total, 60u);
    EXPECT_EQ(histogram->split_values, (std::vector<std::string>{"root", "admin"}));
    uint64_t sum = 0, rest = 0;
    for (const HistogramBucket& bucket : histogram->buckets) {
        uint64_t split = 0;
        for (const uint64_t each : bucket.split) split += each;
        EXPECT_EQ(split, bucket.count);
        sum += bucket.count;
        rest += bucket.split.back();
    }
    EXPECT_EQ(sum, 60u);
    EXPECT_EQ(rest, *store().count(scope(*parse_kql("not user.name:(root or admin)"))));

    request.scope.since.reset();
    request.scope.until.reset();
    request.split_field.clear();
    const auto whole = store().histogram(request);
    ASSERT_OK(whole);
    EXPECT_EQ(whole->total, 60u);
    EXPECT_EQ(whole->since, kNoon);  // aligned to the interval
    request.scope.predicate = Predicate::free_text("no such line");
    EXPECT_EQ(store().histogram(request)->buckets.size(), 0u);
}

TEST_F(Search, CountsFieldsAndValues) {
    EventBatch batch;
    for (uint64_t seq = 1; seq <= 100; ++seq) {
        event::Event& event = add_line(batch, seq, "line");
        batch.add(event, event::source_ip, seq % 4 == 0 ? "10.0.0.1" : "10.0.0.2");
        if (seq % 2 == 0) batch.add(event, event::source_port, "443", ValueKind::number);
        if (seq % 5 == 0) batch.add(event, "x.tag", "five");
        if (seq % 10 == 0) batch.add(event, "x.tag", "ten");
    }
    ASSERT_OK(store().append(tenant(), encode(batch)));
    FieldStatsRequest request;
    request.scope = scope();
    auto stats = store().field_stats(request);
    ASSERT_OK(stats);
    EXPECT_EQ(stats->sampled, 100u);
    const auto count_of = [&](std::string_view name) {
        for (const ValueCount& field : stats->fields) {
            if (field.value == name) return field.count;
        }
        return uint64_t{0};
    };
    EXPECT_EQ(count_of("source.ip"), 100u);
    EXPECT_EQ(count_of("source.port"), 50u);
    EXPECT_EQ(count_of("x.tag"), 20u);
    EXPECT_EQ(count_of("event.original"), 100u);
    EXPECT_EQ(count_of("user.name"), 0u);

    const auto values = [&](std::string field, std::string prefix = {}) {
        request.field = std::move(field);
        request.prefix = std::move(prefix);
        stats = store().field_stats(request);
        EXPECT_TRUE(stats) << stats.error().to_string();
        return stats->values;
    };
    EXPECT_EQ(values("source.ip"), (std::vector<ValueCount>{{"10.0.0.2", 75}, {"10.0.0.1", 25}}));
    EXPECT_EQ(stats->distinct, 2u);
    EXPECT_EQ(values("x.tag"), (std::vector<ValueCount>{{"five", 20}, {"ten", 10}}));
    EXPECT_EQ(values("x.tag", "T"), (std::vector<ValueCount>{{"ten", 10}}));
    EXPECT_EQ(values("source.port"), (std::vector<ValueCount>{{"443", 50}}));
    EXPECT_EQ(values("log.source.address"), (std::vector<ValueCount>{{"192.0.2.7", 100}}));
    EXPECT_EQ(values("no.such"), (std::vector<ValueCount>{}));
    request.sample = 10;
    EXPECT_EQ(values("source.ip")[0].count + values("source.ip")[1].count, 10u);
}

TEST_F(Search, LooksValuesOfGroupsUpAsSets) {
    event::EventBatch batch;
    const auto add = [&](uint64_t seq, const char* address, const char* user, const char* port) {
        event::Event& event = add_line(batch, seq, "line", kNoon);
        batch.add(event, "source.ip", batch.store(address));
        batch.add(event, "user.name", batch.store(user));
        batch.add(event, "source.port", batch.store(port));
        batch.add(event, "vendor.next_hop", batch.store(address));
        batch.add(event, "vendor.owner", batch.store(user));
    };
    add(1, "10.0.0.77", "Root", "22");
    add(2, "10.1.0.1", "o'neil", "443");
    add(3, "192.0.2.9", "tab\there\\", "8443");
    add(4, "2001:db8:1::5", "nobody", "1");
    add(5, "203.0.113.1", "user-49999", "65000");
    ASSERT_OK(store().append(tenant(), encode(batch)));

    std::vector<GroupEntry> office;
    for (uint32_t i = 0; i < 30'000; ++i) office.push_back({Comparison::equals, base::IpAddress::from_v4(0xC6120000u + i).to_string()});
    for (uint32_t i = 0; i < 20'000; ++i) office.push_back({Comparison::network, base::IpAddress::from_v4(0x0A000000u + 256 * i).to_string() + "/24"});
    office.push_back({Comparison::equals, "192.0.2.9"});
    office.push_back({Comparison::network, "2001:db8:1::/48"});
    office[30'000].value = "10.0.0.64/26";
    office.erase(office.begin() + 30'256);  // 10.1.0.0/24
    std::vector<GroupEntry> names;
    for (int i = 0; i < 50'000; ++i) names.push_back({Comparison::equals, "user-" + std::to_string(i)});
    for (const char* name : {"ROOT", "o'neil", "tab\there\\", "443", "22"}) names.push_back({Comparison::equals, name});
    names.push_back({Comparison::wildcard, "nob?dy"});
    const GroupLookup groups = [&](std::string_view name) -> std::optional<std::vector<GroupEntry>> {
        if (name == "office") return office;
        if (name == "names") return names;
        if (name == "none") return std::vector<GroupEntry>();
        return std::nullopt;
    };
    const auto ask = [&](std::string_view query) {
        const auto predicate = parse_kql(query, groups);
        if (!predicate) {
            ADD_FAILURE() << query << ": " << predicate.error().message;
            return std::vector<uint64_t>{};
        }
        return found(scope(*predicate));
    };
    using Seqs = std::vector<uint64_t>;
    EXPECT_EQ(ask("source.ip:@office"), (Seqs{1, 3, 4}));
    EXPECT_EQ(ask("not source.ip:@office"), (Seqs{2, 5}));
    EXPECT_EQ(ask("user.name:@names"), (Seqs{1, 2, 3, 4, 5}));
    EXPECT_EQ(ask("user.name:@names and source.ip:@office and source.port > 100"), (Seqs{3}));
    EXPECT_EQ(ask("source.port:@names"), (Seqs{1, 2}));
    EXPECT_EQ(ask("vendor.next_hop:@office"), (Seqs{1, 3, 4}));
    EXPECT_EQ(ask("vendor.owner:(@names and not @office)"), (Seqs{1, 2, 3, 4, 5}));
    EXPECT_EQ(ask("user.name:@none"), Seqs{});

    // The same name means something else for each of several tenants; who has none of this name finds nothing.
    Scope each = scope();
    each.predicate_of = {{tenant(), *parse_kql("source.ip:@office", groups)}, {tenant() + 1'000, event::Predicate::any_of({})}};
    EXPECT_EQ(found(each), (Seqs{1, 3, 4}));
}

// Random conditions on random events: the store and the evaluator in memory agree.
TEST_F(Search, AgreesWithTheEvaluatorInMemory) {
    std::mt19937 random(20261122);
    const auto pick = [&](const auto& list) -> const auto& { return list[random() % std::size(list)]; };
    const std::vector<std::string> fields = {"user.name", "source.ip", "source.port", "message", "event.start", "x.word", "x.number",
                                             "event.code", "log.source.address", "shuwei.pack", "shuwei.seq", "@timestamp",
                                             "event.original", "process.parent.pid", "shuwei.truncated.bytes"};
    const std::vector<std::string> values = {
        "root", "ROOT", "Administrator", "", "10.1.2.3", "10.1.2.30", "2001:db8::1", "::1", "80", "443", "-5", "0", "7.5", "1e3", "登录失败",
        "a*b", "a?b", "a\\b", "it's", "x\ny", "x\ty", "2026-11-22T12:00:00Z", "2026-11-22T20:00:01+08:00", "2026-11-22", "true", "%_", "0x10",
        "10.1", "failed password", std::string("n\0ul", 4), "192.0.2.7", "sshd", "9999999999999999999", "10.0.0.0/8"};
    EventBatch batch;
    for (uint64_t seq = 1; seq <= 300; ++seq) {
        event::Event& event = add_line(batch, seq, pick(values) + " " + pick(values), kNoon + static_cast<int64_t>(random() % 3) * base::kSecond);
        const size_t count = random() % 8;
        for (size_t i = 0; i < count; ++i) {
            const std::string& field = fields[random() % 8];
            batch.add(event, field, batch.store(pick(values)), random() % 10 == 0 ? ValueKind::null : ValueKind::string);
        }
    }
    ASSERT_OK(store().append(tenant(), encode(batch)));
    ASSERT_EQ(*store().index_days(tenant(), kNoon + 2 * base::kDay), 1u);

    const auto term = [&]() -> Predicate {
        if (random() % 8 == 0) return Predicate::free_text(pick(values));
        const auto comparison = static_cast<Comparison>(random() % 8);
        std::string value = pick(values);
        if (comparison == Comparison::wildcard) {
            if (random() % 4 != 0) value = event::escape_wildcard(value);
            if (random() % 2 == 0) value = value.substr(0, value.size() / 2);
            if (random() % 2 == 0) value += "*";
            if (random() % 3 == 0) value.insert(0, "*");
            if (random() % 5 == 0) value.insert(value.size() / 2, "?");
        }
        if (comparison == Comparison::network) value = pick(std::vector<std::string>{"10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "::/0", "bad"});
        return Predicate::compare(pick(fields), comparison, std::move(value));
    };
    // Many values of one field take a way of their own.
    const auto list = [&]() -> Predicate {
        std::vector<Predicate> children;
        const std::string field = pick(fields);
        while (children.size() < 9) {
            Predicate one = term();
            if (one.kind != Predicate::Kind::field) continue;
            one.field = field;
            children.push_back(std::move(one));
        }
        return Predicate::any_of(std::move(children));
    };
    const std::function<Predicate(int)> tree = [&](int depth) -> Predicate {
        if (depth == 0 || random() % 3 == 0) return term();
        if (random() % 4 == 0) return Predicate::negation(tree(depth - 1));
        std::vector<Predicate> children;
        for (size_t i = random() % 3 + 1; i > 0; --i) children.push_back(tree(depth - 1));
        return random() % 2 == 0 ? Predicate::all_of(std::move(children)) : Predicate::any_of(std::move(children));
    };
    int differences = 0;
    for (int round = 0; round < 250; ++round) {
        const Predicate predicate = round % 5 == 0 ? list() : round < 150 ? term() : tree(3);
        std::vector<uint64_t> expected;
        for (const event::Event& event : batch) {
            if (matches(predicate, batch, event, "sshd")) expected.push_back(event.seq);
        }
        const auto stored = found(scope(predicate));
        if (stored == expected) continue;
        std::vector<uint64_t> differing;
        std::set_symmetric_difference(stored.begin(), stored.end(), expected.begin(), expected.end(), std::back_inserter(differing));
        std::string example;
        event::append_json(example, batch, batch[differing.front() - 1], "sshd");
        ADD_FAILURE() << round << ": " << predicate.to_string() << "\nthe store gives " << stored.size() << ", memory "
                      << expected.size() << "; one that differs: " << example;
        if (++differences == 10) break;
    }
}

}  // namespace
}  // namespace shuwei::eventstore
