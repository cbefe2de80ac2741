// The packs of people compiled for the stream: the base that comes with the program, and over it each tenant's live packs
// and those of everybody. A tenant's packs are compiled anew when one of them changes; what does not compile is passed over
// and remembered with its reason. compile() is for one thread at a time, problem() for any.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "shuwei/intake/pack_store.hpp"
#include "shuwei/parse/pack_overlay.hpp"
#include "shuwei/parse/pack_set.hpp"

namespace shuwei::intake {

class PackShelf {
public:
    // The set that the stream is to use.
    std::shared_ptr<const parse::PackSet> compile(const std::shared_ptr<const parse::PackSet>& base, std::span<const LivePack> live,
                                                  std::span<const TenantNumber> tenants);
    // Why a live pack is not in the stream; empty when it is.
    std::string problem(int64_t id) const;

private:
    struct Layer {
        std::vector<std::pair<int64_t, int64_t>> made_of;  // id and version
        std::shared_ptr<const parse::PackOverlay> overlay;
        std::map<int64_t, std::string> problems;
    };
    std::shared_ptr<const parse::PackSet> base_;
    std::map<TenantNumber, Layer> layers_;
    mutable std::mutex mutex_;  // of problems_
    std::map<int64_t, std::string> problems_;
};

}  // namespace shuwei::intake
