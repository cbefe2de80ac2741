// kill -9 between assigning, storing and counting: alert counts equal the stored findings.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "shuwei/base/file.hpp"
#include "triage_fixture.hpp"

namespace shuwei::triage {
namespace {

using base::Result;

struct CrashTest : TriageFixture {
    std::filesystem::path store() const { return folder / "findings"; }  // stands for the event store

    std::vector<FindingInput> stored_above(uint64_t checkpoint) {
        std::vector<FindingInput> findings;
        std::ifstream file(store());
        uint64_t number = 0;
        int64_t alert_id = 0;
        base::Timestamp at = 0;
        std::string rule, source;
        while (file >> number >> alert_id >> at >> rule >> source) {
            if (number <= checkpoint) continue;
            findings.push_back(finding(rule, source, "target", at, Severity::high));
            findings.back().seq = number;
            findings.back().alert_id = alert_id;
        }
        return findings;
    }

    // What the pipeline does, until killed.
    void run(int report, unsigned seed) {
        std::mt19937 random_number(seed);
        uint64_t checkpoint = 0;
        if (const auto known = ledger->read([](Reader& r) { return ledger::CheckpointStore::get(r, "pipeline"); });
            known && *known)
            checkpoint = **known;
        auto uncounted = stored_above(checkpoint);
        uint64_t next = uncounted.empty() ? checkpoint : uncounted.back().seq;
        assign(uncounted);
        for (;;) {
            if (!uncounted.empty()) {
                apply(uncounted);
                uncounted.clear();
                if (::write(report, "x", 1) != 1) return;
            }
            std::vector<FindingInput> batch;
            for (unsigned i = 0; i < 1 + random_number() % 9; ++i) {
                batch.push_back(finding(
                    "r" + std::to_string(random_number() % 4), "s" + std::to_string(random_number() % 5), "target",
                    clock.now() + static_cast<base::Duration>(random_number() % kHour), Severity::high));
                batch.back().seq = ++next;
            }
            assign(batch);
            std::ostringstream lines;
            for (const FindingInput& f : batch)
                lines << f.seq << ' ' << f.alert_id << ' ' << f.event_time << ' ' << f.rule_id << ' ' << f.source.value
                      << '\n';
            const base::FileDescriptor file(::open(store().c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
            if (!base::write_all(file.get(), lines.str())) return;
            uncounted = std::move(batch);
        }
    }
};

TEST_F(CrashTest, AlertCountsEqualTheStoredFindings) {
    stop();
    for (unsigned round = 0; round < 10; ++round) {
        int report[2];
        ASSERT_EQ(::pipe2(report, O_CLOEXEC), 0);
        const pid_t pid = ::fork();
        if (pid == 0) {
            start();
            run(report[1], round);
            ::_exit(1);
        }
        ::close(report[1]);
        char byte = 0;
        for (unsigned i = 0; i < 2 + round; ++i) ASSERT_EQ(::read(report[0], &byte, 1), 1);
        ASSERT_EQ(::kill(pid, SIGKILL), 0);
        int status = 0;
        ASSERT_EQ(::waitpid(pid, &status, 0), pid);
        EXPECT_TRUE(WIFSIGNALED(status));
        ::close(report[0]);
    }
    start();
    uint64_t checkpoint = **ledger->read([](Reader& r) { return ledger::CheckpointStore::get(r, "pipeline"); });
    auto uncounted = stored_above(checkpoint);
    if (!uncounted.empty()) {
        assign(uncounted);
        apply(uncounted);
    }
    std::map<int64_t, int64_t> stored, counted;
    int64_t total = 0;
    for (const FindingInput& f : stored_above(0)) {
        ++stored[f.alert_id];
        ++total;
    }
    for (const Alert& alert : list({.limit = 1000}).items) counted[alert.id] = alert.count;
    EXPECT_EQ(counted, stored);
    int64_t in_cases = 0;
    for (const auto& c : cases()) in_cases += c.event_count;
    EXPECT_EQ(in_cases, total) << "each alert is high, so each has a case, and the case counts its events";
    EXPECT_TRUE(ledger->read([&](Reader& r) { return ledger->audit().verify(r); })->ok);
}

}  // namespace
}  // namespace shuwei::triage
