// What servers and people give to the inputs that pull: listings, host keys, queries, connection strings.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "database/select_check.hpp"
#include "remote_files/remote_folder.hpp"
#include "remote_files/remote_listing.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace shuwei::collect;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto file = parse_listing_line(text)) {
        if (file->name.empty() || file->name.find('/') != std::string::npos || file->name.find('\n') != std::string::npos) std::abort();
    }
    (void)host_key_fingerprint(text);
    (void)check_select(text);
    (void)check_connection(text);
    return 0;
}
