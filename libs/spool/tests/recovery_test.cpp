// Torn ends, damage, crashes, full disks.
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <sched.h>

#include <gmock/gmock.h>

#include <cstring>
#include <map>
#include <random>
#include <thread>

#include "segment.hpp"
#include "spool_fixture.hpp"

namespace shuwei::spool {
namespace {

using base::ErrorCode;

// A spool of `segments` closed-and-reopened parts; each append() holds two lines.
void fill(const std::filesystem::path& folder, uint64_t appends, uint64_t segment_bytes = 64 << 20) {
    SpoolOptions options;
    options.segment_bytes = segment_bytes;
    auto spool = Spool::open(folder, options).value();
    for (uint64_t i = 0; i < appends; ++i) ASSERT_TRUE(append_lines(*spool, i * 2 + 1, 2));
}

TEST(SpoolRecovery, CutsATornEndAtEveryByte) {
    const TemporaryFolder original;
    fill(original.path(), 3);
    const auto segment = segments_of(original.path()).at(0);
    const std::string content = content_of(segment);
    const size_t record = (content.size() - kHeaderBytes) / 6;
    for (size_t size = 0; size <= content.size(); size += size < kHeaderBytes ? 7 : 13) {
        const TemporaryFolder folder;
        std::filesystem::copy(original.path() / "salt", folder.path() / "salt");
        overwrite(folder.path() / segment.filename(), content.substr(0, size));
        auto opened = Spool::open(folder.path());
        ASSERT_TRUE(opened) << size << ": " << opened.error().to_string();
        // Only whole appends survive: both lines or none.
        const uint64_t kept = size < kHeaderBytes ? 0 : (size - kHeaderBytes) / (2 * record) * 2;
        EXPECT_EQ((*opened)->written_seq(), kept) << size;
        EXPECT_EQ((*opened)->damage_count(), 0U) << size;
        EXPECT_EQ(append_lines(**opened, kept + 1, 1)->first, kept + 1);
        const auto frames = read_all(*(*opened)->reader(1));
        ASSERT_EQ(frames.size(), kept + 1) << size;
        for (uint64_t i = 0; i <= kept; ++i) EXPECT_EQ(frames[i].payload, line_of(i + 1));
    }
}

TEST(SpoolRecovery, PassesOverADamagedRecordAndSaysWhere) {
    for (const size_t damaged : {size_t{0}, size_t{3}, size_t{4}}) {  // record number
        SCOPED_TRACE(damaged);
        const TemporaryFolder folder;
        fill(folder.path(), 4);
        const auto segment = segments_of(folder.path()).at(0);
        std::string content = content_of(segment);
        const size_t record = (content.size() - kHeaderBytes) / 8;
        content[kHeaderBytes + damaged * record + 60] ^= 0x10;
        overwrite(segment, content);

        auto spool = Spool::open(folder.path()).value();
        EXPECT_EQ(spool->written_seq(), 8U) << "what is behind the damage stays";
        EXPECT_EQ(spool->damage_count(), 1U);
        const auto reader = spool->reader(1);
        const auto frames = read_all(*reader);
        ASSERT_EQ(frames.size(), 7U);
        for (const auto& frame : frames) EXPECT_NE(frame.seq, damaged + 1);
        const auto damage = reader->take_damage();
        ASSERT_EQ(damage.size(), 1U);
        EXPECT_EQ(damage[0].segment, segment);
        EXPECT_EQ(damage[0].offset, kHeaderBytes + damaged * record);
        EXPECT_EQ(damage[0].bytes, record);
        EXPECT_EQ(damage[0].first_missing, damaged + 1);
        EXPECT_EQ(damage[0].last_missing, damaged + 1);
        EXPECT_TRUE(reader->take_damage().empty());
    }
}

TEST(SpoolRecovery, GoesOnWithTheNextSegmentWhenTheRestOfOneIsLost) {
    enum class Harm { zeroed_rest, cut_short, deleted, header };
    for (const Harm harm : {Harm::zeroed_rest, Harm::cut_short, Harm::deleted, Harm::header}) {
        SCOPED_TRACE(static_cast<int>(harm));
        const TemporaryFolder folder;
        fill(folder.path(), 30, 2'000);
        const auto segments = segments_of(folder.path());
        ASSERT_GE(segments.size(), 4U);
        const uint64_t first = *parse_segment_name(segments[1].filename().string());
        const uint64_t behind = *parse_segment_name(segments[2].filename().string());
        std::string content = content_of(segments[1]);
        const size_t record = (content.size() - kHeaderBytes) / (behind - first);
        uint64_t lost_from = first + 1;
        uint64_t lost_to = behind - 1;
        switch (harm) {
            case Harm::zeroed_rest: std::fill(content.begin() + static_cast<long>(kHeaderBytes + record), content.end(), '\0'); break;
            case Harm::cut_short: content.resize(kHeaderBytes + record + 9); break;
            case Harm::deleted: lost_from = first; break;
            case Harm::header: content[3] = 'x'; lost_from = 1; lost_to = 0; break;
        }
        overwrite(segments[1], content);
        if (harm == Harm::deleted) std::filesystem::remove(segments[1]);

        SpoolOptions options;
        options.segment_bytes = 2'000;
        auto spool = Spool::open(folder.path(), options).value();
        EXPECT_EQ(spool->written_seq(), 60U);
        const auto reader = spool->reader(1);
        std::map<uint64_t, std::string> got;
        for (const auto& frame : read_all(*reader)) got[frame.seq] = frame.payload;
        for (uint64_t seq = 1; seq <= 60; ++seq) {
            if (seq >= lost_from && seq <= lost_to) {
                EXPECT_FALSE(got.contains(seq)) << seq;
            } else {
                EXPECT_EQ(got[seq], line_of(seq));
            }
        }
        EXPECT_GE(spool->damage_count(), 1U);
        const auto damage = reader->take_damage();
        ASSERT_FALSE(damage.empty());
        if (harm != Harm::header) {
            EXPECT_EQ(damage.back().first_missing, lost_from);
            EXPECT_EQ(damage.back().last_missing, lost_to);
        }
    }
}

TEST(SpoolRecovery, SurvivesAnyDamageAnywhere) {
    const TemporaryFolder original;
    fill(original.path(), 30, 2'000);
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        const TemporaryFolder folder;
        for (const auto& entry : std::filesystem::directory_iterator(original.path())) {
            if (entry.path().filename() == "lock") continue;
            std::string content = content_of(entry.path());
            if (random() % 3 == 0) {
                for (uint32_t edit = random() % 8; edit > 0; --edit) content[random() % content.size()] = static_cast<char>(random());
                if (random() % 3 == 0) content.resize(random() % content.size());
            }
            overwrite(folder.path() / entry.path().filename(), content);
        }
        auto spool = Spool::open(folder.path());
        if (!spool) continue;  // a version from the future
        const auto added = append_lines(**spool, 1000, 1);
        ASSERT_TRUE(added);
        uint64_t last = 0;
        for (const auto& frame : read_all(*(*spool)->reader(1))) {
            EXPECT_GT(frame.seq, last);
            if (frame.seq < added->first) {
                EXPECT_EQ(frame.payload, line_of(frame.seq));
            }
            last = frame.seq;
        }
        EXPECT_EQ(last, added->last);
    }
}

TEST(SpoolRecovery, IsNotFooledByARecordInsideAPayload) {
    const TemporaryFolder folder;
    auto forged = frame_of("forged");
    std::string evil(record_bytes(forged), '\0');
    encode_record(evil.data(), 0, forged, 2, false);  // the sender does not know the salt
    {
        auto spool = Spool::open(folder.path()).value();
        const FrameView frames[] = {frame_of(evil), frame_of("second")};
        ASSERT_TRUE(spool->append(frames));
    }
    const auto segment = segments_of(folder.path()).at(0);
    std::string content = content_of(segment);
    content[kHeaderBytes + 20] ^= 1;
    overwrite(segment, content);
    auto spool = Spool::open(folder.path()).value();
    const auto frames = read_all(*spool->reader(1));
    ASSERT_EQ(frames.size(), 1U);
    EXPECT_EQ(frames[0].payload, "second");
}

TEST(SpoolRecovery, RefusesAFormatFromTheFuture) {
    const TemporaryFolder folder;
    fill(folder.path(), 1);
    const auto segment = segments_of(folder.path()).at(0);
    std::string content = content_of(segment);
    content[8] = 2;
    overwrite(segment, content);
    const auto spool = Spool::open(folder.path());
    ASSERT_FALSE(spool);
    EXPECT_THAT(spool.error().to_string(), testing::HasSubstr("newer than this program"));
    EXPECT_EQ(content_of(segment), content) << "left as it is";
}

// A child appends from several threads and reports each range that it saw synced; it is killed at a random moment.
TEST(SpoolRecovery, LosesNothingThatWasSyncedBeforeKill9) {
    const TemporaryFolder folder;
    std::mt19937 random(11);
    uint64_t last_seen = 0;
    for (int round = 0; round < 8; ++round) {
        int report[2];
        ASSERT_EQ(::pipe2(report, O_CLOEXEC), 0);
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            SpoolOptions options;
            options.segment_bytes = 40'000;
            options.first_seq_floor = last_seen + 1;
            auto spool = Spool::open(folder.path(), options);
            if (!spool) ::_exit(9);
            std::vector<std::thread> threads;
            for (int t = 0; t < 3; ++t) {
                threads.emplace_back([&] {
                    while (true) {
                        const auto range = append_lines(**spool, 1, 5);
                        if (!range || !(*spool)->sync_until(range->last)) ::_exit(9);
                        if (::write(report[1], &*range, sizeof *range) < 0) ::_exit(9);
                    }
                });
            }
            for (auto& thread : threads) thread.join();
        }
        ::close(report[1]);
        std::vector<SeqRange> synced;
        SeqRange range;
        const size_t until = 1 + random() % 60;
        while (synced.size() < until && ::read(report[0], &range, sizeof range) == sizeof range) synced.push_back(range);
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        EXPECT_TRUE(WIFSIGNALED(status)) << "the child failed by itself";
        while (::read(report[0], &range, sizeof range) == sizeof range) synced.push_back(range);
        ::close(report[0]);

        SpoolOptions options;
        options.first_seq_floor = last_seen + 1;
        auto spool = Spool::open(folder.path(), options).value();
        EXPECT_EQ(spool->damage_count(), 0U);
        const auto frames = read_all(*spool->reader(1));
        ASSERT_EQ(frames.size(), spool->written_seq());
        EXPECT_EQ(frames.size() % 5, 0U) << "appends are whole";
        for (uint64_t i = 0; i < frames.size(); ++i) {
            ASSERT_EQ(frames[i].seq, i + 1);
            ASSERT_EQ(frames[i].payload, line_of(i % 5 + 1));
        }
        for (const auto& one : synced) {
            EXPECT_GT(one.first, last_seen) << "a seq was given twice";
            EXPECT_LE(one.last, spool->written_seq());
        }
        last_seen = spool->written_seq();
    }
}

// In a child with its own mounts: a 1 MiB disk that fills up, is freed, and goes on.
TEST(SpoolRecovery, StaysConsistentOnAFullDisk) {
    const TemporaryFolder folder;
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const auto require = [](bool condition, int code) {
            if (!condition) ::_exit(code);
        };
        const uid_t user = ::getuid();
        if (::unshare(CLONE_NEWNS | (user == 0 ? 0 : CLONE_NEWUSER)) != 0) ::_exit(77);
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
        if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=1m") != 0) ::_exit(77);
        SpoolOptions options;
        options.segment_bytes = 300'000;
        options.min_free_bytes = 1;  // let the kernel say it in the middle of a write
        uint64_t taken = 0;
        {
            auto spool = Spool::open(folder.path(), options).value();
            base::Result<SeqRange> range;
            while ((range = append_lines(*spool, taken + 1, 50, 1000))) taken += 50;
            require(range.error().code() == ErrorCode::resource_exhausted, 11);
            require(spool->written_seq() == taken && taken > 500, 12);
            require(read_all(*spool->reader(1)).size() == taken, 13);
            require(static_cast<bool>(spool->sync_until(taken)), 14);
        }
        auto spool = Spool::open(folder.path(), options);  // a restart on the full disk drains what is there
        require(spool.has_value(), 15);
        require((*spool)->written_seq() == taken && (*spool)->damage_count() == 0, 16);
        require(read_all(*(*spool)->reader(1)).size() == taken, 17);
        (*spool)->trim(taken);
        const auto range = append_lines(**spool, taken + 1, 50, 1000);
        require(range && range->first == taken + 1, 18);
        require(read_all(*(*spool)->reader(taken + 1)).size() == 50, 19);
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "skipped: mounting a small disk is not allowed here";
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace shuwei::spool
