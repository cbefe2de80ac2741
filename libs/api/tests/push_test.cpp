// The doors for other products' shippers: their credentials, answers and errors, at both addresses.
#include <gmock/gmock.h>

#include "api_fixture.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::api {
namespace {

using collect::BulkItem;
using collect::IngestReceipt;
using collect::PushFormat;
using testing::HasSubstr;

struct Push : ApiTest {
    Reply ask(std::string_view method, const std::string& target, const std::string& authorization, std::string body = {},
              net::HttpHeaders headers = {}) {
        net::HttpClientRequest request;
        request.method = method == "GET"    ? net::HttpMethod::get
                         : method == "HEAD" ? net::HttpMethod::head
                         : method == "PUT"  ? net::HttpMethod::put
                                            : net::HttpMethod::post;
        request.target = target;
        request.headers = std::move(headers);
        if (!authorization.empty()) request.headers.set("Authorization", authorization);
        request.body = std::move(body);
        return send(std::move(request));
    }
    Reply post(const std::string& target, std::string body = "{}", net::HttpHeaders headers = {}) {
        return ask("POST", target, bearer, std::move(body), std::move(headers));
    }

    const std::string secret = token("beta-client", {.name = "shipper", .purpose = access::TokenPurpose::ingest}).bearer;
    const std::string bearer = "Bearer " + secret;
};

TEST_F(Push, TakesTheTokenInEveryFormThatShippersKnow) {
    const auto pair = [](const std::string& text) { return base::base64_encode(text); };
    for (const std::string& authorization :
         {"Bearer " + secret, "bearer " + secret, "Splunk " + secret, "ApiKey " + pair("id:" + secret), "ApiKey " + pair(secret),
          "ApiKey " + secret, "Basic " + pair("elastic:" + secret), "Basic " + pair(secret + ":")}) {
        EXPECT_EQ(ask("GET", "/push", authorization).status, 200) << authorization;
    }
    for (const std::string& authorization : {std::string(), "Bearer " + secret + "x", "Basic " + pair("elastic:changeme"), std::string("Basic %%%"),
                                             "Digest " + secret, std::string("Bearer"), std::string("Bearer  ")}) {
        EXPECT_EQ(ask("GET", "/push", authorization).status, 401) << authorization;
    }
    EXPECT_TRUE(ingest_tenants.empty());
}

TEST_F(Push, EventsGoToTheTokensTenant) {
    EXPECT_EQ(post("/push/services/collector/event").status, 200);
    EXPECT_EQ(post("/push/v1/logs", "{}", {{"Content-Type", "application/json"}}).status, 200);
    EXPECT_EQ(post("/push/_bulk").status, 200);
    EXPECT_EQ(ingest_tenants, (std::vector<uint32_t>{beta, beta, beta}));
    EXPECT_EQ(post("/push/_bulk?tenant=alpha").status, 404) << "another client's";
    EXPECT_EQ(post("/push/_bulk?tenant=beta&pack=nginx").status, 200);
    EXPECT_EQ(ingest_requests.back().pack, "nginx");
    EXPECT_EQ(ingest_tenants.size(), 4U);
}

TEST_F(Push, AnswersWhatBeatsAskBeforeTheySend) {
    const Reply hello = ask("GET", "/push/", bearer);
    EXPECT_EQ(hello.status, 200);
    EXPECT_EQ(hello.headers.get("X-Elastic-Product").value_or(""), "Elasticsearch");
    EXPECT_THAT(hello.body["version"]["number"].get<std::string>(), testing::StartsWith("8."));
    EXPECT_EQ(ask("HEAD", "/push", bearer).status, 200);
    EXPECT_EQ(ask("GET", "/push/_license?human=false", bearer).body["license"]["status"], "active");
    EXPECT_EQ(ask("GET", "/push/_xpack", bearer).body["features"]["ilm"]["enabled"], true);
    EXPECT_EQ(ask("GET", "/push/_cluster/health", bearer).body["status"], "green");
    EXPECT_EQ(ask("GET", "/push/_cat/templates/filebeat-8.17.0", bearer).text, "filebeat-8.17.0\n");
    EXPECT_EQ(ask("GET", "/push/_index_template/filebeat-8.17.0", bearer).body["index_templates"][0]["name"], "filebeat-8.17.0");
    for (const char* path : {"/push/_template/filebeat", "/push/_data_stream/filebeat", "/push/filebeat-8.17.0", "/push/_ilm/policy/filebeat"}) {
        EXPECT_EQ(ask("HEAD", path, bearer).status, 200) << path;
        EXPECT_EQ(ask("PUT", path, bearer, std::string(2'000'000, ' ')).body["acknowledged"], true) << path;
    }
    EXPECT_EQ(ask("PUT", "/push/_ingest/pipeline/p", "").status, 401);
    EXPECT_EQ(post("/push/logs/_search").status, 405);
    EXPECT_EQ(ask("GET", "/push/_security/user", bearer).status, 400);
}

TEST_F(Push, AnswersABulkBodyItemByItem) {
    ingest_answer = IngestReceipt{.accepted = 2, .first_seq = 100, .last_seq = 101, .refused = 1, .refusal = "no \"object\"",
                                  .items = {{"create", "logs", "", ""}, {"index", "logs", "a", "no \"object\""}, {"index", "x", "b", ""}}};
    const Reply answer = post("/push/logs/_bulk/");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(ingest_requests.back().format, PushFormat::elastic_bulk);
    EXPECT_EQ(ingest_requests.back().index, "logs");
    EXPECT_EQ(answer.body["errors"], true);
    const json& items = answer.body["items"];
    ASSERT_EQ(items.size(), 3U);
    EXPECT_EQ(items[0]["create"]["_id"], "100");
    EXPECT_EQ(items[0]["create"]["status"], 201);
    EXPECT_EQ(items[0]["create"]["result"], "created");
    EXPECT_EQ(items[1]["index"]["status"], 400);
    EXPECT_EQ(items[1]["index"]["error"]["reason"], "no \"object\"");
    EXPECT_EQ(items[2]["index"]["_id"], "b");
    EXPECT_EQ(items[2]["index"]["_seq_no"], 101);
    const Reply brief = post("/push/_bulk?filter_path=errors%2Citems.*.error%2Citems.*.status");
    EXPECT_EQ(brief.body["items"][0], json::parse(R"({"create":{"status":201}})"));
    EXPECT_EQ(brief.body["items"][1]["index"]["status"], 400);
}

TEST_F(Push, TakesSingleDocuments) {
    for (const char* path : {"/push/logs/_doc", "/push/logs/_doc/7", "/push/logs/_create/7", "/push/logs/events"}) {
        const Reply answer = post(path, R"({"a":1})");
        EXPECT_EQ(answer.status, 201) << path;
        EXPECT_EQ(answer.body["_index"], "logs");
        EXPECT_EQ(ingest_requests.back().format, PushFormat::elastic_document);
    }
    EXPECT_EQ(ingest_requests.back().body, R"({"a":1})");
}

TEST_F(Push, SaysWhatIsWrongInEachProtocolsWords) {
    struct Case {
        base::ErrorCode error;
        const char* message;
        int elastic, splunk, splunk_code, otlp;
    };
    for (const Case& c : {Case{base::ErrorCode::resource_exhausted, "full", 429, 429, 26, 429},
                          Case{base::ErrorCode::unavailable, "away", 503, 503, 9, 503}, Case{base::ErrorCode::io, "disk", 503, 503, 9, 503},
                          Case{base::ErrorCode::too_large, "large", 413, 413, 27, 413},
                          Case{base::ErrorCode::invalid_argument, "No data", 400, 400, 5, 400},
                          Case{base::ErrorCode::invalid_argument, "Event field is required", 400, 400, 12, 400}}) {
        ingest_answer = base::fail(base::Error(c.error, c.message).at("3"));
        const bool later = c.elastic == 429 || c.elastic == 503;
        const Reply elastic = post("/push/_bulk");
        EXPECT_EQ(elastic.status, c.elastic) << c.message;
        EXPECT_EQ(elastic.body["status"], c.elastic);
        EXPECT_EQ(elastic.headers.has("Retry-After"), later);
        const Reply splunk = post("/push/services/collector");
        EXPECT_EQ(splunk.status, c.splunk) << c.message;
        EXPECT_EQ(splunk.body["code"], c.splunk_code) << c.message;
        if (c.splunk == 400) {
            EXPECT_EQ(splunk.body["invalid-event-number"], 3);
        }
        const Reply otlp = post("/push/v1/logs", "{}", {{"Content-Type", "application/json"}});
        EXPECT_EQ(otlp.status, c.otlp) << c.message;
        EXPECT_EQ(otlp.headers.has("Retry-After"), later);
        EXPECT_TRUE(otlp.body["code"].is_number());
    }
}

TEST_F(Push, SpeaksSplunk) {
    EXPECT_EQ(ask("GET", "/push/services/collector/health", "").body["code"], 17) << "without a token, as balancers ask";
    EXPECT_EQ(ask("GET", "/push/services/collector/health/1.0", "").status, 200);
    ingest_state.full = true;
    EXPECT_EQ(ask("GET", "/push/services/collector/health", "").status, 503);
    const Reply plain = post("/push/services/collector/event/1.0?host=h");
    EXPECT_EQ(plain.text, R"({"code":0,"text":"Success"})");
    EXPECT_EQ(ingest_requests.back().format, PushFormat::splunk_events);
    EXPECT_EQ(ingest_requests.back().host, "h");
    EXPECT_EQ(post("/push/services/collector/raw", "x", {{"X-Splunk-Request-Channel", "c"}}).body["ackId"], 101);
    EXPECT_EQ(ingest_requests.back().format, PushFormat::splunk_raw);
    EXPECT_EQ(post("/push/services/collector/ack?channel=c", R"({"acks":[101,102,0]})").body["acks"], json::parse(R"({"101":true,"102":false,"0":false})"));
    EXPECT_EQ(post("/push/services/collector/ack", R"({"acks":[101]})").body["code"], 10);
    for (const char* bad : {"", "[]", R"({"acks":{}})", R"({"acks":["1"]})", R"({"acks":[-1]})"}) {
        EXPECT_EQ(post("/push/services/collector/ack?channel=c", bad).status, 400) << bad;
    }
    EXPECT_EQ(ask("POST", "/push/services/collector", "").body["code"], 2);
    EXPECT_EQ(ask("POST", "/push/services/collector", "Splunk nobody").body["code"], 4);
    EXPECT_EQ(ask("GET", "/push/services/collector", bearer).status, 405);
    EXPECT_EQ(post("/push/services/collector/s2s").status, 404);
}

TEST_F(Push, SpeaksOtlp) {
    const auto logs = [&](const char* type) { return post("/push/v1/logs", "x", {{"Content-Type", type}}); };
    EXPECT_EQ(logs("application/json; charset=utf-8").text, "{}");
    EXPECT_EQ(ingest_requests.back().format, PushFormat::otlp_json);
    EXPECT_EQ(logs("application/x-protobuf").text, "");
    EXPECT_EQ(ingest_requests.back().format, PushFormat::otlp_protobuf);
    EXPECT_EQ(logs("application/x-protobuf").headers.get("Content-Type").value_or(""), "application/x-protobuf");
    EXPECT_EQ(logs("text/plain").status, 415);
    ingest_answer = IngestReceipt{.accepted = 1, .first_seq = 1, .last_seq = 1, .refused = 2, .refusal = "deep"};
    EXPECT_EQ(logs("application/json").body["partialSuccess"]["rejectedLogRecords"], "2");
    EXPECT_EQ(logs("application/x-protobuf").text, std::string("\x0a\x08\x08\x02\x12\x04" "deep"));
    ingest_answer = base::fail(base::ErrorCode::invalid_argument, "bad");
    EXPECT_EQ(logs("application/x-protobuf").text, std::string("\x08\x03\x12\x03" "bad"));
    EXPECT_EQ(post("/push/v1/traces").status, 404);
    EXPECT_EQ(ask("GET", "/push/v1/logs", bearer).status, 405);
    EXPECT_EQ(ask("POST", "/push/v1/logs", "").status, 401);
}

TEST_F(Push, StandsAtTheRootOfAnAddressOfItsOwn) {
    EXPECT_FALSE(server->push_address());
    ServerOptions options;
    options.push_address = *net::SocketAddress::parse("127.0.0.1:0");
    restart_server(options);
    ASSERT_TRUE(server->push_address());
    auto connected = net::HttpClient::create("http://" + server->push_address()->to_string());
    ASSERT_TRUE(connected);
    net::HttpClient client = std::move(*connected);
    net::HttpClientRequest request;
    request.headers.set("Authorization", bearer);
    EXPECT_THAT(client.send(request)->body, HasSubstr("cluster_uuid"));
    request.target = "/_bulk";
    request.method = net::HttpMethod::post;
    request.body = "{}";
    EXPECT_EQ(client.send(request)->status, 200);
    request.target = "/api/v1/session";
    request.method = net::HttpMethod::get;
    EXPECT_THAT(client.send(request)->headers.get("X-Elastic-Product").value_or(""), "Elasticsearch") << "no other interface is there";
    EXPECT_EQ(ask("GET", "/push", bearer).status, 200) << "and the main address has it, too";
    EXPECT_NE(ask("GET", "/pushing", bearer).headers.get("X-Elastic-Product").value_or(""), "Elasticsearch");
}

}  // namespace
}  // namespace shuwei::api
