#include "sandbox.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "shuwei/base/file.hpp"

namespace shuwei::eventstore {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::system_error;

namespace {

// The kernel's structures and bits, newer than the headers of some systems that build us.
struct RulesetAttributes {
    uint64_t handled_access_fs;
    uint64_t handled_access_net;
};
constexpr uint64_t kExecute = 1ull << 0, kWriteFile = 1ull << 1, kReadFile = 1ull << 2, kReadDirectory = 1ull << 3;
constexpr uint64_t kAllOfAbi1 = (1ull << 13) - 1;
constexpr uint64_t kRefer = 1ull << 13, kTruncate = 1ull << 14;
constexpr uint64_t kBindTcp = 1ull << 0, kConnectTcp = 1ull << 1;

Result<> allow(int ruleset, const std::filesystem::path& path, uint64_t access) {
    const base::FileDescriptor place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (!place) return fail(system_error(errno, "open " + path.string()));
    struct stat status {};
    if (::fstat(place.get(), &status) != 0) return fail(system_error(errno, "stat " + path.string()));
    if (!S_ISDIR(status.st_mode)) access &= kExecute | kWriteFile | kReadFile | kTruncate;
    landlock_path_beneath_attr rule{};
    rule.allowed_access = access;
    rule.parent_fd = place.get();
    if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
        return fail(system_error(errno, "landlock_add_rule " + path.string()));
    }
    return {};
}

}  // namespace

Result<std::string> confine_to(const SandboxPaths& paths) {
    const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return fail(ErrorCode::unavailable, "this kernel has no Landlock");
    RulesetAttributes attributes{};
    attributes.handled_access_fs = kAllOfAbi1;
    if (version >= 2) attributes.handled_access_fs |= kRefer;
    if (version >= 3) attributes.handled_access_fs |= kTruncate;
    const bool tcp = version >= 4;
    if (tcp) attributes.handled_access_net = kBindTcp | kConnectTcp;
    const size_t size = tcp ? sizeof attributes : sizeof attributes.handled_access_fs;
    const base::FileDescriptor ruleset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, size, 0)));
    if (!ruleset) return fail(system_error(errno, "landlock_create_ruleset"));
    for (const auto& path : paths.writable) TRY(allow(ruleset.get(), path, attributes.handled_access_fs & ~kExecute));
    for (const auto& path : paths.readable) {
        auto allowed = allow(ruleset.get(), path, kReadFile | kReadDirectory);
        if (!allowed && allowed.error().code() != ErrorCode::not_found) return fail(std::move(allowed).error());
    }
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail(system_error(errno, "PR_SET_NO_NEW_PRIVS"));
    if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
        return fail(system_error(errno, "landlock_restrict_self"));
    }
    return std::string(tcp ? "files and TCP" : "files");
}

}  // namespace shuwei::eventstore
