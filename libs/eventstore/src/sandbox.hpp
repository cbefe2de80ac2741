// Landlock: takes away from this process the files and ports it has no business with. For the worker, once, before
// its threads are started.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "shuwei/base/result.hpp"

namespace shuwei::eventstore {

struct SandboxPaths {
    std::vector<std::filesystem::path> writable;  // folders: everything below may be read, written, made, removed
    std::vector<std::filesystem::path> readable;  // folders and files; missing ones are passed over
};

// What is in force afterwards, for the log ("files and TCP", "files"). unavailable when the kernel has no Landlock.
base::Result<std::string> confine_to(const SandboxPaths& paths);

}  // namespace shuwei::eventstore
