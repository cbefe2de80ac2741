// Against real servers: tests/support/file_servers.py runs them.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "collect_fixture.hpp"
#include "python_peer.hpp"
#include "shuwei/collect/input.hpp"
#include "shuwei/net/gzip.hpp"

namespace shuwei::collect {
namespace {

using base::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

std::string numbered(const std::string& name, int first, int count) {
    std::string text;
    for (int i = first; i < first + count; ++i) text += name + " line " + std::to_string(i) + " of a log that is pulled\n";
    return text;
}

class RemotePullTest : public CollectTest, public testing::WithParamInterface<const char*> {
protected:
    void SetUp() override {
        CollectTest::SetUp();
        served = folder / "served";
        std::filesystem::create_directory(served);
        std::filesystem::create_directory(folder / "input");
        std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
        peer.emplace("file_servers.py", std::vector<std::string>{GetParam(), served.string()});
        const nlohmann::json told = peer->told();
        if (told.contains("skipped")) GTEST_SKIP() << "skipped: " << told["skipped"].get<std::string>();
        private_key = told["private_key"];
        for (const auto& [name, value] : told.items()) {
            if (name != "private_key") values[name] = value;
        }
        values["interval"] = "1";
    }

    const InputKind& kind() const { return *find_input_kind(std::string_view(GetParam()) == "sftp" ? "sftp" : "ftp"); }
    base::Result<std::unique_ptr<Input>> try_start() {
        TRY_ASSIGN(const auto settings, InputSettings::check(kind(), values));
        return kind().start(settings, {.listener = {7, "pull", 3}, .sink = *sink, .folder = folder / "input", .pack = "nginx"});
    }
    void start() {
        input = try_start().value();
    }
    void stop() { input.reset(); }
    base::Result<InputTrial> test() { return kind().test(InputSettings::check(kind(), values).value()); }

    void write(const std::string& name, std::string_view text) { std::ofstream(served / name, std::ios::binary | std::ios::trunc) << text; }
    void append(const std::string& name, std::string_view text) { std::ofstream(served / name, std::ios::binary | std::ios::app) << text; }
    std::vector<std::string> lines(const std::string& name, int first, int count) {
        std::vector<std::string> all;
        for (int i = first; i < first + count; ++i) all.push_back(numbered(name, i, 1));
        for (auto& line : all) line.pop_back();
        return all;
    }

    std::filesystem::path served;
    InputValues values;
    std::string private_key;
    std::optional<PythonPeer> peer;
    std::unique_ptr<Input> input;
};

class RemotePullTlsTest : public RemotePullTest {};  // what differs with TLS

TEST_P(RemotePullTest, ReadsEachLineOnceThroughGrowthRotationAndRestarts) {
    write("a.log", numbered("a", 0, 1000));
    write("b 中文.log", numbered("b", 0, 2));
    start();
    auto first = receive(1002);
    EXPECT_EQ("nginx", first[0].pack);
    EXPECT_EQ(3u, first[0].tenant);
    EXPECT_THAT(first[0].source, HasSubstr("127.0.0.1:" + values["port"]));
    append("a.log", numbered("a", 1000, 3) + "unfin");
    EXPECT_EQ(lines("a", 1000, 3), receive_lines(3));
    append("a.log", "ished\n");
    EXPECT_THAT(receive_lines(1), ElementsAre("unfinished"));
    stop();
    append("a.log", numbered("a", 1003, 2));
    start();
    EXPECT_EQ(lines("a", 1003, 2), receive_lines(2));
    // rotation by renaming, while nobody looks
    stop();
    append("a.log", numbered("a", 1005, 1));
    std::filesystem::rename(served / "a.log", served / "a.log.1");
    write("a.log", numbered("fresh", 0, 2));
    start();
    EXPECT_THAT(receive_lines(3), UnorderedElementsAre(lines("a", 1005, 1)[0], lines("fresh", 0, 1)[0], lines("fresh", 1, 1)[0]));
    // again, one further, and compressed
    stop();
    const std::string old = numbered("a", 0, 1003) + "unfinished\n" + numbered("a", 1003, 3) + numbered("late", 0, 1);
    std::filesystem::remove(served / "a.log.1");
    write("a.log.2.gz", net::gzip(old));
    std::filesystem::rename(served / "a.log", served / "a.log.1");
    write("a.log", numbered("newest", 0, 1));
    start();
    EXPECT_THAT(receive_lines(2), UnorderedElementsAre(lines("late", 0, 1)[0], lines("newest", 0, 1)[0]));
    // cut
    write("a.log", "x\n");
    EXPECT_THAT(receive_lines(1), ElementsAre("x"));
    append("b 中文.log", numbered("b", 2, 1));
    EXPECT_EQ(lines("b", 2, 1), receive_lines(1));
    stop();
    EXPECT_TRUE(nothing_more());
}

TEST_P(RemotePullTlsTest, ATestListsAndATurnSaysWhatIsWrong) {
    write("a.log", "secret content\n");
    write("b.txt", "x\n");
    values["pattern"] = "*.log";
    const auto trial = test();
    ASSERT_TRUE(trial) << trial.error().to_string();
    EXPECT_THAT(trial->found, testing::Contains("*.log: 1"));
    EXPECT_THAT(trial->found, testing::Contains("a.log"));
    const std::string good = values["password"];
    values["password"] = "wrong";
    const auto refused = test();
    ASSERT_FALSE(refused);
    EXPECT_EQ(ErrorCode::permission_denied, refused.error().code()) << refused.error().to_string();
    EXPECT_THAT(refused.error().to_string(), testing::Not(HasSubstr("wrong")));
    values["password"] = good;
    if (std::string_view(GetParam()) == "sftp") {
        const std::string key = std::exchange(values["host_key"], "");
        const auto shown = test();
        ASSERT_FALSE(shown);
        EXPECT_THAT(shown.error().to_string(), HasSubstr("host_key: the server shows SHA256:"));
        EXPECT_THAT(try_start().error().to_string(), HasSubstr("host_key: is missing"));
        values["host_key"] = "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU";
        EXPECT_EQ(ErrorCode::permission_denied, test().error().code());
        values["host_key"] = key;
        values["password"] = "";
        values["private_key"] = private_key;
        EXPECT_TRUE(test());
    } else if (values["tls"] != "none") {
        values["authorities"] = "";
        EXPECT_FALSE(test());
    }
    start();
    EXPECT_TRUE(eventually([&] { return !input->status().working || !nothing_more(); }));
}

TEST_P(RemotePullTest, WhatWasReadCanBePutAway) {
    values["after"] = std::string_view(GetParam()) == "ftp" ? "remove" : "rename";
    ::chown(served.c_str(), 65532, 65532);
    write("a.log", numbered("a", 0, 10) + "last");
    write("c.gz", net::gzip(numbered("c", 0, 10)));
    write("damaged.gz", net::gzip(numbered("d", 0, 100'000)).substr(0, 100'000));
    start();
    EXPECT_TRUE(eventually([&] { return !std::filesystem::exists(served / "a.log") && !std::filesystem::exists(served / "c.gz"); }));
    EXPECT_EQ(values["after"] == "rename", std::filesystem::exists(served / "a.log.done"));
    EXPECT_TRUE(eventually([&] { return input->status().errors > 0; }));
    EXPECT_THAT(input->status().last_error, HasSubstr("damaged.gz"));
    EXPECT_TRUE(std::filesystem::exists(served / "damaged.gz"));
    stop();
    std::vector<std::string> taken = receive_lines(21);
    std::erase_if(taken, [](const std::string& line) { return line.starts_with('d'); });
    EXPECT_GE(taken.size(), 1u);
}

TEST_P(RemotePullTlsTest, AServerThatGoesAwayAndComesBackCostsNothing) {
    write("a.log", numbered("a", 0, 5));
    start();
    EXPECT_EQ(lines("a", 0, 5), receive_lines(5));
    peer->ask("stop");
    EXPECT_TRUE(eventually([&] { return !input->status().working; }));
    EXPECT_NE("", input->status().last_error);
    append("a.log", numbered("a", 5, 5));
    peer->ask("start");
    EXPECT_EQ(lines("a", 5, 5), receive_lines(5));
    EXPECT_TRUE(eventually([&] { return input->status().working; }));
}

std::string name_of(const testing::TestParamInfo<const char*>& about) { return about.param; }
INSTANTIATE_TEST_SUITE_P(Servers, RemotePullTest, testing::Values("sftp", "ftp"), name_of);
INSTANTIATE_TEST_SUITE_P(Servers, RemotePullTlsTest, testing::Values("sftp", "ftp", "ftps", "ftps_implicit"), name_of);

// A server that answers but does not keep its word: a listing without end, a file that is endless, one that is shorter than
// listed.
class LyingServerTest : public RemotePullTest {};

TEST_P(LyingServerTest, IsBounded) {
    values["pattern"] = "*.log";
    const auto trial = test();
    ASSERT_TRUE(trial) << trial.error().to_string();
    start();
    receive(100'000);
    EXPECT_TRUE(eventually([&] { return input->status().last_error.find("over 8 MiB") != std::string::npos; })) << input->status().last_error;
    stop();
    EXPECT_GT(metric("shuwei_received_total{listener=\"pull\"}"), 0);
}

INSTANTIATE_TEST_SUITE_P(Servers, LyingServerTest, testing::Values("liar"), name_of);

// It takes the connection and says nothing.
TEST(SilentServer, ATestEndsInTime) {
    const auto listener = net::listen_tcp(net::SocketAddress::parse("127.0.0.1:0").value()).value();
    const std::string port = std::to_string(net::local_address(listener.get()).port);
    const base::Duration begun = base::monotonic_now();
    for (const char* const name : {"sftp", "ftp"}) {
        InputValues values{{"host", "127.0.0.1"}, {"port", port}, {"user", "x"}, {"folder", "/"}};
        const InputKind& kind = *find_input_kind(name);
        EXPECT_EQ(ErrorCode::deadline_exceeded, kind.test(InputSettings::check(kind, values).value()).error().code());
    }
    EXPECT_LT(base::monotonic_now() - begun, 2 * 60 * base::kSecond);
}

}  // namespace
}  // namespace shuwei::collect
