#include "shuwei/spool/spool.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "spool_fixture.hpp"

namespace shuwei::spool {
namespace {

using base::ErrorCode;

TEST(Spool, GivesBackEveryPartOfAFrame) {
    const TemporaryFolder folder;
    auto spool = Spool::open(folder.path()).value();
    FrameView sent = frame_of(std::string_view("a\0b\xff\n", 5));
    sent.peer = *base::IpAddress::parse("2001:db8::7");
    sent.received = 42;
    sent.listener = 3;
    sent.tenant = 9;
    sent.kind = FrameKind::json;
    sent.flags = kFrameTruncated | kFrameUnterminated;
    sent.true_length = 10'000'000'000;
    sent.source = "/var/log/防火墙.log";
    sent.pack = "huawei-usg";
    const std::string sm3(32, '\x5a');
    sent.sm3 = sm3;
    const FrameView empty = frame_of("");
    const FrameView both[] = {sent, empty};
    const auto range = spool->append(both);
    ASSERT_TRUE(range) << range.error().to_string();
    EXPECT_EQ(range->first, 1U);
    EXPECT_EQ(range->last, 2U);

    const auto reader = spool->reader(0);
    const auto frames = reader->next(10, 1 << 20, kPatience);
    ASSERT_TRUE(frames);
    ASSERT_EQ(frames->size(), 2U);
    const FrameView& got = (*frames)[0];
    EXPECT_EQ(got.seq, 1U);
    EXPECT_EQ(got.received, 42);
    EXPECT_EQ(got.true_length, 10'000'000'000U);
    EXPECT_EQ(got.peer, sent.peer);
    EXPECT_EQ(got.peer_port, 50514);
    EXPECT_EQ(got.listener, 3U);
    EXPECT_EQ(got.tenant, 9U);
    EXPECT_EQ(got.kind, FrameKind::json);
    EXPECT_TRUE(got.truncated());
    EXPECT_TRUE(got.unterminated());
    EXPECT_EQ(got.source, sent.source);
    EXPECT_EQ(got.pack, "huawei-usg");
    EXPECT_EQ(got.sm3, sm3);
    EXPECT_EQ(got.payload, sent.payload);
    EXPECT_EQ((*frames)[1].payload, "");
    EXPECT_FALSE((*frames)[1].truncated());
}

TEST(Spool, RefusesFramesBeyondItsLimitsAndWritesNothing) {
    const TemporaryFolder folder;
    auto spool = Spool::open(folder.path()).value();
    const std::string long_line(kMaxFramePayload + 1, 'x');
    FrameView truncated_without_sm3 = frame_of("x");
    truncated_without_sm3.flags = kFrameTruncated;
    for (const FrameView& wrong : {frame_of(long_line), truncated_without_sm3}) {
        const FrameView batch[] = {frame_of("fine"), wrong};
        const auto range = spool->append(batch);
        ASSERT_FALSE(range);
        EXPECT_EQ(range.error().code(), ErrorCode::invalid_argument);
    }
    EXPECT_EQ(spool->written_seq(), 0U);
    EXPECT_TRUE(read_all(*spool->reader(1)).empty());
}

TEST(Spool, KeepsCountingAfterReopening) {
    const TemporaryFolder folder;
    for (uint64_t round = 0; round < 3; ++round) {
        auto spool = Spool::open(folder.path()).value();
        EXPECT_EQ(spool->written_seq(), round * 10);
        EXPECT_EQ(append_lines(*spool, round * 10 + 1, 10)->first, round * 10 + 1);
    }
    auto spool = Spool::open(folder.path()).value();
    const auto frames = read_all(*spool->reader(1));
    ASSERT_EQ(frames.size(), 30U);
    for (uint64_t i = 0; i < 30; ++i) {
        EXPECT_EQ(frames[i].seq, i + 1);
        EXPECT_EQ(frames[i].payload, line_of(i + 1));
    }
    EXPECT_EQ(segments_of(folder.path()).size(), 1U);
}

TEST(Spool, NeverGivesASeqBelowTheFloor) {
    const TemporaryFolder folder;
    {
        auto spool = Spool::open(folder.path()).value();
        ASSERT_TRUE(append_lines(*spool, 1, 5));
    }
    SpoolOptions options;
    options.first_seq_floor = 1001;
    auto spool = Spool::open(folder.path(), options).value();
    EXPECT_EQ(spool->written_seq(), 1000U);
    EXPECT_EQ(append_lines(*spool, 6, 2)->first, 1001U);
    const auto reader = spool->reader(1);
    const auto frames = read_all(*reader);
    ASSERT_EQ(frames.size(), 7U);
    EXPECT_EQ(frames[4].seq, 5U);
    EXPECT_EQ(frames[5].seq, 1001U);
    EXPECT_TRUE(reader->take_damage().empty()) << "a raised floor is no damage";
}

TEST(Spool, KeepsASecondOpenerOut) {
    const TemporaryFolder folder;
    auto spool = Spool::open(folder.path()).value();
    const auto second = Spool::open(folder.path());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), ErrorCode::conflict);
}

TEST(Spool, SpreadsOverSegmentsAndTrimsThem) {
    const TemporaryFolder folder;
    SpoolOptions options;
    options.segment_bytes = 10'000;
    auto spool = Spool::open(folder.path(), options).value();
    for (uint64_t i = 0; i < 100; ++i) ASSERT_TRUE(append_lines(*spool, i * 10 + 1, 10));
    const size_t before = segments_of(folder.path()).size();
    EXPECT_GT(before, 10U);
    EXPECT_EQ(read_all(*spool->reader(1)).size(), 1000U);
    EXPECT_EQ(read_all(*spool->reader(501)).front().seq, 501U);

    const uint64_t bytes_before = spool->bytes();
    spool->trim(500);
    EXPECT_LE(spool->first_seq(), 500U);
    EXPECT_GT(spool->first_seq(), 400U);
    EXPECT_LT(spool->bytes(), bytes_before);
    EXPECT_LT(segments_of(folder.path()).size(), before);
    EXPECT_EQ(read_all(*spool->reader(500)).size(), 501U);
    EXPECT_EQ(read_all(*spool->reader(1)).front().seq, spool->first_seq());

    spool->trim(100'000);  // the segment in use stays
    EXPECT_EQ(segments_of(folder.path()).size(), 1U);
    EXPECT_EQ(append_lines(*spool, 1001, 1)->first, 1001U);
}

TEST(Spool, ForgetsNoSeqWhenEverythingWasTrimmed) {
    const TemporaryFolder folder;
    {
        auto spool = Spool::open(folder.path()).value();
        ASSERT_TRUE(append_lines(*spool, 1, 7));
        spool->trim(8);
    }
    auto spool = Spool::open(folder.path()).value();
    EXPECT_EQ(spool->written_seq(), 7U);
}

TEST(Spool, HoldsAnAppendLargerThanASegment) {
    const TemporaryFolder folder;
    SpoolOptions options;
    options.segment_bytes = 100'000;
    auto spool = Spool::open(folder.path(), options).value();
    ASSERT_TRUE(append_lines(*spool, 1, 1));
    ASSERT_TRUE(append_lines(*spool, 2, 12, kMaxFramePayload));
    ASSERT_TRUE(append_lines(*spool, 14, 1));
    const auto frames = read_all(*spool->reader(1));
    ASSERT_EQ(frames.size(), 14U);
    for (uint64_t i = 0; i < 14; ++i) EXPECT_EQ(frames[i].payload, line_of(i + 1, i == 0 || i == 13 ? 120 : kMaxFramePayload));
}

TEST(Spool, RefusesWhenFullAndTakesAgainAfterTrimming) {
    const TemporaryFolder folder;
    base::Metrics metrics;
    SpoolOptions options;
    options.segment_bytes = 20'000;
    options.max_bytes = 100'000;
    options.metrics = &metrics;
    auto spool = Spool::open(folder.path(), options).value();
    uint64_t taken = 0;
    base::Result<SeqRange> range;
    while ((range = append_lines(*spool, taken + 1, 10))) taken += 10;
    EXPECT_EQ(range.error().code(), ErrorCode::resource_exhausted);
    EXPECT_TRUE(spool->full());
    EXPECT_EQ(metrics.sum("shuwei_spool_refused_total"), 1);
    EXPECT_LE(spool->bytes(), 100'000U);
    EXPECT_EQ(spool->written_seq(), taken);
    EXPECT_EQ(read_all(*spool->reader(1)).size(), taken) << "nothing half-written";

    spool->trim(taken + 1);
    EXPECT_FALSE(spool->full());
    EXPECT_EQ(append_lines(*spool, taken + 1, 10)->first, taken + 1);
}

TEST(Spool, GivesUpTheSegmentInUseWhenItIsAllThatIsLeft) {
    const TemporaryFolder folder;
    SpoolOptions options;
    options.max_bytes = 100'000;
    auto spool = Spool::open(folder.path(), options).value();
    ASSERT_TRUE(append_lines(*spool, 1, 60, 1000));
    ASSERT_FALSE(append_lines(*spool, 61, 60, 1000));
    spool->trim(60);
    EXPECT_FALSE(append_lines(*spool, 61, 60, 1000)) << "the last frame is still needed";
    spool->trim(61);
    EXPECT_EQ(append_lines(*spool, 61, 60, 1000)->first, 61U);
    EXPECT_EQ(read_all(*spool->reader(1)).front().seq, 61U);
    spool->trim(121);  // before anybody was refused
    EXPECT_EQ(append_lines(*spool, 121, 60, 1000)->first, 121U);
}

TEST(Spool, RefusesBelowTheFreeDiskFloor) {
    const TemporaryFolder folder;
    SpoolOptions options;
    options.min_free_bytes = uint64_t{1} << 62;
    auto spool = Spool::open(folder.path(), options).value();
    EXPECT_TRUE(spool->full());
    const auto range = append_lines(*spool, 1, 1);
    ASSERT_FALSE(range);
    EXPECT_EQ(range.error().code(), ErrorCode::resource_exhausted);
}

TEST(Spool, SyncsManyWaitersAtOnce) {
    const TemporaryFolder folder;
    SpoolOptions options;
    options.sync_interval = 0;
    options.segment_bytes = 50'000;  // so that rolled segments are synced too
    auto spool = Spool::open(folder.path(), options).value();
    std::atomic<uint64_t> told = 0;
    spool->on_durable([&](uint64_t seq) { told = seq; });
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 50; ++i) {
                const auto range = append_lines(*spool, 1, 20);
                ASSERT_TRUE(range);
                ASSERT_EQ(range->size(), 20U);
                ASSERT_TRUE(spool->sync_until(range->last));
                EXPECT_GE(spool->durable_seq(), range->last);
                EXPECT_GE(told, range->last);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(spool->durable_seq(), 8U * 50 * 20);
    EXPECT_EQ(told, 8U * 50 * 20);
    spool->on_durable({});
}

TEST(Spool, SyncsByItselfInTheBackground) {
    const TemporaryFolder folder;
    SpoolOptions options;
    options.sync_interval = base::kMillisecond;
    auto spool = Spool::open(folder.path(), options).value();
    ASSERT_TRUE(append_lines(*spool, 1, 3));
    const auto deadline = base::monotonic_now() + kPatience;
    while (spool->durable_seq() < 3 && base::monotonic_now() < deadline) std::this_thread::yield();
    EXPECT_EQ(spool->durable_seq(), 3U);
}

TEST(Spool, SyncingASeqThatWasNeverWrittenReturns) {
    const TemporaryFolder folder;
    auto spool = Spool::open(folder.path()).value();
    EXPECT_TRUE(spool->sync_until(1'000'000));
    EXPECT_EQ(spool->durable_seq(), 0U);
}

TEST(SpoolReader, WaitsForFramesAndCanBeInterrupted) {
    const TemporaryFolder folder;
    SpoolOptions options;
    options.segment_bytes = 5'000;  // the reader meets new segments while it waits
    auto spool = Spool::open(folder.path(), options).value();
    const auto reader = spool->reader(1);
    std::thread writer([&] {
        for (uint64_t i = 0; i < 2'000; ++i) ASSERT_TRUE(append_lines(*spool, i + 1, 1));
    });
    uint64_t expected = 1;
    while (expected <= 2'000) {
        const auto frames = reader->next(64, 1 << 20, kPatience);
        ASSERT_TRUE(frames);
        ASSERT_FALSE(frames->empty());
        for (const auto& frame : *frames) {
            ASSERT_EQ(frame.seq, expected);
            ASSERT_EQ(frame.payload, line_of(expected));
            ++expected;
        }
        spool->trim(expected);
    }
    writer.join();
    EXPECT_EQ(reader->next_seq(), 2'001U);
    std::thread interrupter([&] { reader->interrupt(); });
    EXPECT_TRUE(reader->next(1, 1, kPatience)->empty());
    interrupter.join();
    EXPECT_TRUE(reader->next(1, 1, kPatience)->empty()) << "stays interrupted";
}

TEST(SpoolReader, KeepsTheLimitsOfACall) {
    const TemporaryFolder folder;
    auto spool = Spool::open(folder.path()).value();
    ASSERT_TRUE(append_lines(*spool, 1, 100, 1000));
    const auto reader = spool->reader(1);
    EXPECT_EQ(reader->next(7, 1 << 20, 0)->size(), 7U);
    EXPECT_EQ(reader->next(1000, 10'000, 0)->size(), 10U);
    EXPECT_EQ(reader->next(1000, 1, 0)->size(), 1U) << "one frame at least";
    EXPECT_EQ(reader->next_seq(), 19U);
    EXPECT_TRUE(spool->reader(500)->next(10, 1 << 20, 0)->empty());
}

TEST(SpoolReader, StartingAheadWaitsForThatSeq) {
    const TemporaryFolder folder;
    auto spool = Spool::open(folder.path()).value();
    const auto reader = spool->reader(6);
    ASSERT_TRUE(append_lines(*spool, 1, 10));
    EXPECT_EQ(read_all(*reader).front().seq, 6U);
}

}  // namespace
}  // namespace shuwei::spool
