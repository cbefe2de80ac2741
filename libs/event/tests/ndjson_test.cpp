#include "shuwei/event/ndjson.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace shuwei::event {
namespace {

struct Read {
    EventBatch batch;
    base::Result<> result;
    Event& event() { return batch[0]; }
    std::vector<std::string> values(std::string_view name) {
        std::vector<std::string> found;
        for (const FieldValue& value : batch.fields(batch[0])) {
            if (field_name(value.field) == name) found.emplace_back(value.text());
        }
        return found;
    }
    std::string one(std::string_view name) {
        const auto found = values(name);
        return found.size() == 1 ? found[0] : "(" + std::to_string(found.size()) + " values)";
    }
};

Read read(std::string_view json, std::string_view prefix = {}) {
    Read read;
    Event& event = read.batch.add_event();
    event.raw = read.batch.store(json);
    JsonReader reader;
    read.result = reader.read(event.raw, read.batch, event, prefix);
    return read;
}

TEST(JsonReader, flattens_nested_objects_to_dotted_names) {
    Read got = read(R"({"a":{"b":1,"c":{"d":"x"}},"e.f":true})");
    ASSERT_TRUE(got.result) << got.result.error().to_string();
    EXPECT_EQ(got.one("a.b"), "1");
    EXPECT_EQ(got.one("a.c.d"), "x");
    EXPECT_EQ(got.one("e.f"), "true");
    EXPECT_EQ(got.batch.find(got.event(), find_field("a.b"))->kind, ValueKind::number);
    EXPECT_EQ(got.batch.find(got.event(), find_field("e.f"))->kind, ValueKind::boolean);
}

TEST(JsonReader, makes_multi_values_of_arrays_and_flattens_objects_in_them) {
    Read got = read(R"({"tags":["x","y"],"list":[{"n":1},{"n":2},3],"empty":[],"none":null})");
    ASSERT_TRUE(got.result);
    EXPECT_EQ(got.values("tags"), (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(got.values("list.n"), (std::vector<std::string>{"1", "2"}));
    EXPECT_EQ(got.values("list"), (std::vector<std::string>{"3"}));
    EXPECT_TRUE(got.values("empty").empty());
    EXPECT_EQ(got.batch.find(got.event(), find_field("none"))->kind, ValueKind::null);
}

TEST(JsonReader, puts_the_prefix_before_every_name) {
    Read got = read(R"({"a":1,"b":{"c":2}})", "vendor.product");
    ASSERT_TRUE(got.result);
    EXPECT_EQ(got.one("vendor.product.a"), "1");
    EXPECT_EQ(got.one("vendor.product.b.c"), "2");
}

TEST(JsonReader, keeps_values_without_escapes_in_place_and_unescapes_others) {
    Read got = read(R"({"plain" : "abc" , "path":"C:\\Windows\\a.exe","quote":"say \"hi\"\n","han":"\u767b\u5f55","emoji":"\ud83d\ude00"})");
    ASSERT_TRUE(got.result);
    const FieldValue* plain = got.batch.find(got.event(), find_field("plain"));
    EXPECT_GE(plain->data, got.event().raw.data());
    EXPECT_LT(plain->data, got.event().raw.data() + got.event().raw.size());
    EXPECT_EQ(plain->text(), "abc");
    EXPECT_EQ(got.one("path"), "C:\\Windows\\a.exe");
    EXPECT_EQ(got.one("quote"), "say \"hi\"\n");
    EXPECT_EQ(got.one("han"), "登录");
    EXPECT_EQ(got.one("emoji"), "\xF0\x9F\x98\x80");
}

TEST(JsonReader, keeps_numbers_as_received) {
    Read got = read(R"({"a":-9223372036854775808,"b":18446744073709551616,"c":1.50,"d":-0.0e-5,"e": 7 })");
    ASSERT_TRUE(got.result) << got.result.error().to_string();
    EXPECT_EQ(got.one("a"), "-9223372036854775808");
    EXPECT_EQ(got.one("b"), "18446744073709551616");
    EXPECT_EQ(got.one("c"), "1.50");
    EXPECT_EQ(got.one("d"), "-0.0e-5");
    EXPECT_EQ(got.one("e"), "7");
}

TEST(JsonReader, keeps_both_values_of_a_repeated_key) {
    Read got = read(R"({"a":1,"a":2})");
    ASSERT_TRUE(got.result);
    EXPECT_EQ(got.values("a"), (std::vector<std::string>{"1", "2"}));
}

TEST(JsonReader, refuses_what_is_not_one_object) {
    for (const std::string_view text : {"", " ", "[1]", "\"x\"", "7", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":1} x", "{\"a\":1}{\"b\":2}",
                                        "{\"a\":01}", "{\"a\":tru}", "{\"a\":\"x}", "{\"a\":nul}", "{\"a\":-}", "{\"a\":1.}", "{'a':1}",
                                        "{\"a\":\"\xff\"}", "{\"a\":\"\\q\"}", "{\"a\":[1,2}", "{\"a\":[1 2]}"}) {
        Read got = read(text);
        ASSERT_FALSE(got.result) << text;
        EXPECT_EQ(got.result.error().code(), base::ErrorCode::data_corrupt) << text;
    }
}

TEST(JsonReader, allows_white_space_around_the_object) {
    EXPECT_TRUE(read(" {\"a\" : 1 } \r\n").result);
}

TEST(JsonReader, refuses_deep_nesting_without_recursing_into_it) {
    std::string deep = "{\"a\":";
    for (int i = 0; i < 100'000; ++i) deep += "[";
    Read got = read(deep);
    ASSERT_FALSE(got.result);
    std::string objects;
    for (int i = 0; i < 80; ++i) objects += "{\"a\":";
    objects += "1";
    for (int i = 0; i < 80; ++i) objects += "}";
    Read nested = read(objects);
    ASSERT_FALSE(nested.result);
    EXPECT_EQ(nested.result.error().code(), base::ErrorCode::too_large);
}

TEST(JsonReader, puts_what_exceeds_the_limits_into_overflow) {
    std::string json = "{";
    for (int i = 0; i < 600; ++i) json += "\"f" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    json += "\"" + std::string(300, 'n') + "\":\"long name\",\"last\":\"" + std::string(70'000, 'v') + "\"}";
    Read got = read(json);
    ASSERT_TRUE(got.result);
    EXPECT_EQ(got.event().overflowed, 600 + 2 - kMaxFieldsPerEvent);
    const std::string overflow = got.one("shuwei.overflow");
    EXPECT_NE(overflow.find("f599=599\n"), std::string::npos);
    EXPECT_LE(overflow.size(), kMaxValueBytes);
}

TEST(JsonReader, can_be_used_again_after_an_error) {
    JsonReader reader;
    EventBatch batch;
    Event& event = batch.add_event();
    EXPECT_FALSE(reader.read(batch.store("{\"a\":"), batch, event));
    EXPECT_TRUE(reader.read(batch.store("{\"a\":1}"), batch, event));
    EXPECT_TRUE(reader.read(batch.store("{\"b\":2}"), batch, event));
    EXPECT_EQ(batch.get(event, find_field("b")), "2");
}

std::string printed(EventBatch& batch, Event& event, std::string_view pack = {}) {
    std::string out;
    append_json(out, batch, event, pack);
    return out;
}

TEST(AppendJson, prints_the_events_own_members_then_its_fields) {
    EventBatch batch;
    Event& event = batch.add_event();
    event.raw = batch.store("raw \"line\"");
    event.time = 1'795'221'001 * base::kSecond + 120 * base::kMillisecond;
    event.received = 1'795'221'002 * base::kSecond;
    event.peer = *base::IpAddress::parse("10.0.0.7");
    event.seq = 9;
    batch.add(event, source_ip, "10.0.0.1");
    batch.add(event, source_port, "443", ValueKind::number);
    batch.add(event, event_category, "network");
    batch.add(event, event_category, "web");
    batch.add(event, "x.flag", "true", ValueKind::boolean);
    batch.add(event, "x.none", {}, ValueKind::null);
    EXPECT_EQ(printed(batch, event, "some-pack"),
              R"({"@timestamp":"2026-11-21T00:30:01.120000Z","event.ingested":"2026-11-21T00:30:02.000000Z",)"
              R"("log.source.address":"10.0.0.7","shuwei.seq":9,"shuwei.pack":"some-pack","event.original":"raw \"line\"",)"
              R"("source.ip":"10.0.0.1","source.port":443,"event.category":["network","web"],"x.flag":true,"x.none":null})");
}

TEST(AppendJson, shows_bytes_that_are_not_utf8_twice) {
    EventBatch batch;
    Event& event = batch.add_event();
    event.raw = batch.store("\xb5\xc7\xc2\xbc ok");  // GBK
    const std::string out = printed(batch, event);
    EXPECT_NE(out.find("\"event.original_base64\":\"tcfCvCBvaw==\""), std::string::npos) << out;
    EXPECT_NE(out.find("\xEF\xBF\xBD"), std::string::npos);
}

TEST(AppendJson, reads_back_as_it_was) {
    Read first = read(R"({"a":{"b":[1,2]},"c":"x\ty","d":null,"e":false})");
    first.event().time = 0;
    const std::string out = printed(first.batch, first.event());
    Read second = read(out);
    ASSERT_TRUE(second.result) << out;
    EXPECT_EQ(second.values("a.b"), (std::vector<std::string>{"1", "2"}));
    EXPECT_EQ(second.one("c"), "x\ty");
    EXPECT_EQ(second.one("e"), "false");
}

}  // namespace
}  // namespace shuwei::event
