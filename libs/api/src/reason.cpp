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

// "5m", "30s", "1h", "2d" in seconds; a number counts as seconds.
double timespan_seconds(const json& value) {
    if (value.is_number()) return std::max(0.0, value.get<double>());
    if (!value.is_string()) return 0;
    const std::string& text = value.get_ref<const std::string&>();
    double number = 0;
    size_t at = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) number = number * 10 + (text[at] - '0');
    switch (at < text.size() ? text[at] : 's') {
        case 'm': return number * 60;
        case 'h': return number * 3600;
        case 'd': return number * 86400;
        case 'w': return number * 604800;
        default: return number;
    }
}

json correlation_of(const json& correlation) {
    json out = {{"type", text_member(correlation, "type") == "value_count" ? "value_count" : "event_count"},
                {"count", 0},
                {"threshold", text_member(correlation, "condition")},
                {"window_s", 0.0},
                {"group_by", json::array()}};
    if (const auto count = correlation.find("count"); count != correlation.end() && count->is_number_integer()) out["count"] = *count;
    if (const auto span = correlation.find("timespan"); span != correlation.end()) out["window_s"] = timespan_seconds(*span);
    if (const auto group = correlation.find("group"); group != correlation.end() && group->is_object()) {
        for (const auto& [field, value] : group->items()) {
            out["group_by"].push_back({{"field", field}, {"value", value.is_string() ? value.get<std::string>() : value.dump()}});
        }
    }
    if (const auto rules = correlation.find("rules"); rules != correlation.end() && rules->is_array()) {
        out["rules"] = json::array();
        for (const json& rule : *rules) {
            if (rule.is_string()) out["rules"].push_back(rule);
        }
    }
    put(out, "field", text_member(correlation, "field"));
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

json match_reasons(std::string_view text) {
    json reason = alert_reason(text);
    json& matches = reason["matches"];
    return matches.is_array() ? std::move(matches) : json::array();
}

}  // namespace shuwei::api
