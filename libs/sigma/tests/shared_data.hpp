// Where the shared test material is: SHUWEI_SHARED_DATA, else ../shared/data beside the repository.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace shuwei::sigma::test {

inline std::filesystem::path shared_data() {
    if (const char* set = std::getenv("SHUWEI_SHARED_DATA"); set != nullptr) return set;
    return std::filesystem::path(SHUWEI_SOURCE_DIR).parent_path() / "shared" / "data";
}

inline std::filesystem::path content() { return std::filesystem::path(SHUWEI_SOURCE_DIR) / "content" / "sigma"; }

}  // namespace shuwei::sigma::test

#define SKIP_WITHOUT_SHARED_DATA()                                                              \
    if (!std::filesystem::exists(::shuwei::sigma::test::shared_data() / "sigma")) {             \
        GTEST_SKIP() << "skipped: shared data not present";                                     \
    }
