#include "record_framer.hpp"

#include <gmock/gmock.h>

#include <cstring>

namespace shuwei::collect {
namespace {

using testing::ElementsAre;

class RecordFramerTest : public testing::Test {
protected:
    void begin(RecordLines lines, std::string_view expression = "") { framer = RecordFramer(RecordRule::make(lines, expression).value()); }
    void feed(std::string_view text, size_t piece) {
        for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
            const std::string_view now = text.substr(0, piece);
            std::memcpy(framer.room(now.size()).data(), now.data(), now.size());
            framer.commit(now.size());
            for (bool any = true; any;) {
                any = false;
                while (const auto frame = framer.next()) {
                    records.emplace_back(frame->payload);
                    any = true;
                }
                framer.release();
            }
        }
    }
    void finish() {
        while (const auto frame = framer.finish()) records.emplace_back(frame->payload);
        framer.release();
    }

    RecordFramer framer;
    std::vector<std::string> records;
};

TEST_F(RecordFramerTest, IndentedLinesGoOn) {
    for (const size_t piece : {1u, 5u, 1000u}) {
        records.clear();
        begin(RecordLines::indented);
        feed("one\r\n  at a\n\tat b\n\ntwo\nthree\n more\nunfin", piece);
        EXPECT_THAT(records, ElementsAre("one\n  at a\n\tat b", "two")) << piece;
        EXPECT_EQ(std::strlen("three\n more\nunfin"), framer.pending());
        EXPECT_TRUE(framer.joining());
        const auto record = framer.complete();
        ASSERT_TRUE(record);
        EXPECT_EQ("three\n more", record->payload);
        framer.release();
        EXPECT_EQ(std::strlen("unfin"), framer.pending());
        feed("ished\n x\n", piece);
        finish();
        EXPECT_EQ("unfinished\n x", records.back());
        EXPECT_EQ(0u, framer.pending());
    }
}

TEST_F(RecordFramerTest, AnExpressionTellsTheBeginning) {
    begin(RecordLines::beginning, R"(^\d{4}-\d\d-\d\d )");
    feed("tail of an older one\n2026-11-21 a\njava.lang.X: 中文\nCaused by\n2026-11-22 b\n2026-11-23 c", 7);
    EXPECT_THAT(records, ElementsAre("tail of an older one", "2026-11-21 a\njava.lang.X: 中文\nCaused by"));
    finish();
    EXPECT_THAT(records, ElementsAre("tail of an older one", "2026-11-21 a\njava.lang.X: 中文\nCaused by", "2026-11-22 b", "2026-11-23 c"));
    EXPECT_FALSE(RecordRule::make(RecordLines::beginning, "(["));
    EXPECT_FALSE(RecordRule::make(RecordLines::beginning, ""));
    const auto slow = RecordRule::make(RecordLines::beginning, "^(a+)+$");
    ASSERT_TRUE(slow);
    EXPECT_FALSE(slow->begins(std::string(1000, 'a') + "b"));
}

TEST_F(RecordFramerTest, RecordsAreBounded) {
    begin(RecordLines::indented);
    std::string text = "begin\n";
    for (int i = 0; i < 2500; ++i) text += " line\n";
    feed(text + "end\n", 4096);
    EXPECT_EQ(3u, records.size());
    records.clear();
    feed("x\n " + std::string(3'000'000, 'y') + "\n z\nlast\n", 4096);
    EXPECT_THAT(records, ElementsAre("end", "x", testing::SizeIs(spool::kMaxFramePayload), " z"));
}

}  // namespace
}  // namespace shuwei::collect
