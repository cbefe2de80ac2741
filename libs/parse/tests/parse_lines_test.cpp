#include "shuwei/parse/parse_lines.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "parsing.hpp"
#include "shuwei/base/file.hpp"

namespace shuwei::parse {
namespace {

struct Printed {
    std::vector<std::string> lines;
    LineCounts counts;
};

// The text through a pipe, as from a terminal or another program.
Printed run(const std::string& text) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    base::FileDescriptor reader(ends[0]);
    std::thread writer([&text, fd = ends[1]] {
        EXPECT_TRUE(base::write_all(fd, text));
        ::close(fd);
    });
    Printed printed;
    std::string out;
    const base::ManualClock clock(test::kReceived);
    const auto counts = parse_lines(reader.get(), PackSet::empty(), {}, clock, [&](std::string_view piece) -> base::Result<> {
        out += piece;
        return {};
    });
    writer.join();
    EXPECT_TRUE(counts);
    if (counts) printed.counts = *counts;
    for (size_t at = 0; at < out.size();) {
        const size_t end = out.find('\n', at);
        EXPECT_NE(end, std::string::npos) << "the output ends with a line end";
        printed.lines.push_back(out.substr(at, end - at));
        at = end + 1;
    }
    return printed;
}

TEST(ParseLines, prints_one_object_a_line) {
    const Printed printed = run("<13>Nov 21 08:30:00 h a: one\r\n\ntwo\nlast without an end");
    ASSERT_EQ(printed.lines.size(), 3u);
    EXPECT_EQ(printed.counts.lines, 3u);
    EXPECT_EQ(printed.counts.unparsed, 3u);
    EXPECT_EQ(printed.lines[0].substr(0, 43), R"({"@timestamp":"2026-11-21T00:30:00.000000Z")");
    EXPECT_NE(printed.lines[0].find(R"("event.original":"<13>Nov 21 08:30:00 h a: one")"), std::string::npos);
    EXPECT_EQ(printed.lines[0].find("shuwei.pack"), std::string::npos);
    EXPECT_EQ(printed.lines[0].find("event.ingested"), std::string::npos);
    EXPECT_NE(printed.lines[2].find("last without an end"), std::string::npos);
}

TEST(ParseLines, takes_lines_that_somebody_else_finds) {
    std::string out;
    const auto write = [&](std::string_view piece) -> base::Result<> {
        out += piece;
        return {};
    };
    const base::ManualClock clock(test::kReceived);
    const auto two = [](const LineTaker& take) -> base::Result<> {
        TRY(take("one"));
        return take("two");
    };
    const auto counts = parse_lines(two, PackSet::empty(), {}, clock, write);
    ASSERT_TRUE(counts);
    EXPECT_EQ(counts->lines, 2u);
    EXPECT_NE(out.find(R"("event.original":"two")"), std::string::npos);
    const auto failing = [](const LineTaker&) -> base::Result<> { return base::fail(base::ErrorCode::io, "gone"); };
    EXPECT_FALSE(parse_lines(failing, PackSet::empty(), {}, clock, write));
}

TEST(ParseLines, cuts_very_long_lines_and_goes_on) {
    const Printed printed = run("before\n" + std::string(10 * 1024 * 1024, 'x') + "\nafter\n");
    ASSERT_EQ(printed.lines.size(), 3u);
    EXPECT_EQ(printed.counts.truncated, 1u);
    EXPECT_NE(printed.lines[1].find("\"shuwei.truncated.bytes\":10485760"), std::string::npos);
    EXPECT_LT(printed.lines[1].size(), 3 * event::kMaxLineBytes);
    EXPECT_NE(printed.lines[2].find("after"), std::string::npos);
}

TEST(ParseLines, takes_any_bytes) {
    std::string text;
    for (int i = 0; i < 256; ++i) text += std::string(3, static_cast<char>(i)) + "\n";
    const Printed printed = run(text);
    EXPECT_GE(printed.lines.size(), 250u);
    for (const std::string& line : printed.lines) {
        EXPECT_EQ(line.front(), '{');
        EXPECT_EQ(line.back(), '}');
    }
}

TEST(ParseLines, stops_when_the_output_cannot_be_written) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    base::FileDescriptor reader(ends[0]);
    ASSERT_TRUE(base::write_all(ends[1], "a\n"));
    ::close(ends[1]);
    const base::ManualClock clock;
    const auto result = parse_lines(reader.get(), PackSet::empty(), {}, clock,
                                    [](std::string_view) -> base::Result<> { return base::fail(base::ErrorCode::io, "closed"); });
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), base::ErrorCode::io);
}

}  // namespace
}  // namespace shuwei::parse
