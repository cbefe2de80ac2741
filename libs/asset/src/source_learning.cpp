#include "shuwei/asset/source_learning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include <nlohmann/json.hpp>

namespace shuwei::asset {

using base::Duration;
using base::Timestamp;

namespace {

constexpr Duration kRightWithin = base::kMinute;
constexpr Duration kHalfHour = 30 * base::kMinute;
constexpr Duration kZoneWithin = 2 * base::kMinute;  // of a whole half hour
constexpr Duration kSteadyWithin = 2 * base::kMinute;
constexpr size_t kSamplesJudged = 5;
constexpr Duration kWesternmost = -12 * base::kHour;
constexpr Duration kEasternmost = 14 * base::kHour;

double to_seconds(Duration duration) { return static_cast<double>(duration) / static_cast<double>(base::kSecond); }

}  // namespace

// ---- pauses

size_t PauseHistory::step_of(Duration pause) {
    if (pause < kShortest) return 0;
    const double doublings = std::log2(to_seconds(pause) / to_seconds(kShortest));
    return std::min(kSteps - 1, 1 + static_cast<size_t>(doublings * 4));
}

void PauseHistory::add(Duration pause, Timestamp until) {
    pause = std::max<Duration>(pause, 0);
    if (until > updated_) {
        if (updated_ != 0) {
            const double fade = std::exp2(-static_cast<double>(until - updated_) / static_cast<double>(kHalfLife));
            for (double& seconds : seconds_) seconds *= fade;
        }
        updated_ = until;
    }
    seconds_[step_of(pause)] += to_seconds(pause);
    ++count_;
}

void PauseHistory::add_talk(Duration talked) { seconds_[0] += to_seconds(std::max<Duration>(talked, 0)); }

Duration PauseHistory::usual_longest() const {
    const double total = std::accumulate(seconds_.begin(), seconds_.end(), 0.0);
    double longer = total;
    for (size_t step = 0; step < kSteps; ++step) {
        longer -= seconds_[step];
        if (longer <= 0.01 * total) {
            return static_cast<Duration>(static_cast<double>(kShortest) * std::exp2(static_cast<double>(step) / 4));
        }
    }
    return kShortest;
}

std::optional<Duration> learned_silence(const PauseHistory& pauses, int64_t lines, Duration known_for) {
    if (lines < kJudgedLines || pauses.count() < kJudgedPauses) return std::nullopt;
    const Duration least = known_for < base::kDay ? kFirstDaySilence : kShortestSilence;
    return std::clamp(4 * pauses.usual_longest(), least, kLongestSilence);
}

// ---- clock

void ClockHistory::add(Duration drift, Duration offset) {
    if (offset != offset_) {
        begin_anew();
        offset_ = offset;
    }
    if (drifts_.size() == kSamples) drifts_.erase(drifts_.begin());
    drifts_.push_back(drift);
}

void ClockHistory::begin_anew() {
    // A batch or two that was read in the old zone may still come; it does not make us forget.
    if (drifts_.size() >= kSamplesJudged) before_ = Before{offset_, *drift()};
    drifts_.clear();
}

std::optional<Duration> ClockHistory::drift() const {
    if (drifts_.empty()) return std::nullopt;
    std::vector<Duration> sorted = drifts_;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
}

Duration ClockHistory::spread() const {
    if (drifts_.empty()) return 0;
    std::vector<Duration> sorted = drifts_;
    std::sort(sorted.begin(), sorted.end());
    const size_t cut = sorted.size() / 8;
    return sorted[sorted.size() - 1 - cut] - sorted[cut];
}

std::string_view to_string(ClockVerdict verdict) {
    switch (verdict) {
        case ClockVerdict::unknown: return "unknown";
        case ClockVerdict::right: return "right";
        case ClockVerdict::zone: return "zone";
        case ClockVerdict::stated_zone: return "stated_zone";
        case ClockVerdict::ahead: return "ahead";
        case ClockVerdict::behind: return "behind";
        case ClockVerdict::unsteady: return "unsteady";
    }
    return "unknown";
}

ClockFinding judge_clock(const ClockHistory& clock) {
    ClockFinding finding;
    const auto drift = clock.drift();
    if (!drift) return finding;
    finding.drift = *drift;
    if (clock.count() < kSamplesJudged) return finding;
    if (std::abs(*drift) <= kRightWithin) {
        finding.verdict = ClockVerdict::right;
        return finding;
    }
    if (clock.spread() > kSteadyWithin) {
        finding.verdict = ClockVerdict::unsteady;
        return finding;
    }
    const Duration half_hours = static_cast<Duration>(
        std::llround(static_cast<double>(*drift) / static_cast<double>(kHalfHour))) * kHalfHour;
    const Duration offset = clock.offset() + half_hours;
    const bool whole = half_hours != 0 && std::abs(*drift - half_hours) <= kZoneWithin;
    if (whole && offset >= kWesternmost && offset <= kEasternmost) {
        const auto& before = clock.before();
        const bool unmoved = before && before->offset != clock.offset() && std::abs(before->drift - *drift) <= kZoneWithin;
        finding.verdict = unmoved ? ClockVerdict::stated_zone : ClockVerdict::zone;
        finding.zone_offset = offset;
        return finding;
    }
    finding.verdict = *drift > 0 ? ClockVerdict::ahead : ClockVerdict::behind;
    return finding;
}

std::string zone_named(Duration offset) {
    if (offset == 0) return "UTC";
    if (offset == 8 * base::kHour) return "Asia/Shanghai";
    const Duration minutes = std::abs(offset) / base::kMinute;
    return fmt::format("{}{:02}:{:02}", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

// ---- the whole

void SourceLearning::add_pack(const std::string& pack, int64_t lines) {
    const auto known = packs.find(pack);
    if (known != packs.end()) {
        known->second += lines;
        return;
    }
    if (packs.size() == kPacks) {
        packs.erase(std::min_element(packs.begin(), packs.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; }));
    }
    packs[pack] = lines;
}

void SourceLearning::add_host(const std::string& host) {
    if (host.empty()) return;
    if (named_host.empty()) named_host = host;
    else if (named_host != host) several_hosts = true;
}

std::string SourceLearning::main_pack() const {
    const auto most = std::max_element(packs.begin(), packs.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    return most == packs.end() ? std::string() : most->first;
}

std::string SourceLearning::encode() const {
    nlohmann::json pause_steps = nlohmann::json::object();
    for (size_t step = 0; step < PauseHistory::kSteps; ++step) {
        const double rounded = std::round(pauses.seconds_[step] * 10) / 10;
        if (rounded > 0) pause_steps[std::to_string(step)] = rounded;
    }
    nlohmann::json drifts = nlohmann::json::array();
    for (const Duration drift : clock.drifts_) drifts.push_back(drift / base::kMillisecond);
    nlohmann::json out = {{"pauses", pauses.count_},
                          {"updated", pauses.updated_},
                          {"seconds", std::move(pause_steps)},
                          {"offset", clock.offset_ / base::kSecond},
                          {"drifts", std::move(drifts)},
                          {"packs", packs},
                          {"host", named_host},
                          {"hosts", several_hosts}};
    if (const auto& before = clock.before_) {
        out["before"] = {before->offset / base::kSecond, before->drift / base::kMillisecond};
    }
    return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

SourceLearning SourceLearning::decode(std::string_view text) {
    SourceLearning learning;
    try {  // nlohmann::json throws where a member is missing or of another kind
        const auto in = nlohmann::json::parse(text);
        learning.pauses.count_ = in.at("pauses").get<int64_t>();
        learning.pauses.updated_ = in.at("updated").get<Timestamp>();
        for (const auto& [step, seconds] : in.at("seconds").items()) {
            const auto index = std::strtoul(step.c_str(), nullptr, 10);
            if (index < PauseHistory::kSteps) learning.pauses.seconds_[index] = seconds.get<double>();
        }
        learning.clock.offset_ = in.at("offset").get<int64_t>() * base::kSecond;
        for (const auto& drift : in.at("drifts")) {
            learning.clock.drifts_.push_back(drift.get<int64_t>() * base::kMillisecond);
        }
        if (learning.clock.drifts_.size() > ClockHistory::kSamples) learning.clock.drifts_.clear();
        if (in.contains("before")) {
            learning.clock.before_ = ClockHistory::Before{in["before"].at(0).get<int64_t>() * base::kSecond,
                                                          in["before"].at(1).get<int64_t>() * base::kMillisecond};
        }
        learning.packs = in.at("packs").get<std::map<std::string, int64_t>>();
        learning.named_host = in.at("host").get<std::string>();
        learning.several_hosts = in.at("hosts").get<bool>();
        return learning;
    } catch (const nlohmann::json::exception&) {
        return {};
    }
}

}  // namespace shuwei::asset
