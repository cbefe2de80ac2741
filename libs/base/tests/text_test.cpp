#include "shuwei/base/text.hpp"

#include <gtest/gtest.h>

namespace shuwei::base {
namespace {

TEST(Text, TrimTakesOnlyOuterSpace) {
    EXPECT_EQ(trim("  a b\t\r\n"), "a b");
    EXPECT_EQ(trim(" \n"), "");
    EXPECT_EQ(trim(""), "");
}

TEST(Text, IntegersMustBeWhole) {
    EXPECT_EQ(parse_int("-42"), -42);
    EXPECT_EQ(parse_uint("18446744073709551615"), UINT64_MAX);
    for (const char* bad : {"", " 1", "1 ", "+1", "1.0", "0x10", "18446744073709551616", "-"}) {
        EXPECT_FALSE(parse_uint(bad)) << bad;
    }
    EXPECT_FALSE(parse_int("9223372036854775808"));
}

TEST(Text, KnowsValidUtf8) {
    for (const char* good : {"", "abc", "登录失败", "\xF0\x9F\x94\x92", "\xC2\x80", "\xEF\xBF\xBF"}) {
        EXPECT_TRUE(is_valid_utf8(good)) << good;
    }
    // stray continuation, overlong, surrogate, beyond U+10FFFF, cut off
    for (const char* bad : {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE7\x99", "a\xFF"}) {
        EXPECT_FALSE(is_valid_utf8(bad));
    }
}

TEST(Text, ReplacesOnlyTheInvalidBytes) {
    EXPECT_EQ(replace_invalid_utf8("登\xFF录"), "登\xEF\xBF\xBD录");
    EXPECT_EQ(replace_invalid_utf8("\xB5\xC7"), "\xEF\xBF\xBD\xEF\xBF\xBD");  // GBK
}

TEST(Text, JsonStringsEscapeWhatJsonForbids) {
    struct Case {
        std::string_view text, json;
    };
    for (const auto& [text, json] : {Case{"plain", R"("plain")"}, Case{"a\"b\\c", R"("a\"b\\c")"},
                                     Case{"a\nb\tc\r", R"("a\nb\tc\r")"}, Case{"\x01\x1f", R"("\u0001\u001f")"},
                                     Case{"登录", "\"登录\""}, Case{"x\xFFy", "\"x\xEF\xBF\xBDy\""},
                                     Case{std::string_view("a\0b", 3), R"("a\u0000b")"}, Case{"\x7f", "\"\x7f\""}}) {
        std::string out = "before:";
        append_json_string(out, text);
        EXPECT_EQ(out, "before:" + std::string(json));
    }
}

TEST(Text, AppendsCharactersAsUtf8) {
    std::string out;
    for (const uint32_t code : {0x41U, 0x7FU, 0x80U, 0x7FFU, 0x800U, 0xFFFFU, 0x10000U, 0x10FFFFU, 0x6212U}) append_utf8(out, code);
    EXPECT_EQ(out, "A\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF戒");
    EXPECT_TRUE(is_valid_utf8(out));
}

TEST(Text, Base64RoundTripsAndRefusesRubbish) {
    for (const std::string& bytes : {std::string(), std::string("a"), std::string("ab"), std::string("abc"),
                                    std::string("\x00\xFF\x10", 3)}) {
        EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
    }
    EXPECT_EQ(base64_encode("any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw==");
    EXPECT_EQ(base64_decode("YW55IGNhcm5hbCBwbGVhcw"), "any carnal pleas");  // padding is optional
    for (const char* bad : {"A", "AB*D", "AB CD", "====A"}) EXPECT_FALSE(base64_decode(bad)) << bad;
}

TEST(Text, ComparesAsciiLettersWithoutCase) {
    EXPECT_TRUE(equals_ignoring_case("Content-TYPE", "content-type"));
    EXPECT_FALSE(equals_ignoring_case("a", "ab"));
    EXPECT_EQ(to_ascii_lower("ÀBC"), "Àbc");
}

TEST(Text, Hex) { EXPECT_EQ(hex_encode(std::string_view("\x00\xab\xff", 3)), "00abff"); }

}  // namespace
}  // namespace shuwei::base
