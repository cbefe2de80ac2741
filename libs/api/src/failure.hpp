// How a request fails on the wire: the one table from ErrorCode to HTTP status and stable name, and the Error body.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/net/http.hpp"

namespace shuwei::api {

struct Failure {
    int status = 500;
    std::string_view code;  // "not_found"; static storage
    std::string message;
    std::vector<std::string> where;
    std::optional<base::Duration> retry_after;
};

// What went wrong inside (io, data_corrupt, internal) is not told to the client: it goes to the log with the request id.
Failure failure_of(const base::Error& error);

net::HttpResponse to_response(const Failure& failure, std::string_view request_id);

// Retry-After in whole seconds, rounded up, at least 1.
std::string retry_after_text(base::Duration wait);

}  // namespace shuwei::api
