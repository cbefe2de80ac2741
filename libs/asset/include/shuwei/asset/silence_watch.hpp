// Who has fallen silent and who speaks again. Only time during which we listened counts: while the program was down, or
// the source's input was paused, nobody is blamed, and no pause is learned from it. State is in the ledger, so a restart
// changes nothing. Stateless itself; thread-safe.
#pragma once

#include <functional>
#include <vector>

#include "shuwei/asset/source_store.hpp"
#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/ledger/ledger.hpp"

namespace shuwei::asset {

struct Listener {
    TenantNumber tenant = 0;
    std::string name;
    auto operator<=>(const Listener&) const = default;
};

struct SilenceChange {
    enum class Kind {
        fell_silent,
        spoke_again,
        excused,  // a person lets it be silent, or it is no longer so by a longer threshold
    };
    Kind kind = Kind::fell_silent;
    Source source;                // as it was before
    base::Duration quiet = 0;     // time we listened in vain
    base::Duration allowed = 0;   // the threshold; fell_silent only
};

class SilenceWatch {
public:
    // A longer time between two looks means that nobody listened in between.
    static constexpr base::Duration kAttentionSpan = base::kMinute;

    // Before the first look and the first line of a run: nobody listened since the last look.
    base::Result<> begin(ledger::Transaction& transaction, base::Timestamp now);
    // Looks at every source as of `horizon`: each line received before is recorded, none received after need be. `deaf`
    // are the inputs that do not run now. Marks what changed; call it every few seconds.
    base::Result<std::vector<SilenceChange>> look(ledger::Transaction& transaction, base::Timestamp horizon,
                                                  const std::vector<Listener>& deaf);
    base::Result<> set_alert(ledger::Transaction& transaction, int64_t source, int64_t alert);

    // Time in [since, until) in which lines of this listener could not come in.
    static base::Result<base::Duration> deaf_within(ledger::Reader& reader, const Listener& listener,
                                                    base::Timestamp since, base::Timestamp until);
};

}  // namespace shuwei::asset
