#include "source_render.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "render.hpp"
#include "shuwei/base/ip_address.hpp"

namespace shuwei::api {
namespace {

using nlohmann::json;

// From there on a pack knows the device, not only some program on it.
constexpr double kBindShare = 0.9;
constexpr int64_t kBindLines = 20;

void put(json& object, const char* name, const std::string& value) {
    if (!value.empty()) object[name] = value;
}

void put_link(json& object, const char* name, int64_t id, const std::string& text) {
    if (id != 0) object[name] = {{"id", id}, {"name", text}};
}

json silence(const asset::Source& source) {
    json out = {{"rule", std::string(asset::to_string(source.silence_rule))}};
    if (const auto threshold = asset::silence_threshold(source)) out["after_s"] = seconds(*threshold);
    if (source.own_silence != 0) out["own_s"] = seconds(source.own_silence);
    if (source.learning.pauses.count() >= asset::kJudgedPauses) {
        out["usual_pause_s"] = seconds(source.learning.pauses.usual_longest());
    }
    if (source.silent_since) out["since"] = time_text(*source.silent_since);
    if (source.silence_alert != 0) out["alert_id"] = source.silence_alert;
    return out;
}

json clock(const asset::Source& source) {
    const asset::ClockFinding finding = asset::judge_clock(source.learning.clock);
    json out = {{"verdict", std::string(asset::to_string(finding.verdict))}};
    if (source.learning.clock.count() != 0) out["drift_s"] = seconds(finding.drift);
    if (finding.verdict == asset::ClockVerdict::zone) out["zone"] = asset::zone_named(finding.zone_offset);
    return out;
}

// The name its lines give it, unless several do; else what kind of device it is and where.
std::string proposed_name(const asset::Source& source, const parse::PackInfo* pack) {
    if (!source.given_name.empty()) return source.given_name;
    if (!source.key.host.empty()) return source.key.host;
    const std::string& named = source.learning.named_host;
    if (!named.empty() && !source.learning.several_hosts && !base::IpAddress::parse(named)) return named;
    if (pack == nullptr || pack->product.empty()) return source.address();
    return pack->product + " " + source.address();
}

json proposal(const asset::Source& source, const parse::PackSet& packs) {
    const std::string main_pack = source.learning.main_pack();
    const uint16_t number = packs.find(main_pack, source.key.tenant);
    const parse::PackInfo* pack = number == 0 ? nullptr : packs.info(number);
    json out = {{"name", proposed_name(source, pack)}};
    if (pack != nullptr) {
        put(out, "kind", pack->device_type);
        put(out, "vendor", pack->vendor);
        put(out, "product", pack->product);
        const double share = std::min(1.0, static_cast<double>(source.learning.packs.at(main_pack)) /
                                               static_cast<double>(std::max<int64_t>(1, source.lines)));
        out["pack"] = main_pack;
        out["share"] = share;
        out["bind_pack"] = share >= kBindShare && source.lines >= kBindLines && !source.learning.several_hosts;
    }
    if (source.learning.several_hosts) out["several_hosts"] = true;
    put_link(out, "asset", source.asset_at_address, source.asset_at_address_name);
    return out;
}

}  // namespace

json render(access::Access& access, const asset::Source& source, const SourceRate* rate, const parse::PackSet& packs) {
    const double lines = static_cast<double>(std::max<int64_t>(1, source.lines));
    json conditions = json::array();
    for (const asset::SourceCondition condition : asset::conditions_of(source)) {
        conditions.push_back(std::string(asset::to_string(condition)));
    }
    json out = {{"id", source.id},
                {"tenant", tenant_name(access, source.key.tenant)},
                {"name", source.name},
                {"peer", source.key.peer},
                {"listener", source.key.listener},
                {"pack_bound", source.pack_bound},
                {"state", source.silent_since ? "silent" : "active"},
                {"confirmed", source.confirmed},
                {"conditions", std::move(conditions)},
                {"charset", source.charset},
                {"silence", silence(source)},
                {"clock", clock(source)},
                {"events_per_second", rate == nullptr ? 0.0 : rate->events_per_second},
                {"total", source.lines},
                {"unparsed_share", std::clamp(static_cast<double>(source.unparsed) / lines, 0.0, 1.0)},
                {"first_seen", time_text(source.first_seen)},
                {"last_seen", time_text(source.last_seen)}};
    if (rate != nullptr && !rate->series.empty()) out["rate_series"] = rate->series;
    put(out, "host", source.key.host);
    put(out, "pack", source.pack);
    put(out, "zone", source.zone);
    put_link(out, "asset", source.asset, source.asset_name);
    if (!source.confirmed) out["proposal"] = proposal(source, packs);
    return out;
}

json render(access::Access& access, const asset::Asset& asset) {
    json sources = json::array();
    for (const auto& [id, name] : asset.sources) sources.push_back({{"id", id}, {"name", name}});
    json out = {{"id", asset.id},
                {"tenant", tenant_name(access, asset.tenant)},
                {"name", asset.name},
                {"addresses", asset.addresses},
                {"sources", std::move(sources)},
                {"created", time_text(asset.created)}};
    put(out, "kind", asset.kind);
    put(out, "vendor", asset.vendor);
    put(out, "product", asset.product);
    return out;
}

}  // namespace shuwei::api
