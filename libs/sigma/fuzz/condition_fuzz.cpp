// The condition language: any text is parsed or refused.
#include <cstdint>
#include <string>
#include <string_view>

#include "condition_parser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace shuwei::sigma;
    std::vector<Selection> selections(6);
    const char* const kNames[] = {"selection", "filter", "sel_1", "sel_2", "_hidden", "not"};
    for (size_t i = 0; i < 6; ++i) selections[i].name = kNames[i];
    std::vector<char> used;
    (void)parse_condition({reinterpret_cast<const char*>(data), size}, selections, used);
    return 0;
}
