// Sources and assets as the JSON of the contract, with what a source that nobody has confirmed seems to be. Pure apart
// from names of tenants. Thread-safe.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "shuwei/access/access.hpp"
#include "shuwei/api/live_stats.hpp"
#include "shuwei/asset/asset_store.hpp"
#include "shuwei/asset/source_store.hpp"
#include "shuwei/parse/pack_set.hpp"

namespace shuwei::api {

// `rate` may be null. `packs` is the set in use: it tells vendor and type of what a pack recognised.
nlohmann::json render(access::Access& access, const asset::Source& source, const SourceRate* rate, const parse::PackSet& packs);
nlohmann::json render(access::Access& access, const asset::Asset& asset);

}  // namespace shuwei::api
