#include "window_index.hpp"

#include <algorithm>

namespace shuwei::triage {
namespace {

constexpr size_t kWindowsPerKey = 8;

void append_part(std::string& key, std::string_view part) {
    key += std::to_string(part.size());
    key += ':';
    key += part;
}

}  // namespace

std::string match_key(std::string_view rule_id, const Entity& source, const Entity& target,
                      Alert::Coalesced coalesced) {
    std::string key;
    key.reserve(64 + rule_id.size() + source.value.size() + target.value.size());
    key += coalesced == Alert::Coalesced::none ? 'e' : coalesced == Alert::Coalesced::target ? 's' : 'r';
    append_part(key, rule_id);
    if (coalesced == Alert::Coalesced::both) return key;
    append_part(key, source.kind);
    append_part(key, source.value);
    if (coalesced == Alert::Coalesced::target) return key;
    append_part(key, target.kind);
    append_part(key, target.value);
    return key;
}

std::string match_key(const FindingInput& finding, Alert::Coalesced coalesced) {
    return match_key(finding.rule_id, finding.source, finding.target, coalesced);
}

bool Window::takes(base::Timestamp at, const Policy& policy) const {
    if (closed) return false;
    return at >= first - policy.quiet && at <= last + policy.quiet &&
           std::max(last, at) - std::min(first, at) <= policy.longest;
}

std::string WindowIndex::whole_key(TenantNumber tenant, const std::string& key) {
    return std::to_string(tenant) + "/" + key;
}

WindowIndex::Groups::iterator WindowIndex::touch(Groups::iterator group) {
    groups_.splice(groups_.begin(), groups_, group);
    return group;
}

Window* WindowIndex::find(TenantNumber tenant, const std::string& key, base::Timestamp at, const Policy& policy) {
    const auto found = by_key_.find(whole_key(tenant, key));
    if (found == by_key_.end()) return nullptr;
    auto& windows = touch(found->second)->windows;
    // The latest first: that is where a stream's findings belong.
    for (auto window = windows.rbegin(); window != windows.rend(); ++window)
        if (window->takes(at, policy)) return &*window;
    return nullptr;
}

Window* WindowIndex::find(int64_t alert_id) {
    const auto found = by_alert_.find(alert_id);
    if (found == by_alert_.end()) return nullptr;
    for (Window& window : found->second->windows)
        if (window.alert_id == alert_id) return &window;
    return nullptr;
}

Window* WindowIndex::add(TenantNumber tenant, const std::string& key, const Window& window) {
    if (Window* known = find(window.alert_id)) return known;
    const std::string whole = whole_key(tenant, key);
    auto found = by_key_.find(whole);
    if (found == by_key_.end()) {
        groups_.push_front({whole, {}});
        found = by_key_.emplace(whole, groups_.begin()).first;
    }
    auto& windows = touch(found->second)->windows;
    if (windows.size() >= kWindowsPerKey) {
        const auto done = std::find_if(windows.begin(), windows.end(), [](const Window& w) { return w.pending == 0; });
        if (done != windows.end()) {
            by_alert_.erase(done->alert_id);
            windows.erase(done);
        }
    }
    windows.push_back(window);
    by_alert_[window.alert_id] = found->second;
    evict();
    return find(window.alert_id);
}

void WindowIndex::forget(int64_t alert_id) {
    const auto found = by_alert_.find(alert_id);
    if (found == by_alert_.end()) return;
    const auto group = found->second;
    by_alert_.erase(found);
    std::erase_if(group->windows, [&](const Window& window) { return window.alert_id == alert_id; });
    if (!group->windows.empty()) return;
    by_key_.erase(group->key);
    groups_.erase(group);
}

void WindowIndex::evict() {
    size_t looked_at = 0;
    for (auto group = groups_.end(); by_alert_.size() > capacity_ && group != groups_.begin() && looked_at < 64;
         ++looked_at) {
        --group;
        const bool busy =
            std::any_of(group->windows.begin(), group->windows.end(), [](const Window& w) { return w.pending > 0; });
        if (busy || group == groups_.begin()) continue;
        for (const Window& window : group->windows) by_alert_.erase(window.alert_id);
        by_key_.erase(group->key);
        group = groups_.erase(group);
    }
}

}  // namespace shuwei::triage
