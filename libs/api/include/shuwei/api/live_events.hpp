// LiveEvents: records that changed, written as the contract says and published on the live stream. The interface's own
// writes use it; the program calls it for what triage, the SLA clocks and the pipeline change. Thread-safe.
#pragma once

#include "shuwei/access/access.hpp"
#include "shuwei/api/live_stats.hpp"
#include "shuwei/api/live_stream.hpp"
#include "shuwei/asset/source_store.hpp"
#include "shuwei/parse/pack_set.hpp"
#include "shuwei/triage/alert.hpp"
#include "shuwei/work/case.hpp"

namespace shuwei::api {

class LiveEvents {
public:
    LiveEvents(LiveStream& stream, access::Access& access) : stream_(stream), access_(access) {}

    // Call these after the commit.
    void alert_changed(const triage::Alert& alert);
    void case_changed(const work::Case& record);
    void source_changed(const asset::Source& source, const SourceRate* rate, const parse::PackSet& packs);

private:
    LiveStream& stream_;
    access::Access& access_;
};

}  // namespace shuwei::api
