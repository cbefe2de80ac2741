#include "local_records.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>

#include "shuwei/asset/resource_store.hpp"
#include "shuwei/asset/source_store.hpp"
#include "shuwei/custody/seal_log.hpp"
#include "shuwei/intake/input_store.hpp"
#include "shuwei/forward/target_store.hpp"
#include "shuwei/triage/triage.hpp"
#include "shuwei/work/case_desk.hpp"
#include "shuwei/work/saved_view.hpp"

namespace shuwei::app {

using base::ErrorCode;
using base::fail;
using base::Result;

Result<std::unique_ptr<LocalRecords>> open_records(const std::filesystem::path& data, DataFolder folder) {
    std::error_code error;
    if (!std::filesystem::exists(data, error)) {
        if (folder == DataFolder::must_exist) {
            return fail(ErrorCode::not_found, data.string() + " does not exist: give the data folder of the server");
        }
        std::filesystem::create_directories(data, error);
        if (error) return fail(base::system_error(error.value(), "make folder " + data.string()));
        ::chmod(data.c_str(), 0700);
    } else if (!std::filesystem::is_directory(data, error)) {
        return fail(ErrorCode::invalid_argument, data.string() + " is not a folder");
    }
    if (folder == DataFolder::must_exist && !std::filesystem::exists(data / "ledger.sqlite", error)) {
        return fail(ErrorCode::not_found, data.string() + " holds no ledger: start `shuwei serve` on it first");
    }
    auto records = std::make_unique<LocalRecords>();
    const std::array migrations{access::migrations(), asset::migrations(),  intake::migrations(),
                                work::migrations(),   triage::migrations(), custody::migrations(), work::saved_view_migrations(),
                                forward::migrations(), asset::resource_migrations()};
    TRY_ASSIGN(records->ledger, ledger::Ledger::open(data, migrations, records->clock, records->random));
    records->seals = std::make_unique<custody::SealLog>(data, records->ledger->audit());
    records->access = std::make_unique<access::Access>(*records->ledger, records->hasher, records->clock, records->random);
    TRY(records->access->prepare());
    return records;
}

Result<base::FileDescriptor> lock_folder(const std::filesystem::path& data) {
    const auto path = data / "lock";
    base::FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file) return fail(base::system_error(errno, "open " + path.string()));
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        return fail(ErrorCode::conflict, data.string() + " is in use by another running Shuwei");
    }
    return file;
}

}  // namespace shuwei::app
