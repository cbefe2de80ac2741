// Expert SQL: what is accepted, what it answers, and every way out that was tried.
#include "shuwei/eventstore/expert_sql.hpp"

#include "store_fixture.hpp"

namespace shuwei::eventstore {
namespace {

using event::EventBatch;
using event::ValueKind;

TEST(ExpertSqlRefuses, EveryWayOut) {
    const char* const attempts[] = {
        // other tables and functions that read
        "SELECT 1 FROM system.tables", "select name from system.processes", "SELECT 1 FROM shuwei.events_2", "SELECT 1 FROM events_2",
        "SELECT 1 FROM file('/etc/passwd', 'LineAsString')", "SELECT 1 FROM url('http://127.0.0.1/', 'CSV', 'a String')",
        "SELECT 1 FROM remote('127.0.0.1', system.one)", "SELECT 1 FROM s3('http://x/y')", "SELECT 1 FROM numbers(10)",
        "SELECT 1 FROM merge('shuwei', '.*')", "SELECT 1 FROM events(1)", "SELECT 1 FROM findings('x')", "SELECT 1 FROM \"events\"",
        "SELECT 1 FROM `events_2`", "SELECT 1 FROM 'events'", "SELECT 1 FROM events_1.events", "SELECT 1 FROM executable('id','TSV','x String')",
        "SELECT 1 FROM mysql('h','d','t','u','p')", "SELECT 1 FROM events, events_2", "SELECT 1 FROM events AS e", "SELECT 1 FROM events e",
        "SELECT 1 FROM events FINAL", "SELECT 1 FROM events SAMPLE 1", "SELECT 1",
        "SELECT dictGet('d', 'a', 1) FROM events", "SELECT file('/etc/passwd') FROM events", "SELECT getMacro('x') FROM events",
        "SELECT currentDatabase() FROM events", "SELECT hostName() FROM events", "SELECT version() FROM events", "SELECT sleep(3) FROM events",
        "SELECT joinGet('x','y',1) FROM events", "SELECT initializeAggregation('sum', 1) FROM events", "SELECT throwIf(1) FROM events",
        "SELECT arrayMap(x -> x, [1]) FROM events", "SELECT [1] FROM events", "SELECT (1, 2) FROM events", "SELECT arrayJoin(x) FROM events",
        "SELECT runningAccumulate(1) FROM events", "SELECT getSetting('readonly') FROM events", "SELECT catboostEvaluate('x', 1) FROM events",
        // several statements and queries inside
        "SELECT 1 FROM events; DROP TABLE shuwei.events_1", "SELECT 1 FROM events UNION ALL SELECT 1 FROM system.one", "SELECT (SELECT 1) FROM events",
        "SELECT 1 FROM (SELECT 1 FROM events)", "SELECT 1 FROM events WHERE 1 IN (SELECT 1)", "SELECT 1 FROM events WHERE EXISTS (SELECT 1)",
        "WITH x AS (SELECT 1) SELECT 1 FROM events", "WITH 1 AS x SELECT x FROM events", "SELECT 1 FROM events INTERSECT SELECT 1 FROM events",
        "SELECT 1 FROM events JOIN findings ON 1 = 1", "SELECT 1 FROM events ARRAY JOIN [1]", "SELECT 1 FROM events EXCEPT SELECT 1 FROM events",
        "INSERT INTO events VALUES (1)", "DROP TABLE events", "ALTER TABLE events DELETE WHERE 1", "SYSTEM SHUTDOWN", "SHOW TABLES", "EXPLAIN SELECT 1 FROM events",
        "SET readonly = 0", "KILL QUERY WHERE 1", "CREATE TABLE x (a Int8)", "GRANT ALL", "ATTACH DATABASE x", "",
        // clauses
        "SELECT 1 FROM events SETTINGS max_memory_usage = 0", "SELECT 1 FROM events FORMAT TSV", "SELECT 1 FROM events INTO OUTFILE '/tmp/x'",
        "SELECT 1 FROM events PREWHERE 1", "SELECT 1 FROM events LIMIT 1 BY x", "SELECT 1 FROM events LIMIT 1 WITH TIES", "SELECT * FROM events",
        "SELECT COLUMNS('.*') FROM events", "SELECT * EXCEPT (raw) FROM events", "SELECT 1 FROM events WHERE 1", "SELECT 1 FROM events LIMIT 10001",
        "SELECT 1 FROM events LIMIT -1", "SELECT 1 FROM events GROUP BY ALL", "SELECT count() OVER () FROM events", "SELECT 1 FROM events QUALIFY 1",
        "SELECT 1 FROM events WINDOW w AS ()", "SELECT DISTINCT ON (a) a FROM events", "SELECT 1 FROM events GROUP BY a WITH ROLLUP", "SELECT 1 AS select FROM events",
        // comments and characters
        "SELECT 1 /* x */ FROM events", "SELECT 1 -- x\nFROM events", "SELECT 1 FROM events # x", "SELECT `a` FROM events", "SELECT {p0:String} FROM events",
        "SELECT $$a$$ FROM events", "SELECT @@version FROM events WHERE a = ?", "SELECT 1 FROM ｅｖｅｎｔｓ", "SELECT 用户 FROM events", "SELECT 'a FROM events",
        "SELECT \"a FROM events", "SELECT a::Int8 FROM events", "SELECT CAST(a AS Int8) FROM events", "SELECT a[1] FROM events", "SELECT a.1.2. FROM events",
        "SELECT 0x41 FROM events", "SELECT 1e9 FROM events", "SELECT INTERVAL 1 DAY FROM events", "SELECT 'a\\'' FROM events x", "SELECT \"a\nb\" FROM events",
        "SELECT 1 FROM events WHERE a = 'x' OR 1", "SELECT 1 ，2 FROM events", "SELECT \xff FROM events",
        // kinds that do not fit
        "SELECT sum(user.name) FROM events", "SELECT lower(source.port) FROM events", "SELECT user.name FROM events WHERE user.name", "SELECT a, count(*) FROM events",
        "SELECT count(*) FROM events WHERE count(*) > 1", "SELECT sum(count(*)) FROM events", "SELECT a FROM events GROUP BY count(*)",
        "SELECT count(*) AS n FROM events HAVING sum(n) > 1", "SELECT a FROM events ORDER BY count(*)", "SELECT a FROM events WHERE a = NULL",
        "SELECT a FROM events WHERE a IN (b)", "SELECT a FROM events WHERE a LIKE b", "SELECT in_network(source.ip, 'x') FROM events", "SELECT in_network(source.ip, user.name) FROM events",
        "SELECT time_bucket(@timestamp, '0 s') FROM events", "SELECT time_bucket(@timestamp, '1 second, 1) --') FROM events", "SELECT quantile(source.port, 2) FROM events",
        "SELECT matches('a:') FROM events", "SELECT matches(user.name) FROM events", "SELECT a FROM events WHERE @timestamp > 'soon'", "SELECT source.ip FROM findings",
        "SELECT level FROM findings WHERE matches('x')", "SELECT round(source.port, 999) FROM events", "SELECT if(1, 2, 3) FROM events", "SELECT a FROM events GROUP BY 2",
        "SELECT count(a, b) FROM events", "SELECT lower() FROM events", "SELECT a b FROM events", "SELECT a, FROM events", "SELECT FROM events", "SELECT a FROM events WHERE",
    };
    for (const char* attempt : attempts) {
        const auto parsed = parse_expert_sql(attempt);
        EXPECT_FALSE(parsed) << attempt;
        if (!parsed) {
            EXPECT_FALSE(parsed.error().message.empty()) << attempt;
        }
    }
}

TEST(ExpertSqlRefuses, WhatIsTooMuch) {
    const auto repeated = [](std::string_view text, size_t times) {
        std::string out;
        for (size_t i = 0; i < times; ++i) out += text;
        return out;
    };
    EXPECT_FALSE(parse_expert_sql("SELECT " + repeated("(", 5000) + "1" + repeated(")", 5000) + " FROM events"));
    EXPECT_FALSE(parse_expert_sql("SELECT a FROM events WHERE " + repeated("NOT ", 3000) + "true"));
    EXPECT_FALSE(parse_expert_sql("SELECT 1" + repeated(" + 1", 600) + " FROM events"));
    EXPECT_FALSE(parse_expert_sql("SELECT " + repeated("a,", 60) + "a FROM events"));
    EXPECT_FALSE(parse_expert_sql("SELECT '" + std::string(20'000, 'x') + "' FROM events"));
    EXPECT_FALSE(parse_expert_sql("SELECT a" + repeated("a", 300) + " FROM events"));
    EXPECT_FALSE(parse_expert_sql("SELECT " + repeated("-", 5000) + "1 FROM events"));
    EXPECT_TRUE(parse_expert_sql("SELECT 1" + repeated(" + 1", 200) + " FROM events"));
}

TEST(ExpertSqlRefuses, TellsThePlace) {
    const auto problem = parse_expert_sql("SELECT 用户 FROM events").error();
    EXPECT_EQ(problem.position, 7u);
    EXPECT_EQ(problem.length, 1u);
    const auto table = parse_expert_sql("SELECT a FROM system.tables").error();
    EXPECT_EQ(table.position, 14u);
    EXPECT_EQ(table.length, 13u);
    EXPECT_EQ(table.message, "only the tables events and findings can be read");
}

class ExpertSql : public StoreTest {
protected:
    void fill(uint32_t of) {
        EventBatch batch;
        const auto add = [&](uint64_t seq, std::string_view user, std::string_view ip, std::string_view port, int minutes) {
            event::Event& event = add_line(batch, seq, "登录失败 for " + std::string(user), kNoon + minutes * base::kMinute);
            batch.add(event, event::user_name, user);
            batch.add(event, event::source_ip, ip);
            if (!port.empty()) batch.add(event, event::source_port, port, ValueKind::number);
            batch.add(event, "vendor.字段", batch.store("值" + std::string(user)));
            batch.add(event, "vendor.count", port.empty() ? "many" : port);
        };
        add(of * 100 + 1, "root", "10.0.0.1", "22", 0);
        add(of * 100 + 2, "root", "10.0.0.2", "80", 20);
        add(of * 100 + 3, "o'hara", "192.0.2.9", "", 70);
        ASSERT_OK(store().append(of, encode(batch)));
    }
    std::string ask_rows(std::string_view text, std::vector<uint32_t> tenants = {}) {
        const auto query = parse_expert_sql(text);
        if (!query) return "refused: " + query.error().to_error().to_string();
        ExpertRequest request;
        request.tenants = tenants.empty() ? std::vector{tenant()} : tenants;
        for (const uint32_t number : request.tenants) request.tenant_names.push_back("client-" + std::to_string(number - tenant()));
        request.since = since;
        request.now = kNoon + base::kHour;
        const auto result = store().expert_query(*query, request);
        if (!result) return "failed: " + result.error().to_string();
        std::string out;
        for (const std::string& row : result->rows) out += row;
        for (size_t at = out.find(", "); at != std::string::npos; at = out.find(", ", at)) out.erase(at + 1, 1);
        return out + (result->more ? "…" : "");
    }
    std::optional<base::Timestamp> since;
};

TEST_F(ExpertSql, Answers) {
    fill(tenant());
    const std::pair<const char*, const char*> cases[] = {
        {"SELECT count(*) FROM events", "[3]"},
        {"SELECT user.name, count(*) AS n FROM events GROUP BY user.name ORDER BY n DESC, 1;", R"(["root",2]["o'hara",1])"},
        {"SELECT user.name FROM events WHERE user.name = 'o''hara'", R"(["o'hara"])"},
        {"SELECT \"vendor.字段\" FROM events WHERE source.ip = '10.0.0.2'", R"(["值root"])"},
        {"SELECT source.ip, source.port FROM events WHERE in_network(source.ip, '10.0.0.0/8') ORDER BY source.port DESC", R"(["10.0.0.2",80]["10.0.0.1",22])"},
        {"SELECT source.port FROM events ORDER BY source.port", "[22][80][null]"},
        {"SELECT count(source.port), count(DISTINCT user.name), sum(source.port), avg(source.port) FROM events", "[2,2,102,51]"},
        {"SELECT @timestamp FROM events WHERE @timestamp >= '2026-11-22T13:00:00Z'", R"(["2026-11-22T13:10:00.000000Z"])"},
        {"SELECT time_bucket(@timestamp, '1 hour') AS t, count(*) FROM events GROUP BY t ORDER BY t", R"(["2026-11-22T12:00:00.000000Z",2]["2026-11-22T13:00:00.000000Z",1])"},
        {"SELECT hour(@timestamp), day(@timestamp), weekday(@timestamp) FROM events LIMIT 1", R"([20,"2026-11-22",7]…)"},
        {"SELECT count(*) FROM events WHERE matches('\"登录失败\" and source.ip:10.0.0.0/8')", "[2]"},
        {"SELECT count(*) FROM events WHERE contains(event.original, '登录')", "[3]"},
        {"SELECT count(*) FROM events WHERE user.name LIKE 'o%' OR user.name NOT IN ('root', 'x')", "[1]"},
        {"SELECT CASE WHEN source.port IS NULL THEN 'none' WHEN source.port BETWEEN 1 AND 30 THEN 'low' ELSE 'high' END AS k, count(*) FROM events GROUP BY k ORDER BY k",
         R"(["high",1]["low",1]["none",1])"},
        {"SELECT upper(user.name) || '!' FROM events WHERE source.ip = '192.0.2.9'", R"(["O'HARA!"])"},
        {"SELECT to_number(vendor.count) * 2 FROM events ORDER BY 1", "[44][160][null]"},
        {"SELECT user.name, count(*) FROM events GROUP BY user.name HAVING count(*) > 1", R"(["root",2])"},
        {"SELECT count_if(source.port > 50), median(source.port), quantile(source.port, 0.5) FROM events", "[1,51,51]"},
        {"SELECT DISTINCT user.name FROM events ORDER BY user.name", R"(["o'hara"]["root"])"},
        {"SELECT 7 / 0, 7 % 4, -source.port FROM events WHERE source.port = 22", "[null,3,-22]"},
        {"SELECT user.name FROM events ORDER BY @timestamp LIMIT 1 OFFSET 2", R"(["o'hara"])"},
        {"SELECT seconds_between(min(@timestamp), max(@timestamp)) FROM events", "[4200]"},
        {"SELECT count(*) FROM events WHERE @timestamp > ago('45 minutes')", "[2]"},
        {"SELECT substr(user.name, 1, 2), length(\"vendor.字段\"), split_part(source.ip, '.', 4) FROM events WHERE source.port = 80", R"(["ro",5,"2"])"},
        {"SELECT coalesce(nothing.here, user.name), if(source.port > 50, 'a', 'b') FROM events WHERE NOT user.name = 'o''hara' ORDER BY source.port", R"(["root","b"]["root","a"])"},
        {"SELECT user.name FROM events WHERE user.name = 'x'' OR 1=1 --'", ""},
        {"SELECT user.name FROM events WHERE user.name = '\\'", ""},
        {"SELECT shuwei.tenant, count(*) FROM events GROUP BY shuwei.tenant", R"(["client-0",3])"},
        {"SELECT count(*) FROM findings", "[0]"},
    };
    for (const auto& [text, expected] : cases) EXPECT_EQ(ask_rows(text), expected) << text;
}

TEST_F(ExpertSql, SeesItsTenantsAndItsRangeAlone) {
    const uint32_t other = tenant() + 50;
    ASSERT_OK(store().create_tenant(other));
    fill(tenant());
    fill(other);
    EXPECT_EQ(ask_rows("SELECT count(*) FROM events"), "[3]");
    EXPECT_EQ(ask_rows("SELECT shuwei.tenant, count(*) FROM events GROUP BY shuwei.tenant ORDER BY 1", {tenant(), other}), R"(["client-0",3]["client-50",3])");
    EXPECT_EQ(ask_rows("SELECT count(*) FROM events WHERE shuwei.tenant = 'client-50'"), "[0]");
    since = kNoon + base::kHour;
    EXPECT_EQ(ask_rows("SELECT count(*) FROM events WHERE true OR true"), "[1]");
    EXPECT_EQ(ask_rows("SELECT count(*) FROM events WHERE @timestamp < '2026-11-22T12:30:00Z'"), "[0]");
}

TEST_F(ExpertSql, EveryFunctionRuns) {
    fill(tenant());
    for (const char* text :
         {"SELECT min(user.name), max(@timestamp), any_value(source.ip) FROM events", "SELECT trim(user.name), replace(user.name, 'o', '0'), strpos(user.name, 'o') FROM events",
          "SELECT abs(source.port), floor(source.port / 3), ceil(source.port / 3), round(source.port / 3, 2), round(source.port) FROM events",
          "SELECT to_text(source.port), nullif(user.name, 'root'), lower(user.name) FROM events", "SELECT concat(user.name, source.port, @timestamp) FROM events",
          "SELECT time, level, rule_id, entity_source FROM findings WHERE level IN ('high') ORDER BY time DESC", "SELECT count(*) FROM events GROUP BY true",
          "SELECT user.name ILIKE 'R%' FROM events", "SELECT NULL FROM events", "SELECT user.name FROM events WHERE user.name = ''",
          "SELECT event.ingested, shuwei.seq, shuwei.pack, log.source.address, event.original FROM events", "SELECT count(*) FROM events WHERE shuwei.seq > 1"}) {
        const std::string answer = ask_rows(text);
        EXPECT_TRUE(answer.starts_with("[") || answer.empty()) << text << ": " << answer;
    }
}

}  // namespace
}  // namespace shuwei::eventstore
