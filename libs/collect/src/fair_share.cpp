#include "fair_share.hpp"

#include <algorithm>

namespace shuwei::collect {

bool FairShare::admits(uint32_t listener, const base::IpAddress& sender, uint64_t bytes, uint64_t room, base::Duration now) {
    const std::scoped_lock lock(mutex_);
    if (const base::Duration second = now / base::kSecond; second != second_) {
        sources_before_ = second == second_ + 1 ? taken_.size() : 0;
        second_ = second;
        taken_.clear();
        taken_by_others_ = 0;
    }
    const Source source{listener, sender};
    auto found = taken_.find(source);
    if (found == taken_.end() && taken_.size() < kMaxSources) found = taken_.emplace(source, 0).first;
    uint64_t& taken = found == taken_.end() ? taken_by_others_ : found->second;
    if (taken >= room / 2 / std::max(sources_before_, taken_.size())) return false;
    taken += bytes;
    return true;
}

}  // namespace shuwei::collect
