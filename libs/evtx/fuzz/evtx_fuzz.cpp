// Event log files: any bytes end in records that are JSON, or are told as broken. What does not begin like a file is
// taken for the records of one chunk, so that small inputs reach the inside.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "shuwei/base/assert.hpp"
#include "shuwei/evtx/evtx_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace shuwei;
    std::string file(reinterpret_cast<const char*>(data), size);
    if (!evtx::is_evtx(file)) {
        std::string head(4096 + 512, '\0');
        head.replace(0, evtx::kEvtxMagic.size(), evtx::kEvtxMagic);
        head.replace(4096, 8, std::string_view("ElfChnk\0", 8));
        file.insert(0, head);
    }
    uint64_t last = 0;
    uint64_t records = 0;
    const auto counts = evtx::read_evtx_bytes(
        file,
        [&](const evtx::EvtxRecord& record) -> base::Result<> {
            SHUWEI_ASSERT(record.json.size() <= (1 << 16));
            SHUWEI_ASSERT(nlohmann::json::accept(record.json));
            SHUWEI_ASSERT(records == 0 || record.ordinal > last);
            SHUWEI_ASSERT(record.offset < file.size());
            last = record.ordinal;
            ++records;
            return {};
        },
        [](const base::Error&) -> base::Result<> { return {}; }, {.max_json_bytes = 1 << 16});
    SHUWEI_ASSERT(counts && counts->records == records);
    return 0;
}
