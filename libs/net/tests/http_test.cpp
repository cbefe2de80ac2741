#include "shuwei/net/http.hpp"

#include <gtest/gtest.h>

namespace shuwei::net {
namespace {

TEST(HttpValues, DecodePercentEscapes) {
    EXPECT_EQ(*percent_decode("a%20b+c%2B", false), "a b+c+");
    EXPECT_EQ(*percent_decode("a%20b+c%2B", true), "a b c+");
    EXPECT_EQ(*percent_decode("%E7%99%BB%e5%bd%95", false), "登录");
    for (const char* wrong : {"%", "%2", "a%zz", "%%20"}) EXPECT_FALSE(percent_decode(wrong, false)) << wrong;
    EXPECT_EQ(percent_encode("source.ip:10.* 登"), "source.ip%3A10.%2A%20%E7%99%BB");
}

TEST(HttpValues, DecodeQueries) {
    using Parameters = std::vector<std::pair<std::string, std::string>>;
    EXPECT_EQ(*parse_query("q=a%26b&limit=5&flag&&x="), (Parameters{{"q", "a&b"}, {"limit", "5"}, {"flag", ""}, {"x", ""}}));
    EXPECT_EQ(*parse_query(""), Parameters{});
    EXPECT_EQ(*parse_query("a=b=c"), (Parameters{{"a", "b=c"}}));
    EXPECT_FALSE(parse_query("q=%"));
}

TEST(HttpValues, FindHeadersAndCookies) {
    HttpRequest request;
    request.headers = {{"Cookie", "a=1; shuwei_session=xyz=; b"}, {"X-Twice", "one"}, {"x-twice", "two"}};
    EXPECT_EQ(request.headers.get("X-TWICE"), "one");
    EXPECT_FALSE(request.headers.has("Missing"));
    EXPECT_EQ(request.cookie("shuwei_session"), "xyz=");
    EXPECT_EQ(request.cookie("a"), "1");
    EXPECT_FALSE(request.cookie("session"));
    EXPECT_FALSE(request.cookie("b"));
    request.headers.set("X-Twice", "three");
    EXPECT_EQ(request.headers.fields().size(), 2U);
}

}  // namespace
}  // namespace shuwei::net
