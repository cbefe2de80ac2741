#include "shuwei/sigma/json_documents.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace shuwei::sigma {
namespace {

struct Read {
    std::vector<std::string> texts;
    std::vector<uint32_t> lines;
    std::vector<uint64_t> ordinals;
    std::vector<std::string> broken;
    std::string error;  // what ended the reading, or the first broken place
};

Read read(std::string_view text, const JsonDocumentsLimits& limits = {}) {
    Read read;
    std::istringstream in{std::string(text)};
    const auto result = read_json_documents(
        in,
        [&](const JsonDocument& document) -> base::Result<> {
            read.ordinals.push_back(document.ordinal);
            read.texts.emplace_back(document.text);
            read.lines.push_back(document.line);
            return {};
        },
        [&](const base::Error& error) -> base::Result<> {
            read.broken.push_back(error.to_string());
            return {};
        },
        limits);
    if (!result) {
        read.error = result.error().to_string();
    } else {
        EXPECT_EQ(result->objects, read.texts.size());
        EXPECT_EQ(result->broken, read.broken.size());
        if (!read.broken.empty()) read.error = read.broken.front();
    }
    return read;
}

TEST(JsonDocuments, EveryShapeGivesItsObjects) {
    const std::vector<std::string> two{"{\"a\":1}", "{\"b\":{\"c\":[1,2,{}]}}"};
    const std::string shapes[] = {
        "{\"a\":1}\n{\"b\":{\"c\":[1,2,{}]}}\n",
        "{\"a\":1}\r\n\r\n{\"b\":{\"c\":[1,2,{}]}}",
        "[{\"a\":1},{\"b\":{\"c\":[1,2,{}]}}]",
        "[\n  {\"a\":1},\n  {\"b\":{\"c\":[1,2,{}]}}\n]\n",
        "{\"a\":1}{\"b\":{\"c\":[1,2,{}]}}",
        "\xEF\xBB\xBF{\"a\":1}\n{\"b\":{\"c\":[1,2,{}]}}",
        "\x1E{\"a\":1}\n\x1E{\"b\":{\"c\":[1,2,{}]}}\n",
        "{\"a\":1},\n{\"b\":{\"c\":[1,2,{}]}},\n",
    };
    for (const std::string& shape : shapes) {
        const Read got = read(shape);
        EXPECT_EQ(got.texts, two) << shape;
        EXPECT_EQ(got.error, "") << shape;
        EXPECT_EQ(got.ordinals, (std::vector<uint64_t>{0, 1})) << shape;
    }
    EXPECT_TRUE(read("").texts.empty());
    EXPECT_TRUE(read("[]").texts.empty());
    EXPECT_EQ(read("").error, "");
    EXPECT_EQ(read("{\n \"x\": 1\n}\n{\n \"y\": \"}\\\"{\"\n}").lines, (std::vector<uint32_t>{1, 4}));
}

TEST(JsonDocuments, BracesInStringsAreText) {
    EXPECT_EQ(read(R"({"a":"}{[\"\\"}{"b":"\\\"]"})").texts, (std::vector<std::string>{R"({"a":"}{[\"\\"})", R"({"b":"\\\"]"})"}));
}

TEST(JsonDocuments, Utf16FromWindowsIsRead) {
    std::string little;
    for (const char c : std::string("{\"a\":\"x\"}\r\n{\"b\":\"\"}")) little += std::string{c, '\0'};
    little.insert(14, std::string("\x2D\x4E\x3D\xD8\x00\xDE", 6));  // 中 and a character beyond the basic plane
    little.insert(little.size() - 4, std::string("\x3D\xD8", 2));     // half a character
    std::string big;
    for (size_t i = 0; i < little.size(); i += 2) big += {little[i + 1], little[i]};
    const std::vector<std::string> expected{"{\"a\":\"x\u4E2D\U0001F600\"}", "{\"b\":\"\uFFFD\"}"};
    EXPECT_EQ(read("\xFF\xFE" + little).texts, expected);
    EXPECT_EQ(read("\xFE\xFF" + big).texts, expected);
    EXPECT_EQ(read(little).texts, expected) << "without a mark";
    EXPECT_EQ(read(big).texts, expected) << "without a mark";
}

TEST(JsonDocuments, PiecesOfAnySizeGiveTheSame) {
    std::string text;
    std::vector<std::string> expected;
    for (size_t i = 0; i < 3'000; ++i) {
        expected.push_back("{\"number\":" + std::to_string(i) + ",\"text\":\"" + std::string(i % 700, 'x') + "\\\"\"}");
        text += expected.back() + (i % 3 == 0 ? "\n" : "");
    }
    EXPECT_EQ(read(text).texts, expected);
}

// What is read of a file in which something is broken: the sound objects with their ordinals, and the lines told.
struct Broken {
    const char* name;
    std::string text;
    std::vector<std::string> texts;
    std::vector<uint64_t> ordinals;
    std::vector<std::string> told;  // the beginning of each
};

TEST(JsonDocuments, ABrokenObjectCostsItselfOnly) {
    const Broken files[] = {
        {"cut after a value", "{\"a\":1,\"b\":{\"c\":2\n{\"d\":3}\n{\"e\":4}\n", {"{\"d\":3}", "{\"e\":4}"}, {1, 2}, {"line 1: "}},
        {"cut after a comma", "{\"x\":0}\n{\"a\":1,\n{\"d\":3}\n", {"{\"x\":0}", "{\"d\":3}"}, {0, 2}, {"line 2: "}},
        {"cut after a colon", "{\"a\":\n{\"d\":3}\n{\"e\":4}\n", {"{\"d\":3}", "{\"e\":4}"}, {1, 2}, {"line 1: "}},
        {"cut after a key", "{\"a\"\n{\"d\":3}\n", {"{\"d\":3}"}, {1}, {"line 1: "}},
        {"cut in a list", "{\"a\":[1,\n{\"d\":3}\n{\"e\":4}\n", {"{\"d\":3}", "{\"e\":4}"}, {1, 2}, {"line 1: "}},
        {"cut in a word", "{\"a\":tru\r\n{\"d\":3}\r\n", {"{\"d\":3}"}, {1}, {"line 1: "}},
        {"cut in a text", "{\"a\":\"cu\n{\"d\":3}\n", {"{\"d\":3}"}, {1}, {"line 1: "}},
        {"cut in an escape", "{\"a\":\"cu\\\n{\"d\":3}\n", {"{\"d\":3}"}, {1}, {"line 1: "}},
        {"twice", "{\"a\":[\n{\"a\":[\n{\"d\":3}\n{\"e\":4}\n", {"{\"d\":3}", "{\"e\":4}"}, {2, 3}, {"line 1: ", "line 2: "}},
        {"the last line", "{\"d\":3}\n{\"e\":[", {"{\"d\":3}"}, {0}, {"line 2: "}},
        {"the rest hidden in a list", "{\"e\":[\n{\"d\":3}", {"{\"d\":3}"}, {1}, {"line 1: "}},
        {"two lines run together", "{\"a\":{\"b\":{\"c\":1}\n{\"d\":3}\n", {"{\"d\":3}"}, {1}, {"line 1: "}},
        {"a file that begins in the middle", "1,\"b\":2}\n{\"d\":3}\n", {"{\"d\":3}"}, {1}, {"line 1: "}},
        {"other lines between", "{\"d\":3}\nrotated at noon\nby logrotate\n{\"e\":4}\n", {"{\"d\":3}", "{\"e\":4}"}, {0, 2}, {"line 2: "}},
        {"zeros after a power cut", "{\"d\":3}\n{\"a\":1" + std::string(4096, '\0') + "\n" + std::string(64, '\0') + "{\"e\":4}\n",
         {"{\"d\":3}", "{\"e\":4}"}, {0, 2}, {"line 2: "}},
        {"broken but closed, in its line", "[{\"d\":3},{\"a\":},{\"a\":1,},{\"a\" 1},{\"a\":NaN},{\"e\":4}]",
         {"{\"d\":3}", "{\"e\":4}"}, {0, 5}, {"line 1: ", "line 1: ", "line 1: ", "line 1: "}},
        {"pretty-printed", "{\n  \"a\": {\n    \"b\": [\n      {\n        \"c\": 1\n{\n  \"d\": 3\n}\n{\n  \"e\": 4\n}\n",
         {"{\n  \"d\": 3\n}", "{\n  \"e\": 4\n}"}, {1, 2}, {"line 1: "}},
        {"pretty-printed, a brace too few", "{\n  \"a\": {\n    \"b\": 1\n}\n{\n  \"e\": 4\n}\n", {"{\n  \"e\": 4\n}"}, {1}, {"line 1: "}},
        {"pretty-printed, a brace too many", "{\n  \"a\": 1\n}\n}\n{\n  \"e\": 4\n}\n", {"{\n  \"a\": 1\n}", "{\n  \"e\": 4\n}"}, {0, 2}, {"line 4: "}},
        {"a pretty-printed array", "[\n  {\n    \"a\": [\n      {\n  },\n  {\n    \"e\": 4\n  }\n]\n", {"{\n    \"e\": 4\n  }"}, {1}, {"line 2: "}},
        {"an array of lines", "[{\"a\":[1,\n {\"d\":3},\n {\"e\":4}]\n", {"{\"d\":3}", "{\"e\":4}"}, {1, 2}, {"line 1: "}},
        {"braces side by side", "[{\n  \"a\": {\n    \"b\": 1\n},{\n  \"e\": 4\n}]", {"{\n  \"e\": 4\n}"}, {1}, {"line 1: "}},
    };
    for (const Broken& file : files) {
        SCOPED_TRACE(file.name);
        const Read got = read(file.text);
        EXPECT_EQ(got.texts, file.texts);
        EXPECT_EQ(got.ordinals, file.ordinals);
        EXPECT_EQ(got.broken.size(), file.told.size()) << testing::PrintToString(got.broken);
        for (size_t i = 0; i < std::min(got.broken.size(), file.told.size()); ++i) {
            EXPECT_TRUE(got.broken[i].starts_with(file.told[i])) << got.broken[i];
        }
    }
}

TEST(JsonDocuments, SoundJsonIsNeverTakenForBroken) {
    for (const std::string& text : std::vector<std::string>{R"({})", R"({"a":[],"b":{},"c":[[],{}],"d":-1.5e+10,"e":null,"f":true,"g":false,"":"\\"})",
                                   "{\n\"a\"\n:\n[\n{\n}\n,\n{\n\"b\"\n:\n1\n}\n]\n}", "{\t\"a\" : [ 1 , 2 ]\t}"}) {
        const Read got = read(text);
        EXPECT_EQ(got.texts, std::vector<std::string>{text});
        EXPECT_EQ(got.error, "") << text;
    }
}

// Every line opens an object that the next would close at the earliest: reading it again from each line must stay cheap.
TEST(JsonDocuments, HostileNestingIsReadInBoundedTime) {
    std::string text;
    for (size_t i = 0; i < 200'000; ++i) text += i % 1000 == 999 ? "}\n" : "{\"a\":[\n";
    const Read got = read(text);
    EXPECT_TRUE(got.texts.empty());
    EXPECT_FALSE(got.broken.empty());
}

TEST(JsonDocuments, AnErrorFromTheVisitorsEndsTheReading) {
    const auto stop = [](const auto&) -> base::Result<> { return base::fail(base::ErrorCode::cancelled, "enough"); };
    const auto go_on = [](const auto&) -> base::Result<> { return {}; };
    std::istringstream sound("{\"a\":1}\n{\"b\":2}\n");
    EXPECT_EQ(read_json_documents(sound, stop, go_on).error().code(), base::ErrorCode::cancelled);
    std::istringstream broken("{\"a\":\n{\"b\":2}\n");
    EXPECT_EQ(read_json_documents(broken, go_on, stop).error().code(), base::ErrorCode::cancelled);
}

TEST(JsonDocuments, WhatIsWrongIsToldWithItsPlace) {
    EXPECT_NE(read("{\"a\":1}\n{\"b\":").error.find("line 2"), std::string::npos);
    EXPECT_NE(read("{\"a\":1}\n{\"b\":").error.find("cut off"), std::string::npos);
    EXPECT_EQ(read("{\"a\":1}\n{\"b\":").texts.size(), 1U);
    EXPECT_EQ(read("{\"a\":\"cut\n{\"b\":1}\n").error, "line 1: byte 0: the object is cut off inside a text");
    EXPECT_EQ(read("{\"a\":1}\n{\"a\":\n{\"b\":1}\n{\"c\":1}").error,
              "line 2: byte 8: the object is cut off or malformed: '{' in line 4 does not fit");
    EXPECT_NE(read("hello").error.find("expected an object, found 'h'"), std::string::npos);
    EXPECT_NE(read("[{\"a\":1}").error.find("array is not closed"), std::string::npos);
    EXPECT_NE(read(std::string("ElfFile\0\x01\x02", 10)).error.find("binary"), std::string::npos);
    EXPECT_NE(read(std::string("\0\x01\x02", 3)).error.find("binary"), std::string::npos);
    EXPECT_NE(read("[[{}]]").error, "");
    EXPECT_NE(read("]").error, "");
    JsonDocumentsLimits limits;
    limits.max_object_bytes = 100;
    limits.max_depth = 5;
    EXPECT_NE(read("{\"a\":\"" + std::string(200, 'x') + "\"}", limits).error.find("larger than 100 bytes"), std::string::npos);
    EXPECT_NE(read("{\"a\":[[[[[[1]]]]]]}", limits).error.find("too deeply"), std::string::npos);
    const auto nothing = [](const auto&) -> base::Result<> { return {}; };
    EXPECT_NE(read_json_documents(std::filesystem::path("/nowhere/events.json"), nothing, nothing).error().to_string().find("No such file"), std::string::npos);
    EXPECT_FALSE(read_json_documents(std::filesystem::path("/"), nothing, nothing));
}

}  // namespace
}  // namespace shuwei::sigma
