// Bodies as shippers really send them, and as nobody should.
#include <gmock/gmock.h>

#include "collect_fixture.hpp"
#include "json_text.hpp"
#include "shuwei/collect/http_ingest.hpp"
#include "shuwei/net/gzip.hpp"

namespace shuwei::collect {
namespace {

using base::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;

class PushFormatTest : public CollectTest {
protected:
    void SetUp() override {
        CollectTest::SetUp();
        ingest = std::make_unique<HttpIngest>(Listener{2, "elastic", 0}, *sink);
    }

    base::Result<IngestReceipt> push(PushFormat format, std::string_view body, const PushOrigin& origin = {}) {
        IngestRequest request;
        request.body = body;
        request.format = format;
        request.index = "given";
        request.origin = origin;
        request.tenant = 3;
        return ingest->ingest(request);
    }

    // What the body becomes; it is taken whole.
    std::vector<std::string> become(PushFormat format, std::string_view body, const PushOrigin& origin = {}) {
        const auto receipt = push(format, body, origin);
        EXPECT_TRUE(receipt) << body.substr(0, 200) << '\n' << receipt.error().to_string();
        if (!receipt) return {};
        EXPECT_GE(spool->durable_seq(), receipt->last_seq) << "on disk before the answer";
        return receive_lines(receipt->accepted);
    }

    void expect_refusal(PushFormat format, std::string_view body, std::string_view message, std::string_view place = "") {
        const auto receipt = push(format, body);
        ASSERT_FALSE(receipt) << body.substr(0, 200);
        EXPECT_EQ(receipt.error().code(), ErrorCode::invalid_argument);
        EXPECT_THAT(receipt.error().message(), HasSubstr(message)) << body.substr(0, 200);
        if (!place.empty()) {
            EXPECT_THAT(receipt.error().where(), ElementsAre(place)) << body.substr(0, 200);
        }
        EXPECT_EQ(spool->written_seq(), 0U) << "as a whole";
    }

    std::unique_ptr<HttpIngest> ingest;
};

// ---- Elasticsearch

TEST_F(PushFormatTest, TakesABulkBodyOfFilebeat) {
    const auto receipt = push(PushFormat::elastic_bulk,
                              "{\"create\":{\"_index\":\"filebeat-8.17.0\"}}\n"
                              "{\"@timestamp\":\"2026-11-21T00:30:00.000Z\",\"message\":\"one\",\"agent\":{\"type\":\"filebeat\"}}\n"
                              "{ \"index\" : { \"_id\" : \"a-1\" } }\r\n"
                              "{\"message\":\"two\"}\r\n"
                              "{\"index\":{}}\n{\"message\":\"three, without a line's end\"}");
    ASSERT_TRUE(receipt) << receipt.error().to_string();
    EXPECT_EQ(receipt->accepted, 3U);
    EXPECT_EQ(receipt->refused, 0U);
    ASSERT_EQ(receipt->items.size(), 3U);
    EXPECT_EQ(receipt->items[0].action, "create");
    EXPECT_EQ(receipt->items[0].index, "filebeat-8.17.0");
    EXPECT_EQ(receipt->items[1].action, "index");
    EXPECT_EQ(receipt->items[1].index, "given");
    EXPECT_EQ(receipt->items[1].id, "a-1");
    const auto frames = receive(3);
    EXPECT_EQ(frames[0].payload, R"({"@timestamp":"2026-11-21T00:30:00.000Z","message":"one","agent":{"type":"filebeat"}})");
    EXPECT_EQ(frames[0].kind, spool::FrameKind::json);
    EXPECT_EQ(frames[0].tenant, 3U);
    EXPECT_EQ(frames[0].listener, 2U);
    EXPECT_EQ(frames[1].payload, R"({"message":"two"})");
}

TEST_F(PushFormatTest, RefusesSingleItemsOfABulkBodyAndTakesTheRest) {
    const auto receipt = push(PushFormat::elastic_bulk,
                              "{\"index\":{}}\n{\"n\":1}\n"
                              "{\"delete\":{\"_id\":\"x\"}}\n"
                              "{\"update\":{\"_id\":\"x\"}}\n{\"doc\":{}}\n"
                              "{\"index\":{}}\nno object\n"
                              "{\"index\":{}}\n{\"n\":2}}\n"
                              "{\"index\":{}}\n{\"n\":3}\n");
    ASSERT_TRUE(receipt) << receipt.error().to_string();
    EXPECT_EQ(receipt->accepted, 2U);
    EXPECT_EQ(receipt->refused, 4U);
    std::vector<bool> taken;
    for (const BulkItem& item : receipt->items) taken.push_back(item.refusal.empty());
    EXPECT_THAT(taken, ElementsAre(true, false, false, false, false, true));
    EXPECT_THAT(receive_lines(2), ElementsAre(R"({"n":1})", R"({"n":3})"));
    EXPECT_EQ(metric("shuwei_ingest_refused_total{listener=\"elastic\"}"), 4);
}

TEST_F(PushFormatTest, RefusesABulkBodyThatIsOutOfStep) {
    expect_refusal(PushFormat::elastic_bulk, "", "required");
    expect_refusal(PushFormat::elastic_bulk, "\n\n", "required");
    expect_refusal(PushFormat::elastic_bulk, "{\"index\":{}}\n{\"n\":1}\n{\"n\":2}\n", "line [3]");
    expect_refusal(PushFormat::elastic_bulk, "{\"index\":{}}\n", "no document");
    expect_refusal(PushFormat::elastic_bulk, "{}\n{}\n", "no action");
    expect_refusal(PushFormat::elastic_bulk, "[1]\n{}\n", "no JSON object");
    expect_refusal(PushFormat::elastic_bulk, "{\"index\":7}\n{}\n", "no object");
    expect_refusal(PushFormat::elastic_bulk, "{\"index\":{\"_id\":\"" + std::string(600, 'i') + "\"}}\n{}\n", "512");
    expect_refusal(PushFormat::elastic_bulk, "{\"index\":{}} {\"n\":1}\n{}\n", "no JSON object");
    std::string many;
    for (size_t i = 0; i <= kMaxBulkItems; ++i) many += "{\"index\":{}}\n{}\n";
    EXPECT_EQ(push(PushFormat::elastic_bulk, many).error().code(), ErrorCode::too_large);
    EXPECT_EQ(spool->written_seq(), 0U);
}

TEST_F(PushFormatTest, TakesOneDocument) {
    EXPECT_THAT(become(PushFormat::elastic_document, "{\n  \"message\": \"one\"\n}\n"), ElementsAre("{\n  \"message\": \"one\"\n}"));
    EXPECT_EQ(push(PushFormat::elastic_document, "[]").error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(push(PushFormat::elastic_document, "").error().code(), ErrorCode::invalid_argument);
}

// ---- Splunk

TEST_F(PushFormatTest, TakesSplunkEventsOneAfterTheOther) {
    EXPECT_THAT(become(PushFormat::splunk_events,
                       R"({"time":1763708400.123,"host":"web-01","source":"/var/log/auth.log","sourcetype":"linux_secure","index":"main",)"
                       R"("event":"sshd[1]: Failed password","fields":{"dc":"bj","n":1}})"
                       R"({"time":"1763708401","host":"web-02","event":{"action":"登录","host":{"ip":"10.0.0.1"}}})"
                       "\n\n{\"event\":{\"a\": [1, 2]}} {\"event\":\"just a line\"}\r\n{\"event\":17,\"source\":\"udp:514\"}"),
                ElementsAre(R"({"@timestamp":"2025-11-21T07:00:00.123000Z","host.name":"web-01","log.file.path":"/var/log/auth.log",)"
                            R"("splunk.source":"/var/log/auth.log","splunk.sourcetype":"linux_secure","splunk.index":"main",)"
                            R"("message":"sshd[1]: Failed password","dc":"bj","n":1})",
                            R"({"@timestamp":"2025-11-21T07:00:01.000000Z","host.name":"web-02","action":"登录","host":{"ip":"10.0.0.1"}})",
                            R"({"a": [1, 2]})", "just a line", R"({"splunk.source":"udp:514","message":17})"));
}

TEST_F(PushFormatTest, TakesSplunkDefaultsFromTheQuery) {
    EXPECT_THAT(become(PushFormat::splunk_events, R"({"event":"a"}{"event":"b","host":"own"})", {.host = "given", .time = "1763708400"}),
                ElementsAre(R"({"@timestamp":"2025-11-21T07:00:00.000000Z","host.name":"given","message":"a"})",
                            R"({"@timestamp":"2025-11-21T07:00:00.000000Z","host.name":"own","message":"b"})"));
}

TEST_F(PushFormatTest, TakesSplunkRawLines) {
    EXPECT_THAT(become(PushFormat::splunk_raw, "one\r\n\n{\"two\":2}\nthree"), ElementsAre("one", "{\"two\":2}", "three"));
    const PushOrigin origin{.host = "fw01", .sourcetype = "cisco:asa"};
    EXPECT_THAT(become(PushFormat::splunk_raw, "a \"quoted\" line\n\xb5\xc7\xc2\xbc\n", origin),
                ElementsAre(R"({"host.name":"fw01","splunk.sourcetype":"cisco:asa","message":"a \"quoted\" line"})", "\xb5\xc7\xc2\xbc"));
}

TEST_F(PushFormatTest, RefusesSplunkBodiesWithTheDocumentedWords) {
    for (const char* empty : {"", " \n"}) expect_refusal(PushFormat::splunk_events, empty, kSplunkNoData);
    expect_refusal(PushFormat::splunk_events, "[]", kSplunkNoData);
    expect_refusal(PushFormat::splunk_raw, "\n \r\n", kSplunkNoData);
    expect_refusal(PushFormat::splunk_events, R"({"event":"a"}{"event":)", kSplunkInvalidData, "1");
    expect_refusal(PushFormat::splunk_events, R"({"event":"a"} garbage)", kSplunkInvalidData, "1");
    expect_refusal(PushFormat::splunk_events, R"("event")", kSplunkInvalidData, "0");
    expect_refusal(PushFormat::splunk_events, R"({"event":"a"}{"time":1})", kSplunkEventMissing, "1");
    expect_refusal(PushFormat::splunk_events, R"({"event":null})", kSplunkEventMissing, "0");
    expect_refusal(PushFormat::splunk_events, R"({"event":""})", kSplunkEventBlank, "0");
    expect_refusal(PushFormat::splunk_events, R"({"event":"a","fields":{"x":{"y":1}}})", kSplunkIndexedFields, "0");
    expect_refusal(PushFormat::splunk_events, R"({"event":"a","fields":[1]})", kSplunkIndexedFields, "0");
}

// ---- OpenTelemetry

constexpr std::string_view kOtlpJson = R"({"resourceLogs":[{"resource":{"attributes":[
      {"key":"host.name","value":{"stringValue":"web-01"}},{"key":"process.pid","value":{"intValue":"17"}}]},
    "scopeLogs":[{"scope":{"name":"receiver","version":"1.2"},"logRecords":[
      {"timeUnixNano":"1763708400123456789","observedTimeUnixNano":"1763708401000000000","severityNumber":17,"severityText":"ERROR",
       "body":{"stringValue":"Failed password"},"attributes":[{"key":"log.file.name","value":{"stringValue":"auth.log"}}],
       "traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174"},
      {"observedTimeUnixNano":1763708401000000000,"body":{"kvlistValue":{"values":[
        {"key":"event_id","value":{"intValue":4625}},{"key":"ok","value":{"boolValue":false}},
        {"key":"list","value":{"arrayValue":{"values":[{"doubleValue":1.5},{"stringValue":"x"}]}}}]}},
       "attributes":[{"key":"host.name","value":{"stringValue":"own"}}]},
      {"body":{"stringValue":"alone"},"dropped_attributes_count":1}]}]}]})";

const std::vector<std::string> kOtlpDocuments = {
    R"({"@timestamp":"2025-11-21T07:00:00.123456Z","message":"Failed password","log.level":"ERROR","otel.severity_number":17,)"
    R"("trace.id":"5b8efff798038103d269b633813fc60c","span.id":"eee19b7ec3c1b174","log.file.name":"auth.log","host.name":"web-01",)"
    R"("process.pid":17,"otel.scope.name":"receiver","otel.scope.version":"1.2"})",
    R"({"@timestamp":"2025-11-21T07:00:01.000000Z","event_id":4625,"ok":false,"list":[1.5,"x"],"host.name":"own","process.pid":17,)"
    R"("otel.scope.name":"receiver","otel.scope.version":"1.2"})",
    R"({"message":"alone","host.name":"web-01","process.pid":17,"otel.scope.name":"receiver","otel.scope.version":"1.2"})"};

TEST_F(PushFormatTest, TakesOtlpInJson) { EXPECT_EQ(become(PushFormat::otlp_json, kOtlpJson), kOtlpDocuments); }

// A message of the wire format, written field by field.
class Wire {
public:
    Wire& varint(int field, uint64_t value) { return key(field, 0).number(value); }
    Wire& fixed64(int field, uint64_t value) {
        key(field, 1);
        bytes_.append(reinterpret_cast<const char*>(&value), 8);
        return *this;
    }
    Wire& real(int field, double value) { return fixed64(field, std::bit_cast<uint64_t>(value)); }
    Wire& text(int field, std::string_view value) {
        key(field, 2).number(value.size());
        bytes_ += value;
        return *this;
    }
    Wire& message(int field, const Wire& value) { return text(field, value.bytes_); }
    const std::string& bytes() const { return bytes_; }

private:
    Wire& key(int field, int type) { return number(static_cast<uint64_t>(field) << 3 | static_cast<uint64_t>(type)); }
    Wire& number(uint64_t value) {
        for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
        bytes_ += static_cast<char>(value);
        return *this;
    }
    std::string bytes_;
};

Wire text_value(std::string_view text) { return Wire().text(1, text); }
Wire int_value(int64_t value) { return Wire().varint(3, static_cast<uint64_t>(value)); }
Wire pair(std::string_view key, const Wire& value) { return Wire().text(1, key).message(2, value); }

// The same as kOtlpJson; scope and resource stand behind their records, which the format allows.
Wire otlp_request(const std::vector<Wire>& records) {
    Wire scope_logs;
    for (const Wire& record : records) scope_logs.message(2, record);
    scope_logs.message(1, Wire().text(1, "receiver").text(2, "1.2")).text(3, "schema");
    const Wire resource = Wire().message(1, pair("host.name", text_value("web-01"))).message(1, pair("process.pid", int_value(17)));
    return Wire().message(1, Wire().message(2, scope_logs).message(1, resource));
}

std::vector<Wire> otlp_records() {
    Wire first;
    first.fixed64(1, 1763708400123456789).fixed64(11, 1763708401000000000).varint(2, 17).text(3, "ERROR");
    first.message(5, text_value("Failed password")).message(6, pair("log.file.name", text_value("auth.log"))).varint(7, 3);
    first.text(9, "\x5b\x8e\xff\xf7\x98\x03\x81\x03\xd2\x69\xb6\x33\x81\x3f\xc6\x0c").text(10, "\xee\xe1\x9b\x7e\xc3\xc1\xb1\x74");
    const Wire list = Wire().message(5, Wire().message(1, Wire().real(4, 1.5)).message(1, text_value("x")));
    const Wire map = Wire().message(6, Wire().message(1, pair("event_id", int_value(4625))).message(1, pair("ok", Wire().varint(2, 0)))
                                           .message(1, pair("list", list)));
    const Wire second = Wire().fixed64(11, 1763708401000000000).message(5, map).message(6, pair("host.name", text_value("own")));
    return {first, second, Wire().message(5, text_value("alone"))};
}

TEST_F(PushFormatTest, TakesOtlpInProtobuf) {
    EXPECT_EQ(become(PushFormat::otlp_protobuf, otlp_request(otlp_records()).bytes()), kOtlpDocuments);
    const Wire odd = Wire().message(5, Wire().text(7, std::string_view("\0\xff", 2))).message(6, pair("neg", int_value(-1)))
                         .message(6, pair("nan", Wire().real(4, std::numeric_limits<double>::quiet_NaN()))).message(6, pair("none", Wire()));
    EXPECT_THAT(become(PushFormat::otlp_protobuf, otlp_request({odd}).bytes())[0],
                HasSubstr(R"({"message":"AP8=","neg":-1,"nan":"nan","none":null,"host.name")"));
}

TEST_F(PushFormatTest, KeepsTheBytesOfATextThatIsNotUtf8) {
    const auto documents = become(PushFormat::otlp_protobuf, otlp_request({Wire().message(5, text_value("\xb5\xc7\xc2\xbc"))}).bytes());
    EXPECT_THAT(documents[0], HasSubstr(R"("otel.body_base64":"tcfCvA==")"));
}

TEST_F(PushFormatTest, TakesAnEmptyOtlpRequest) {
    for (const char* body : {"{}", R"({"resourceLogs":[]})", R"({"resourceLogs":[{}]})"}) EXPECT_THAT(become(PushFormat::otlp_json, body), ElementsAre());
    EXPECT_THAT(become(PushFormat::otlp_protobuf, ""), ElementsAre());
}

TEST_F(PushFormatTest, RefusesDamagedOtlp) {
    for (const char* body : {"", "[]", "{", R"({"resourceLogs":[1]})", R"({"resourceLogs":[{"scopeLogs":["x"]}]})"}) {
        expect_refusal(PushFormat::otlp_json, body, "JSON");
    }
    const std::string whole = otlp_request(otlp_records()).bytes();
    for (size_t size = 1; size < whole.size(); ++size) {
        EXPECT_FALSE(push(PushFormat::otlp_protobuf, std::string_view(whole).substr(0, size))) << size;
    }
    expect_refusal(PushFormat::otlp_protobuf, "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "Protocol Buffers");
    expect_refusal(PushFormat::otlp_protobuf, "\x0b\x0c", "Protocol Buffers");
    EXPECT_EQ(spool->written_seq(), 0U);
}

TEST_F(PushFormatTest, RefusesOtlpRecordsThatAreNestedTooDeepAndTakesTheRest) {
    Wire deep = text_value("deep");
    for (int i = 0; i < 40; ++i) deep = Wire().message(5, Wire().message(1, deep));
    const auto receipt = push(PushFormat::otlp_protobuf, otlp_request({Wire().message(5, deep), Wire().message(5, text_value("flat"))}).bytes());
    ASSERT_TRUE(receipt) << receipt.error().to_string();
    EXPECT_EQ(receipt->refused, 1U);
    EXPECT_EQ(receipt->accepted, 1U);
    EXPECT_THAT(receipt->refusal, HasSubstr("32 levels"));
}

TEST_F(PushFormatTest, BoundsWhatARequestBecomes) {
    // A resource of 100 kB that every one of 2,000 records would repeat.
    const Wire resource = Wire().message(1, pair("note", text_value(std::string(100'000, 'n'))));
    Wire scope_logs;
    for (int i = 0; i < 2000; ++i) scope_logs.message(2, Wire());
    const auto receipt = push(PushFormat::otlp_protobuf, Wire().message(1, Wire().message(1, resource).message(2, scope_logs)).bytes());
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code(), ErrorCode::too_large);
    EXPECT_EQ(spool->written_seq(), 0U);
}

TEST_F(PushFormatTest, TellsItsState) {
    EXPECT_FALSE(ingest->state().full);
    const auto receipt = push(PushFormat::splunk_events, R"({"event":"a"})");
    ASSERT_TRUE(receipt);
    EXPECT_GE(ingest->state().durable_seq, receipt->last_seq);
}

// ---- JSON

TEST(JsonText, TakesValuesOneByOne) {
    std::string_view text = " {\"a\":[1,{}]} [ ] \"x\\\"y\" -1.5e+3 true null 0";
    std::vector<std::string> taken;
    while (!text.empty()) {
        const auto value = take_json_value(text);
        ASSERT_TRUE(value) << text;
        taken.emplace_back(*value);
    }
    EXPECT_THAT(taken, ElementsAre("{\"a\":[1,{}]}", "[ ]", "\"x\\\"y\"", "-1.5e+3", "true", "null", "0"));
}

TEST(JsonText, RefusesWhatIsMalformed) {
    for (const char* bad : {"", " ", "{", "}", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "\"x", "\"x\\", "tru", "-", "1.", "1e", "+1", "[1 2]", "{\"a\":1 \"b\":2}"}) {
        std::string_view text = bad;
        EXPECT_FALSE(take_json_value(text)) << bad;
    }
    EXPECT_TRUE(is_json_object(std::string(kMaxJsonDepth - 1, '[').insert(0, "{\"a\":") + std::string(kMaxJsonDepth - 1, ']') + "}"));
    EXPECT_FALSE(is_json_object(std::string(kMaxJsonDepth, '[').insert(0, "{\"a\":") + std::string(kMaxJsonDepth, ']') + "}"));
    EXPECT_FALSE(is_json_object("[1]"));
    EXPECT_FALSE(is_json_object("{} {}"));
}

TEST(JsonText, DecodesStrings) {
    EXPECT_EQ(decode_json_string(R"("a\n\t\"\\\/\u0041\u767b\ud83d\ude00")"), "a\n\t\"\\/A登😀");
    EXPECT_EQ(decode_json_string(R"("\ud83d \udc00 \uzz")"), "\xef\xbf\xbd \xef\xbf\xbd \xef\xbf\xbdzz");
    EXPECT_EQ(decode_json_string("17"), "");
}

}  // namespace
}  // namespace shuwei::collect
