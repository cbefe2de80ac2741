// The web application inside the program: cmake/embed_web.py wrote the table. Immutable.
#pragma once

#include <cstddef>

namespace shuwei::app {

struct EmbeddedFile {
    const char* path;  // "/assets/index-1a2b.js"; null ends the table
    const char* content_type;
    const char* etag;
    const char* gzipped;
    size_t size;
};

extern "C" const EmbeddedFile shuwei_web_assets[];

}  // namespace shuwei::app
