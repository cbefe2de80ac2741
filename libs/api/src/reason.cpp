#include "reason.hpp"

#include <nlohmann/json.hpp>

#include "shuwei/event/time_parse.hpp"

namespace shuwei::api {
namespace {

using nlohmann::json;

std::string text_member(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end()) return {};
    return found->is_string() ? found->get<std::string>() : found->dump(-1, ' ', false, json::error_handler_t::replace);
}

void put(json& out, const char* name, std::string value) {
    if (!value.empty()) out[name] = std::move(value);
}

json matches_of(const json& selections) {
    json matches = json::array();
    if (!selections.is_array()) return matches;
    for (const json& selection : selections) {
        if (!selection.is_object()) continue;
        const std::string name = text_member(selection, "name");
        const auto fields = selection.find("fields");
        if (fields == selection.end() || !fields->is_array()) continue;
        for (const json& field : *fields) {
            if (!field.is_object()) continue;
            json match = {{"selection", name}, {"patterns", json::array()}};
            if (std::string pattern = text_member(field, "pattern"); !pattern.empty()) match["patterns"].push_back(std::move(pattern));
            if (const auto patterns = field.find("patterns"); patterns != field.end() && patterns->is_array()) {
                for (const json& pattern : *patterns) {
                    if (pattern.is_string()) match["patterns"].push_back(pattern);
                }
            }
            put(match, "field", text_member(field, "field"));
            put(match, "rule_field", text_member(field, "rule_field"));
            put(match, "modifier", text_member(field, "modifier"));
            put(match, "value", text_member(field, "value"));
            matches.push_back(std::move(match));
        }
    }
    return matches;
}

json correlation_of(const json& correlation) {
    json out = {{"type", text_member(correlation, "type")},
                {"count", correlation.value("count", uint64_t{0})},
                {"threshold", text_member(correlation, "condition")},
                {"window_s", correlation.value("timespan_seconds", 0.0)},
                {"group_by", json::array()},
                {"rules", json::array()}};
    put(out, "first", text_member(correlation, "first"));
    put(out, "last", text_member(correlation, "last"));
    for (const json& field : correlation.value("fields", json::array())) {
        std::string& all = out["field"].is_null() ? (out["field"] = "").get_ref<std::string&>() : out["field"].get_ref<std::string&>();
        if (!all.empty()) all += ", ";
        if (field.is_string()) all += field.get_ref<const std::string&>();
    }
    for (const json& group : correlation.value("group", json::array())) {
        if (!group.is_object()) continue;
        const std::string field = text_member(group, "field");
        out["group_by"].push_back({{"field", field.empty() ? text_member(group, "name") : field}, {"value", text_member(group, "value")}});
    }
    for (const json& rule : correlation.value("rules", json::array())) {
        if (!rule.is_object()) continue;
        json& counted = out["rules"].emplace_back(json{{"rule_id", text_member(rule, "id")}, {"title", text_member(rule, "title")}});
        put(counted, "title_zh", text_member(rule, "title_zh"));
    }
    return out;
}

}  // namespace

json alert_reason(std::string_view text) {
    json reason = {{"matches", json::array()}};
    const json found = json::parse(text, nullptr, false);
    if (!found.is_object()) return reason;
    if (found.contains("matches")) return found;
    if (const auto selections = found.find("selections"); selections != found.end()) reason["matches"] = matches_of(*selections);
    put(reason, "condition", text_member(found, "condition"));
    if (const auto correlation = found.find("correlation"); correlation != found.end() && correlation->is_object()) {
        reason["correlation"] = correlation_of(*correlation);
    }
    return reason;
}

std::vector<uint64_t> correlated_seqs(std::string_view text) {
    std::vector<uint64_t> seqs;
    const json found = json::parse(text, nullptr, false);
    const json::json_pointer place("/correlation/seqs");
    if (!found.is_object() || !found.contains(place) || !found[place].is_array()) return seqs;
    for (const json& seq : found[place]) {
        if (seq.is_number_unsigned()) seqs.push_back(seq.get<uint64_t>());
    }
    return seqs;
}

json match_reasons(std::string_view text) {
    json reason = alert_reason(text);
    json& matches = reason["matches"];
    return matches.is_array() ? std::move(matches) : json::array();
}

}  // namespace shuwei::api
