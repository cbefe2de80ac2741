#include "shuwei/ledger/ledger.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "connection.hpp"
#include "schema.hpp"
#include "shuwei/base/assert.hpp"
#include "shuwei/base/file.hpp"

namespace shuwei::ledger {

using base::Result;

namespace {

constexpr std::string_view kFileName = "ledger.sqlite";

// Rolls back unless told that all is well.
class WriteGuard {
public:
    explicit WriteGuard(Connection& connection) : connection_(connection) {}
    ~WriteGuard() {
        if (!committed_) connection_.roll_back();
    }
    WriteGuard(const WriteGuard&) = delete;
    WriteGuard& operator=(const WriteGuard&) = delete;

    Result<> commit() {
        TRY(connection_.commit());
        committed_ = true;
        return {};
    }

private:
    Connection& connection_;
    bool committed_ = false;
};

// Creates the file with its mode before SQLite opens it: its journals take the mode over.
Result<> ensure_file(const std::filesystem::path& path) {
    const base::FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file) return base::fail(base::system_error(errno, "ledger: open " + path.string()));
    return {};
}

}  // namespace

struct Ledger::State {
    State(const base::Clock& its_clock, LedgerOptions its_options, std::filesystem::path its_path)
        : clock(its_clock), options(its_options), path(std::move(its_path)) {}

    const base::Clock& clock;
    LedgerOptions options;
    std::filesystem::path path;
    std::optional<AuditChain> audit;

    std::mutex writing;
    std::atomic<std::thread::id> writer_thread{};
    std::unique_ptr<Connection> writer;

    std::mutex pool_mutex;
    std::condition_variable reader_free;
    std::vector<std::unique_ptr<Connection>> free_readers;
    int readers_made = 0;

    Result<std::unique_ptr<Connection>> take_reader() {
        std::unique_lock lock(pool_mutex);
        reader_free.wait(lock, [&] { return !free_readers.empty() || readers_made < options.readers; });
        if (!free_readers.empty()) {
            auto reader = std::move(free_readers.back());
            free_readers.pop_back();
            return reader;
        }
        ++readers_made;
        lock.unlock();
        auto made = Connection::open(path, Connection::Mode::read, options.busy_timeout);
        if (!made) {
            lock.lock();
            --readers_made;
            reader_free.notify_one();
        }
        return made;
    }

    void give_back(std::unique_ptr<Connection> reader) {
        const std::scoped_lock lock(pool_mutex);
        free_readers.push_back(std::move(reader));
        reader_free.notify_one();
    }
};

Ledger::Ledger(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ledger::~Ledger() = default;

Result<std::unique_ptr<Ledger>> Ledger::open(const std::filesystem::path& folder,
                                             std::span<const MigrationSet> migrations, const base::Clock& clock,
                                             base::Random& random, LedgerOptions options) {
    auto state = std::make_unique<State>(clock, options, folder / kFileName);
    TRY(ensure_file(state->path));
    TRY_ASSIGN(state->writer, Connection::open(state->path, Connection::Mode::write, options.busy_timeout));

    std::vector<MigrationSet> all{own_migrations()};
    all.insert(all.end(), migrations.begin(), migrations.end());
    Connection& writer = *state->writer;
    TRY(writer.begin_write());
    WriteGuard guard(writer);
    if (auto applied = apply_migrations(writer, all, clock.now()); !applied)
        return base::fail(std::move(applied).error().at(state->path.string()));
    Reader reader(writer);
    TRY_ASSIGN(const int64_t entries, reader.query_integer("SELECT count(*) FROM (SELECT 1 FROM audit_entry LIMIT 1)"));
    TRY_ASSIGN(state->audit, AuditChain::open(folder, entries == 0, clock, random));
    TRY(guard.commit());
    TRY(base::sync_folder(folder));
    return std::unique_ptr<Ledger>(new Ledger(std::move(state)));
}

Result<> Ledger::run_transaction(const std::function<Result<>(Transaction&)>& work) {
    SHUWEI_ASSERT(state_->writer_thread.load() != std::this_thread::get_id());
    std::vector<std::function<void()>> after_commit;
    {
        const std::scoped_lock lock(state_->writing);
        state_->writer_thread = std::this_thread::get_id();
        struct Leave {
            State& state;
            ~Leave() { state.writer_thread = std::thread::id(); }
        } const leave{*state_};
        Connection& writer = *state_->writer;
        TRY(writer.begin_write());
        WriteGuard guard(writer);
        Transaction transaction(writer);
        TRY(work(transaction));
        TRY(guard.commit());
        after_commit = std::move(transaction.after_commit_);
    }
    for (const auto& action : after_commit) action();
    return {};
}

Result<> Ledger::run_read(const std::function<Result<>(Reader&)>& work) {
    TRY_ASSIGN(auto connection, state_->take_reader());
    struct GiveBack {
        State& state;
        std::unique_ptr<Connection>& connection;
        ~GiveBack() {
            connection->roll_back();
            state.give_back(std::move(connection));
        }
    } const give_back{*state_, connection};
    TRY(connection->begin_read());
    Reader reader(*connection);
    return work(reader);
}

const AuditChain& Ledger::audit() const { return *state_->audit; }

Result<> Ledger::record(const Actor& actor, const AuditRecord& record) {
    return transaction([&](Transaction& transaction) -> Result<> {
        TRY(audit().append(transaction, actor, record));
        return {};
    });
}

Result<> Ledger::check() {
    return read([](Reader& reader) -> Result<> {
        TRY(reader.query_integer("SELECT count(*) FROM schema_migration"));
        return {};
    });
}

const base::Clock& Ledger::clock() const { return state_->clock; }

}  // namespace shuwei::ledger
