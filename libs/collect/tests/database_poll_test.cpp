// Against real databases: tests/support/databases.py runs them.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <set>

#include "collect_fixture.hpp"
#include "python_peer.hpp"
#include "shuwei/collect/input.hpp"

namespace shuwei::collect {
namespace {

using base::ErrorCode;
using testing::HasSubstr;
using json = nlohmann::json;

class DatabasePollTest : public CollectTest, public testing::WithParamInterface<const char*> {
protected:
    void SetUp() override {
        CollectTest::SetUp();
        std::filesystem::create_directory(folder / "input");
        peer.emplace("databases.py", std::vector<std::string>{GetParam()});
        const json told = peer->told();
        if (told.contains("skipped")) GTEST_SKIP() << "skipped: " << told["skipped"].get<std::string>();
        // unixODBC looks once where its drivers are listed.
        static const TemporaryFolder drivers;
        std::filesystem::copy_file(told["environment"]["ODBCSYSINI"].get<std::string>() + "/odbcinst.ini", drivers / "odbcinst.ini",
                                   std::filesystem::copy_options::overwrite_existing);
        ::setenv("ODBCSYSINI", drivers.path().c_str(), 1);
        values = {{"connection", told["connection"]}, {"password", is("sqlite") ? "" : told["password"]}, {"interval", "1"}, {"cursor", "id"},
                  {"query", "SELECT id, who, what FROM audit WHERE id > ? ORDER BY id"}};
    }
    void TearDown() override {
        if (HasFailure() && input) ADD_FAILURE() << input->status().last_error;
        input.reset();
    }

    static bool is(std::string_view kind) { return kind == GetParam(); }
    void sql(const std::string& text) { peer->ask(json{{"sql", text}}.dump()); }
    const InputKind& kind() const { return *find_input_kind("odbc"); }
    void start() {
        const auto settings = InputSettings::check(kind(), values).value();
        input = kind().start(settings, {.listener = {8, "audit-db", 3}, .sink = *sink, .folder = folder / "input", .pack = ""}).value();
    }
    base::Result<InputTrial> test() { return kind().test(InputSettings::check(kind(), values).value()); }

    // `count` rows, of whose ids the first is given.
    static std::string rows(int first, int count) {
        std::string text = "INSERT INTO audit (id, who, what) VALUES ";
        for (int i = first; i < first + count; ++i) text += fmt::format("{}({}, '用户{}', 'it''s {}')", i == first ? "" : ",", i, i % 7, i);
        return text + ';';
    }
    std::vector<int> ids(const std::vector<std::string>& lines) {
        std::vector<int> all;
        for (const auto& line : lines) all.push_back(json::parse(line).at("id"));
        return all;
    }
    static std::vector<int> range(int first, int count) {
        std::vector<int> all;
        for (int i = first; i < first + count; ++i) all.push_back(i);
        return all;
    }

    std::optional<PythonPeer> peer;
    InputValues values;
    std::unique_ptr<Input> input;
};

TEST_P(DatabasePollTest, EachRowComesOnceOverRestartsOfBothSides) {
    sql("CREATE TABLE audit (id BIGINT PRIMARY KEY, who VARCHAR(50), what VARCHAR(200));" + rows(1, 2500));
    start();
    const auto first = receive(2500);
    EXPECT_EQ(spool::FrameKind::json, first[0].kind);
    EXPECT_EQ("audit-db", first[0].source);
    EXPECT_EQ(json::parse(first[0].payload), (json{{"id", 1}, {"who", "用户1"}, {"what", "it's 1"}}));
    EXPECT_EQ(2500, json::parse(first[2499].payload).at("id"));
    sql(rows(2501, 3));
    EXPECT_EQ(range(2501, 3), ids(receive_lines(3)));
    input.reset();
    sql(rows(2504, 2));
    start();
    EXPECT_EQ(range(2504, 2), ids(receive_lines(2)));
    if (!is("sqlite")) {
        peer->ask(R"({"stop": true})");
        EXPECT_TRUE(eventually([&] { return !input->status().working; }));
        EXPECT_THAT(input->status().last_error, testing::Not(HasSubstr(values["password"])));
        peer->ask(R"({"start": true})");
        sql(rows(2506, 2));
        EXPECT_EQ(range(2506, 2), ids(receive_lines(2)));
        EXPECT_TRUE(eventually([&] { return input->status().working; }));
    }
    input.reset();
    EXPECT_TRUE(nothing_more());
}

TEST_P(DatabasePollTest, TypesAreKept) {
    const std::string binary = is("postgres") ? "BYTEA" : "BLOB";
    const std::string zeros = is("postgres") ? "'\\x00ff10'" : "x'00ff10'";
    sql("CREATE TABLE audit (id BIGINT PRIMARY KEY, whole INT, part DOUBLE PRECISION, price DECIMAL(30,10), at TIMESTAMP NULL, day DATE, raw " + binary +
        ", body TEXT, gone VARCHAR(5)" + std::string(is("postgres") ? ", yes BOOLEAN" : "") + ");"
        "INSERT INTO audit VALUES (9007199254740993, -5, 0.1, 12345678901234567890.0123456789, '2026-11-21 10:20:30', '2026-11-21', " + zeros +
        ", '" + "中文\"😀'')\n" + std::string(40'000, 'x') + "', NULL" + (is("postgres") ? ", true" : "") + ");");
    values["query"] = "SELECT * FROM audit WHERE id > ? ORDER BY id";
    start();
    const std::string line = receive_lines(1)[0];
    const json row = json::parse(line);
    EXPECT_THAT(line, HasSubstr("\"id\":9007199254740993,"));
    EXPECT_EQ(-5, row["whole"]);
    EXPECT_EQ(0.1, row["part"]);
    if (!is("sqlite")) {
        EXPECT_THAT(line, HasSubstr("\"price\":12345678901234567890.0123456789,"));
    }
    EXPECT_EQ("2026-11-21T10:20:30", row["at"]);
    EXPECT_EQ("2026-11-21", row["day"]);
    EXPECT_EQ("00ff10", row["raw"]);
    EXPECT_EQ("中文\"😀')\n" + std::string(40'000, 'x'), row["body"]);
    EXPECT_TRUE(row["gone"].is_null());
    if (is("postgres")) {
        EXPECT_EQ(true, row["yes"]);
    }
}

TEST_P(DatabasePollTest, RowsOfOneTimeAreNeitherLostNorDoubled) {
    const std::string time = is("sqlite") ? "TEXT" : is("mariadb") ? "DATETIME(6)" : "TIMESTAMP";
    sql("CREATE TABLE audit (at " + time + ", who VARCHAR(50));");
    const auto add = [&](const std::string& at, int first, int count) {
        std::string text = "INSERT INTO audit VALUES ";
        for (int i = first; i < first + count; ++i) text += fmt::format("{}('{}', 'w{}')", i == first ? "" : ",", at, i);
        sql(text + ';');
    };
    values["query"] = "SELECT at, who FROM audit WHERE at >= ? ORDER BY at";
    values["cursor"] = "at";
    values["cursor_type"] = is("sqlite") ? "text" : "timestamp";
    values["rows"] = "10";  // fewer than there are of one time
    add("2026-11-21 10:00:00.123456", 0, 35);
    add("2026-11-21 10:00:00.123457", 35, 3);
    start();
    receive(38);
    add("2026-11-21 10:00:00.123457", 38, 2);  // late, at the same time
    add("2026-11-21 10:00:00.123457", 35, 1);  // and one that is like another in everything
    const auto late = receive_lines(3);
    std::multiset<std::string> who;
    for (const auto& line : late) who.insert(json::parse(line)["who"]);
    EXPECT_EQ((std::multiset<std::string>{"w35", "w38", "w39"}), who);
    input.reset();
    start();
    add("2026-11-21 10:00:01", 40, 1);
    EXPECT_EQ("w40", json::parse(receive_lines(1)[0])["who"]);
    input.reset();
    EXPECT_TRUE(nothing_more());
}

TEST_P(DatabasePollTest, ATestDescribesAndNothingIsWritten) {
    sql("CREATE TABLE audit (id BIGINT PRIMARY KEY, who VARCHAR(50), what VARCHAR(200));" + rows(1, 20));
    const auto trial = test();
    ASSERT_TRUE(trial) << trial.error().to_string();
    EXPECT_THAT(trial->found, testing::ElementsAre("3: id, who, what"));
    const std::string good = values["password"];
    values["cursor"] = "nothing";
    EXPECT_THAT(test().error().to_string(), HasSubstr("no column 'nothing'"));
    values["cursor"] = "id";
    values["query"] = "SELECT id FROM nowhere WHERE id > ?";
    EXPECT_THAT(test().error().to_string(), HasSubstr("nowhere"));
    if (!is("sqlite")) {
        values["query"] = "SELECT id FROM audit WHERE id > ?";
        values["password"] = "wrong password";
        const auto refused = test();
        ASSERT_FALSE(refused);
        EXPECT_THAT(refused.error().to_string(), testing::Not(HasSubstr("wrong password")));
    }
    if (is("postgres")) {  // the session is read-only: a function that writes is refused by the database
        sql("CREATE FUNCTION sneak() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit VALUES (99, 'x', 'y'); RETURN 1; END $$; GRANT EXECUTE ON FUNCTION sneak TO PUBLIC;");
        values["password"] = good;
        values["query"] = "SELECT id, sneak() FROM audit WHERE id > ? ORDER BY id";
        start();
        EXPECT_TRUE(eventually([&] { return !input->status().working; }));
        EXPECT_THAT(input->status().last_error, HasSubstr("read-only transaction"));
    }
}

INSTANTIATE_TEST_SUITE_P(Servers, DatabasePollTest, testing::Values("sqlite", "mariadb", "postgres"), [](const auto& about) { return std::string(about.param); });

}  // namespace
}  // namespace shuwei::collect
