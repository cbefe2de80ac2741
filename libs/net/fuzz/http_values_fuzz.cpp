// The first byte chooses a reader of outside text: addresses, percent escapes, queries, compressed bodies.
#include <cstdint>
#include <string_view>

#include "shuwei/base/assert.hpp"
#include "shuwei/net/gzip.hpp"
#include "shuwei/net/http.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace shuwei::net;
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 4) {
        case 0:
            if (const auto address = SocketAddress::parse(text)) {
                SHUWEI_ASSERT(SocketAddress::parse(address->to_string()) == *address);
            }
            break;
        case 1:
            if (const auto decoded = percent_decode(text, true)) {
                SHUWEI_ASSERT(percent_decode(percent_encode(*decoded), true) == *decoded);
            }
            break;
        case 2:
            if (const auto parameters = parse_query(text)) {
                for (const auto& [name, value] : *parameters) SHUWEI_ASSERT(name.size() + value.size() <= text.size());
            }
            break;
        default: {
            constexpr size_t kLimit = 100'000;
            const auto inflated = inflate(text, kLimit);
            SHUWEI_ASSERT(!inflated || inflated->size() <= kLimit);
            SHUWEI_ASSERT(*inflate(gzip(text), text.size()) == text);
        }
    }
    return 0;
}
