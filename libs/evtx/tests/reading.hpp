// Test helper: a whole file read into lists.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shuwei/evtx/evtx_file.hpp"

namespace shuwei::evtx::test {

struct Read {
    std::vector<std::string> events;
    std::vector<uint64_t> ids;
    std::vector<uint64_t> ordinals;
    std::vector<base::Error> broken;
    EvtxCounts counts;
    std::string failure;

    std::string broken_text() const {
        std::string all;
        for (const base::Error& error : broken) all += error.to_string() + "\n";
        return all;
    }
};

inline Read read_all(std::string_view file, const EvtxLimits& limits = {}) {
    Read read;
    const auto counts = read_evtx_bytes(
        file,
        [&](const EvtxRecord& record) -> base::Result<> {
            read.events.emplace_back(record.json);
            read.ids.push_back(record.record_id);
            read.ordinals.push_back(record.ordinal);
            return {};
        },
        [&](const base::Error& error) -> base::Result<> {
            read.broken.push_back(error);
            return {};
        },
        limits);
    if (counts) {
        read.counts = *counts;
    } else {
        read.failure = counts.error().to_string();
    }
    return read;
}

}  // namespace shuwei::evtx::test
