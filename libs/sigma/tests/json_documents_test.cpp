#include "shuwei/sigma/json_documents.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace shuwei::sigma {
namespace {

struct Read {
    std::vector<std::string> texts;
    std::vector<uint32_t> lines;
    std::string error;
};

Read read(const std::string& text, const JsonDocumentsLimits& limits = {}) {
    Read read;
    std::istringstream in(text);
    const auto result = read_json_documents(in, [&](const JsonDocument& document) -> base::Result<> {
        EXPECT_EQ(document.ordinal, read.texts.size());
        read.texts.emplace_back(document.text);
        read.lines.push_back(document.line);
        return {};
    }, limits);
    if (!result) {
        read.error = result.error().to_string();
    } else {
        EXPECT_EQ(*result, read.texts.size());
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
    std::string text = "\xFF\xFE";
    for (const char c : std::string("{\"a\":\"x\"}")) text += std::string{c, '\0'};
    text.insert(text.size() - 4, std::string("\x2D\x4E\x3D\xD8\x00\xDE", 6));  // 中 and a character beyond the basic plane
    EXPECT_EQ(read(text).texts, std::vector<std::string>{"{\"a\":\"x\u4E2D\U0001F600\"}"});
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

TEST(JsonDocuments, WhatIsWrongIsToldWithItsPlace) {
    EXPECT_NE(read("{\"a\":1}\n{\"b\":").error.find("line 2"), std::string::npos);
    EXPECT_NE(read("{\"a\":1}\n{\"b\":").error.find("cut off"), std::string::npos);
    EXPECT_EQ(read("{\"a\":1}\n{\"b\":").texts.size(), 1U);
    EXPECT_NE(read("{\"a\":\"cut\n{\"b\":1}\n").error.find("line 1: byte 9: a line end inside a text"), std::string::npos) << read("{\"a\":\"cut\n{\"b\":1}\n").error;
    EXPECT_NE(read("hello").error.find("expected an object, found 'h'"), std::string::npos);
    EXPECT_NE(read("[{\"a\":1}").error.find("array is not closed"), std::string::npos);
    EXPECT_NE(read(std::string("ElfFile\0\x01\x02", 10)).error.find("found 'E'"), std::string::npos);
    EXPECT_NE(read(std::string("\0\x01\x02", 3)).error.find("binary"), std::string::npos);
    EXPECT_NE(read("[[{}]]").error, "");
    EXPECT_NE(read("]").error, "");
    JsonDocumentsLimits limits;
    limits.max_object_bytes = 100;
    limits.max_depth = 5;
    EXPECT_NE(read("{\"a\":\"" + std::string(200, 'x') + "\"}", limits).error.find("larger than 100 bytes"), std::string::npos);
    EXPECT_NE(read("{\"a\":[[[[[[1]]]]]]}", limits).error.find("too deeply"), std::string::npos);
    EXPECT_NE(read_json_documents(std::filesystem::path("/nowhere/events.json"), [](const JsonDocument&) -> base::Result<> { return {}; }).error().to_string().find("cannot be opened"),
              std::string::npos);
    EXPECT_FALSE(read_json_documents(std::filesystem::path("/"), [](const JsonDocument&) -> base::Result<> { return {}; }));
}

}  // namespace
}  // namespace shuwei::sigma
