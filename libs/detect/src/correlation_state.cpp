#include "correlation_state.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include "shuwei/base/text.hpp"
#include "shuwei/sigma/rule.hpp"

namespace shuwei::detect {
namespace {

using sigma::Comparison;
using sigma::CorrelationType;

bool compare(double value, const sigma::Bound& bound) {
    switch (bound.comparison) {
        case Comparison::eq: return value == bound.value;
        case Comparison::ne: return value != bound.value;
        case Comparison::lt: return value < bound.value;
        case Comparison::lte: return value <= bound.value;
        case Comparison::gt: return value > bound.value;
        case Comparison::gte: return value >= bound.value;
    }
    return false;
}

void append_number(std::string& out, uint64_t number) { out.append(reinterpret_cast<const char*>(&number), sizeof number); }

}  // namespace

void CorrelationState::use(const RuleSet& rules) {
    if (rules_ == &rules) return;
    rules_ = &rules;
    key_of_correlation_.clear();
    std::map<std::string, uint32_t> kept;
    for (const CorrelationPlan& plan : rules.plans()) {
        const auto known = keys_.find(plan.key);
        const uint32_t key = known != keys_.end() ? known->second : next_key_++;
        kept.emplace(plan.key, key);
        key_of_correlation_.push_back(key);
    }
    keys_ = std::move(kept);
    const std::set<uint32_t> live(key_of_correlation_.begin(), key_of_correlation_.end());
    for (auto at = groups_.begin(); at != groups_.end();) {
        const auto next = std::next(at);
        if (!live.contains(at->second.correlation_key)) erase(at);
        at = next;
    }
}

CorrelationState::Group& CorrelationState::group_of(uint32_t key, const CorrelatedEvent& event) {
    std::string name;
    append_number(name, key);
    append_number(name, event.tenant);
    for (const std::string& value : event.group) {
        append_number(name, value.size());
        name += value;
    }
    const auto [at, fresh] = groups_.try_emplace(std::move(name));
    Group& group = at->second;
    if (fresh) {
        group.tenant = event.tenant;
        group.correlation_key = key;
        group.values = event.group;
        group.fields = event.group_fields;
        used_.push_back(&at->first);
        group.used = std::prev(used_.end());
    } else {
        used_.splice(used_.end(), used_, group.used);
    }
    return group;
}

// Puts the event into the window and lets what has become too old fall out.
void CorrelationState::count(const CorrelationPlan& plan, Group& group, const CorrelatedEvent& event) {
    const CorrelationType type = plan.rule->type;
    const base::Timestamp begin = group.newest - plan.rule->timespan;  // the window reaches from here, inclusive
    switch (type) {
        case CorrelationType::event_count:
        case CorrelationType::value_sum:
        case CorrelationType::value_avg: {
            double number = 0;
            if (type != CorrelationType::event_count) {
                if (!event.has_value) return;
                char* end = nullptr;
                number = std::strtod(event.value.c_str(), &end);
                if (end == event.value.c_str()) return;
            }
            auto at = group.entries.end();
            while (at != group.entries.begin() && std::prev(at)->time > event.time) --at;
            group.entries.insert(at, {event.time, event.seq, number});
            group.sum += number;
            while (!group.entries.empty() &&
                   (group.entries.front().time < begin || group.entries.size() > options_.max_entries_per_group)) {
                group.sum -= group.entries.front().number;
                group.entries.pop_front();
            }
            return;
        }
        case CorrelationType::value_count: {
            if (!event.has_value) return;
            const uint64_t value = std::hash<std::string>{}(event.value);
            const auto known = group.distinct_index.find(value);
            base::Timestamp time = event.time;
            if (known != group.distinct_index.end()) {
                time = std::max(time, known->second->time);
                group.distinct.erase(known->second);
            }
            auto at = group.distinct.end();
            while (at != group.distinct.begin() && std::prev(at)->time > time) --at;
            group.distinct_index[value] = group.distinct.insert(at, {value, time, event.seq});
            while (!group.distinct.empty() &&
                   (group.distinct.front().time < begin || group.distinct.size() > options_.max_entries_per_group)) {
                group.distinct_index.erase(group.distinct.front().value);
                group.distinct.pop_front();
            }
            return;
        }
        case CorrelationType::temporal:
        case CorrelationType::temporal_ordered: {
            group.steps.resize(plan.inputs.size());
            Step& step = group.steps[event.input];
            if (!step.seen || event.time >= step.time) {
                step.time = event.time;
                step.seq = event.seq;
                step.seen = true;
            }
            if (event.input == 0) {
                step.chain_start = event.time;
                step.chained = true;
            } else {
                const Step& before = group.steps[event.input - 1];
                if (before.chained && before.time <= event.time && before.chain_start >= event.time - plan.rule->timespan) {
                    step.chain_start = before.chain_start;
                    step.chained = true;
                }
            }
            for (Step& one : group.steps) {
                if (one.seen && one.time < begin) one = {};
                if (one.chained && one.chain_start < begin) one.chained = false;
            }
            return;
        }
        case CorrelationType::value_percentile: return;
    }
}

double CorrelationState::measure(const CorrelationPlan& plan, const Group& group) const {
    switch (plan.rule->type) {
        case CorrelationType::event_count: return static_cast<double>(group.entries.size());
        case CorrelationType::value_count: return static_cast<double>(group.distinct.size());
        case CorrelationType::value_sum: return group.sum;
        case CorrelationType::value_avg: return group.entries.empty() ? 0 : group.sum / static_cast<double>(group.entries.size());
        case CorrelationType::temporal:
            return static_cast<double>(std::count_if(group.steps.begin(), group.steps.end(), [](const Step& step) { return step.seen; }));
        case CorrelationType::temporal_ordered: {
            size_t longest = 0;
            for (size_t i = 0; i < group.steps.size(); ++i) {
                if (group.steps[i].chained) longest = i + 1;
            }
            return static_cast<double>(longest);
        }
        case CorrelationType::value_percentile: break;
    }
    return 0;
}

bool CorrelationState::holds(const CorrelationPlan& plan, const Group& group, double measured) const {
    const auto& bounds = plan.rule->bounds;
    const CorrelationType type = plan.rule->type;
    if (bounds.empty()) return measured >= static_cast<double>(plan.inputs.size());  // temporal: all of them
    if (type == CorrelationType::value_avg && group.entries.empty()) return false;
    return std::all_of(bounds.begin(), bounds.end(), [measured](const sigma::Bound& bound) { return compare(measured, bound); });
}

Firing CorrelationState::fire(const CorrelationPlan& plan, uint32_t correlation, const Group& group, double measured) const {
    Firing firing;
    firing.correlation = correlation;
    firing.time = group.newest;
    firing.received = group.received;
    firing.seq = group.last_seq;
    firing.tenant = group.tenant;
    firing.event_index = group.last_index;
    CorrelationInfo& info = firing.info;
    for (size_t i = 0; i < plan.rule->group_by.size() && i < group.values.size(); ++i) {
        info.group.push_back({plan.rule->group_by[i], group.fields[i], group.values[i]});
    }
    info.count = measured < 0 ? 0 : static_cast<uint64_t>(measured);
    info.first = group.newest;
    info.last = group.newest;
    const auto take = [&info](base::Timestamp time, uint64_t seq) {
        info.first = std::min(info.first, time);
        info.seqs.push_back(seq);
    };
    // The latest ones when there are more than can be told.
    const auto skip = [](size_t size) { return static_cast<ptrdiff_t>(size > kMaxCorrelatedSeqs ? size - kMaxCorrelatedSeqs : 0); };
    if (!group.entries.empty()) info.first = group.entries.front().time;
    for (auto at = group.entries.begin() + skip(group.entries.size()); at != group.entries.end(); ++at) take(at->time, at->seq);
    if (!group.distinct.empty()) info.first = group.distinct.front().time;
    for (auto at = std::next(group.distinct.begin(), skip(group.distinct.size())); at != group.distinct.end(); ++at) take(at->time, at->seq);
    for (const Step& step : group.steps) {
        if (step.seen) take(step.time, step.seq);
    }
    return firing;
}

void CorrelationState::update_bytes(Group& group) {
    constexpr size_t kGroupBytes = 512;  // the group, its key, its place in the lists
    size_t bytes = kGroupBytes + group.entries.size() * sizeof(Entry) + group.distinct.size() * 96 + group.steps.size() * sizeof(Step);
    for (const std::string& value : group.values) bytes += 2 * value.size() + sizeof value + sizeof(std::string_view);
    bytes_ += bytes - group.bytes;
    group.bytes = bytes;
}

void CorrelationState::erase(Groups::iterator at) {
    bytes_ -= at->second.bytes;
    used_.erase(at->second.used);
    groups_.erase(at);
}

void CorrelationState::evict() {
    while (groups_.size() > 1 && (groups_.size() > options_.max_correlation_groups || bytes_ > options_.max_correlation_bytes)) {
        erase(groups_.find(*used_.front()));
        ++evicted_;
    }
}

void CorrelationState::add(const CorrelationPlan& plan, uint32_t correlation, const CorrelatedEvent& event, std::vector<Firing>& firings) {
    if (!plan.supported || !event.grouped) return;
    // A device whose clock is far ahead must not carry the window with it.
    CorrelatedEvent counted = event;
    if (counted.time > counted.received + base::kDay && counted.received > 0) counted.time = counted.received;
    watermark_ = std::max(watermark_, counted.time);
    Group& group = group_of(key_of_correlation_[correlation], counted);
    const bool fresh = group.newest == 0 && group.bytes == 0;
    if (!fresh && counted.time < group.newest - plan.rule->timespan - options_.lateness) {
        ++late_;
        return;
    }
    group.newest = fresh ? counted.time : std::max(group.newest, counted.time);
    group.received = counted.received;
    group.last_seq = counted.seq;
    group.last_index = counted.event_index;
    count(plan, group, counted);
    if (plan.at_close) {
        if (group.closes_at == 0) {
            group.closes_at = counted.time + plan.rule->timespan;
            closing_.emplace(group.closes_at, **group.used);
        }
    } else {
        const double measured = measure(plan, group);
        const bool now = holds(plan, group, measured);
        // Once when it comes true, and again after each time span for which it stays true.
        if (now && (!group.is_true || !group.fired || group.newest >= group.fired_at + plan.rule->timespan)) {
            firings.push_back(fire(plan, correlation, group, measured));
            group.fired = true;
            group.fired_at = group.newest;
        }
        group.is_true = now;
    }
    update_bytes(group);
    evict();
}

void CorrelationState::close(const RuleSet& rules, std::vector<Firing>& firings) {
    while (!closing_.empty() && closing_.begin()->first < watermark_) {
        const auto [time, name] = *closing_.begin();
        closing_.erase(closing_.begin());
        const auto at = groups_.find(name);
        if (at == groups_.end() || at->second.closes_at != time) continue;
        for (uint32_t correlation = 0; correlation < key_of_correlation_.size(); ++correlation) {
            if (key_of_correlation_[correlation] != at->second.correlation_key) continue;
            const CorrelationPlan& plan = rules.plans()[correlation];
            const double measured = measure(plan, at->second);
            if (holds(plan, at->second, measured)) firings.push_back(fire(plan, correlation, at->second, measured));
        }
        erase(at);
    }
}

}  // namespace shuwei::detect
