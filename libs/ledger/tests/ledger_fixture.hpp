// A folder of its own and a ledger in it, for tests.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/random.hpp"
#include "shuwei/ledger/ledger.hpp"

namespace shuwei::ledger {

class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "shuwei-ledger-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

inline const MigrationSet kShop{"shop", {{1, "goods", R"sql(
CREATE TABLE shelf (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE good (
    id INTEGER PRIMARY KEY,
    shelf INTEGER REFERENCES shelf (id),
    name TEXT,
    price REAL,
    count INTEGER
) STRICT;
)sql"}}};

struct LedgerFixture : testing::Test {
    TemporaryFolder folder;
    base::ManualClock clock;
    base::SystemRandom random;

    std::unique_ptr<Ledger> open(std::vector<MigrationSet> sets = {kShop}) {
        auto ledger = Ledger::open(folder.path(), sets, clock, random);
        if (!ledger) {
            ADD_FAILURE() << ledger.error().to_string();
            return nullptr;
        }
        return std::move(*ledger);
    }

    // What somebody with a database tool and write permission could do.
    void edit_file(const std::string& sql) {
        sqlite3* file = nullptr;
        ASSERT_EQ(sqlite3_open((folder.path() / "ledger.sqlite").c_str(), &file), SQLITE_OK);
        char* message = nullptr;
        EXPECT_EQ(sqlite3_exec(file, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK) << message;
        sqlite3_free(message);
        sqlite3_close(file);
    }
};

}  // namespace shuwei::ledger
