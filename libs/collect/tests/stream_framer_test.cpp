#include "stream_framer.hpp"

#include <gmock/gmock.h>

#include <cstring>

namespace shuwei::collect {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::ElementsAreArray;

struct Outcome {
    std::vector<std::string> frames;  // "!" before a cut one, "?" before an unterminated one
    uint64_t framing_errors = 0;
};

struct Cut {
    std::string sm3;
    uint64_t true_length = 0;
};

// Feeds `stream` in pieces of `step` bytes.
Outcome frame(std::string_view stream, size_t step, StreamFraming framing = StreamFraming::syslog, size_t max_frame = 1 << 20,
              std::vector<Cut>* cuts = nullptr) {
    StreamFramer framer(framing, max_frame);
    Outcome outcome;
    const auto take = [&](const spool::FrameView& view) {
        std::string text(view.payload);
        if (view.truncated()) {
            text.insert(0, "!");
            EXPECT_EQ(view.sm3.size(), 32U);
            if (cuts != nullptr) cuts->push_back({std::string(view.sm3), view.true_length});
        } else {
            EXPECT_EQ(view.true_length, view.payload.size());
        }
        if (view.unterminated()) text.insert(0, "?");
        outcome.frames.push_back(text);
    };
    const auto take_all = [&] {
        while (true) {
            size_t count = 0;
            while (const auto view = framer.next()) {
                take(*view);
                ++count;
            }
            framer.release();
            if (count == 0) return;
        }
    };
    for (size_t at = 0; at < stream.size(); at += step) {
        const auto piece = stream.substr(at, step);
        std::memcpy(framer.room(piece.size()).data(), piece.data(), piece.size());
        framer.commit(piece.size());
        take_all();
    }
    if (const auto view = framer.finish()) take(*view);
    framer.release();
    outcome.framing_errors = framer.framing_errors();
    EXPECT_EQ(framer.memory(), 0U);
    return outcome;
}

TEST(StreamFramer, TellsFramingsApart) {
    struct Case {
        const char* what;
        std::string stream;
        std::vector<std::string> frames;
        uint64_t errors = 0;
    };
    const Case cases[] = {
        {"line feeds", "<34>one\n<34>two\n", {"<34>one", "<34>two"}},
        {"carriage returns", "<34>one\r\n<34>two\r\n", {"<34>one", "<34>two"}},
        {"octet counting", "7 <34>one8 <34>fou\n9 <34>a\nb\nc", {"<34>one", "<34>fou", "<34>a\nb\nc"}},
        {"a line feed counted in", "8 <34>one\n8 <34>two\n", {"<34>one", "<34>two"}},
        {"a line feed added behind", "7 <34>one\n7 <34>two\n", {"<34>one", "<34>two"}},
        {"both on one connection", "7 <34>one<34>line\n7 <34>two", {"<34>one", "<34>line", "<34>two"}},
        {"octet counting of plain text once known", "7 <34>one5 plain", {"<34>one", "plain"}},
        {"NULs", "<34>one\0<34>two\0"s, {"<34>one", "<34>two"}},
        {"a NUL inside a line", "plain a\0b\nnext\n"s, {"plain a\0b"s, "next"}},
        {"a NUL inside a line with priority", "<34>x\n<34>a\0b\n"s, {"<34>x", "<34>a\0b"s}},
        {"no priority", "Nov 21 10:00:00 fw deny\n2026 Nov 21 fw deny\n404 not found\n", {"Nov 21 10:00:00 fw deny", "2026 Nov 21 fw deny", "404 not found"}},
        {"digits and nothing else", "12345\n", {"12345"}},
        {"blank lines", "\n\n\r\n<34>one\n\n", {"<34>one"}},
        {"a half-sent line", "<34>one\n<34>tw", {"<34>one", "?<34>tw"}},
        {"a half-sent counted frame", "7 <34>one20 <34>half", {"<34>one", "?<34>half"}},
        {"a half-sent count", "7 <34>one12", {"<34>one", "?12"}},
        {"an absurd count", "99999999999 <34>one\n<34>two\n", {"99999999999 <34>one", "<34>two"}, 1},
        {"an absurd count alone", "99999999999 ", {"?99999999999 "}},
        {"a count beyond the limit", "100000001 <34>one\n7 <34>two", {"100000001 <34>one", "<34>two"}, 1},
        {"a count too short", "5 <34>one\n<34>two\n", {"<34>o", "ne", "<34>two"}, 1},
        {"a leading zero", "07 <34>one\n", {"07 <34>one"}},
        {"binary", "\x80\xff\x00\x01\n\xfe\n"s, {"\x80\xff\x00\x01"s, "\xfe"}},
        {"JSON", "{\"a\":1}\n{\"b\":2}\n", {"{\"a\":1}", "{\"b\":2}"}},
        {"nothing", "", {}},
    };
    for (const Case& one : cases) {
        for (const size_t step : {one.stream.size() + 1, size_t{1}, size_t{3}}) {
            if (step != one.stream.size() + 1 && std::string_view(one.what).starts_with("a NUL inside a line with")) continue;
            const Outcome outcome = frame(one.stream, step);
            EXPECT_THAT(outcome.frames, ElementsAreArray(one.frames)) << one.what << ", step " << step;
            EXPECT_EQ(outcome.framing_errors, one.errors) << one.what << ", step " << step;
        }
    }
}

TEST(StreamFramer, KeepsTheBeginningLengthAndSm3OfALongFrame) {
    const std::string digits = "0123456789abcdef";
    for (const bool counted : {false, true}) {
        for (const size_t length : {17U, 18U, 40U, 1000U}) {
            std::string line = "<34>";
            while (line.size() < length) line += digits;
            line.resize(length);
            const std::string stream = counted ? std::to_string(length) + ' ' + line + "7 <34>one" : line + "\r\n<34>one\n";
            for (const size_t step : {size_t{1}, size_t{7}, size_t{100'000}}) {
                std::vector<Cut> cuts;
                const Outcome outcome = frame(stream, step, StreamFraming::syslog, 16, &cuts);
                EXPECT_THAT(outcome.frames, ElementsAre('!' + line.substr(0, 16), "<34>one")) << length << ' ' << step;
                ASSERT_EQ(cuts.size(), 1U);
                EXPECT_EQ(cuts[0].true_length, length) << step;
                const auto digest = crypto::sm3(line);
                EXPECT_EQ(cuts[0].sm3, std::string(digest.begin(), digest.end())) << length << ' ' << step;
            }
        }
    }
}

TEST(StreamFramer, CutsNothingThatJustFits) {
    const std::string line = "<34>" + std::string(12, 'x');
    for (const size_t step : {size_t{1}, size_t{100}}) {
        EXPECT_THAT(frame(line + "\r\n" + line + "\n" + "16 " + line, step, StreamFraming::syslog, 16).frames,
                    ElementsAre(line, line, line));
    }
    EXPECT_THAT(frame(line, 1, StreamFraming::syslog, 16).frames, ElementsAre('?' + line));
    EXPECT_THAT(frame(line + "\r", 1, StreamFraming::syslog, 16).frames, ElementsAre('?' + line));
}

TEST(StreamFramer, ResynchronisesBehindSeveralLongFramesInOnePiece) {
    const std::string stream = std::string(50, 'a') + "\nshort\n" + std::string(60, 'b') + "\n" + std::string(70, 'c');
    EXPECT_THAT(frame(stream, 1000, StreamFraming::lines, 8).frames, ElementsAre("!aaaaaaaa", "short", "!bbbbbbbb", "?!cccccccc"));
}

TEST(StreamFramer, OfLinesKnowsNoCounts) {
    EXPECT_THAT(frame("7 <34>one\n12 \n\0x\n"s, 1, StreamFraming::lines).frames, ElementsAre("7 <34>one", "12 ", "\0x"s));
}

TEST(StreamFramer, HoldsNoMoreThanItMust) {
    StreamFramer framer(StreamFraming::syslog);
    const std::string noise(60'000, 'x');
    for (int i = 0; i < 200; ++i) {  // 12 MB without a line end
        std::memcpy(framer.room(noise.size()).data(), noise.data(), noise.size());
        framer.commit(noise.size());
        EXPECT_FALSE(framer.next());
        framer.release();
        EXPECT_LT(framer.memory(), size_t{3} << 20);
    }
    EXPECT_EQ(framer.pending(), 12'000'000U);
    const auto frame = framer.finish();
    EXPECT_EQ(frame->true_length, 12'000'000U);
    EXPECT_EQ(frame->payload.size(), size_t{1} << 20);
}

}  // namespace
}  // namespace shuwei::collect
