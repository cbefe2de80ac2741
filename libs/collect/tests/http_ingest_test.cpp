#include "shuwei/collect/http_ingest.hpp"

#include <gmock/gmock.h>

#include "collect_fixture.hpp"
#include "shuwei/crypto/digest.hpp"
#include "shuwei/net/gzip.hpp"

namespace shuwei::collect {
namespace {

using base::ErrorCode;

class HttpIngestTest : public CollectTest {
protected:
    void SetUp() override {
        CollectTest::SetUp();
        make();
    }
    void make() { ingest = std::make_unique<HttpIngest>(Listener{4, "http", 0}, *sink); }

    base::Result<IngestReceipt> push(std::string_view body, std::string_view encoding = "") {
        IngestRequest request;
        request.body = body;
        request.content_encoding = encoding;
        request.tenant = 12;
        request.peer = *base::IpAddress::parse("192.0.2.7");
        request.peer_port = 40000;
        request.source = "web-01";
        request.pack = "nginx";
        return ingest->ingest(request);
    }

    std::unique_ptr<HttpIngest> ingest;
};

TEST_F(HttpIngestTest, TakesJsonAndPlainLines) {
    const auto receipt = push("{\"message\":\"one\"}\n\n   \r\n {\"b\":2} \r\nplain text\n{broken\n登录失败");
    ASSERT_TRUE(receipt) << receipt.error().to_string();
    EXPECT_EQ(receipt->accepted, 5U);
    EXPECT_EQ(receipt->last_seq - receipt->first_seq, 4U);
    EXPECT_EQ(receipt->not_json, 3U);
    EXPECT_GE(spool->durable_seq(), receipt->last_seq) << "on disk before the answer";
    EXPECT_EQ(metric("shuwei_spooled_total{listener=\"http\"}"), 5);
    EXPECT_EQ(metric("shuwei_ingest_not_json_total{listener=\"http\"}"), 3);
    const auto frames = receive(5);
    EXPECT_EQ(frames[0].payload, "{\"message\":\"one\"}");
    EXPECT_EQ(frames[0].seq, receipt->first_seq);
    EXPECT_EQ(frames[0].kind, spool::FrameKind::json);
    EXPECT_EQ(frames[0].tenant, 12U);
    EXPECT_EQ(frames[0].listener, 4U);
    EXPECT_EQ(frames[0].peer.to_string(), "192.0.2.7");
    EXPECT_EQ(frames[0].peer_port, 40000);
    EXPECT_EQ(frames[0].source, "web-01");
    EXPECT_EQ(frames[0].pack, "nginx");
    EXPECT_EQ(frames[1].payload, " {\"b\":2} ");
    EXPECT_EQ(frames[1].kind, spool::FrameKind::json);
    EXPECT_EQ(frames[2].kind, spool::FrameKind::line);
    EXPECT_EQ(frames[3].payload, "{broken");
    EXPECT_EQ(frames[3].kind, spool::FrameKind::line);
    EXPECT_EQ(frames[4].payload, "登录失败");
}

TEST_F(HttpIngestTest, TakesNothingFromAnEmptyBody) {
    for (const char* body : {"", "\n", "\r\n \n\t\n"}) {
        const auto receipt = push(body);
        ASSERT_TRUE(receipt);
        EXPECT_EQ(receipt->accepted, 0U);
    }
    EXPECT_EQ(spool->written_seq(), 0U);
}

TEST_F(HttpIngestTest, InflatesWithinLimits) {
    for (const char* encoding : {"gzip", "GZIP", "x-gzip", "deflate"}) {
        const auto receipt = push(net::gzip("{\"a\":1}\nb\n"), encoding);
        ASSERT_TRUE(receipt) << encoding << receipt.error().to_string();
        EXPECT_EQ(receipt->accepted, 2U);
    }
    const std::string line = "{\"message\":\"" + std::string(990, 'm') + "\"}\n";
    std::string large;
    while (large.size() < kLargeIngest + 1) large += line;
    EXPECT_EQ(push(net::gzip(large), "gzip")->accepted, large.size() / line.size());
    EXPECT_EQ(push(net::gzip(std::string(kMaxIngestInflated + 1, 'x')), "gzip").error().code(), ErrorCode::too_large);
}

TEST_F(HttpIngestTest, RefusesAsAWhole) {
    const std::string packed = net::gzip("{\"a\":1}\n");
    EXPECT_EQ(push(packed.substr(0, packed.size() - 3), "gzip").error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(push("{\"a\":1}\n", "gzip").error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(push("x", "br").error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(push(std::string(kMaxIngestBody + 1, 'x')).error().code(), ErrorCode::too_large);
    std::string many;
    for (size_t i = 0; i <= kMaxIngestLines; ++i) many += "a\n";
    EXPECT_EQ(push(many).error().code(), ErrorCode::too_large);
    IngestRequest request;
    request.body = "a";
    const std::string long_name(256, 's');
    request.source = long_name;
    EXPECT_EQ(ingest->ingest(request).error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(spool->written_seq(), 0U);
}

TEST_F(HttpIngestTest, SaysWhenTheSpoolIsFullAndTakesNoPart) {
    spool::SpoolOptions small;
    small.max_bytes = 50'000;
    ingest.reset();
    open_spool(small);
    make();
    std::string body;
    for (int i = 0; i < 100; ++i) body += std::string(400, 'x') + '\n';
    ASSERT_TRUE(push(body));
    const auto refused = push(body);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::resource_exhausted);
    EXPECT_EQ(spool->written_seq(), 100U);
    EXPECT_EQ(metric("shuwei_received_total{listener=\"http\"}"), 100);
}

TEST_F(HttpIngestTest, CutsALongLine) {
    const std::string line(3'000'000, 'l');
    ASSERT_EQ(push(line + "\nnext")->accepted, 2U);
    const auto frames = receive(2);
    EXPECT_EQ(frames[0].payload.size(), size_t{1} << 20);
    EXPECT_EQ(frames[0].true_length, line.size());
    const auto digest = crypto::sm3(line);
    EXPECT_EQ(frames[0].sm3, std::string(digest.begin(), digest.end()));
    EXPECT_EQ(frames[1].payload, "next");
}

TEST_F(HttpIngestTest, KeepsTheLinesOfARequestTogether) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 6; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 30; ++i) {
                std::string body;
                for (int line = 0; line < 20; ++line) body += std::to_string(t) + '-' + std::to_string(i) + '\n';
                const auto receipt = push(body);
                ASSERT_TRUE(receipt);
                ASSERT_EQ(receipt->last_seq - receipt->first_seq, 19U);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    const auto lines = receive_lines(6 * 30 * 20);
    for (size_t i = 0; i < lines.size(); i += 20) EXPECT_EQ(lines[i], lines[i + 19]);
}

}  // namespace
}  // namespace shuwei::collect
