// Elasticsearch's _bulk and single documents.
#include "json_text.hpp"
#include "pushed_body.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::collect {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;

constexpr size_t kMaxName = 512;  // bytes of an index or an id, as the original has it
constexpr std::string_view kNoObject = "the document is no JSON object";

std::string_view take_line(std::string_view& text) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

void refuse(PushedBody& body, BulkItem& item, std::string_view why) {
    item.refusal = why;
    if (body.refused++ == 0) body.refusal = why;
}

// {"create":{"_index":"logs","_id":"1"}}
Result<BulkItem> read_action(std::string_view line, size_t line_number, std::string_view default_index) {
    const auto malformed = [&](std::string_view what) {
        return fail(ErrorCode::invalid_argument,
                    "Malformed action/metadata line [" + std::to_string(line_number) + "]: " + std::string(what));
    };
    if (!is_json_object(line)) return malformed("no JSON object");
    JsonParts actions(base::trim(line));
    if (!actions.next()) return malformed("no action");
    BulkItem item;
    item.action = actions.name();
    if (item.action != "index" && item.action != "create" && item.action != "update" && item.action != "delete") {
        return malformed("the action is none of index, create, update, delete");
    }
    if (!actions.value().starts_with('{')) return malformed("no object behind the action");
    item.index = default_index;
    for (JsonParts parts(actions.value()); parts.next();) {
        if (parts.name() == "_index") item.index = decode_json_string(parts.value());
        if (parts.name() == "_id") item.id = decode_json_string(parts.value());
    }
    if (item.index.size() > kMaxName || item.id.size() > kMaxName) return malformed("a name longer than 512 bytes");
    return item;
}

}  // namespace

Result<> read_elastic_bulk(std::string_view text, std::string_view default_index, PushedBody& body) {
    size_t line_number = 0;
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        ++line_number;
        if (base::trim(line).empty()) continue;
        if (body.items.size() == kMaxBulkItems) {
            return fail(ErrorCode::too_large, "more than " + std::to_string(kMaxBulkItems) + " actions");
        }
        TRY_ASSIGN(BulkItem item, read_action(line, line_number, default_index));
        if (item.action == "delete") {
            refuse(body, item, "events are not deleted");
        } else {
            if (text.empty()) {
                return fail(ErrorCode::invalid_argument, "the action in line " + std::to_string(line_number) + " has no document");
            }
            const std::string_view document = take_line(text);
            ++line_number;
            if (item.action == "update") {
                refuse(body, item, "events are not changed; send index or create");
            } else if (!is_json_object(document)) {
                refuse(body, item, kNoObject);
            } else {
                TRY(body.add(document, spool::FrameKind::json));
            }
        }
        body.items.push_back(std::move(item));
    }
    if (body.items.empty()) return fail(ErrorCode::invalid_argument, "request body is required");
    return {};
}

Result<> read_elastic_document(std::string_view text, PushedBody& body) {
    if (!is_json_object(text)) return fail(ErrorCode::invalid_argument, std::string(kNoObject));
    return body.add(base::trim(text), spool::FrameKind::json);
}

}  // namespace shuwei::collect
