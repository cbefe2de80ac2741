// The web application's files, served from memory. Immutable after construction; thread-safe.
#pragma once

#include <map>
#include <span>
#include <string_view>

#include "shuwei/api/static_asset.hpp"
#include "shuwei/net/http.hpp"

namespace shuwei::api {

class StaticFiles {
public:
    explicit StaticFiles(std::span<const StaticAsset> assets);

    // The file of the path; for a page of the application (a path without an extension, asked by a browser) index.html,
    // since its routes live in the browser; else 404. Files below /assets/ have their hash in the name and may be kept
    // for ever, others are asked for again with their ETag.
    net::HttpResponse respond(const net::HttpRequest& request) const;

private:
    std::map<std::string_view, const StaticAsset*> by_path_;
};

}  // namespace shuwei::api
