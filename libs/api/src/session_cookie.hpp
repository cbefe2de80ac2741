// The session cookie's header.
#pragma once

#include <string>
#include <string_view>

#include "shuwei/net/http.hpp"

namespace shuwei::api {

constexpr std::string_view kSessionCookie = "shuwei_session";

// An empty value clears the cookie.
inline std::string session_cookie(std::string_view value) {
    std::string cookie = std::string(kSessionCookie) + "=" + std::string(value) + "; Path=/; HttpOnly; SameSite=Strict";
    if (value.empty()) cookie += "; Max-Age=0";
    return cookie;
}

inline void make_cookie_secure(net::HttpHeaders& headers) {
    if (const auto cookie = headers.get("Set-Cookie")) headers.set("Set-Cookie", std::string(*cookie) + "; Secure");
}

}  // namespace shuwei::api
