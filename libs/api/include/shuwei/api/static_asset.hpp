// A file of the web application, embedded in the program. Views into static storage.
#pragma once

#include <string_view>

namespace shuwei::api {

struct StaticAsset {
    std::string_view path;          // "/index.html", "/assets/index-4f1c2b.js"
    std::string_view content_type;  // "text/html; charset=utf-8"
    std::string_view gzip;          // the content, gzipped
    std::string_view etag;          // of the content, without quotes: "4f1c2b…"
};

}  // namespace shuwei::api
