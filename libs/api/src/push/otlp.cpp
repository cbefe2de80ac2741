// OTLP/HTTP for logs. An answer is in the encoding of its request; which failures may be tried again is said by status
// alone: 429 and 503.
#include <nlohmann/json.hpp>

#include "failure.hpp"
#include "push_door.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::api {
namespace {

using base::ErrorCode;
using collect::PushFormat;
using net::HttpResponse;
using nlohmann::json;

constexpr std::string_view kProtobuf = "application/x-protobuf";

void append_varint(std::string& out, uint64_t value) {
    for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
    out += static_cast<char>(value);
}

void append_number(std::string& out, uint32_t field, uint64_t value) {
    append_varint(out, uint64_t{field} << 3);
    append_varint(out, value);
}

void append_bytes(std::string& out, uint32_t field, std::string_view bytes) {
    append_varint(out, uint64_t{field} << 3 | 2);
    append_varint(out, bytes.size());
    out += bytes;
}

HttpResponse encoded(int status, PushFormat format, const json& as_json, std::string as_protobuf) {
    if (format == PushFormat::otlp_json) return HttpResponse::json(status, as_json.dump(-1, ' ', false, json::error_handler_t::replace));
    return HttpResponse::text(status, std::move(as_protobuf), kProtobuf);
}

// google.rpc.Status, whose codes are gRPC's.
HttpResponse fail_with(const base::Error& error, PushFormat format) {
    const Failure failure = failure_of(error);
    int status = failure.status;
    int code = 13;
    switch (error.code()) {
        case ErrorCode::invalid_argument:
        case ErrorCode::too_large: code = 3; break;
        case ErrorCode::not_found: code = 5; break;
        case ErrorCode::unauthenticated: code = 16; break;
        case ErrorCode::permission_denied:
            code = 16;
            status = 401;
            break;
        case ErrorCode::resource_exhausted: code = 8; break;
        case ErrorCode::unavailable: code = 14; break;
        default: break;
    }
    std::string bytes;
    append_number(bytes, 1, static_cast<uint64_t>(code));
    append_bytes(bytes, 2, failure.message);
    HttpResponse response = encoded(status, format, {{"code", code}, {"message", failure.message}}, std::move(bytes));
    if (failure.retry_after) response.headers.set("Retry-After", retry_after_text(*failure.retry_after));
    return response;
}

}  // namespace

HttpResponse answer_otlp(PushCall& call) {
    const std::string_view field = call.request.headers.get("Content-Type").value_or("");
    const std::string_view type = base::trim(field.substr(0, field.find(';')));
    const bool protobuf = base::equals_ignoring_case(type, kProtobuf);
    const PushFormat format = protobuf ? PushFormat::otlp_protobuf : PushFormat::otlp_json;
    if (call.path != "v1/logs") {
        return fail_with(base::Error(ErrorCode::not_found, "Only logs are taken, at v1/logs: no traces and no metrics."), format);
    }
    if (call.request.method != net::HttpMethod::post) {
        HttpResponse response = HttpResponse::text(405, "v1/logs takes POST.\n");
        response.headers.set("Allow", "POST");
        return response;
    }
    const auto tenant = authenticate_push(call);
    if (!tenant) return fail_with(tenant.error(), format);
    if (!protobuf && !base::equals_ignoring_case(type, "application/json")) {
        return HttpResponse::text(415, "Content-Type must be application/x-protobuf or application/json.\n");
    }
    collect::IngestRequest wanted;
    wanted.format = format;
    const auto receipt = take_push(call, *tenant, wanted);
    if (!receipt) return fail_with(receipt.error(), format);
    if (receipt->refused == 0) return encoded(200, format, json::object(), {});
    std::string partial;
    append_number(partial, 1, receipt->refused);
    append_bytes(partial, 2, receipt->refusal);
    std::string bytes;
    append_bytes(bytes, 1, partial);
    const json body = {{"partialSuccess", {{"rejectedLogRecords", std::to_string(receipt->refused)}, {"errorMessage", receipt->refusal}}}};
    return encoded(200, format, body, std::move(bytes));
}

}  // namespace shuwei::api
