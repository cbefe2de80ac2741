// Event files: any bytes are split into objects or told as broken; what is broken counts as one.
#include <cstdint>
#include <sstream>
#include <string>

#include "shuwei/base/assert.hpp"
#include "shuwei/sigma/json_documents.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace shuwei;
    std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
    uint64_t next = 0;
    (void)sigma::read_json_documents(
        in,
        [&](const sigma::JsonDocument& document) -> base::Result<> {
            SHUWEI_ASSERT(document.text.size() >= 2 && document.text.front() == '{' && document.text.back() == '}');
            SHUWEI_ASSERT(document.ordinal == next++);
            return {};
        },
        [&](const base::Error&) -> base::Result<> {
            ++next;
            return {};
        },
        {.max_object_bytes = 4096, .max_depth = 32});
    return 0;
}
