#include "failure.hpp"

#include <algorithm>

#include "shuwei/base/text.hpp"

namespace shuwei::api {
namespace {

using base::ErrorCode;

enum class Telling { in_full, in_the_log_only };

struct Row {
    ErrorCode error;
    int status;
    std::string_view code;
    Telling telling = Telling::in_full;
    base::Duration retry_after = 0;  // 0: not worth trying again
};

constexpr Row table[] = {
    {ErrorCode::invalid_argument, 400, "invalid_argument"},
    {ErrorCode::unauthenticated, 401, "unauthenticated"},
    {ErrorCode::permission_denied, 403, "permission_denied"},
    {ErrorCode::not_found, 404, "not_found"},
    {ErrorCode::already_exists, 409, "conflict"},
    {ErrorCode::conflict, 409, "conflict"},
    {ErrorCode::too_large, 413, "too_large"},
    {ErrorCode::resource_exhausted, 429, "rate_limited", Telling::in_full, 5 * base::kSecond},
    {ErrorCode::unavailable, 503, "unavailable", Telling::in_full, 5 * base::kSecond},
    {ErrorCode::cancelled, 503, "unavailable", Telling::in_full, 5 * base::kSecond},
    {ErrorCode::deadline_exceeded, 504, "timeout"},
    {ErrorCode::data_corrupt, 500, "internal", Telling::in_the_log_only},
    {ErrorCode::io, 500, "internal", Telling::in_the_log_only},
    {ErrorCode::internal, 500, "internal", Telling::in_the_log_only},
};

}  // namespace

Failure failure_of(const base::Error& error) {
    for (const Row& row : table) {
        if (row.error != error.code()) continue;
        Failure failure;
        failure.status = row.status;
        failure.code = row.code;
        if (row.retry_after > 0) failure.retry_after = row.retry_after;
        if (row.telling == Telling::in_full) {
            failure.message = error.message();
            failure.where = error.where();
        } else {
            failure.message = "The server failed; its log tells more under the request id.";
        }
        return failure;
    }
    return {500, "internal", "The server failed.", {}, {}};
}

std::string retry_after_text(base::Duration wait) {
    return std::to_string(std::max<base::Duration>(1, (wait + base::kSecond - 1) / base::kSecond));
}

net::HttpResponse to_response(const Failure& failure, std::string_view request_id) {
    std::string body = R"({"code":)";
    base::append_json_string(body, failure.code);
    body += R"(,"message":)";
    base::append_json_string(body, failure.message);
    body += R"(,"where":[)";
    for (size_t i = 0; i < failure.where.size(); ++i) {
        if (i > 0) body += ',';
        base::append_json_string(body, failure.where[i]);
    }
    body += R"(],"request_id":)";
    base::append_json_string(body, request_id);
    body += '}';
    net::HttpResponse response = net::HttpResponse::json(failure.status, std::move(body));
    if (failure.retry_after) response.headers.set("Retry-After", retry_after_text(*failure.retry_after));
    return response;
}

}  // namespace shuwei::api
