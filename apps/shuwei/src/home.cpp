#include "home.hpp"

#include <cstdlib>

#include "shuwei/base/file.hpp"

namespace shuwei::app {
namespace {
std::filesystem::path from_environment(const char* name, const std::filesystem::path& otherwise) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != 0 ? std::filesystem::path(value) : otherwise;
}
std::filesystem::path prefix() { return base::program_folder().parent_path(); }
}  // namespace

std::filesystem::path content_folder() { return from_environment("SHUWEI_HOME", prefix() / "share/shuwei") / "content"; }
std::filesystem::path libchdb_path() { return from_environment("SHUWEI_LIBCHDB", prefix() / "lib/shuwei/libchdb.so"); }
std::filesystem::path program_path() {
    std::error_code error;
    return std::filesystem::read_symlink("/proc/self/exe", error);
}

}  // namespace shuwei::app
