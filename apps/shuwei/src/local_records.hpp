// The ledger and the accounts in it, opened by the server and by commands that work beside a running server.
#pragma once

#include <filesystem>
#include <memory>

#include "shuwei/access/access.hpp"
#include "shuwei/base/clock.hpp"
#include "shuwei/base/random.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/crypto/password_hasher.hpp"
#include "shuwei/custody/seal_log.hpp"
#include "shuwei/ledger/ledger.hpp"

namespace shuwei::app {

struct LocalRecords {
    base::SystemClock clock;
    base::SystemRandom random;
    // Fewer may wait than the API has workers: a flood of sign-ins must not hold them all.
    crypto::PasswordHasher hasher{crypto::Argon2Parameters{.waiting = 4}, random};
    std::unique_ptr<ledger::Ledger> ledger;
    std::unique_ptr<access::Access> access;
    std::unique_ptr<custody::SealLog> seals;
};

enum class DataFolder { must_exist, make_when_missing };

// Opens DATA/ledger.sqlite, brings it up to date and makes the account `admin` where there is none.
base::Result<std::unique_ptr<LocalRecords>> open_records(const std::filesystem::path& data, DataFolder folder);

// One instance a data folder; the kernel lets go of the lock when the process dies, however it dies. conflict when
// another one has it.
base::Result<base::FileDescriptor> lock_folder(const std::filesystem::path& data);

}  // namespace shuwei::app
