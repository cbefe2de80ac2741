// The headers that tell browsers what they may do with our answers.
#pragma once

#include "shuwei/net/http.hpp"

namespace shuwei::api {

// Everywhere: no sniffing, no framing, no referrer to others.
inline void add_common_headers(net::HttpHeaders& headers) {
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("X-Frame-Options", "DENY");
    headers.set("Referrer-Policy", "same-origin");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
}

// The web application: its own scripts alone. Styles are made at run time by its component library, hence inline.
inline void add_page_headers(net::HttpHeaders& headers) {
    add_common_headers(headers);
    headers.set("Content-Security-Policy",
                "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
                "font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
                "frame-ancestors 'none'");
}

// Answers of operations: data, never a page, never kept.
inline void add_data_headers(net::HttpHeaders& headers) {
    add_common_headers(headers);
    headers.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    headers.set("Cache-Control", "no-store");
}

}  // namespace shuwei::api
