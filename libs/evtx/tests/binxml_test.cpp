// What BinXML means: values of all types, shapes of elements, hostile input.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "evtx_builder.hpp"
#include "reading.hpp"

namespace shuwei::evtx {
namespace {

using test::bytes_of;
using test::ChunkBuilder;
using test::utf16;
using namespace std::string_literals;

// One record with whatever `write` puts into it; its JSON, or what was told.
template <typename Write>
std::string meaning(Write write, const EvtxLimits& limits = {}) {
    ChunkBuilder chunk;
    chunk.begin_record(1);
    write(chunk);
    chunk.end_record();
    const auto read = test::read_all(test::file_of({chunk.chunk()}), limits);
    if (!read.events.empty()) {
        EXPECT_TRUE(nlohmann::json::accept(read.events[0])) << read.events[0];
        return read.events[0];
    }
    if (read.broken.empty()) return "nothing";
    const std::string& told = read.broken[0].message();
    return told.substr(0, told.find(" (byte "));
}

struct TypeCase {
    const char* name;
    uint8_t type;
    std::string bytes;
    const char* json;
};

const TypeCase kTypes[] = {
    {"null", 0x00, "", R"("")"},  // of a named datum
    {"string", 0x01, utf16("a\"b\\c\n\x01"), R"("a\"b\\c\n\u0001")"},
    {"long string", 0x01, utf16("C:\\Windows\\System32\\cmd.exe /c \"dir\""), R"("C:\\Windows\\System32\\cmd.exe /c \"dir\"")"},
    {"blanks and NULs at the end", 0x01, utf16("dir  \t"s + "\0\0"s), R"("dir")"},
    {"Chinese and beyond the basic plane", 0x01, utf16(u"登录失败😀"), R"("登录失败😀")"},
    {"lone surrogates", 0x01, bytes_of(uint16_t{0xD83D}) + utf16("x") + bytes_of(uint16_t{0xDE00}), "\"\uFFFDx\uFFFD\""},
    {"odd bytes", 0x01, utf16("ab") + "c", R"("ab")"},
    {"empty string", 0x01, "", R"("")"},
    {"ANSI", 0x02, "caf\xE9\0"s, R"("café")"},
    {"ANSI that is UTF-8", 0x02, "登录", R"("登录")"},
    {"int8", 0x03, bytes_of(int8_t{-5}), "-5"},
    {"uint8", 0x04, bytes_of(uint8_t{250}), "250"},
    {"int16", 0x05, bytes_of(int16_t{-300}), "-300"},
    {"uint16", 0x06, bytes_of(uint16_t{65535}), "65535"},
    {"int32", 0x07, bytes_of(int32_t{-70000}), "-70000"},
    {"uint32", 0x08, bytes_of(uint32_t{4000000000}), "4000000000"},
    {"int64", 0x09, bytes_of(INT64_MIN), "-9223372036854775808"},
    {"uint64", 0x0A, bytes_of(UINT64_MAX), "18446744073709551615"},
    {"float", 0x0B, bytes_of(1.5F), "1.5"},
    {"double", 0x0C, bytes_of(-0.25), "-0.25"},
    {"no number", 0x0C, bytes_of(std::numeric_limits<double>::quiet_NaN()), R"("NaN")"},
    {"infinite", 0x0B, bytes_of(-std::numeric_limits<float>::infinity()), R"("-Infinity")"},
    {"true", 0x0D, bytes_of(uint32_t{1}), "true"},
    {"false", 0x0D, bytes_of(uint32_t{0}), "false"},
    {"binary", 0x0E, "\x01\xAB\xFF", R"("01ABFF")"},
    {"GUID", 0x0F, "\x5F\x38\x70\x57\x2A\xC2\xE0\x43\xBF\x4C\x06\xF5\x69\x8F\xFB\xD9", R"("5770385F-C22A-43E0-BF4C-06F5698FFBD9")"},
    {"size of 32 bits", 0x10, bytes_of(uint32_t{0x1000}), R"("0x1000")"},
    {"size of 64 bits", 0x10, bytes_of(uint64_t{0x100000000}), R"("0x100000000")"},
    {"FILETIME", 0x11, bytes_of(uint64_t{133'000'000'001'234'567}), R"("2022-06-18T04:26:40.123456Z")"},
    {"FILETIME zero", 0x11, bytes_of(uint64_t{0}), R"("1601-01-01T00:00:00.000000Z")"},
    {"FILETIME beyond time", 0x11, bytes_of(UINT64_MAX), R"("FFFFFFFFFFFFFFFF")"},
    {"SYSTEMTIME", 0x12, bytes_of(uint16_t{2026}) + bytes_of(uint16_t{11}) + bytes_of(uint16_t{6}) + bytes_of(uint16_t{21}) + bytes_of(uint16_t{8}) +
                             bytes_of(uint16_t{30}) + bytes_of(uint16_t{5}) + bytes_of(uint16_t{120}), R"("2026-11-21T08:30:05.120000Z")"},
    {"SID", 0x13, "\x01\x02\0\0\0\0\0\x05\x20\0\0\0\x20\x02\0\0"s, R"("S-1-5-32-544")"},
    {"SID of a large authority", 0x13, "\x01\x01\x12\x34\0\0\0\x05\x01\0\0\0"s, R"("S-1-0x123400000005-1")"},
    {"SID cut off", 0x13, "\x01\x02\0\0\0\0\0\x05"s, R"("0102000000000005")"},
    {"hex 32", 0x14, bytes_of(uint32_t{0x80041003}), R"("0x80041003")"},
    {"hex 64", 0x15, bytes_of(uint64_t{0x8000000000000000}), R"("0x8000000000000000")"},
    {"handle", 0x20, bytes_of(uint64_t{0xABC}), R"("0xabc")"},
    {"wrong size", 0x08, "\x01\x02"s, R"("0102")"},
    {"unknown type", 0x77, "\x01\x02"s, R"("0102")"},
    {"strings", 0x81, utf16("a\0b c\0"s), R"(["a","b c"])"},
    {"strings without the last NUL", 0x81, utf16("a\0\0b"s), R"(["a","","b"])"},
    {"no strings", 0x81, "", "[]"},
    {"ANSI strings", 0x82, "x\0y\0"s, R"(["x","y"])"},
    {"bytes", 0x84, "\x01\xFF", "[1,255]"},
    {"int16s", 0x85, bytes_of(int16_t{-1}) + bytes_of(int16_t{2}), "[-1,2]"},
    {"uint32s with a rest", 0x88, bytes_of(uint32_t{7}) + "\x01", R"([7,"01"])"},
    {"doubles", 0x8C, bytes_of(0.5) + bytes_of(2.0), "[0.5,2]"},
    {"booleans", 0x8D, bytes_of(uint32_t{1}) + bytes_of(uint32_t{0}), "[true,false]"},
    {"GUIDs", 0x8F, std::string(16, '\x11'), R"(["11111111-1111-1111-1111-111111111111"])"},
    {"FILETIMEs", 0x91, bytes_of(uint64_t{133'000'000'000'000'000}), R"(["2022-06-18T04:26:40.000000Z"])"},
    {"SIDs", 0x93, "\x01\x01\0\0\0\0\0\x05\x12\0\0\0\x01\x01\0\0\0\0\0\x01\0\0\0\0"s, R"(["S-1-5-18","S-1-1-0"])"},
    {"hex 32s", 0x94, bytes_of(uint32_t{16}) + bytes_of(uint32_t{255}), R"(["0x10","0xff"])"},
    {"hex 64s", 0x95, bytes_of(uint64_t{1}), R"(["0x1"])"},
};

TEST(BinXml, EveryTypeOfValue) {
    for (const TypeCase& one : kTypes) {
        SCOPED_TRACE(one.name);
        const std::string json = meaning([&](ChunkBuilder& to) {
            to.instance(1, [](ChunkBuilder& define) { define.open("E").close_start().data("v", 0).end(); }, {{one.type, one.bytes}});
        });
        EXPECT_EQ(R"({"E":{"v":)" + std::string(one.json) + "}}", json);
    }
}

TEST(BinXml, ShapesOfElements) {
    struct Case {
        const char* name;
        void (*write)(ChunkBuilder&);
        const char* json;
    };
    static const Case kCases[] = {
        {"empty", [](ChunkBuilder& to) { to.open("Correlation").close_empty(); }, R"({"Correlation":null})"},
        {"text", [](ChunkBuilder& to) { to.open("a").close_start().text("x").end(); }, R"({"a":"x"})"},
        {"attributes", [](ChunkBuilder& to) { to.open_with_attributes("a").attribute("p").text("1").attribute("q").text("2").close_empty(); },
         R"({"a":{"#attributes":{"p":"1","q":"2"}}})"},
        {"attributes and text", [](ChunkBuilder& to) { to.open_with_attributes("EventID").attribute("Qualifiers").text("1").close_start().text("7").end(); },
         R"({"EventID":{"#attributes":{"Qualifiers":"1"},"#text":"7"}})"},
        {"an attribute without a value is none",
         [](ChunkBuilder& to) { to.instance(1, [](ChunkBuilder& d) { d.open_with_attributes("Security").attribute("UserID").value(0).close_empty(); }, {{0x00, ""}}); },
         R"({"Security":null})"},
        {"pieces of text and values",
         [](ChunkBuilder& to) {
             to.instance(1, [](ChunkBuilder& d) { d.open("a").close_start().text("x=").value(0).text(";y=").value(1).end(); }, {{0x08, bytes_of(uint32_t{5})}, {0x81, utf16("p\0q\0"s)}});
         },
         R"({"a":"x=5;y=p,q"})"},
        {"entities and character references",
         [](ChunkBuilder& to) {
             to.open("a").close_start().number(uint8_t{0x49}).name("lt").number(uint8_t{0x48}).number(uint16_t{65}).number(uint8_t{0x09}).name("quot").number(uint8_t{0x09}).name("odd").end();
         },
         R"({"a":"<A\"&odd;"})"},
        {"CDATA", [](ChunkBuilder& to) { to.open("a").close_start().number(uint8_t{0x07}).number(uint16_t{2}).raw(utf16("<>")).end(); }, R"({"a":"<>"})"},
        {"processing instructions are passed over",
         [](ChunkBuilder& to) { to.open("a").close_start().number(uint8_t{0x0A}).name("pi").number(uint8_t{0x0B}).number(uint16_t{1}).raw(utf16("z")).text("x").end(); },
         R"({"a":"x"})"},
        {"blanks between elements are none",
         [](ChunkBuilder& to) { to.open("a").close_start().text("\r\n  ").open("b").close_empty().text("\r\n").end(); }, R"({"a":{"b":null}})"},
        {"text between elements", [](ChunkBuilder& to) { to.open("a").close_start().text("x").open("b").close_empty().end(); }, R"({"a":{"#text":"x","b":null}})"},
        {"one name several times",
         [](ChunkBuilder& to) {
             to.open("a").close_start();
             for (const char* text : {"1", "2", "3"}) to.open("Header").close_start().text(text).end();
             to.end();
         },
         R"({"a":{"Header":"1","Header_1":"2","Header_2":"3"}})"},
        {"one datum without a name",
         [](ChunkBuilder& to) { to.open("EventData").close_start().open("Data").close_start().text("x").end().end(); }, R"({"EventData":{"Data":{"#text":"x"}}})"},
        {"data without names",
         [](ChunkBuilder& to) {
             to.instance(1, [](ChunkBuilder& d) { d.open("EventData").close_start().element("Data", 0).element("Data", 1).element("Binary", 2).element("Data", 3).end(); },
                         {{0x01, utf16("x")}, {0x00, ""}, {0x0E, "\x01"}, {0x81, utf16("y\0z\0"s)}});
         },
         R"({"EventData":{"Data":{"#text":["x","","y","z"]},"Binary":"01"}})"},
        {"one datum of several strings",
         [](ChunkBuilder& to) {
             to.instance(1, [](ChunkBuilder& d) { d.open("EventData").close_start().element("Data", 0).end(); }, {{0x81, utf16("y\0z\0"s)}});
         },
         R"({"EventData":{"Data":{"#text":["y","z"]}}})"},
        {"data named by values",
         [](ChunkBuilder& to) {
             to.instance(1,
                         [](ChunkBuilder& d) {
                             d.open("EventData").close_start();
                             for (uint16_t i = 0; i < 2; ++i) d.open_with_attributes("Data").attribute("Name").value(0).close_start().value(1).end();
                             d.end();
                         },
                         {{0x01, utf16("k\"")}, {0x01, utf16("v")}});
         },
         R"({"EventData":{"k\"":"v","k\"_1":"v"}})"},
        {"an instance in a value",
         [](ChunkBuilder& to) {
             ChunkBuilder inner;  // stands where the value will stand: behind the outer template and its descriptors
             const auto outer = [](ChunkBuilder& d) { d.open("Event").close_start().open("System").close_empty().value(0, 0x21).end(); };
             ChunkBuilder measure = to;
             measure.instance(1, outer, {{0x21, ""}});
             inner.raw(std::string(measure.at() - 512, 'x'));
             const size_t begin = inner.bytes().size();
             inner.raw("\x0F\x01\x01\x00"s).instance(2, [](ChunkBuilder& d) { d.open("EventData").close_start().data("k", 0).end(); }, {{0x01, utf16("v")}}).number(uint8_t{0});
             to.instance(1, outer, {{0x21, inner.bytes().substr(begin)}});
         },
         R"({"Event":{"System":null,"EventData":{"k":"v"}}})"},
        {"a value that is not there", [](ChunkBuilder& to) { to.instance(1, [](ChunkBuilder& d) { d.element("a", 9); }, {}); }, R"({"a":null})"},
    };
    for (const Case& one : kCases) {
        SCOPED_TRACE(one.name);
        EXPECT_EQ(one.json, meaning(one.write));
    }
}

TEST(BinXml, WhatDoesNotHoldTogetherIsTold) {
    struct Case {
        const char* name;
        void (*write)(ChunkBuilder&);
        const char* told;
    };
    static const Case kCases[] = {
        {"no event", [](ChunkBuilder&) {}, "the record holds no event"},
        {"a token from nowhere", [](ChunkBuilder& to) { to.number(uint8_t{0x33}); }, "an element or a template was expected"},
        {"a name outside", [](ChunkBuilder& to) { to.raw("\x01\xFF\xFF\0\0\0\0"s).number(uint32_t{70'000}).close_empty(); }, "the size of an element or the place of its name is impossible"},
        {"a size beyond", [](ChunkBuilder& to) { to.raw("\x01\xFF\xFF"s).number(uint32_t{70'000}).name("a").close_empty(); }, "the size of an element or the place of its name is impossible"},
        {"no end", [](ChunkBuilder& to) { to.open("a").close_start().text("x"); }, "an element's content has an unknown token"},
        {"text beyond", [](ChunkBuilder& to) { to.open("a").close_start().raw("\x05\x01\xFF\x7F"s); }, "cut off"},
        {"a template outside", [](ChunkBuilder& to) { to.raw("\x0C\x01"s).number(uint32_t{1}).number(uint32_t{65'530}).number(uint32_t{0}); }, "a template lies outside the chunk"},
        {"more values than bytes",
         [](ChunkBuilder& to) {
             to.instance(1, [](ChunkBuilder& d) { d.element("a", 0); }, {});
             to.patch(to.at() - 4, 100'000);
         },
         "there are more values than bytes"},
        {"a value beyond", [](ChunkBuilder& to) { to.instance(1, [](ChunkBuilder& d) { d.element("a", 0); }, {{0x01, ""}}); to.bytes()[to.bytes().size() - 4] = '\x7F'; }, "a value is cut off"},
        {"nested too deeply",
         [](ChunkBuilder& to) {
             for (int i = 0; i < 100; ++i) to.open("a").close_start();
             for (int i = 0; i < 100; ++i) to.end();
         },
         "elements are nested too deeply"},
    };
    for (const Case& one : kCases) {
        SCOPED_TRACE(one.name);
        EXPECT_EQ(one.told, meaning(one.write));
    }
}

// Small input that means very much: one value used thousands of times, in several floors.
TEST(BinXml, MultiplicationIsStopped) {
    const auto many = [](ChunkBuilder& d) {
        d.open("a").close_start();
        for (int i = 0; i < 1000; ++i) d.value(0);
        d.end();
    };
    EXPECT_EQ("the event is larger than events may be",
              meaning([&](ChunkBuilder& to) { to.instance(1, many, {{0x01, utf16(std::string(8'000, 'x'))}}); }));
    // Each floor is a fragment in a value whose template repeats the next floor 200 times.
    std::string floor = "\x0F\x01\x01\x00\x00"s;
    const std::string told = meaning([&](ChunkBuilder& to) {
        const auto repeat = [](ChunkBuilder& d) {
            d.open("a").close_start();
            for (int i = 0; i < 200; ++i) d.value(0, 0x21);
            d.end();
        };
        ChunkBuilder first = to;
        first.instance(1, repeat, {{0x21, ""}});
        const uint32_t definition = to.at() + 10;
        for (int i = 0; i < 6; ++i) {
            std::string next = "\x0F\x01\x01\x00\x0C\x01\x01\0\0\0"s + bytes_of(definition) + bytes_of(uint32_t{1});
            next += bytes_of(static_cast<uint16_t>(floor.size())) + "\x21\0"s + floor;
            floor = next;
        }
        to.instance(1, repeat, {{0x21, floor}});
    });
    EXPECT_TRUE(told == "the event means more work than an event can" || told == "the event is larger than events may be") << told;
    EXPECT_EQ("the event is larger than events may be",
              meaning([&](ChunkBuilder& to) { to.open("a").close_start().text(std::string(200, 'x')).end(); }, {.max_json_bytes = 100}));
}

}  // namespace
}  // namespace shuwei::evtx
