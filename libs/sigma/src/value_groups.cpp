#include "shuwei/sigma/value_groups.hpp"

#include <algorithm>

#include "shuwei/base/text.hpp"
#include "value_tests.hpp"

namespace shuwei::sigma {

std::shared_ptr<const ValueGroup> ValueGroup::of_addresses(std::vector<Range> ranges) {
    auto group = std::make_shared<ValueGroup>();
    std::sort(ranges.begin(), ranges.end());
    for (const Range& range : ranges) {
        if (!group->ranges_.empty() && range.first <= group->ranges_.back().second) {
            group->ranges_.back().second = std::max(group->ranges_.back().second, range.second);
        } else {
            group->ranges_.push_back(range);
        }
    }
    return group;
}

std::shared_ptr<const ValueGroup> ValueGroup::of_values(const std::vector<std::string>& values) {
    auto group = std::make_shared<ValueGroup>();
    for (const std::string& value : values) {
        Pattern pattern = Pattern::parse(value).folded();
        if (pattern.is_plain()) {
            std::string text = pattern.plain_text();
            if (text.empty()) continue;
            group->lengths_.push_back(text.size());
            group->texts_.insert(std::move(text));
        } else {
            group->patterns_.push_back(std::move(pattern));
        }
    }
    std::sort(group->lengths_.begin(), group->lengths_.end());
    group->lengths_.erase(std::unique(group->lengths_.begin(), group->lengths_.end()), group->lengths_.end());
    return group;
}

bool ValueGroup::has(std::string_view value, Anchor anchor) const {
    if (!ranges_.empty()) {
        const auto address = address_of(value);
        if (!address) return false;
        const auto behind = std::upper_bound(ranges_.begin(), ranges_.end(), *address,
                                             [](const base::IpAddress& asked, const Range& range) { return asked < range.first; });
        return behind != ranges_.begin() && *address <= std::prev(behind)->second;
    }
    if (texts_.empty() && patterns_.empty()) return false;
    const std::string folded = fold_case(value);
    if (anchor == Anchor::whole ? texts_.contains(folded) : has_part(folded, anchor)) return true;
    return std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& whole) {
        if (anchor == Anchor::whole) return whole.matches(folded);
        Pattern pattern = whole;
        if (anchor != Anchor::starts) pattern.prepend_any();
        if (anchor != Anchor::ends) pattern.append_any();
        return pattern.matches(folded);
    });
}

bool ValueGroup::has_part(std::string_view folded, Anchor anchor) const {
    std::string part;
    const auto is_one = [&](size_t at, size_t length) {
        part.assign(folded.substr(at, length));
        return texts_.contains(part);
    };
    for (const size_t length : lengths_) {
        if (length > folded.size()) break;
        const size_t last = folded.size() - length;
        if (anchor == Anchor::starts && is_one(0, length)) return true;
        if (anchor == Anchor::ends && is_one(last, length)) return true;
        for (size_t at = 0; anchor == Anchor::contains && at <= last; ++at) {
            if (is_one(at, length)) return true;
        }
    }
    return false;
}

void ValueGroups::set(uint32_t tenant, std::string_view name, std::shared_ptr<const ValueGroup> group) {
    groups_[{tenant, base::to_ascii_lower(name)}] = std::move(group);
}

const ValueGroup* ValueGroups::find(uint32_t tenant, std::string_view name) const {
    std::string folded = base::to_ascii_lower(name);
    for (const uint32_t owner : {tenant, uint32_t{0}}) {
        std::pair<uint32_t, std::string> key(owner, std::move(folded));
        if (const auto at = groups_.find(key); at != groups_.end()) return at->second.get();
        folded = std::move(key.second);
    }
    return nullptr;
}

}  // namespace shuwei::sigma
