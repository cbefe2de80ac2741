#include "shuwei/crypto/key_file.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "shuwei/base/file.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::crypto {

using base::ErrorCode;
using base::Result;

namespace {
constexpr size_t kKeyBytes = 32;
}

Result<std::string> read_key_file(const std::filesystem::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return base::fail(base::system_error(errno, "open " + path.string()));
    if ((status.st_mode & 077) != 0) {
        return base::fail(ErrorCode::permission_denied,
                          path.string() + ": the key may be read by others; set its mode to 0600");
    }
    TRY_ASSIGN(std::string text, base::read_file(path, 4096));
    const std::string_view key = base::trim(text);
    if (key.size() != 2 * kKeyBytes || key.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
        return base::fail(ErrorCode::data_corrupt, path.string() + ": not a key (64 hexadecimal digits)");
    }
    return std::string(key);
}

Result<> create_key_file(const std::filesystem::path& path, base::Random& random) {
    return base::write_file_durably(path, random.hex(kKeyBytes) + "\n", 0600);
}

}  // namespace shuwei::crypto
