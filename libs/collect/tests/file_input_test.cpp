#include "shuwei/collect/file_input.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <map>

#include "collect_fixture.hpp"
#include "shuwei/net/gzip.hpp"

namespace shuwei::collect {
namespace {

using base::ErrorCode;
using testing::ElementsAre;

void append(const std::filesystem::path& path, std::string_view text) {
    std::ofstream(path, std::ios::app | std::ios::binary) << text;
}

void replace(const std::filesystem::path& path, std::string_view text) {  // keeps the inode
    std::ofstream(path, std::ios::trunc | std::ios::binary) << text;
}

// Lines that differ from the first byte on, long enough to know a file by its beginning.
std::string lines_of(const std::string& name, int first, int count) {
    std::string text;
    for (int i = first; i < first + count; ++i) text += name + ' ' + std::to_string(i) + " Nov 21 10:00:00 web nginx: GET /index.html 200\n";
    return text;
}

using FileImportTest = CollectTest;

TEST_F(FileImportTest, TakesEveryLineOnce) {
    append(folder / "in.log", "one\r\n\n{\"two\":2}\n" + std::string(2'000'000, 'x') + "\nlast without end");
    FileImportOptions options;
    options.listener = {5, "import", 2};
    options.file = folder / "in.log";
    options.pack = "nginx";
    const auto receipt = import_file(options, *sink);
    ASSERT_TRUE(receipt) << receipt.error().to_string();
    EXPECT_EQ(receipt->lines, 4U);
    EXPECT_EQ(receipt->seqs.size(), 4U);
    EXPECT_GE(spool->durable_seq(), receipt->seqs.last);
    const auto frames = receive(4);
    EXPECT_EQ(frames[0].payload, "one");
    EXPECT_EQ(frames[0].source, options.file.string());
    EXPECT_EQ(frames[0].pack, "nginx");
    EXPECT_EQ(frames[0].tenant, 2U);
    EXPECT_EQ(frames[0].kind, spool::FrameKind::line);
    EXPECT_TRUE(frames[0].peer.is_unspecified());
    EXPECT_EQ(frames[1].kind, spool::FrameKind::json);
    EXPECT_EQ(frames[2].true_length, 2'000'000U);
    EXPECT_EQ(frames[2].flags, spool::kFrameTruncated);
    EXPECT_EQ(frames[3].payload, "last without end");
    EXPECT_EQ(frames[3].flags, 0);
}

TEST_F(FileImportTest, InflatesGzAndSaysWhatIsWrong) {
    FileImportOptions options;
    options.listener = {5, "import", 2};
    options.file = folder / "in.log.gz";
    const std::string text = lines_of("a", 0, 50'000);
    append(options.file, net::gzip(text));
    EXPECT_EQ(import_file(options, *sink)->lines, 50'000U);
    replace(options.file, net::gzip(text).substr(0, 5000));
    EXPECT_EQ(import_file(options, *sink).error().code(), ErrorCode::data_corrupt);
    options.file = folder / "missing";
    EXPECT_EQ(import_file(options, *sink).error().code(), ErrorCode::not_found);
    options.file = folder / "empty";
    append(options.file, "");
    EXPECT_EQ(import_file(options, *sink)->lines, 0U);
}

// A file header and one chunk: a damaged record, and so many sound ones, <Event><Channel>Security</Channel></Event>.
std::string event_log(uint64_t sound = 1) {
    const auto number = [](auto value) { return std::string(reinterpret_cast<const char*>(&value), sizeof value); };
    const auto wide = [](std::string_view text) {
        std::string out;
        for (const char c : text) (out += c) += '\0';
        return out;
    };
    std::string chunk("ElfChnk\0", 8);
    chunk.resize(512);
    const auto name = [&](std::string_view text) {
        chunk += number(static_cast<uint32_t>(chunk.size() + 4)) + number(uint32_t{0}) + number(uint16_t{0});
        chunk += number(static_cast<uint16_t>(text.size())) + wide(text) + number(uint16_t{0});
    };
    for (uint64_t id = 1; id <= 1 + sound; ++id) {
        const bool damaged = id == 1;
        const size_t begin = chunk.size();
        chunk += std::string("**\0\0", 4) + number(uint32_t{0}) + number(id) + number(uint64_t{0});
        chunk += std::string(damaged ? "\x33" : "\x01") + number(uint16_t{0xFFFF}) + number(uint32_t{0});
        name("Event");
        chunk += std::string("\x02\x01") + number(uint16_t{0xFFFF}) + number(uint32_t{0});
        name("Channel");
        chunk += std::string("\x02\x05\x01") + number(uint16_t{8}) + wide("Security") + std::string("\x04\x04\0", 3);
        const auto size = static_cast<uint32_t>(chunk.size() - begin + 4);
        chunk += number(size);
        chunk.replace(begin + 4, 4, number(size));
    }
    std::string file("ElfFile\0", 8);
    file.resize(4096);
    file[120] = 1;
    return file + chunk;
}

TEST_F(FileImportTest, TakesTheRecordsOfAnEventLog) {
    append(folder / "in.log", event_log());
    FileImportOptions options;
    options.listener = {5, "import", 2};
    options.file = folder / "in.log";
    const auto receipt = import_file(options, *sink);
    ASSERT_TRUE(receipt) << receipt.error().to_string();
    EXPECT_EQ(receipt->lines, 1U);
    EXPECT_EQ(receipt->broken, 2U);  // the file header, which has no checksum, and the record
    const auto frames = receive(1);
    EXPECT_EQ(frames[0].payload, R"({"Event":{"Channel":"Security"}})");
    EXPECT_EQ(frames[0].kind, spool::FrameKind::json);
    EXPECT_EQ(frames[0].source, options.file.string());
}

TEST_F(FileImportTest, GivesUpOnAFullSpool) {
    spool::SpoolOptions small;
    small.max_bytes = 10'000;
    open_spool(small);
    append(folder / "in.log", lines_of("a", 0, 1000));
    FileImportOptions options;
    options.listener = {5, "import", 2};
    options.file = folder / "in.log";
    const auto receipt = import_file(options, *sink, 1);
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code(), ErrorCode::resource_exhausted);
    EXPECT_THAT(receipt.error().to_string(), testing::HasSubstr("in.log: after line 0"));
}

class FileTailTest : public CollectTest {
protected:
    void start(base::Duration unterminated_after = 3600 * base::kSecond) {
        FileTailOptions options;
        options.listener = {6, "files", 2};
        options.patterns = {(logs() / "*.log").string(), (logs() / "app.log*").string()};
        options.positions_file = folder / "positions.json";
        options.poll_interval = base::kMillisecond;
        options.unterminated_after = unterminated_after;
        options.from_start = from_start;
        options.readable = readable;
        options.records = records;
        options.record_wait = base::kMillisecond;
        options.patterns.push_back((logs() / "*.evtx").string());
        auto started = FileTail::start(options, *sink);
        ASSERT_TRUE(started) << started.error().to_string();
        tail = std::move(*started);
    }
    void stop() { tail.reset(); }
    std::filesystem::path logs() {
        std::filesystem::create_directories(folder / "logs");
        return folder / "logs";
    }
    std::filesystem::path log(std::string_view name) { return logs() / name; }
    void wait_for_files(size_t count) {
        EXPECT_TRUE(eventually([&] { return tail->files() == count; }));
    }

    bool from_start = true;
    ReadableFolders readable = ReadableFolders::everywhere();
    RecordLines records = RecordLines::single;
    std::unique_ptr<FileTail> tail;
};

TEST_F(FileTailTest, FollowsFilesAsTheyGrowAndAppear) {
    append(log("a.log"), "a1\na2\npart");
    start();
    EXPECT_THAT(receive_lines(2), ElementsAre("a1", "a2"));
    append(log("a.log"), "ial\n");
    EXPECT_THAT(receive_lines(1), ElementsAre("partial"));
    append(log("b.log"), "b1\n");
    const auto frame = receive(1)[0];
    EXPECT_EQ(frame.payload, "b1");
    EXPECT_EQ(frame.source, log("b.log").string());
    append(log("c.txt"), "not matched\n");
    append(log("a.log"), "a3\n");
    EXPECT_THAT(receive_lines(1), ElementsAre("a3"));
    expect_metric("shuwei_spooled_total{listener=\"files\"}", 5);
}

TEST_F(FileTailTest, JoinsLinesToRecords) {
    records = RecordLines::indented;
    append(log("a.log"), "a\n  b\nc\n  d\n");
    start();
    EXPECT_THAT(receive_lines(2), ElementsAre("a\n  b", "c\n  d"));  // the last once nothing goes on with it
    append(log("a.log"), "e\n");
    EXPECT_THAT(receive_lines(1), ElementsAre("e"));
    stop();
    start();
    append(log("a.log"), "f\n");
    EXPECT_THAT(receive_lines(1), ElementsAre("f"));
    stop();
    EXPECT_TRUE(nothing_more());
}

TEST_F(FileTailTest, TakesEventLogsOnce) {
    append(log("a.evtx"), event_log());
    start();
    EXPECT_THAT(receive_lines(1), ElementsAre(R"({"Event":{"Channel":"Security"}})"));
    std::filesystem::copy_file(log("a.evtx"), log("copy.evtx"));
    append(log("b.log"), "other\n");
    EXPECT_THAT(receive_lines(1), ElementsAre("other"));
    wait_for_files(3);
    stop();
    start();
    wait_for_files(3);
    replace(log("a.evtx"), "no event log any more");
    std::filesystem::rename(log("copy.evtx"), log("renamed.evtx"));
    stop();
    EXPECT_TRUE(nothing_more());
}

TEST_F(FileTailTest, TakesWhatIsNewInAnEventLogThatGrows) {
    uint64_t count = 1;
    append(log("a.evtx"), event_log(count));
    start();
    receive(1);
    for (int round = 0; round < 4; ++round) {
        replace(log("a.evtx"), event_log(++count));
        receive(1);
        if (round == 1) {  // also what came while nobody looked
            stop();
            replace(log("a.evtx"), event_log(count += 2));
            start();
            receive(2);
        }
    }
    stop();
    EXPECT_TRUE(nothing_more());
}

TEST_F(FileTailTest, NoLinkLeadsOutOfTheFoldersThatMayBeRead) {
    readable = ReadableFolders({logs()});
    std::filesystem::create_directories(folder / "private");
    append(folder / "private/secret.log", "secret\n");
    std::filesystem::create_symlink(folder / "private/secret.log", log("linked.log"));
    append(log("inside"), "by a link that stays inside\n");
    std::filesystem::create_symlink(log("inside"), log("stays.log"));
    start();
    EXPECT_THAT(receive_lines(1), ElementsAre("by a link that stays inside"));
    append(log("a.log"), "a file\n");
    EXPECT_THAT(receive_lines(1), ElementsAre("a file"));
    wait_for_files(2);
    stop();
    readable = ReadableFolders::everywhere();  // as the configuration file may
    start();
    EXPECT_THAT(receive_lines(1), ElementsAre("secret"));
}

TEST_F(FileTailTest, FollowsRenameAndCreate) {
    append(log("app.log"), lines_of("old", 0, 10));
    start();
    receive(10);
    std::filesystem::rename(log("app.log"), log("app.log.1"));
    append(log("app.log.1"), "written after the rename\n");
    append(log("app.log"), lines_of("new", 0, 10));
    auto lines = receive_lines(11);
    EXPECT_EQ(std::count(lines.begin(), lines.end(), "written after the rename"), 1);
    wait_for_files(2);
    EXPECT_TRUE(nothing_more());
}

TEST_F(FileTailTest, TakesTheRestOfAFileThatIsRotatedOutOfSight) {
    append(log("b.log"), "one\nno end");
    start();
    EXPECT_THAT(receive_lines(1), ElementsAre("one"));
    std::filesystem::rename(log("b.log"), logs() / "b.old");
    const auto frame = receive(1)[0];
    EXPECT_EQ(frame.payload, "no end");
    EXPECT_EQ(frame.flags, spool::kFrameUnterminated);
    wait_for_files(0);
}

TEST_F(FileTailTest, FollowsCopyAndTruncate) {
    append(log("app.log"), lines_of("old", 0, 10));
    start();
    receive(10);
    std::filesystem::copy_file(log("app.log"), log("app.log.1"));
    wait_for_files(2);
    replace(log("app.log"), "new 1\n");
    EXPECT_THAT(receive_lines(1), ElementsAre("new 1"));
    append(log("app.log"), "new 2\n");
    EXPECT_THAT(receive_lines(1), ElementsAre("new 2"));
    EXPECT_TRUE(nothing_more()) << "the copy is not read again";
}

TEST_F(FileTailTest, TakesFromTheCopyWhatWasNotReadBeforeTruncation) {
    append(log("app.log"), lines_of("old", 0, 10));
    start();
    receive(10);
    stop();
    append(log("app.log"), lines_of("late", 0, 5));
    std::filesystem::copy_file(log("app.log"), log("app.log.1"));
    start();
    receive(5);
    wait_for_files(2);
    replace(log("app.log"), lines_of("new", 0, 2));
    receive(2);
    stop();
    EXPECT_TRUE(nothing_more());
}

TEST_F(FileTailTest, ReadsANewFileThatSharesItsHeadingWithAnother) {
    const std::string heading = "#" + std::string(400, 'h') + '\n';
    append(log("a.log"), heading + lines_of("a", 0, 10));
    start();
    receive(11);
    append(log("b.log"), heading + lines_of("b", 0, 10));
    EXPECT_EQ(receive(11)[1].payload.substr(0, 3), "b 0");
}

TEST_F(FileTailTest, BeginsAnewWhenAFileWasRewrittenLongerThanBefore) {
    append(log("a.log"), "first\n");
    start();
    receive(1);
    stop();
    replace(log("a.log"), "quite another beginning\nand more\n");
    start();
    EXPECT_THAT(receive_lines(2), ElementsAre("quite another beginning", "and more"));
}

TEST_F(FileTailTest, RemembersItsPlaceOverRestarts) {
    append(log("a.log"), "1\n2\nhalf");
    start();
    EXPECT_THAT(receive_lines(2), ElementsAre("1", "2"));
    stop();
    append(log("a.log"), " whole\n3\n");
    std::filesystem::rename(log("a.log"), log("app.log.7"));  // rotated meanwhile
    append(log("a.log"), "new\n");
    start();
    EXPECT_THAT(receive_lines(3), testing::UnorderedElementsAre("half whole", "3", "new"));
    stop();
    start();
    append(log("a.log"), "end\n");
    EXPECT_THAT(receive_lines(1), ElementsAre("end"));
}

TEST_F(FileTailTest, TakesAFinishedLastLineWithoutEndAtStop) {
    append(log("a.log"), "1\nlast");
    start(0);
    EXPECT_THAT(receive_lines(1), ElementsAre("1"));
    stop();
    EXPECT_THAT(receive_lines(1), ElementsAre("last"));
    start(0);
    append(log("a.log"), "2\n");
    EXPECT_THAT(receive_lines(1), ElementsAre("2"));
}

TEST_F(FileTailTest, BeginsAtTheEndWhereAskedTo) {
    append(log("a.log"), "long ago\n");
    from_start = false;
    start();
    wait_for_files(1);
    append(log("a.log"), "now\n");
    append(log("b.log"), "a new file is read whole\n");
    EXPECT_THAT(receive_lines(2), testing::UnorderedElementsAre("now", "a new file is read whole"));
}

TEST_F(FileTailTest, LosesNoPlaceWhileTheSpoolIsFull) {
    spool::SpoolOptions full;
    full.min_free_bytes = uint64_t{1} << 62;
    open_spool(full);
    append(log("a.log"), "1\n2\n");
    start();
    EXPECT_TRUE(eventually([&] { return spool->full(); }));
    stop();
    EXPECT_EQ(spool->written_seq(), 0U);
    open_spool();
    start();
    EXPECT_THAT(receive_lines(2), ElementsAre("1", "2"));
}

TEST_F(FileTailTest, SurvivesADamagedPositionsFile) {
    append(log("a.log"), "1\n");
    append(folder / "positions.json", "{\"version\":1,\"files\":[{\"path\":");
    start();
    EXPECT_THAT(receive_lines(1), ElementsAre("1"));
}

TEST_F(FileTailTest, CutsLongLinesAndKeepsItsPlace) {
    append(log("a.log"), std::string(3'000'000, 'x') + "\nbehind\n" + std::string(1'500'000, 'y'));
    start();
    const auto frames = receive(2);
    EXPECT_EQ(frames[0].true_length, 3'000'000U);
    EXPECT_EQ(frames[0].flags, spool::kFrameTruncated);
    EXPECT_EQ(frames[1].payload, "behind");
    stop();
    append(log("a.log"), "z\n");
    start();
    const auto frame = receive(1)[0];
    EXPECT_EQ(frame.true_length, 1'500'001U) << "read again from its beginning";
}

// A day of hourly rotation in a moment, both ways, with restarts between.
TEST_F(FileTailTest, ReadsEveryLineOnceThroughManyRotations) {
    int written = 0;
    std::map<std::string, int> seen;
    start();
    for (int round = 0; round < 24; ++round) {
        append(log("app.log"), lines_of("r" + std::to_string(round), 0, 20));
        written += 20;
        for (auto& line : receive_lines(20)) ++seen[line];
        if (round % 5 == 4) {
            stop();
            start();
        }
        const auto rotated = log("app.log." + std::to_string(round));
        if (round % 2 == 0) {
            std::filesystem::rename(log("app.log"), rotated);
        } else {
            std::filesystem::copy_file(log("app.log"), rotated);
            wait_for_files(static_cast<size_t>(round) + 2);
            replace(log("app.log"), "");
        }
    }
    stop();
    EXPECT_TRUE(nothing_more());
    EXPECT_EQ(seen.size(), static_cast<size_t>(written));
    for (const auto& [line, times] : seen) EXPECT_EQ(times, 1) << line;
}

}  // namespace
}  // namespace shuwei::collect
