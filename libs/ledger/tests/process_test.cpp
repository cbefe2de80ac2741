// Several processes on one file, and processes that are killed.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "ledger_fixture.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/ledger/checkpoint_store.hpp"

namespace shuwei::ledger {
namespace {

using base::Result;

struct ProcessTest : LedgerFixture {
    // Runs `work` in a child and gives its pid; the child's exit status is what `work` returns.
    template <typename Work>
    pid_t child(Work&& work) {
        const pid_t pid = ::fork();
        if (pid == 0) ::_exit(work());
        return pid;
    }
};

TEST_F(ProcessTest, TwoProcessesWriteOneLedgerWithoutLosingAnything) {
    open();
    constexpr int kRounds = 60;
    const auto work = [&]() -> int {
        auto ledger = Ledger::open(folder.path(), std::vector{kShop}, clock, random);
        if (!ledger) return 2;
        for (int i = 0; i < kRounds; ++i) {
            const auto done = (*ledger)->transaction([&](Transaction& t) -> Result<> {
                TRY_ASSIGN(const int64_t count, t.query_integer("SELECT coalesce(max(count), 0) FROM good"));
                TRY(t.execute("INSERT INTO good (count) VALUES (?)", {count + 1}));
                TRY((*ledger)->audit().append(t, Actor::system("child"), {.action = "sell"}));
                return {};
            });
            if (!done) return 3;
        }
        return 0;
    };
    const pid_t first = child(work);
    const pid_t second = child(work);
    for (const pid_t pid : {first, second}) {
        int status = 0;
        ASSERT_EQ(::waitpid(pid, &status, 0), pid);
        EXPECT_EQ(status, 0);
    }
    auto ledger = open();
    EXPECT_EQ(*ledger->read([](Reader& r) { return r.query_integer("SELECT max(count) FROM good"); }), 2 * kRounds);
    const auto verified = ledger->read([&](Reader& r) { return ledger->audit().verify(r); });
    ASSERT_TRUE(verified);
    EXPECT_TRUE(verified->ok) << verified->message;
    EXPECT_EQ(verified->entries, 2 * kRounds);
}

TEST_F(ProcessTest, TwoProcessesMayStartOnAnEmptyFolderAtOnce) {
    const auto work = [&]() -> int {
        auto ledger = Ledger::open(folder.path(), std::vector{kShop}, clock, random);
        return ledger && (*ledger)->record(Actor::system("child"), {.action = "start"}) ? 0 : 2;
    };
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i) children.push_back(child(work));
    for (const pid_t pid : children) {
        int status = 0;
        ASSERT_EQ(::waitpid(pid, &status, 0), pid);
        EXPECT_EQ(status, 0);
    }
    auto ledger = open();
    const auto verified = ledger->read([&](Reader& r) { return ledger->audit().verify(r); });
    EXPECT_TRUE(verified->ok) << verified->message;
    EXPECT_EQ(verified->entries, 4);
}

TEST_F(ProcessTest, KilledInTheMiddleItKeepsWhatWasCommittedAndNothingHalf) {
    open();
    int64_t acknowledged = 0;
    for (int round = 0; round < 12; ++round) {
        int pipe[2];
        ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
        const pid_t pid = child([&]() -> int {
            auto ledger = Ledger::open(folder.path(), std::vector{kShop}, clock, random);
            if (!ledger) return 2;
            for (;;) {
                const auto seq = (*ledger)->transaction([&](Transaction& t) -> Result<uint64_t> {
                    TRY_ASSIGN(const auto last, CheckpointStore::get(t, "pipeline"));
                    const uint64_t next = last.value_or(0) + 5;
                    for (int i = 0; i < 5; ++i) TRY(t.execute("INSERT INTO good (count) VALUES (1)"));
                    TRY((*ledger)->audit().append(t, Actor::system("child"), {.action = "apply"}));
                    TRY(CheckpointStore::set(t, "pipeline", next));
                    return next;
                });
                if (!seq) return 3;
                if (::write(pipe[1], &*seq, sizeof *seq) != sizeof *seq) return 4;
            }
        });
        ::close(pipe[1]);
        uint64_t seq = 0;
        for (int i = 0; i < 3 + 2 * round; ++i) {
            ASSERT_EQ(::read(pipe[0], &seq, sizeof seq), static_cast<ssize_t>(sizeof seq)) << "round " << round;
        }
        ASSERT_EQ(::kill(pid, SIGKILL), 0);
        int status = 0;
        ASSERT_EQ(::waitpid(pid, &status, 0), pid);
        ASSERT_TRUE(WIFSIGNALED(status));
        while (::read(pipe[0], &seq, sizeof seq) == static_cast<ssize_t>(sizeof seq)) {
        }
        ::close(pipe[0]);
        acknowledged = static_cast<int64_t>(seq);

        auto ledger = open();
        const auto checkpoint = ledger->read([](Reader& r) { return CheckpointStore::get(r, "pipeline"); });
        ASSERT_TRUE(checkpoint && *checkpoint);
        EXPECT_GE(static_cast<int64_t>(**checkpoint), acknowledged);
        EXPECT_EQ(*ledger->read([](Reader& r) { return r.query_integer("SELECT count(*) FROM good"); }),
                  static_cast<int64_t>(**checkpoint));
        const auto verified = ledger->read([&](Reader& r) { return ledger->audit().verify(r); });
        EXPECT_TRUE(verified->ok) << verified->message;
        EXPECT_EQ(verified->entries * 5, static_cast<int64_t>(**checkpoint));
    }
}

TEST_F(ProcessTest, AFullDiskFailsClearlyAndRecovers) {
    // A small file system of its own, where the kernel allows one.
    const pid_t pid = child([&]() -> int {
        if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return 77;
        if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
        if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=2m") != 0) return 77;
        auto ledger = Ledger::open(folder.path(), std::vector{kShop}, clock, random);
        if (!ledger) return 2;
        const auto add = [&](size_t bytes) {
            return (*ledger)->transaction([&](Transaction& t) {
                return t.execute("INSERT INTO good (name) VALUES (?)", {std::string(bytes, 'a')});
            });
        };
        if (!add(100)) return 3;
        {
            base::FileDescriptor ballast(
                ::open((folder.path() / "ballast").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
            while (base::write_all(ballast.get(), std::string(4096, 'b'))) {
            }
        }
        std::optional<base::Error> error;
        for (int i = 0; i < 1000 && !error; ++i)
            if (auto done = add(20'000); !done) error = done.error();
        if (!error) return 4;
        if (error->code() != base::ErrorCode::resource_exhausted) return 5;
        std::filesystem::remove(folder.path() / "ballast");
        if (!add(20'000)) return 6;
        const auto sum = (*ledger)->read([](Reader& r) { return r.query_integer("SELECT count(*) FROM good"); });
        return sum && *sum >= 2 ? 0 : 7;
    });
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    ASSERT_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "skipped: no mount namespace here";
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace shuwei::ledger
