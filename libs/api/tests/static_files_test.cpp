#include "static_files.hpp"

#include <gtest/gtest.h>

#include "shuwei/net/gzip.hpp"

namespace shuwei::api {
namespace {

struct StaticFilesTest : testing::Test {
    const std::string page = net::gzip("<!doctype html><title>戍卫</title>");
    const std::string script = net::gzip("console.log(1)");
    const std::vector<StaticAsset> assets = {{"/index.html", "text/html; charset=utf-8", page, "aa"},
                                             {"/assets/index-4f1c.js", "text/javascript", script, "bb"}};
    const StaticFiles files{assets};

    net::HttpResponse get(std::string path, std::initializer_list<std::pair<std::string_view, std::string_view>> headers = {}) {
        net::HttpRequest request;
        request.path = std::move(path);
        request.headers = headers;
        return files.respond(request);
    }
};

TEST_F(StaticFilesTest, HashedFilesAreKeptForEverAndSentAsTheyAre) {
    const auto response = get("/assets/index-4f1c.js", {{"Accept-Encoding", "gzip, br"}});
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.content(), script);
    EXPECT_EQ(response.headers.get("Content-Encoding"), "gzip");
    EXPECT_EQ(response.headers.get("Content-Type"), "text/javascript");
    EXPECT_EQ(response.headers.get("Cache-Control"), "public, max-age=31536000, immutable");
}

TEST_F(StaticFilesTest, ClientsWithoutGzipGetTheContentInflated) {
    const auto response = get("/assets/index-4f1c.js");
    EXPECT_EQ(response.content(), "console.log(1)");
    EXPECT_FALSE(response.headers.has("Content-Encoding"));
}

TEST_F(StaticFilesTest, PagesOfTheApplicationAreIndexHtml) {
    for (const char* path : {"/", "/alerts/12", "/cases/SW-20261121-0001"}) {
        const auto response = get(path, {{"Accept", "text/html,*/*"}, {"Accept-Encoding", "gzip"}});
        EXPECT_EQ(response.status, 200) << path;
        EXPECT_EQ(response.content(), page) << path;
        EXPECT_EQ(response.headers.get("Cache-Control"), "no-cache");
        EXPECT_TRUE(response.headers.get("Content-Security-Policy")->find("frame-ancestors 'none'") != std::string_view::npos);
    }
}

TEST_F(StaticFilesTest, MissingFilesAreNotPages) {
    EXPECT_EQ(get("/assets/gone.js", {{"Accept", "text/html"}}).status, 404);
    EXPECT_EQ(get("/alerts/12", {{"Accept", "application/json"}}).status, 404);
}

TEST_F(StaticFilesTest, UnchangedFilesAreNotSentAgain) {
    const auto response = get("/index.html", {{"If-None-Match", "\"aa\""}});
    EXPECT_EQ(response.status, 304);
    EXPECT_EQ(response.content(), "");
    EXPECT_EQ(get("/index.html", {{"If-None-Match", "\"other\""}}).status, 200);
}

}  // namespace
}  // namespace shuwei::api
