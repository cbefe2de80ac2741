#include "event_log_take.hpp"

#include <unistd.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "line.hpp"
#include "shuwei/base/log.hpp"
#include "shuwei/evtx/evtx_file.hpp"

namespace shuwei::collect {

using base::Result;

namespace {

constexpr size_t kBatchBytes = 1 << 20;
constexpr uint64_t kBrokenTold = 20;  // broken places of a file that go to the log

std::string digest_of(std::string_view json) { return crypto::to_hex(crypto::sm3(json)); }

Result<> ignore(const base::Error&) { return {}; }

// The file is read more than once: for what is known of it, and each time it has grown.
template <typename Take, typename Tell>
auto read_from_its_beginning(int fd, const Take& take, const Tell& tell) {
    ::lseek(fd, 0, SEEK_SET);
    return evtx::read_evtx(fd, take, tell);
}

}  // namespace

Result<EventLogTaken> take_event_log(int fd, const std::string& file, std::span<const EventLogMark> known, const SpoolRecords& spool) {
    EventLogTaken taken;
    if (!known.empty()) {
        const auto look = [&](const evtx::EvtxRecord& record) -> Result<> {
            if (record.record_id <= taken.newest.record) return {};
            const auto same = [&](const EventLogMark& mark) { return mark.record == record.record_id; };
            if (std::none_of(known.begin(), known.end(), same)) return {};
            const std::string digest = digest_of(record.json);
            const bool met = std::any_of(known.begin(), known.end(), [&](const EventLogMark& mark) { return same(mark) && mark.digest == digest; });
            if (met) taken.newest = {record.record_id, digest};
            return {};
        };
        auto looked = read_from_its_beginning(fd, look, ignore);
        if (!looked) return base::fail(std::move(looked).error());
    }
    const uint64_t after = taken.newest.record;
    std::deque<std::string> records;
    std::deque<crypto::Digest> digests;
    std::vector<spool::FrameView> frames;
    size_t bytes = 0;
    const auto flush = [&]() -> Result<> {
        if (!frames.empty()) TRY(spool(frames));
        taken.records += frames.size();
        frames.clear();
        records.clear();
        digests.clear();
        bytes = 0;
        return {};
    };
    const auto take = [&](const evtx::EvtxRecord& record) -> Result<> {
        if (after > 0 && record.record_id <= after) return {};
        frames.push_back(frame_of_line(records.emplace_back(record.json), digests));
        bytes += record.json.size();
        if (record.record_id > taken.newest.record) taken.newest = {record.record_id, digest_of(record.json)};
        return bytes < kBatchBytes ? Result<>{} : flush();
    };
    const auto tell = [&](const base::Error& error) -> Result<> {
        if (++taken.broken <= kBrokenTold) base::log::warning("a place of an event log cannot be read", {{"file", file}, {"error", error.to_string()}});
        return {};
    };
    auto counts = read_from_its_beginning(fd, take, tell);
    if (!counts) return base::fail(std::move(counts).error());
    TRY(flush());
    return taken;
}

}  // namespace shuwei::collect
