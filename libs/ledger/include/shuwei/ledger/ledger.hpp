// The records of the house (accounts, cases, alerts, audit) in SQL: an embedded SQLite file today, PostgreSQL later
// through this interface. The one library that sees SOCI; each domain owns its statements and migrations.
//
// One connection writes, a few read; readers see the last commit and never wait for a writer. A commit is on disk
// when transaction() returns (WAL, synchronous=FULL). Other processes may use the same file: a writer waits for
// them up to `busy_timeout`. Thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/random.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/ledger/audit_chain.hpp"
#include "shuwei/ledger/migration.hpp"
#include "shuwei/ledger/transaction.hpp"

namespace shuwei::ledger {

struct LedgerOptions {
    base::Duration busy_timeout = 10 * base::kSecond;
    int readers = 4;  // read connections at most
};

class Ledger {
public:
    // Opens or creates `folder`/ledger.sqlite (mode 0600) and applies what is missing of the ledger's own migrations
    // and then of `migrations`, in the order given. Errors: conflict when the file is newer than the program,
    // data_corrupt, permission_denied for a read-only file, resource_exhausted for a full disk; all name the file.
    static base::Result<std::unique_ptr<Ledger>> open(const std::filesystem::path& folder,
                                                      std::span<const MigrationSet> migrations,
                                                      const base::Clock& clock, base::Random& random,
                                                      LedgerOptions options = {});
    ~Ledger();
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;

    // Runs `work` in one write transaction: committed when it returns a value, rolled back when it returns an error.
    // `work` gives Result<T>, and so does this. Not to be nested. unavailable when another process holds the file.
    template <typename Work>
    auto transaction(Work&& work) -> std::invoke_result_t<Work, Transaction&> {
        using Return = std::invoke_result_t<Work, Transaction&>;
        std::optional<Return> returned;
        auto committed = run_transaction([&](Transaction& transaction) -> base::Result<> {
            returned.emplace(work(transaction));
            if (!*returned) return base::fail(returned->error());
            return {};
        });
        if (!committed) return base::fail(std::move(committed).error());
        return std::move(*returned);
    }

    // Runs `work` in one snapshot.
    template <typename Work>
    auto read(Work&& work) -> std::invoke_result_t<Work, Reader&> {
        using Return = std::invoke_result_t<Work, Reader&>;
        std::optional<Return> returned;
        auto done = run_read([&](Reader& reader) -> base::Result<> {
            returned.emplace(work(reader));
            return {};
        });
        if (!done) return base::fail(std::move(done).error());
        return std::move(*returned);
    }

    const AuditChain& audit() const;

    // One audit record in a transaction of its own, for what changes nothing else: a refusal, a failed sign-in.
    base::Result<> record(const Actor& actor, const AuditRecord& record);

    // A cheap look whether the file answers, for readiness.
    base::Result<> check();

    const base::Clock& clock() const;

private:
    struct State;
    explicit Ledger(std::unique_ptr<State> state);
    base::Result<> run_transaction(const std::function<base::Result<>(Transaction&)>& work);
    base::Result<> run_read(const std::function<base::Result<>(Reader&)>& work);

    std::unique_ptr<State> state_;
};

}  // namespace shuwei::ledger
