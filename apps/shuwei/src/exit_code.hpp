// What the program's exit codes mean, for every command.
#pragma once

#include <cstdio>

#include "shuwei/base/result.hpp"

namespace shuwei::app {

enum ExitCode {
    kFine = 0,
    kFindings = 1,     // findings or failures were reported: the command itself worked
    kWrongUsage = 2,   // the command line or a file named on it is wrong
    kCannotDo = 3,     // the work could not be done
};

// Prints the error on stderr and chooses the code: the user's mistake or ours.
inline int report(const base::Error& error) {
    std::fprintf(stderr, "shuwei: %s\n", error.to_string().c_str());
    return error.code() == base::ErrorCode::invalid_argument ? kWrongUsage : kCannotDo;
}

}  // namespace shuwei::app
