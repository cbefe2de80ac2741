// Files: order, damage told with its place, what is read in spite of it.
#include "shuwei/evtx/evtx_file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "evtx_builder.hpp"
#include "reading.hpp"
#include "shuwei/base/file.hpp"

namespace shuwei::evtx {
namespace {

using test::ChunkBuilder;
using test::file_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr size_t kChunk = 65'536;

ChunkBuilder builder_of(std::initializer_list<uint64_t> ids) {
    ChunkBuilder chunk;
    for (const uint64_t id : ids) chunk.event(id, "cmd " + std::to_string(id));
    return chunk;
}
std::string chunk_of(std::initializer_list<uint64_t> ids) { return builder_of(ids).chunk(); }

TEST(EvtxFile, RecordsInOrder) {
    const auto read = test::read_all(file_of({chunk_of({1, 2, 3}), chunk_of({4}), std::string(kChunk, '\0')}));
    EXPECT_EQ("", read.broken_text());
    EXPECT_THAT(read.ids, ElementsAre(1, 2, 3, 4));
    EXPECT_THAT(read.ordinals, ElementsAre(0, 1, 2, 3));
    EXPECT_EQ(2u, read.counts.chunks);
    EXPECT_EQ(
        R"({"Event":{"#attributes":{"xmlns":"urn:test"},"System":{"EventID":4688,"EventRecordID":2,"Computer":"ws-1"},"EventData":{"CommandLine":"cmd 2"}}})",
        read.events[1]);
}

TEST(EvtxFile, TellsPlaceAndTimeOfARecord) {
    std::vector<EvtxRecord> records;
    const auto counts = read_evtx_bytes(
        file_of({chunk_of({7})}),
        [&](const EvtxRecord& record) -> base::Result<> {
            records.push_back(record);
            return {};
        },
        [](const base::Error& error) -> base::Result<> { return base::fail(error); });
    ASSERT_TRUE(counts);
    ASSERT_EQ(1u, records.size());
    EXPECT_EQ(4096u + 512, records[0].offset);
    EXPECT_EQ(1'655'526'400 * base::kSecond, records[0].written);  // 2022-06-18T04:26:40Z
}

TEST(EvtxFile, AnEmptyLogHasNoRecords) {
    EXPECT_EQ(0u, test::read_all(file_of({std::string(kChunk, '\0')})).counts.records);
    EXPECT_EQ("", test::read_all(file_of({ChunkBuilder().chunk()})).broken_text());
}

TEST(EvtxFile, RecognisedByContentOnly) {
    EXPECT_TRUE(is_evtx(file_of({})));
    EXPECT_FALSE(is_evtx(std::string_view("{\"Event\":1}")));
    EXPECT_FALSE(is_evtx(std::string_view("ElfFil")));
    EXPECT_THAT(test::read_all("no log").failure, HasSubstr("is no Windows event log"));
    EXPECT_THAT(test::read_all("").failure, HasSubstr("is no Windows event log"));
}

TEST(EvtxFile, TheFileHeaderMayBeWrong) {
    std::string file = file_of({chunk_of({1})});
    file[50] ^= 1;
    const auto read = test::read_all(file);
    EXPECT_EQ("the checksum of the file header is wrong\n", read.broken_text());
    EXPECT_THAT(read.ids, ElementsAre(1));
}

TEST(EvtxFile, ADamagedChunkIsToldAndItsSoundRecordsAreRead) {
    std::string damaged = chunk_of({3, 4, 5});
    const size_t second = damaged.find("**", damaged.find("**") + 2);
    std::memset(damaged.data() + second + 4, 0xEE, 40);
    const auto read = test::read_all(file_of({chunk_of({1, 2}), damaged, chunk_of({6})}));
    EXPECT_THAT(read.ids, ElementsAre(1, 2, 3, 5, 6));
    EXPECT_THAT(read.ordinals, ElementsAre(0, 1, 2, 4, 5));
    ASSERT_EQ(2u, read.broken.size());
    EXPECT_EQ("chunk at byte 69632: the checksum of its records is wrong", read.broken[0].to_string());
    EXPECT_THAT(read.broken[1].to_string(),
                HasSubstr("chunk at byte 69632: record at byte " + std::to_string(69'632 + second) + ": no whole record stands here; "));
}

TEST(EvtxFile, ARecordWhoseInsideIsBrokenCostsItself) {
    ChunkBuilder chunk;
    chunk.event(1, "a").begin_record(2).number(uint8_t{0x33}).end_record().event(3, "c");
    const auto read = test::read_all(file_of({chunk.chunk()}));
    EXPECT_THAT(read.ids, ElementsAre(1, 3));
    EXPECT_THAT(read.broken_text(), HasSubstr(": an element or a template was expected (byte "));
}

TEST(EvtxFile, AChunkWithoutItsHeader) {
    std::string chunk = chunk_of({1, 2});
    std::memset(chunk.data(), 0xAA, 512);
    const auto read = test::read_all(file_of({chunk, chunk_of({3})}));
    EXPECT_THAT(read.ids, ElementsAre(1, 2, 3));
    EXPECT_EQ("chunk at byte 4096: it does not begin like a chunk\n", read.broken_text());
}

TEST(EvtxFile, GarbageInsteadOfAChunk) {
    const auto read = test::read_all(file_of({chunk_of({1}), std::string(kChunk, '\x2A'), chunk_of({2})}));
    EXPECT_THAT(read.ids, ElementsAre(1, 2));
    EXPECT_THAT(read.broken_text(), HasSubstr("chunk at byte 69632: it does not begin like a chunk"));
}

TEST(EvtxFile, LostBytesMoveTheFollowingChunks) {
    std::string file = file_of({chunk_of({1, 2}), chunk_of({3}), chunk_of({4})});
    file.erase(4096 + 30'000, 777);
    const auto shortened = test::read_all(file);
    EXPECT_THAT(shortened.ids, ElementsAre(1, 2, 3, 4));
    file.insert(4096, 100, 'x');
    EXPECT_THAT(test::read_all(file).ids, ElementsAre(1, 2, 3, 4));
}

TEST(EvtxFile, CutOffAnywhere) {
    const std::string file = file_of({chunk_of({1, 2, 3})});
    const size_t end = 4096 + builder_of({1, 2, 3}).at();
    for (size_t size = 8; size < 6'500; size += 61) {
        const auto read = test::read_all(std::string_view(file).substr(0, size));
        EXPECT_EQ("", read.failure);
        EXPECT_EQ(size != 4096 && size < end, !read.broken.empty()) << size << read.broken_text();
    }
    const size_t third = file.find("**", file.find("**", file.find("**") + 2) + 2);
    const auto read = test::read_all(std::string_view(file).substr(0, third + 30));
    EXPECT_THAT(read.ids, ElementsAre(1, 2));
    EXPECT_THAT(read.broken_text(), HasSubstr("it is cut off"));
    EXPECT_THAT(read.broken_text(), HasSubstr("no whole record stands here"));
}

// A log copied while it was open: the header of its current chunk does not know of the newest records.
TEST(EvtxFile, ADirtyFileHasItsNewestRecords) {
    const std::string newest = chunk_of({3, 4, 5});
    std::string behind = chunk_of({3});
    behind.replace(512, std::string::npos, newest.substr(512));
    const auto read = test::read_all(file_of({chunk_of({1, 2}), behind}, 1));
    EXPECT_THAT(read.ids, ElementsAre(1, 2, 3, 4, 5));
    EXPECT_EQ("", read.broken_text());
    EXPECT_TRUE(read.counts.dirty);

    std::string unsummed = newest;
    std::memset(unsummed.data() + 124, 0, 4);
    EXPECT_EQ("", test::read_all(file_of({chunk_of({1, 2}), unsummed}, 1)).broken_text());
    const auto two = test::read_all(file_of({unsummed, unsummed}, 1));
    EXPECT_EQ("chunk at byte 4096: the checksum of its header is wrong\n", two.broken_text());
}

// A chunk used again keeps what an older use left behind its records.
TEST(EvtxFile, RemainsOfAnOlderUseAreNotRecords) {
    std::string chunk = chunk_of({101});
    const std::string older = chunk_of({1, 2, 3, 4, 5});
    const size_t end = builder_of({101}).at();
    const size_t begin = older.find("**", end);
    chunk.replace(begin, std::string::npos, older.substr(begin));
    std::memmove(chunk.data() + end, chunk.data() + begin, kChunk - begin);
    EXPECT_THAT(test::read_all(file_of({chunk})).ids, ElementsAre(101));
    EXPECT_THAT(test::read_all(file_of({chunk}, 1)).ids, ElementsAre(101));
}

TEST(EvtxFile, TheVisitorEndsTheReading) {
    size_t seen = 0;
    const auto counts = read_evtx_bytes(
        file_of({chunk_of({1, 2, 3})}),
        [&](const EvtxRecord&) -> base::Result<> {
            if (++seen == 2) return base::fail(base::ErrorCode::cancelled, "enough");
            return {};
        },
        [](const base::Error&) -> base::Result<> { return {}; });
    ASSERT_FALSE(counts);
    EXPECT_EQ("enough", counts.error().message());
    EXPECT_EQ(2u, seen);
}

TEST(EvtxFile, FromAPathAndFromAPipe) {
    const auto ignore = [](const EvtxRecord&) -> base::Result<> { return {}; };
    std::string told;
    const auto tell = [&](const base::Error& error) -> base::Result<> {
        told = error.to_string();
        return {};
    };
    const auto folder = std::filesystem::path(::testing::TempDir());
    const auto path = folder / "shuwei-evtx-test.log";
    std::string content = file_of({chunk_of({1, 2}), chunk_of({3})});
    content[4096 + 20] ^= 1;
    ASSERT_TRUE(base::write_file_durably(path, content));
    const auto counts = read_evtx(path, ignore, tell);
    ASSERT_TRUE(counts);
    EXPECT_EQ(3u, counts->records);
    EXPECT_EQ(path.string() + ": chunk at byte 4096: the checksum of its header is wrong", told);

    base::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    EXPECT_TRUE(is_evtx(file.get()));
    int ends[2];
    ASSERT_EQ(0, ::pipe(ends));
    base::FileDescriptor out(ends[0]);
    std::thread writer([&] {
        base::FileDescriptor in(ends[1]);
        EXPECT_TRUE(base::write_all(in.get(), content));
    });
    EXPECT_FALSE(is_evtx(out.get()));  // cannot be looked at beforehand, but can be read
    const auto piped = read_evtx(out.get(), ignore, tell);
    writer.join();
    ASSERT_TRUE(piped);
    EXPECT_EQ(3u, piped->records);
    std::filesystem::remove(path);

    const auto missing = read_evtx(folder / "shuwei-evtx-missing", ignore, tell);
    ASSERT_FALSE(missing);
    EXPECT_EQ(base::ErrorCode::not_found, missing.error().code());
}

}  // namespace
}  // namespace shuwei::evtx
