// Expert SQL from anybody: parsing never crashes and stays within its limits, and says what is wrong with the rest.
#include <cstdlib>

#include "shuwei/eventstore/expert_sql.hpp"

namespace {

size_t nodes(const shuwei::eventstore::ExpertExpression& value) {
    size_t count = 1;
    for (const auto& child : value.children) count += nodes(child);
    return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace shuwei::eventstore;
    const auto parsed = parse_expert_sql({reinterpret_cast<const char*>(data), size});
    if (!parsed) {
        if (parsed.error().message.empty()) std::abort();
        return 0;
    }
    if (parsed->columns.empty() || parsed->columns.size() > kMaxExpertColumns || parsed->limit > kMaxExpertRows) std::abort();
    for (const auto& column : parsed->columns) {
        if (nodes(column.value) > 2 * kMaxExpertNodes) std::abort();
    }
    return 0;
}
