// What the product knows: fields, device packs, rules.
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "context.hpp"
#include "operations.hpp"
#include "render.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/event/field.hpp"

namespace shuwei::api::handlers {
namespace {

using nlohmann::json;

// The fifteen fields that log audit asks of every event.
constexpr std::array<event::KnownField, 15> kStandardFields = {
    event::event_ingested, event::timestamp,         event::user_name,      event::source_ip,   event::source_port,
    event::event_action,   event::destination_ip,    event::destination_port, event::event_name, event::message,
    event::event_type,     event::network_transport, event::observer_ip,    event::observer_name, event::observer_type,
};

// Where the event drawer shows a field; the longest beginning that fits decides, so the order matters only for those.
constexpr std::pair<std::string_view, std::string_view> kGroups[] = {
    {"@timestamp", "time"},  {"event.ingested", "time"}, {"event.start", "time"}, {"event.end", "time"},
    {"event.duration", "time"}, {"user.", "who"},        {"source.", "from"},     {"user_agent.", "from"},
    {"destination.", "to"},  {"url.", "to"},             {"network.", "network"}, {"dns.", "network"},
    {"http.", "network"},    {"observer.", "device"},    {"log.", "device"},      {"host.", "device"},
    {"rule.", "detection"},  {"threat.", "detection"},   {"event.", "what"},      {"message", "what"},
    {"process.", "what"},    {"file.", "what"},          {"registry.", "what"},   {"winlog.", "what"},
};

std::string_view group_of(std::string_view name) {
    std::string_view group = "other";
    size_t longest = 0;
    for (const auto& [beginning, named] : kGroups) {
        if (name.starts_with(beginning) && beginning.size() > longest) {
            longest = beginning.size();
            group = named;
        }
    }
    return group;
}

std::string_view type_of(event::FieldType type) {
    switch (type) {
        case event::FieldType::keyword: return "keyword";
        case event::FieldType::text: return "text";
        case event::FieldType::ip: return "ip";
        case event::FieldType::integer: return "long";
        case event::FieldType::number: return "double";
        case event::FieldType::boolean: return "boolean";
        case event::FieldType::timestamp: return "date";
    }
    return "keyword";
}

std::string log_source(const sigma::LogSource& source) {
    std::string out;
    for (const std::string* part : {&source.product, &source.category, &source.service}) {
        if (part->empty()) continue;
        if (!out.empty()) out += " / ";
        out += *part;
    }
    return out;
}

struct RuleRow {
    sigma::RuleHandle rule;
    triage::Triage::RuleMatches matches;
};

json render_rule(const RuleRow& row) {
    const sigma::RuleInfo& rule = *row.rule;
    json out = {{"id", rule.id},
                {"title", rule.title},
                {"level", std::string(sigma::to_string(rule.level))},
                {"status", rule.status},
                {"kind", rule.kind == sigma::RuleKind::correlation ? "correlation" : "rule"},
                {"tags", rule.tags},
                {"enabled", true},
                {"matches", row.matches.matches}};
    if (!rule.title_zh.empty()) out["title_zh"] = rule.title_zh;
    if (const std::string source = log_source(rule.log_source); !source.empty()) out["logsource"] = source;
    if (!rule.author.empty()) out["author"] = rule.author;
    if (row.matches.matches > 0) out["last_match"] = time_text(row.matches.last_match);
    return out;
}

bool contains_word(const sigma::RuleInfo& rule, const std::string& word) {
    const auto has = [&](const std::string& text) { return base::to_ascii_lower(text).find(word) != std::string::npos; };
    return has(rule.title) || has(rule.title_zh) || has(rule.id) || has(log_source(rule.log_source)) ||
           std::ranges::any_of(rule.tags, has);
}

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words;
    std::string word;
    for (const char c : base::to_ascii_lower(text) + ' ') {
        if (c != ' ') {
            word += c;
        } else if (!word.empty()) {
            words.push_back(std::move(word));
            word.clear();
        }
    }
    return words;
}

base::Result<std::map<std::string, triage::Triage::RuleMatches>> matches_of(Context& context) {
    return context.services().ledger.read(
        [&](ledger::Reader& reader) { return context.services().triage.rule_matches(reader, context.scope()); });
}

// The path inside the rule folder: where the server keeps that folder is nobody's business.
std::string shown_file(const std::string& file) {
    if (!file.starts_with('/')) return file;
    constexpr std::string_view folder = "/rules/";
    const size_t found = file.find(folder);
    if (found != std::string::npos) return file.substr(found + folder.size());
    return file.substr(file.rfind('/') + 1);
}

}  // namespace

base::Result<net::HttpResponse> list_fields(Context&) {
    json items = json::array();
    const auto catalogue = event::field_catalogue();
    for (size_t id = 0; id < catalogue.size(); ++id) {
        const event::FieldInfo& field = catalogue[id];
        items.push_back({{"name", field.name},
                         {"type", type_of(field.type)},
                         {"label_zh", field.label_zh},
                         {"label_en", field.label_en},
                         {"group", group_of(field.name)},
                         {"standard", std::ranges::find(kStandardFields, static_cast<event::KnownField>(id)) != kStandardFields.end()}});
    }
    std::sort(items.begin(), items.end(), [](const json& a, const json& b) { return a["name"] < b["name"]; });
    return reply({{"items", std::move(items)}});
}

base::Result<net::HttpResponse> list_packs(Context& context) {
    const auto packs = context.services().packs();
    const auto events = context.services().live_stats.pack_events();
    json items = json::array();
    for (const parse::PackInfo& pack : packs->packs()) {
        if (pack.tenant != 0) continue;  // what one tenant made is not for all
        json item = {{"name", pack.name},
                     {"version", pack.version},
                     {"vendor", pack.vendor},
                     {"product", pack.product},
                     {"title_zh", pack.title_zh},
                     {"title_en", pack.title_en},
                     {"kind", pack.device_type},
                     {"provenance", std::string(parse::to_string(pack.provenance))},
                     {"cases", pack.case_count}};
        // What a pack parsed is counted over all tenants, so only those who see all of them are told.
        if (const auto found = events.find(pack.name); context.principal().scope.sees_every_tenant()) {
            item["events"] = found == events.end() ? 0 : found->second;
        }
        items.push_back(std::move(item));
    }
    std::sort(items.begin(), items.end(), [](const json& a, const json& b) { return a["name"] < b["name"]; });
    return reply({{"items", std::move(items)}});
}

base::Result<net::HttpResponse> list_rules(Context& context) {
    TRY_ASSIGN(const auto matches, matches_of(context));
    const auto rules = context.services().rules();
    const auto words = words_of(context.text("q"));
    const auto levels = context.list("level");

    std::vector<RuleRow> rows;
    for (const sigma::RuleHandle& rule : rules->rules()) {
        const bool level_fits = levels.empty() || std::ranges::find(levels, sigma::to_string(rule->level)) != levels.end();
        if (!level_fits || !std::ranges::all_of(words, [&](const std::string& w) { return contains_word(*rule, w); })) continue;
        RuleRow row{rule, {}};
        if (const auto found = matches.find(rule->id); found != matches.end()) row.matches = found->second;
        rows.push_back(std::move(row));
    }
    std::sort(rows.begin(), rows.end(), [](const RuleRow& a, const RuleRow& b) {
        if (a.matches.matches != b.matches.matches) return a.matches.matches > b.matches.matches;
        return std::tie(a.rule->title, a.rule->id) < std::tie(b.rule->title, b.rule->id);
    });

    // The list changes only with a reload, so the cursor is a position in it.
    size_t from = 0;
    if (context.has("cursor")) {
        const auto position = base::parse_uint(context.text("cursor"));
        if (!position) return base::fail(place_error("query.cursor", "is not a cursor of this list"));
        from = std::min<size_t>(*position, rows.size());
    }
    const size_t until = std::min(rows.size(), from + static_cast<size_t>(context.limit()));
    json items = json::array();
    for (size_t i = from; i < until; ++i) items.push_back(render_rule(rows[i]));
    json out = {{"items", std::move(items)}, {"total", rows.size()}};
    if (until < rows.size()) out["next_cursor"] = std::to_string(until);
    return reply(out);
}

base::Result<net::HttpResponse> get_rule(Context& context) {
    const sigma::RuleHandle rule = context.services().rules()->find(context.text("rule_id"));
    if (rule == nullptr) return base::fail(base::ErrorCode::not_found, "No rule has this id.");
    TRY_ASSIGN(const auto matches, matches_of(context));
    RuleRow row{rule, {}};
    if (const auto found = matches.find(rule->id); found != matches.end()) row.matches = found->second;
    json out = {{"rule", render_rule(row)},
                {"yaml", rule->source},
                {"file", shown_file(rule->file)},
                {"references", rule->references},
                {"false_positives", rule->false_positives}};
    if (!rule->description.empty()) out["description"] = rule->description;
    if (!rule->description_zh.empty()) out["description_zh"] = rule->description_zh;
    return reply(out);
}

}  // namespace shuwei::api::handlers
