// Keys that live in a file of their own, apart from what they protect: 64 hexadecimal digits, mode 0600. Thread-safe.
#pragma once

#include <filesystem>
#include <string>

#include "shuwei/base/random.hpp"
#include "shuwei/base/result.hpp"

namespace shuwei::crypto {

// The digits. not_found; permission_denied when others may read the file; data_corrupt when it is no key.
base::Result<std::string> read_key_file(const std::filesystem::path& path);

// A new key, durably written. Replaces what is there.
base::Result<> create_key_file(const std::filesystem::path& path, base::Random& random);

}  // namespace shuwei::crypto
