// SHUWEI_ASSERT: a broken invariant is a bug of ours, so the program stops with the place. On in release builds;
// never reachable from outside input.
#pragma once

namespace shuwei::base {
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);
}

#define SHUWEI_ASSERT(condition)                                                                    \
    (static_cast<bool>(condition) ? void(0)                                                         \
                                  : ::shuwei::base::assertion_failed(#condition, __FILE__, __LINE__))
