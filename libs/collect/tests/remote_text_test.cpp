#include "remote_files/remote_text.hpp"

#include <gmock/gmock.h>

#include "remote_files/remote_folder.hpp"
#include "remote_files/remote_listing.hpp"

namespace shuwei::collect {
namespace {

using testing::ElementsAre;
using Outcome = RemoteText::Outcome;
using Rest = RemoteText::Rest;

TEST(RemoteListing, ReadsWhatServersPrint) {
    const struct {
        std::string_view line, name;
        uint64_t size;
        std::string_view changed;
    } cases[] = {
        {"-rw-r--r--    1 0        0              11 Nov 21 18:18 a.log\r", "a.log", 11, "Nov 21 18:18"},
        {"-rw-r--r--    1 root     root           11 Nov  1  2025 two  words.log", "two  words.log", 11, "Nov  1  2025"},
        {"-rw-r--r--   1 user  some group   123456789012 Jan  3 9:05 big", "big", 123456789012, "Jan  3 9:05"},
        {"-rw-r--r-- 1 ftp 11 Nov 21 18:18 no-group", "no-group", 11, "Nov 21 18:18"},
        {"-rw-r--r-- 1 a b 7 2026-11-21 18:18 iso.log", "iso.log", 7, "2026-11-21 18:18"},
        {"-rw-r--r-- 1 a b 7 11月 21 18:18 中文 日志.log", "中文 日志.log", 7, "11月 21 18:18"},
        {"-rw-r--r--+ 1 1001 2002 7 Nov 21 18:18  leading", " leading", 7, "Nov 21 18:18"},
        {"11-21-26  06:18PM             4711 windows name.log", "windows name.log", 4711, "11-21-26  06:18PM"},
        {"11-21-2026  18:18 4711 x", "x", 4711, "11-21-2026  18:18"},
    };
    for (const auto& [line, name, size, changed] : cases) {
        const auto file = parse_listing_line(line);
        ASSERT_TRUE(file) << line;
        EXPECT_EQ(name, file->name);
        EXPECT_EQ(size, file->size) << line;
        EXPECT_EQ(changed, file->changed);
    }
}

TEST(RemoteListing, PassesOverTheRest) {
    for (const std::string_view line : {"", "total 12", "drwxr-xr-x 2 a b 4096 Nov 21 18:18 folder", "lrwxrwxrwx 1 a b 7 Nov 21 18:18 l -> /etc/passwd",
                                        "-rw-r--r-- 1 a b 7 Nov 21 18:18 ../../etc/passwd", "-rw-r--r-- 1 a b 7 Nov 21 18:18 ..",
                                        "-rw-r--r-- 1 a b 7 Nov 21 18:18", "-rw-r--r-- 1 a b 7 Nov 21 18:18 ", "-rw-r--r-- 1 a b 99999999999999999999 Nov 21 18:18 x",
                                        "-rw-r--r-- 1 a b 7 Nov 21 18:18 a\tb", "11-21-26  06:18PM       <DIR>          aspnet_client", "-", "- - -"}) {
        EXPECT_FALSE(parse_listing_line(line)) << line;
    }
}

TEST(HostKeys, AreTakenInTheFormsPeopleHaveThem) {
    const std::string_view blob = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    const std::string wanted = "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU";
    for (const std::string& text : {wanted, wanted + "=", "ssh-ed25519 " + std::string(blob), "[h.example]:2222 ssh-ed25519 " + std::string(blob) + " comment"}) {
        const auto fingerprint = host_key_fingerprint(text);
        ASSERT_TRUE(fingerprint) << text;
        EXPECT_EQ(wanted, *fingerprint);
    }
    for (const std::string_view text : {"", "SHA256:abc", "MD5:aa:bb", "ssh-ed25519", "@cert-authority * ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"}) {
        EXPECT_FALSE(host_key_fingerprint(text)) << text;
    }
}

TEST(RemoteSite, WritesItsAddress) {
    RemoteSite site{.protocol = RemoteProtocol::sftp, .host = "h", .port = 22, .folder = "/var/log 1/"};
    EXPECT_EQ("sftp://h:22/var/log%201/", site.url());
    site.folder = "logs";
    EXPECT_EQ("sftp://h:22/~/logs/", site.url());
    site.protocol = RemoteProtocol::ftps_implicit;
    EXPECT_EQ("ftps://h:22/logs/", site.url());
    site.folder = "/";
    site.host = "::1";
    EXPECT_EQ("ftps://[::1]:22/%2F", site.url());
}

// Feeds a text in pieces and keeps the lines.
class RemoteTextTest : public testing::Test {
protected:
    Outcome read(std::string_view whole, size_t piece, Rest rest = Rest::waits, RemoteText::Recognise recognise = {}) {
        const uint64_t begin = position.offset - position.end_bytes();
        RemoteText text(position, begin, [&](std::vector<spool::FrameView>& frames) {
            for (const auto& frame : frames) lines.emplace_back(frame.payload);
            return true;
        }, std::move(recognise));
        for (std::string_view left = whole.substr(std::min<size_t>(begin, whole.size())); !left.empty(); left.remove_prefix(std::min(piece, left.size()))) {
            if (!text.feed(left.substr(0, piece))) break;
        }
        if (text.outcome() == Outcome::read) text.finish(rest);
        if (text.outcome() != Outcome::differs) position = text.position();
        return text.outcome();
    }

    RemotePosition position;
    std::vector<std::string> lines;
};

TEST_F(RemoteTextTest, GoesOnWhereItWasInPiecesOfAnySize) {
    for (const size_t piece : {1u, 7u, 300u, 100'000u}) {
        position = {};
        std::string whole;
        std::vector<std::string> expected;
        for (int turn = 0; turn < 12; ++turn) {
            lines.clear();
            expected.clear();
            for (int i = 0; i < turn * turn; ++i) expected.push_back("line " + std::to_string(turn) + ' ' + std::to_string(i));
            for (const auto& line : expected) whole += line + '\n';
            EXPECT_EQ(Outcome::read, read(whole + "unfinished", piece));
            EXPECT_EQ(expected, lines) << piece;
            EXPECT_EQ(whole.size(), position.offset);
        }
    }
}

TEST_F(RemoteTextTest, AnUnfinishedLineWaitsUntilItIsWanted) {
    EXPECT_EQ(Outcome::read, read("one\ntwo", 100));
    EXPECT_THAT(lines, ElementsAre("one"));
    EXPECT_EQ(4u, position.offset);
    EXPECT_EQ(Outcome::read, read("one\ntwo", 100, Rest::is_taken));
    EXPECT_EQ(7u, position.offset);
    EXPECT_EQ(Outcome::read, read("one\ntwo\nthree\n", 100));
    EXPECT_THAT(lines, ElementsAre("one", "two", "three"));
}

TEST_F(RemoteTextTest, KnowsAnotherFileByWhatStandsBefore) {
    EXPECT_EQ(Outcome::read, read(std::string(1000, 'a') + "\nend\n", 100));
    EXPECT_EQ(Outcome::differs, read(std::string(1000, 'a') + "\nEND\nmore\n", 100));
    EXPECT_EQ(Outcome::differs, read("short", 100));
    EXPECT_EQ(Outcome::read, read(std::string(1000, 'a') + "\nend\nmore\n", 100));
    EXPECT_EQ("more", lines.back());
}

TEST_F(RemoteTextTest, LinesOfAnyLengthAreTakenOnce) {
    const std::string whole = "a\n" + std::string(3'000'000, 'x') + "\nb\n";
    EXPECT_EQ(Outcome::read, read(whole.substr(0, 2'000'000), 4096));
    EXPECT_EQ(2u, position.offset);
    EXPECT_EQ(Outcome::read, read(whole, 4096));
    ASSERT_EQ(3u, lines.size());
    EXPECT_EQ(spool::kMaxFramePayload, lines[1].size());
    EXPECT_EQ("b", lines[2]);
    EXPECT_EQ(whole.size(), position.offset);
    lines.clear();
    EXPECT_EQ(Outcome::read, read(whole + "c\n", 4096));
    EXPECT_THAT(lines, ElementsAre("c"));
}

TEST_F(RemoteTextTest, AFileThatIsRecognisedGoesOnAtTheFormerPlace) {
    std::string whole;
    for (int i = 0; i < 100; ++i) whole += "line " + std::to_string(i) + '\n';
    EXPECT_EQ(Outcome::read, read(whole, 100));
    const RemotePosition former = position;
    position = {};
    lines.clear();
    std::string beginning;
    EXPECT_EQ(Outcome::read, read(whole + "new\n", 100, Rest::waits, [&](std::string_view head) {
        beginning = head;
        return former;
    }));
    EXPECT_EQ(whole.substr(0, 256), beginning);
    EXPECT_THAT(lines, ElementsAre("new"));
}

}  // namespace
}  // namespace shuwei::collect
