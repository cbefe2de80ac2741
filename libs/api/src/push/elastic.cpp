// Elasticsearch as Beats, Logstash, Fluent Bit, Vector and rsyslog expect it while they only write. What they set up
// before writing (templates, policies, pipelines) has no meaning here: it is said to be there, and setting it up works.
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "failure.hpp"
#include "push_door.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::api {
namespace {

using base::ErrorCode;
using collect::BulkItem;
using net::HttpMethod;
using net::HttpResponse;
using nlohmann::json;

// Shippers choose by it how to write; version 8 has what all of them know and nothing that we would have to forbid.
constexpr std::string_view kVersion = "8.17.0";

std::vector<std::string_view> segments_of(std::string_view path) {
    std::vector<std::string_view> segments;
    while (!path.empty()) {
        const size_t slash = path.find('/');
        if (slash != 0) segments.push_back(path.substr(0, slash));
        path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    }
    return segments;
}

HttpResponse reply(int status, const json& body) {
    return HttpResponse::json(status, body.dump(-1, ' ', false, json::error_handler_t::replace));
}

HttpResponse fail_with(int status, std::string_view type, std::string_view reason) {
    const json cause = {{"type", type}, {"reason", reason}};
    json error = cause;
    error["root_cause"] = json::array({cause});
    return reply(status, {{"error", error}, {"status", status}});
}

HttpResponse fail_with(const base::Error& error) {
    const Failure failure = failure_of(error);
    std::string_view type = "exception";
    int status = failure.status;
    switch (error.code()) {
        case ErrorCode::unauthenticated:
        case ErrorCode::permission_denied:
            type = "security_exception";
            status = 401;  // what shippers take for a wrong credential
            break;
        case ErrorCode::not_found: type = "resource_not_found_exception"; break;
        case ErrorCode::invalid_argument: type = "illegal_argument_exception"; break;
        case ErrorCode::too_large: type = "content_too_long_exception"; break;
        case ErrorCode::resource_exhausted: type = "es_rejected_execution_exception"; break;
        default: break;
    }
    HttpResponse response = fail_with(status, type, failure.message);
    if (failure.retry_after) response.headers.set("Retry-After", retry_after_text(*failure.retry_after));
    if (status == 401) response.headers.set("WWW-Authenticate", R"(Basic realm="shuwei", ApiKey)");
    return response;
}

HttpResponse info() {
    return reply(200, {{"name", "shuwei"},
                       {"cluster_name", "shuwei"},
                       {"cluster_uuid", "shuwei"},
                       {"version",
                        {{"number", kVersion},
                         {"build_flavor", "default"},
                         {"build_type", "deb"},
                         {"build_hash", "0"},
                         {"build_date", "2026-01-01T00:00:00.000Z"},
                         {"build_snapshot", false},
                         {"lucene_version", "9.12.0"},
                         {"minimum_wire_compatibility_version", "7.17.0"},
                         {"minimum_index_compatibility_version", "7.0.0"}}},
                       {"tagline", "Shuwei takes events here"}});
}

HttpResponse license() {
    return reply(200, {{"license", {{"status", "active"}, {"uid", "shuwei"}, {"type", "basic"}, {"mode", "basic"}}}});
}

HttpResponse xpack() {
    const json available = {{"available", true}, {"enabled", true}};
    return reply(200, {{"license", {{"status", "active"}, {"uid", "shuwei"}, {"type", "basic"}, {"mode", "basic"}}},
                       {"features", {{"ilm", available}, {"security", available}, {"monitoring", available}}}});
}

HttpResponse cluster_health() {
    return reply(200, {{"cluster_name", "shuwei"}, {"status", "green"}, {"timed_out", false}, {"number_of_nodes", 1},
                       {"number_of_data_nodes", 1}, {"active_shards_percent_as_number", 100.0}});
}

// Whatever of this kind is asked for, there is one of that name.
HttpResponse there_is(std::string_view name) {
    const json one = json::array({{{"name", name}}});
    return reply(200, {{"index_templates", one}, {"component_templates", one}, {"data_streams", one}});
}

HttpResponse acknowledged() { return reply(200, {{"acknowledged", true}, {"shards_acknowledged", true}}); }

// ---- writing

void append_text(std::string& out, std::string_view name, std::string_view value) {
    out += '"';
    out += name;
    out += "\":";
    base::append_json_string(out, value);
}

// {"create":{"_index":"logs","_id":"17","status":201}}; `brief` when the sender filtered the answer, as Beats do.
void append_item(std::string& out, const BulkItem& item, uint64_t seq, bool brief) {
    out += "{\"";
    out += item.action;
    out += "\":{";
    if (!brief) {
        append_text(out, "_index", item.index);
        out += ',';
        append_text(out, "_id", item.id.empty() && item.refusal.empty() ? std::to_string(seq) : item.id);
        out += ',';
    }
    if (item.refusal.empty()) {
        if (!brief) {
            out += fmt::format(R"("_version":1,"result":"created","_shards":{{"total":1,"successful":1,"failed":0}},"_seq_no":{},"_primary_term":1,)", seq);
        }
        out += "\"status\":201}}";
    } else {
        out += R"("status":400,"error":{"type":"document_parsing_exception",)";
        append_text(out, "reason", item.refusal);
        out += "}}}";
    }
}

HttpResponse bulk(PushCall& call, ledger::TenantNumber tenant, std::string_view index) {
    const base::Duration begun = base::monotonic_now();
    collect::IngestRequest wanted;
    wanted.format = collect::PushFormat::elastic_bulk;
    wanted.index = index;
    const auto receipt = take_push(call, tenant, wanted);
    if (!receipt) return fail_with(receipt.error());
    const bool brief = call.request.parameter("filter_path").has_value();
    std::string body = fmt::format(R"({{"took":{},"errors":{},"items":[)", (base::monotonic_now() - begun) / base::kMillisecond,
                                   receipt->refused > 0);
    uint64_t seq = receipt->first_seq;
    bool first = true;
    for (const BulkItem& item : receipt->items) {
        if (!first) body += ',';
        first = false;
        append_item(body, item, seq, brief);
        if (item.refusal.empty()) ++seq;
    }
    body += "]}";
    return HttpResponse::json(200, std::move(body));
}

HttpResponse document(PushCall& call, ledger::TenantNumber tenant, std::string_view index, std::string_view id) {
    collect::IngestRequest wanted;
    wanted.format = collect::PushFormat::elastic_document;
    const auto receipt = take_push(call, tenant, wanted);
    if (!receipt) return fail_with(receipt.error());
    return reply(201, {{"_index", index},
                       {"_id", id.empty() ? std::to_string(receipt->first_seq) : std::string(id)},
                       {"_version", 1},
                       {"result", "created"},
                       {"_shards", {{"total", 1}, {"successful", 1}, {"failed", 0}}},
                       {"_seq_no", receipt->first_seq},
                       {"_primary_term", 1}});
}

HttpResponse route(PushCall& call, ledger::TenantNumber tenant) {
    const HttpMethod method = call.request.method;
    const bool reads = method == HttpMethod::get || method == HttpMethod::head;
    const bool writes = method == HttpMethod::post || method == HttpMethod::put;
    const auto path = segments_of(call.path);
    const auto refused = [&] {
        return fail_with(reads ? 400 : 405, "illegal_argument_exception",
                         "Shuwei takes events here and answers what shippers ask before they send; nothing else is to be had");
    };
    if (path.empty()) return reads ? info() : refused();

    const std::string_view first = path[0];
    const std::string_view last = path.back();
    const std::string_view index = first.starts_with('_') ? std::string_view() : first;
    if (last == "_bulk" && path.size() <= 3) return writes ? bulk(call, tenant, index) : refused();
    if (index.empty()) {
        constexpr std::array set_up{"_template", "_index_template", "_component_template", "_ilm", "_data_stream", "_ingest", "_alias", "_aliases"};
        for (const std::string_view known : set_up) {
            if (first == known) return reads ? there_is(last) : acknowledged();
        }
        if (!reads) return refused();
        if (first == "_license") return license();
        if (first == "_xpack") return xpack();
        if (first == "_cluster") return cluster_health();
        if (first == "_nodes") return reply(200, {{"cluster_name", "shuwei"}, {"nodes", json::object()}});
        if (first == "_cat") return HttpResponse::text(200, path.size() > 2 ? fmt::format("{}\n", last) : std::string());
        return refused();
    }
    // POST /logs/_doc, PUT /logs/_doc/1, PUT /logs/_create/1, and with a type's name as before version 7.
    const bool one_document = path.size() >= 2 && path.size() <= 3 &&
                              (path[1] == "_doc" || path[1] == "_create" || !path[1].starts_with('_'));
    if (one_document) return writes ? document(call, tenant, index, path.size() == 3 ? last : std::string_view()) : refused();
    if (last == "_search" || last == "_count" || last == "_msearch") return refused();
    return reads ? there_is(index) : acknowledged();
}

}  // namespace

HttpResponse answer_elastic(PushCall& call) {
    const auto tenant = authenticate_push(call);
    HttpResponse response = tenant ? route(call, *tenant) : fail_with(tenant.error());
    response.headers.set("X-Elastic-Product", "Elasticsearch");  // clients of version 8 refuse an answer without it
    return response;
}

}  // namespace shuwei::api
