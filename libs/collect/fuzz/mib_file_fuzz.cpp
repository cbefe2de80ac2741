// Users' MIB files: whatever they hold, what is read can be numbered and looked up.
#include <cstdint>
#include <string_view>

#include "shuwei/base/assert.hpp"
#include "snmp/mib_names.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace shuwei::collect;
    auto modules = read_mib_file({reinterpret_cast<const char*>(data), size});
    if (!modules) return 0;
    SHUWEI_ASSERT(!modules->empty());
    const auto loaded = MibNames::build(std::move(*modules));
    SHUWEI_ASSERT(!loaded.names.name_of({1, 3, 6, 1, 4, 1, 64000, 1, 0}).empty());
    return 0;
}
