#include "relp_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "shuwei/crypto/digest.hpp"

namespace shuwei::collect {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;

const std::string kOpen = "1 open 86 relp_version=0\nrelp_software=librelp,1.11.0,http://librelp.adiscon.com\ncommands=syslog\n";
const std::string kOpened = "1 rsp 58 200 OK\nrelp_version=0\nrelp_software=shuwei\ncommands=syslog\n";

struct Heard {
    std::vector<std::string> messages;
    std::string answers;
};

void take(RelpSession& session, Heard& heard) {
    bool any = true;
    while (any) {
        any = false;
        while (const auto frame = session.next()) {
            heard.messages.emplace_back(frame->payload);
            any = true;
        }
        session.release();
    }
    heard.answers += session.take_answers();
}

Heard feed(RelpSession& session, std::string_view stream, size_t step = std::string_view::npos) {
    Heard heard;
    for (; !stream.empty(); stream.remove_prefix(std::min(step, stream.size()))) {
        const auto piece = stream.substr(0, step);
        std::memcpy(session.room(piece.size()).data(), piece.data(), piece.size());
        session.commit(piece.size());
        take(session, heard);
    }
    return heard;
}

TEST(RelpSession, OpensTakesAcknowledgesAndCloses) {
    const std::string stream = kOpen + "2 syslog 7 <34>one\n3 syslog 8 <34>two\n\n4 syslog 9 <34>a\nb\0c\n"s + "5 syslog 0\n6 syslog 1 \n\n7 close 0\n";
    for (const size_t step : {size_t{1}, size_t{2}, size_t{7}, std::string::npos}) {
        RelpSession session;
        const Heard heard = feed(session, stream, step);
        EXPECT_THAT(heard.messages, ElementsAre("<34>one", "<34>two", "<34>a\nb\0c"s)) << step;
        EXPECT_EQ(heard.answers, kOpened +
                                     "2 rsp 6 200 OK\n3 rsp 6 200 OK\n4 rsp 6 200 OK\n5 rsp 6 200 OK\n6 rsp 6 200 OK\n"
                                     "7 rsp 0\n0 serverclose 0\n") << step;
        EXPECT_TRUE(session.over());
        EXPECT_EQ(session.framing_errors(), 0U);
        EXPECT_EQ(session.memory(), 0U);
    }
}

TEST(RelpSession, KeepsWhatALongMessageBeginsWith) {
    const std::string text = "<34>" + std::string(996, 'l');
    for (const size_t step : {size_t{1}, size_t{50}, std::string::npos}) {
        RelpSession session(100);
        const std::string stream = kOpen + "2 syslog 1000 " + text + "\n3 syslog 10 <34>behind\n";
        std::vector<spool::FrameView> frames;
        std::string_view rest = stream;
        std::string answers;
        int seen = 0;
        while (!rest.empty()) {
            const auto piece = rest.substr(0, step);
            rest.remove_prefix(piece.size());
            std::memcpy(session.room(piece.size()).data(), piece.data(), piece.size());
            session.commit(piece.size());
            for (bool any = true; any;) {
                any = false;
                while (const auto frame = session.next()) {
                    any = true;
                    if (seen++ == 0) {
                        EXPECT_EQ(frame->payload, text.substr(0, 100));
                        EXPECT_EQ(frame->true_length, 1000U);
                        EXPECT_TRUE(frame->truncated());
                        const auto digest = crypto::sm3(text);
                        EXPECT_EQ(frame->sm3, std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
                    } else {
                        EXPECT_EQ(frame->payload, "<34>behind");
                    }
                }
                session.release();
            }
            answers += session.take_answers();
        }
        EXPECT_EQ(seen, 2);
        EXPECT_EQ(answers, kOpened + "2 rsp 6 200 OK\n3 rsp 6 200 OK\n");
    }
}

TEST(RelpSession, AnUnfinishedFrameIsNeitherKeptNorAcknowledged) {
    RelpSession session;
    const Heard heard = feed(session, kOpen + "2 syslog 7 <34>one\n3 syslog 7 <34>tw");
    EXPECT_THAT(heard.messages, ElementsAre("<34>one"));
    EXPECT_EQ(heard.answers, kOpened + "2 rsp 6 200 OK\n");
    EXPECT_FALSE(session.finish());
    session.release();
    EXPECT_EQ(session.memory(), 0U);
}

TEST(RelpSession, WhateverDoesNotKeepToTheProtocolEndsTheSession) {
    const struct {
        std::string stream;
        std::string answers;
    } cases[] = {
        {"GET / HTTP/1.1\r\n\r\n", ""},
        {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"s, ""},
        {"<34>a line\n", ""},
        {"1234567890 open 0\n", ""},
        {"0 open 0\n", ""},
        {"1 " + std::string(33, 'x') + " 0\n", ""},
        {"1 open x\n", ""},
        {"1 open 16385 ", ""},
        {"1 syslog 3 abc\n", "1 rsp 20 500 open comes first\n0 serverclose 0\n"},
        {"1 open 32 relp_version=0\ncommands=eventlog\n", "1 rsp 37 500 the command syslog is not offered\n0 serverclose 0\n"},
        {kOpen + kOpen, kOpened + "1 rsp 16 500 not expected\n0 serverclose 0\n"},
        {kOpen + "2 starttls 0\n", kOpened + "2 rsp 16 500 not expected\n0 serverclose 0\n"},
        {kOpen + "2 syslog 100000001 x", kOpened},
        {kOpen + "2 syslog 999999999999 x", kOpened},
        {kOpen + "2 syslog 3 abcd\n", kOpened},
        {kOpen + "2 syslog -1 abcd\n", kOpened},
        {kOpen + "2 syslog 5\nabcd\n", kOpened},
    };
    for (const auto& c : cases) {
        for (const size_t step : {size_t{1}, std::string::npos}) {
            RelpSession session;
            const Heard heard = feed(session, c.stream + "9 syslog 3 abc\n", step);
            EXPECT_THAT(heard.messages, ElementsAre()) << c.stream;
            EXPECT_EQ(heard.answers, c.answers) << c.stream;
            EXPECT_TRUE(session.over()) << c.stream;
            EXPECT_EQ(session.framing_errors(), 1U) << c.stream;
            EXPECT_EQ(session.memory(), 0U) << c.stream;
        }
    }
}

}  // namespace
}  // namespace shuwei::collect
