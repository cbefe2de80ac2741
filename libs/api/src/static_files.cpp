#include "static_files.hpp"

#include <fmt/format.h>

#include "security_headers.hpp"
#include "shuwei/net/gzip.hpp"

namespace shuwei::api {
namespace {

constexpr size_t kMaxInflated = 64 << 20;

bool accepts(const net::HttpRequest& request, std::string_view header, std::string_view word) {
    const auto value = request.headers.get(header);
    return value && value->find(word) != std::string_view::npos;
}

bool is_page(const net::HttpRequest& request) {
    const std::string_view path = request.path;
    const std::string_view last = path.substr(path.rfind('/') + 1);
    return last.find('.') == std::string_view::npos && accepts(request, "Accept", "text/html");
}

}  // namespace

StaticFiles::StaticFiles(std::span<const StaticAsset> assets) {
    for (const StaticAsset& asset : assets) by_path_.emplace(asset.path, &asset);
}

net::HttpResponse StaticFiles::respond(const net::HttpRequest& request) const {
    auto found = by_path_.find(request.path);
    if (found == by_path_.end() && is_page(request)) found = by_path_.find("/index.html");
    if (found == by_path_.end()) {
        auto missing = net::HttpResponse::text(404, "Not found\n");
        add_page_headers(missing.headers);
        return missing;
    }
    const StaticAsset& asset = *found->second;
    net::HttpResponse response;
    const std::string etag = fmt::format("\"{}\"", asset.etag);
    response.headers.set("ETag", etag);
    response.headers.set("Vary", "Accept-Encoding");
    response.headers.set("Cache-Control", asset.path.starts_with("/assets/") ? "public, max-age=31536000, immutable" : "no-cache");
    add_page_headers(response.headers);
    if (accepts(request, "If-None-Match", etag)) {
        response.status = 304;
        return response;
    }
    response.headers.set("Content-Type", asset.content_type);
    if (accepts(request, "Accept-Encoding", "gzip")) {
        response.headers.set("Content-Encoding", "gzip");
        response.static_body = asset.gzip;
    } else if (auto plain = net::inflate(asset.gzip, kMaxInflated)) {
        response.body = std::move(*plain);
    } else {
        response = net::HttpResponse::text(500, "The file is damaged\n");
    }
    return response;
}

}  // namespace shuwei::api
