#include "sparkline.hpp"

#include <algorithm>

#include "shuwei/base/text.hpp"

namespace shuwei::triage {
namespace {

// Event times are what devices claim; beyond these they are taken as the bound.
constexpr int64_t kFirstMinute = 0;
constexpr int64_t kLastMinute = int64_t{200} * 366 * 24 * 60;

int64_t minute_of(base::Timestamp at) {
    const int64_t minute = at >= 0 ? at / base::kMinute : -1;
    return std::clamp(minute, kFirstMinute, kLastMinute);
}

}  // namespace

void Sparkline::widen() {
    for (size_t i = 0; i < counts_.size(); i += 2)
        counts_[i / 2] = counts_[i] + (i + 1 < counts_.size() ? counts_[i + 1] : 0);
    counts_.resize((counts_.size() + 1) / 2);
    step_ *= 2;
}

void Sparkline::add(base::Timestamp at) {
    const int64_t minute = minute_of(at);
    if (counts_.empty()) {
        start_ = minute;
        counts_.push_back(0);
    }
    while (minute < start_) {
        const int64_t missing = (start_ - minute + step_ - 1) / step_;
        if (missing + static_cast<int64_t>(counts_.size()) <= static_cast<int64_t>(kSteps)) {
            counts_.insert(counts_.begin(), static_cast<size_t>(missing), 0);
            start_ -= missing * step_;
        } else {
            widen();
        }
    }
    while ((minute - start_) / step_ >= static_cast<int64_t>(kSteps)) widen();
    const auto index = static_cast<size_t>((minute - start_) / step_);
    if (index >= counts_.size()) counts_.resize(index + 1, 0);
    ++counts_[index];
}

std::vector<int64_t> Sparkline::between(base::Timestamp first, base::Timestamp last) const {
    if (counts_.empty()) return {};
    const auto index_of = [&](base::Timestamp at) {
        return std::clamp<int64_t>((minute_of(at) - start_) / step_, 0, static_cast<int64_t>(counts_.size()) - 1);
    };
    const int64_t from = index_of(std::min(first, last));
    const int64_t until = index_of(std::max(first, last));
    return {counts_.begin() + from, counts_.begin() + until + 1};
}

std::string Sparkline::encode() const {
    std::string text = std::to_string(start_) + ";" + std::to_string(step_) + ";";
    for (size_t i = 0; i < counts_.size(); ++i) {
        if (i > 0) text += ',';
        text += std::to_string(counts_[i]);
    }
    return text;
}

Sparkline Sparkline::decode(std::string_view text) {
    const size_t first = text.find(';');
    const size_t second = first == std::string_view::npos ? first : text.find(';', first + 1);
    if (second == std::string_view::npos) return {};
    const auto start = base::parse_int(text.substr(0, first));
    const auto step = base::parse_int(text.substr(first + 1, second - first - 1));
    if (!start || !step || *step < 1 || *start < kFirstMinute || *start > kLastMinute) return {};
    Sparkline line;
    line.start_ = *start;
    line.step_ = *step;
    std::string_view rest = text.substr(second + 1);
    while (!rest.empty() && line.counts_.size() < kSteps) {
        const size_t comma = std::min(rest.find(','), rest.size());
        line.counts_.push_back(base::parse_int(rest.substr(0, comma)).value_or(0));
        rest.remove_prefix(std::min(rest.size(), comma + 1));
    }
    return line;
}

}  // namespace shuwei::triage
