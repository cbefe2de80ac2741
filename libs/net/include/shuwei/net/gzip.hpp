// gzip and deflate with limits. Free functions, thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "shuwei/base/result.hpp"

namespace shuwei::net {

// Inflates a gzip (one or several members) or zlib stream. too_large when the result would exceed `limit` bytes;
// data_corrupt with the place when the stream is damaged or ends early.
base::Result<std::string> inflate(std::string_view compressed, size_t limit);

// `data` as one gzip member. `level` 1 (fast) to 9.
std::string gzip(std::string_view data, int level = 5);

}  // namespace shuwei::net
