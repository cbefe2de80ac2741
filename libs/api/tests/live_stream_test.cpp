// The live stream, as a page sees it: over HTTP, with real sessions.
#include <gmock/gmock.h>

#include <condition_variable>
#include <thread>

#include "api_fixture.hpp"

namespace shuwei::api {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr auto kPatience = std::chrono::seconds(30);

// Follows a stream on a thread of its own and keeps all of its text.
class Page {
public:
    Page(const ApiTest& test, const Who& who, const std::string& query = "", const std::string& last_event_id = "") {
        thread_ = std::thread([this, url = "http://" + test.server->address().to_string(), who, query, last_event_id] {
            auto client = net::HttpClient::create(url).value();
            net::HttpClientRequest request;
            request.target = "/api/v1/stream" + query;
            if (!who.cookie.empty()) request.headers.set("Cookie", "shuwei_session=" + who.cookie);
            if (!who.bearer.empty()) request.headers.set("Authorization", "Bearer " + who.bearer);
            if (!last_event_id.empty()) request.headers.set("Last-Event-ID", last_event_id);
            const auto response = client.send_streaming(request, [this](std::string_view chunk) {
                const std::scoped_lock lock(mutex_);
                text_ += chunk;
                changed_.notify_all();
                return !closing_;
            });
            const std::scoped_lock lock(mutex_);
            status_ = response ? response->status : -1;
            ended_ = true;
            changed_.notify_all();
        });
    }
    ~Page() {
        {
            const std::scoped_lock lock(mutex_);
            closing_ = true;  // noticed with the next chunk at the latest: `stats` come every two seconds
        }
        thread_.join();
    }

    bool sees(const std::string& text) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, kPatience, [&] { return text_.find(text) != std::string::npos || ended_; }) &&
               text_.find(text) != std::string::npos;
    }
    bool ends() {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, kPatience, [&] { return ended_; });
    }
    std::string text() {
        const std::scoped_lock lock(mutex_);
        return text_;
    }
    int status() {
        const std::scoped_lock lock(mutex_);
        return status_;
    }
    // The id of the last event.
    std::string last_id() {
        const std::string all = text();
        const size_t at = all.rfind("id: ") + 4;
        return all.substr(at, all.find('\n', at) - at);
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string text_;
    int status_ = 0;
    bool ended_ = false;
    bool closing_ = false;
    std::thread thread_;
};

struct Streams : ApiTest {
    void replace_stream(LiveStreamOptions options) {
        server = nullptr;
        stream = std::make_unique<LiveStream>(random, options);
        live = std::make_unique<LiveEvents>(*stream, *access);
        restart_server();
    }
    void wait_for_streams(size_t count) {
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        while (stream->streams() != count && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
        ASSERT_EQ(stream->streams(), count);
    }
};

TEST_F(Streams, ChangesReachThoseWhoMaySeeThem) {
    Page analyst(*this, session("analyst"));
    Page client(*this, session("beta-client"));
    Page narrowed(*this, session("analyst"), "?tenant=beta");
    wait_for_streams(3);
    const Who who = session("analyst");
    EXPECT_EQ(call(who, "PATCH", "/api/v1/alerts/" + std::to_string(alpha_alert), {{"state", "acknowledged"}}).status, 200);
    EXPECT_EQ(call(who, "PATCH", "/api/v1/cases/" + beta_case, {{"title", "乙公司的事"}}).status, 200);
    EXPECT_TRUE(analyst.sees("event: alert"));
    EXPECT_TRUE(analyst.sees("乙公司的事"));
    EXPECT_TRUE(client.sees("乙公司的事"));
    EXPECT_TRUE(narrowed.sees("乙公司的事"));
    server->stop();
    for (Page* page : {&client, &narrowed}) {
        EXPECT_TRUE(page->ends());
        EXPECT_THAT(page->text(), Not(HasSubstr("event: alert")));
        EXPECT_THAT(page->text(), Not(HasSubstr("alpha")));
    }
}

TEST_F(Streams, MessagesFitTheContract) {
    Page page(*this, session("admin"));
    wait_for_streams(1);
    const Who who = session("admin");
    call(who, "PATCH", "/api/v1/alerts/" + std::to_string(alpha_alert), {{"state", "acknowledged"}});
    call(who, "PATCH", "/api/v1/cases/" + alpha_case, {{"title", "新标题"}});
    call(who, "PATCH", "/api/v1/sources/" + std::to_string(alpha_source), {{"name", "防火墙"}});
    for (const char* name : {"event: alert\n", "event: case\n", "event: source\n", "event: stats\n"}) EXPECT_TRUE(page.sees(name)) << name;
    server->stop();
    ASSERT_TRUE(page.ends());
    const std::string text = page.text();
    const std::pair<const char*, const char*> kinds[] = {{"alert", "Alert"}, {"case", "Case"}, {"source", "Source"}, {"stats", "StreamStats"}};
    for (const auto& [name, component] : kinds) {
        const size_t at = text.find("event: " + std::string(name) + "\ndata: ");
        ASSERT_NE(at, std::string::npos) << name;
        const size_t begin = text.find("data: ", at) + 6;
        const json data = json::parse(text.substr(begin, text.find('\n', begin) - begin), nullptr, false);
        const auto fits = check(data, *component_schema(component), name);
        EXPECT_TRUE(fits) << fits.error().message();
    }
}

TEST_F(Streams, EverybodyIsToldOfNoRoomAndOfBrokenEvidenceOfTheirOwn) {
    stats.no_room = true;
    verified = [this] {
        custody::Verification found;
        custody::ChainReport& chain = found.chains.emplace_back();
        chain.chain = {beta, 0};
        chain.flaws.push_back({custody::FlawKind::missing, chain.chain, 1, 5, "event 5 is missing"});
        return found;
    };
    ASSERT_TRUE(verification->start(ledger::TenantScope::every_tenant(), {}, ledger::Actor::person("analyst", "")));
    verification->stop();
    Page beta_page(*this, session("beta-client"));
    Page narrowed(*this, session("analyst"), "?tenant=alpha");
    EXPECT_TRUE(beta_page.sees(R"("notices":["no_room","proof_broken"])")) << beta_page.text();
    EXPECT_TRUE(narrowed.sees(R"("notices":["no_room"])")) << narrowed.text();
}

TEST_F(Streams, APageThatComesBackGetsWhatItMissed) {
    const Who who = session("analyst");
    std::string last;
    {
        Page page(*this, who);
        wait_for_streams(1);
        stream->publish(alpha, "case", R"({"n":1})");
        EXPECT_TRUE(page.sees(R"({"n":1})"));
        last = page.last_id();
        stream->close_all();
        EXPECT_TRUE(page.ends());
    }
    stream->publish(alpha, "case", R"({"n":2})");
    stream->publish(beta, "case", R"({"n":3})");
    {
        Page page(*this, who, "?tenant=alpha", last);
        EXPECT_TRUE(page.sees(R"({"n":2})"));
        stream->publish(alpha, "case", R"({"n":4})");
        EXPECT_TRUE(page.sees(R"({"n":4})"));
        EXPECT_THAT(page.text(), Not(HasSubstr(R"({"n":1})")));
        EXPECT_THAT(page.text(), Not(HasSubstr(R"({"n":3})")));
        EXPECT_THAT(page.text(), Not(HasSubstr("resync")));
        stream->close_all();
    }
}

TEST_F(Streams, APageThatWasAwayTooLongReadsEverythingAgain) {
    replace_stream({.ring_messages = 2});
    std::string first;
    const Who who = session("analyst");
    {
        Page page(*this, who);
        EXPECT_TRUE(page.sees("id: "));
        first = page.last_id();
        stream->close_all();
    }
    for (int i = 0; i < 5; ++i) stream->publish(alpha, "case", "{}");
    const std::string epoch = first.substr(0, first.find('-'));
    const std::pair<std::string, const char*> cases[] = {
        {first, "unknown_id"}, {epoch + "-999", "unknown_id"}, {epoch + "-x", "unknown_id"}, {"0123456789ab-3", "restarted"}, {"nonsense", "restarted"}};
    for (const auto& [id, reason] : cases) {
        Page page(*this, who, "", id);
        EXPECT_TRUE(page.sees("event: resync\ndata: {\"reason\":\"" + std::string(reason) + "\"}")) << id;
        stream->close_all();
    }
}

TEST_F(Streams, TheStreamEndsWithTheSession) {
    const Who leaving = session("analyst");
    Page left(*this, leaving);
    Page stays(*this, session("analyst"));
    wait_for_streams(2);
    EXPECT_EQ(call(leaving, "DELETE", "/api/v1/session").status, 204);
    EXPECT_TRUE(left.ends());
    wait_for_streams(1);
    // What ends behind the server's back (another process, time) is noticed at the next look.
    clock.advance(25 * base::kHour);
    EXPECT_TRUE(stays.ends());
}

TEST_F(Streams, ADisabledAccountStopsSeeing) {
    Page page(*this, token("beta-analyst"));
    wait_for_streams(1);
    EXPECT_EQ(call(token("admin"), "PATCH", "/api/v1/accounts/beta-analyst", {{"disabled", true}}).status, 200);
    EXPECT_TRUE(page.ends());
}

TEST_F(Streams, StreamsOfOneAccountAreBounded) {
    replace_stream({.max_streams_per_account = 1});
    const Who who = session("analyst");
    Page page(*this, who);
    wait_for_streams(1);
    EXPECT_EQ(call(who, "GET", "/api/v1/stream").status, 429);
    stream->close_all();
}

TEST_F(Streams, AStreamThatIsNotReadLosesMessagesAndIsTold) {
    replace_stream({.queue_bytes = 64 << 10});
    const Who who = session("analyst");
    // A page that hangs in its first message while the server goes on.
    std::mutex mutex;
    std::condition_variable changed;
    bool reading = false;
    bool told = false;
    std::thread slow([&] {
        auto client = net::HttpClient::create("http://" + server->address().to_string()).value();
        net::HttpClientRequest request;
        request.target = "/api/v1/stream";
        request.headers.set("Cookie", "shuwei_session=" + who.cookie);
        std::string end;  // of what was read
        (void)client.send_streaming(request, [&](std::string_view chunk) {
            std::unique_lock lock(mutex);
            changed.wait_for(lock, kPatience, [&] { return reading; });
            end += chunk;
            told = told || end.find("event: resync\ndata: {\"reason\":\"overflow\"}") != std::string::npos;
            end.erase(0, end.size() - std::min<size_t>(end.size(), 100));
            changed.notify_all();
            return !told;
        });
    });
    wait_for_streams(1);
    const std::string large = "{\"x\":\"" + std::string(16 << 10, 'x') + "\"}";
    for (int i = 0; i < 2000; ++i) stream->publish(alpha, "case", large);  // beyond what queue and sockets hold
    {
        const std::scoped_lock lock(mutex);
        reading = true;
        changed.notify_all();
    }
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    std::unique_lock lock(mutex);
    while (!told && std::chrono::steady_clock::now() < deadline) {
        lock.unlock();
        stream->publish(alpha, "case", "{}");  // what is owed comes with the next message that fits
        lock.lock();
        changed.wait_for(lock, std::chrono::milliseconds(20), [&] { return told; });
    }
    lock.unlock();
    EXPECT_TRUE(told);
    stream->close_all();
    slow.join();
}

}  // namespace
}  // namespace shuwei::api
