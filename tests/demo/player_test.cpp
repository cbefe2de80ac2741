// The player against sockets of the test: what is sent, from where, how much, and that a seed repeats it.
#include "demo/player.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "demo/render.hpp"
#include "shuwei/base/file.hpp"

namespace shuwei::demo {
namespace {

using testing::HasSubstr;

class ScenarioFolder {
public:
    explicit ScenarioFolder(std::string_view yaml) {
        std::string pattern = (std::filesystem::temp_directory_path() / "shuwei-demo-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        std::ofstream(folder_ / "scenario.yaml") << yaml;
    }
    ~ScenarioFolder() { std::filesystem::remove_all(folder_); }
    const std::filesystem::path& path() const { return folder_; }

private:
    std::filesystem::path folder_;
};

// Receives datagrams on a loopback port until `play` is done and the socket is empty.
struct Received {
    std::map<std::string, std::vector<std::string>> by_peer;
    size_t total = 0;
};

class UdpReceiver {
public:
    UdpReceiver() : fd_(::socket(AF_INET, SOCK_DGRAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        int size = 8 << 20;
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
        EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        socklen_t length = sizeof address;
        ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &length);
        address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    }
    const std::string& address() const { return address_; }

    Received take() {
        Received received;
        pollfd entry{fd_.get(), POLLIN, 0};
        while (::poll(&entry, 1, 0) > 0) {
            char buffer[65536];
            sockaddr_in from{};
            socklen_t length = sizeof from;
            const ssize_t n = ::recvfrom(fd_.get(), buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &length);
            if (n < 0) break;
            char peer[INET_ADDRSTRLEN];
            inet_ntop(AF_INET, &from.sin_addr, peer, sizeof peer);
            received.by_peer[peer].emplace_back(buffer, static_cast<size_t>(n));
            ++received.total;
        }
        return received;
    }

private:
    base::FileDescriptor fd_;
    std::string address_;
};

constexpr std::string_view kTwoDevices = R"(
pools:
  user: [li.wei, {text: wang.fang, weight: 3}]
devices:
  - {name: a, input: syslog_udp, peer: 127.0.0.61, weight: 3, header: '<13>a ', lines: ['login {{who={{who}}', 'logout {{user}} {{int:7-7}}']}
)";

TEST(TextTemplateTest, SaysWhichPlaceholderIsWrong) {
    const struct {
        const char* text;
        const char* message;
    } cases[] = {
        {"{{nobody}}", "'{{nobody}}': neither a bound name nor a pool"},
        {"{{int:9-1}}", "'{{int:9-1}}': not a range"},
        {"{{ip:10.0.0.0}}", "not an IPv4 network"},
        {"{{ip:10.0.0.300/8}}", "not an IPv4 network"},
        {"{{what:1}}", "unknown kind"},
        {"{{time:}}", "no time format"},
        {"text {{int:1-2", "without '}}'"},
    };
    for (const auto& c : cases) {
        std::map<std::string, uint32_t, std::less<>> formats;
        TemplateScope scope;
        scope.time_formats = &formats;
        const auto compiled = TextTemplate::compile(c.text, scope);
        ASSERT_FALSE(compiled) << c.text;
        EXPECT_THAT(compiled.error().message(), HasSubstr(c.message));
    }
}

TEST(TextTemplateTest, RendersEveryKind) {
    std::map<std::string, uint32_t, std::less<>> formats;
    TemplateScope scope;
    scope.time_formats = &formats;
    scope.zone_offset_seconds = 8 * 3600;
    const auto compiled = TextTemplate::compile(
        "{{n=int:5-5}} {{n}} {{ip:10.1.0.0/30}} {{hex:4}} {{guid}} {{count}} {{time:rfc3164}} {{time:clf}} {{utc:iso}} "
        "{{utc:%H:%M:%S.%3fZ}} {{utc:epoch}}",
        scope);
    ASSERT_TRUE(compiled) << compiled.error().to_string();
    RenderState state;
    state.slots.resize(scope.slots.size());
    state.count = 42;
    state.time = 1'795'253'405'123'456'789;  // 2026-11-21T09:30:05.123456789Z
    std::string out;
    compiled->render(out, state);
    EXPECT_THAT(out, testing::MatchesRegex(
                         "5 5 10\\.1\\.0\\.[12] [0-9a-f]{4} [0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12} 42 "
                         "Nov 21 17:30:05 21/Nov/2026:17:30:05 \\+0800 2026-11-21T09:30:05\\.123456\\+0000 "
                         "09:30:05\\.123Z 1795253405"));
}

TEST(ScenarioTest, NamesFileAndLineOfAnError) {
    const ScenarioFolder folder(kTwoDevices);
    const auto scenario = load_scenario(folder.path());
    ASSERT_FALSE(scenario);
    EXPECT_THAT(scenario.error().to_string(), HasSubstr("scenario.yaml: line 5"));
}

TEST(ScenarioTest, TheShippedScenarioLoadsAndRendersEveryDevice) {
    const auto scenario = load_scenario(SHUWEI_SOURCE_DIR "/content/demo");
    ASSERT_TRUE(scenario) << scenario.error().to_string();
    std::set<std::string> peers;
    for (const Device& device : scenario->devices) {
        EXPECT_FALSE(device.pack.empty()) << device.name;
        std::string out;
        render_lines(*scenario, {1, 200, true, device.name}, 1'795'253'405'000'000'000, out);
        EXPECT_THAT(out, testing::Not(HasSubstr("{{"))) << device.name;
        EXPECT_GE(std::count(out.begin(), out.end(), '\n'), 200) << device.name;
        if (device.input != Input::http) {
            EXPECT_TRUE(peers.insert(device.peer).second) << "two devices send from " << device.peer;
        }
    }
    EXPECT_GE(scenario->stories.size(), 3u);
}

constexpr std::string_view kPlayed = R"(
devices:
  - {name: a, input: syslog_udp, peer: 127.0.0.61, weight: 3, header: '<13>a ', lines: ['line {{count}} {{int:0-999999}}']}
  - {name: b, input: syslog_udp, peer: 127.0.0.62, weight: 1, header: '<13>b ', lines: ['line {{count}} {{int:0-999999}}']}
stories:
  - name: attack
    start: 1s
    bind: {attacker: '{{ip:203.0.113.0/24}}'}
    steps:
      - {device: a, repeat: 5, gap: 10ms, lines: ['attack by {{attacker}}']}
      - {device: b, after: 1s, lines: ['success of {{attacker}}']}
)";

Received play_once(uint64_t seed, uint64_t prepared) {
    const ScenarioFolder folder(kPlayed);
    const auto scenario = load_scenario(folder.path());
    EXPECT_TRUE(scenario) << scenario.error().to_string();
    UdpReceiver receiver;
    PlayOptions options;
    options.syslog = receiver.address();
    options.lines_per_second = 0;  // the story clock then runs by lines, 20,000 a second
    options.lines = 60'000;
    options.seed = seed;
    options.prepared_lines = prepared;
    options.lines = 1500;
    PlayCounts counts;
    const std::atomic<bool> stop{false};
    const auto played = play(*scenario, options, base::SystemClock(), counts, stop);
    EXPECT_TRUE(played) << played.error().to_string();
    Received received = receiver.take();
    EXPECT_EQ(received.total, counts[Input::syslog_udp].lines.load());
    EXPECT_EQ(counts.lines() - counts.story_lines.load(), 1500u);
    return received;
}

TEST(PlayerTest, SendsFromEachDevicesAddressInTheSharesAsked) {
    const Received received = play_once(7, 0);
    ASSERT_EQ(received.by_peer.size(), 2u);
    EXPECT_GT(received.by_peer.at("127.0.0.61").size(), 2 * received.by_peer.at("127.0.0.62").size());
    EXPECT_THAT(received.by_peer.at("127.0.0.61")[0], HasSubstr("<13>a line 1 "));
}

TEST(PlayerTest, TheSameSeedGivesTheSameLines) {
    EXPECT_EQ(play_once(7, 0).by_peer, play_once(7, 0).by_peer);
    EXPECT_NE(play_once(7, 0).by_peer, play_once(8, 0).by_peer);
}

TEST(PlayerTest, PreparedLinesAreRepeated) {
    const Received received = play_once(7, 100);
    std::map<std::string, size_t> times;
    for (const auto& [peer, lines] : received.by_peer) {
        for (const std::string& line : lines) ++times[line];
    }
    EXPECT_EQ(times.size(), 100u);
    EXPECT_EQ(times.begin()->second, 15u);
}

TEST(PlayerTest, TellsAStoryInOrderWithItsBoundValues) {
    const ScenarioFolder folder(kPlayed);
    const auto scenario = load_scenario(folder.path());
    ASSERT_TRUE(scenario);
    UdpReceiver receiver;
    PlayOptions options;
    options.syslog = receiver.address();
    options.lines_per_second = 0;
    options.lines = 3 * 20'000;  // three seconds of the story clock
    PlayCounts counts;
    std::atomic<bool> stop{false};
    Received received;
    std::thread player([&] {
        EXPECT_TRUE(play(*scenario, options, base::SystemClock(), counts, stop));
        stop = true;
    });
    while (!stop) {
        for (auto& [peer, lines] : receiver.take().by_peer) {
            auto& all = received.by_peer[peer];
            all.insert(all.end(), lines.begin(), lines.end());
        }
    }
    player.join();
    for (auto& [peer, lines] : receiver.take().by_peer) {
        auto& all = received.by_peer[peer];
        all.insert(all.end(), lines.begin(), lines.end());
    }
    EXPECT_EQ(counts.stories_told.load(), 1u);
    EXPECT_EQ(counts.story_lines.load(), 6u);
    std::set<std::string> attackers;
    for (const auto& [peer, lines] : received.by_peer) {
        for (const std::string& line : lines) {
            if (line.find("attack by") != std::string::npos || line.find("success of") != std::string::npos) {
                attackers.insert(line.substr(line.rfind(' ') + 1));
            }
        }
    }
    EXPECT_LE(attackers.size(), 1u);  // datagrams may be lost, values may not differ
}

TEST(PlayerTest, ARefusedHttpAddressIsAnError) {
    const ScenarioFolder folder("devices: [{name: w, input: http, lines: ['{}']}]");
    const auto scenario = load_scenario(folder.path());
    ASSERT_TRUE(scenario) << scenario.error().to_string();
    PlayOptions options;
    options.syslog.clear();
    options.http = "127.0.0.1:1";
    PlayCounts counts;
    const std::atomic<bool> stop{false};
    EXPECT_FALSE(play(*scenario, options, base::SystemClock(), counts, stop));
}

}  // namespace
}  // namespace shuwei::demo
