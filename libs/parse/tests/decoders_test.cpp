#include "decoders.hpp"

#include <gtest/gtest.h>

#include "dissect.hpp"
#include "regex.hpp"

namespace shuwei::parse {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// Everything a decoder found, in order.
class Decoding {
public:
    event::EventBatch batch;
    NameTable names;
    Registers registers;

    Decoding() { registers.start(names.size()); }
    DecodeContext context() { return {batch, names, registers}; }
    std::string_view stored(std::string_view text) { return batch.store(text); }
    Pairs others() const {
        Pairs pairs;
        for (const Registers::Other& other : registers.others()) pairs.emplace_back(other.name, other.value.text());
        return pairs;
    }
    Pairs captured() const {
        Pairs pairs;
        for (const Registers::Entry& entry : registers.entries()) pairs.emplace_back(names.name(entry.reg), entry.value.text());
        return pairs;
    }
};

Pairs key_values(std::string_view text, const KeyValueOptions& options = {}) {
    Decoding decoding;
    auto context = decoding.context();
    decode_key_value(decoding.stored(text), options, context);
    return decoding.others();
}

TEST(KeyValue, reads_pairs_between_spaces_with_quotes_and_escapes) {
    EXPECT_EQ(key_values(R"(a=1 b="two words" c= d="say \"hi\"" path="C:\temp\new" e=x=y)"),
              (Pairs{{"a", "1"}, {"b", "two words"}, {"c", ""}, {"d", "say \"hi\""}, {"path", "C:\\temp\\new"}, {"e", "x=y"}}));
    EXPECT_EQ(key_values("words before a=1   b=2"), (Pairs{{"a", "1"}, {"b", "2"}}));
    EXPECT_EQ(key_values("a=\"never closed"), (Pairs{{"a", "never closed"}}));
    EXPECT_EQ(key_values("no pairs at all"), Pairs{});
    EXPECT_EQ(key_values(""), Pairs{});
    EXPECT_EQ(key_values("="), Pairs{});
    EXPECT_EQ(key_values("a=1\tb=2\nc=3"), (Pairs{{"a", "1"}, {"b", "2"}, {"c", "3"}}));
}

TEST(KeyValue, takes_other_separators) {
    KeyValueOptions h3c;
    h3c.pair_separator = ";";
    h3c.key_end = "(";
    h3c.quotes = "";
    EXPECT_EQ(key_values("SrcZoneName(1025)=Trust;DstZoneName(1035)=Un trust;Event(1048)=Permit;", h3c),
              (Pairs{{"SrcZoneName", "Trust"}, {"DstZoneName", "Un trust"}, {"Event", "Permit"}}));
    KeyValueOptions commas;
    commas.pair_separator = ",";
    commas.spaces_in_values = true;
    EXPECT_EQ(key_values("a=1, 2, b=x y, c=", commas), (Pairs{{"a", "1, 2"}, {"b", "x y"}, {"c", ""}}));
    KeyValueOptions dashes;
    dashes.pair_separator = "-";
    dashes.spaces_in_values = true;
    EXPECT_EQ(key_values("-Line=vty0-IPAddr=10.1.1.9-User=a-b", dashes), (Pairs{{"Line", "vty0"}, {"IPAddr", "10.1.1.9"}, {"User", "a-b"}}));
    KeyValueOptions words;
    words.pair_separator = " ; ";
    EXPECT_EQ(key_values("TTY=pts/0 ; PWD=/tmp ; USER=root", words), (Pairs{{"TTY", "pts/0"}, {"PWD", "/tmp"}, {"USER", "root"}}));
    KeyValueOptions colon;
    colon.pair_separator = ",";
    colon.value_separator = ": ";
    EXPECT_EQ(key_values("a: 1, b: 2", colon), (Pairs{{"a", "1"}, {"b", "2"}}));
}

TEST(KeyValue, decodes_hexadecimal_values_only_without_quotes) {
    KeyValueOptions options;
    options.hex = {"cmd", "a*"};
    EXPECT_EQ(key_values("cmd=6C73202D6C a0=\"6C73\" a1=2F746D70 pid=6C73 a2=xyz a3=6C7", options),
              (Pairs{{"cmd", "ls -l"}, {"a0", "6C73"}, {"a1", "/tmp"}, {"pid", "6C73"}, {"a2", "xyz"}, {"a3", "6C7"}}));
}

TEST(KeyValue, stops_at_a_thousand_pairs) {
    std::string many;
    for (int i = 0; i < 5000; ++i) many += "k" + std::to_string(i) + "=v ";
    EXPECT_EQ(key_values(many).size(), kMaxPairs);
}

Pairs delimited(std::string_view text, size_t columns, size_t minimum = 0, char delimiter = ',', char quote = '"') {
    Decoding decoding;
    DelimitedOptions options;
    options.delimiter = delimiter;
    options.quote = quote;
    options.minimum = minimum;
    for (size_t i = 0; i < columns; ++i) options.columns.push_back(decoding.names.add("c" + std::to_string(i)));
    decoding.registers.start(decoding.names.size());
    auto context = decoding.context();
    if (!decode_delimited(decoding.stored(text), options, context)) return {{"refused", ""}};
    return decoding.captured();
}

TEST(Delimited, splits_columns_with_quotes) {
    EXPECT_EQ(delimited("a,b,c", 3), (Pairs{{"c0", "a"}, {"c1", "b"}, {"c2", "c"}}));
    EXPECT_EQ(delimited("a,\"b,\"\"x\"\"\",,d", 4), (Pairs{{"c0", "a"}, {"c1", "b,\"x\""}, {"c2", ""}, {"c3", "d"}}));
    EXPECT_EQ(delimited("a,b,c,d", 2), (Pairs{{"c0", "a"}, {"c1", "b"}}));
    EXPECT_EQ(delimited("a", 3), (Pairs{{"c0", "a"}}));
    EXPECT_EQ(delimited("a", 3, 2), (Pairs{{"refused", ""}}));
    EXPECT_EQ(delimited("a|'b|c'|d", 3, 0, '|', '\''), (Pairs{{"c0", "a"}, {"c1", "b|c"}, {"c2", "d"}}));
    EXPECT_EQ(delimited("a,\"never closed", 2), (Pairs{{"c0", "a"}, {"c1", "never closed"}}));
    EXPECT_EQ(delimited("", 1), (Pairs{{"c0", ""}}));
}

TEST(Cef, reads_header_extension_and_labels) {
    Decoding decoding;
    auto context = decoding.context();
    ASSERT_TRUE(decode_cef(decoding.stored(R"(CEF:0|Ven\|dor|Pro\\duct|1.0|100|A name|5|src=10.0.0.1 msg=two words \= more cs1Label=Policy Name cs1=x y request=http://h/?a=1&b=2 fname=C:\dir\\a.txt)"), context));
    EXPECT_EQ(decoding.others(), (Pairs{{"cef.version", "0"},
                                        {"cef.device.vendor", "Ven|dor"},
                                        {"cef.device.product", "Pro\\duct"},
                                        {"cef.device.version", "1.0"},
                                        {"cef.device.event_class_id", "100"},
                                        {"cef.name", "A name"},
                                        {"cef.severity", "5"},
                                        {"src", "10.0.0.1"},
                                        {"msg", "two words = more"},
                                        {"Policy_Name", "x y"},
                                        {"cs1", "x y"},
                                        {"request", "http://h/?a=1&b=2"},
                                        {"fname", "C:\\dir\\a.txt"}}));
}

TEST(Cef, refuses_what_has_no_header) {
    for (const char* text : {"", "CEF:", "CEF:0|a|b", "no cef", "CEF:0|a|b|c|d|e"}) {
        Decoding decoding;
        auto context = decoding.context();
        EXPECT_FALSE(decode_cef(decoding.stored(text), context)) << text;
    }
}

TEST(Leef, reads_both_versions) {
    struct {
        const char* line;
        Pairs attributes;
    } cases[] = {
        {"LEEF:1.0|V|P|1|id|a=1\tb=two words", {{"a", "1"}, {"b", "two words"}}},
        {"LEEF:1.0|V|P|1|id|a=1 b=two words c=3", {{"a", "1"}, {"b", "two words"}, {"c", "3"}}},  // tabs lost on the way
        {"LEEF:2.0|V|P|1|id|^|a=1^b=2", {{"a", "1"}, {"b", "2"}}},
        {"LEEF:2.0|V|P|1|id|x5E|a=1^b=2", {{"a", "1"}, {"b", "2"}}},
        {"LEEF:2.0|V|P|1|id|0x09|a=1\tb=2", {{"a", "1"}, {"b", "2"}}},
        {"LEEF:2.0|V|P|1|id||a=1\tb=2", {{"a", "1"}, {"b", "2"}}},
    };
    for (const auto& each : cases) {
        Decoding decoding;
        auto context = decoding.context();
        ASSERT_TRUE(decode_leef(decoding.stored(each.line), context)) << each.line;
        Pairs found = decoding.others();
        ASSERT_GE(found.size(), 5u);
        EXPECT_EQ(found[4], (std::pair<std::string, std::string>("leef.event_id", "id")));
        EXPECT_EQ(Pairs(found.begin() + 5, found.end()), each.attributes) << each.line;
    }
}

TEST(StructuredData, is_measured_and_refused_when_malformed) {
    EXPECT_EQ(structured_data_size("[a b=\"c\"] rest"), 9u);
    EXPECT_EQ(structured_data_size("[a][b c=\"d\"]rest"), 12u);
    EXPECT_EQ(structured_data_size("- rest"), 1u);
    EXPECT_EQ(structured_data_size("-"), 1u);
    for (const char* text : {"", "rest", "[a b=c]", "[a b=\"c\"", "[ b=\"c\"]", "[a b=\"c]", "-rest"}) EXPECT_EQ(structured_data_size(text), 0u) << text;
}

struct Dissected {
    bool matched;
    Pairs captured;
};

Dissected dissect(std::string_view pattern, std::string_view text) {
    Decoding decoding;
    auto compiled = Dissect::compile(pattern, [&](std::string_view name) { return decoding.names.add(name); });
    EXPECT_TRUE(compiled) << compiled.error().to_string();
    decoding.registers.start(decoding.names.size());
    const bool matched = compiled && compiled->match(text, decoding.registers);
    return {matched, decoding.captured()};
}

TEST(Dissect, captures_between_literals) {
    EXPECT_EQ(dissect("%{a} - %{b}", "x - y - z").captured, (Pairs{{"a", "x"}, {"b", "y - z"}}));
    EXPECT_EQ(dissect("%{a+} - %{b}", "x - y - z").captured, (Pairs{{"a", "x - y"}, {"b", "z"}}));
    EXPECT_EQ(dissect("from %{a} port %{p:int}", "from h port 22").captured, (Pairs{{"a", "h"}, {"p", "22"}}));
    EXPECT_EQ(dissect("%{a->} %{b}", "x    y").captured, (Pairs{{"a", "x"}, {"b", "y"}}));
    EXPECT_EQ(dissect("%{}:%{b}", "skipped:kept").captured, (Pairs{{"b", "kept"}}));
    EXPECT_EQ(dissect("[%{a}]", "[]").captured, (Pairs{{"a", ""}}));
    EXPECT_EQ(dissect("port %{p:int}%{}", "port 22 [preauth]").captured, (Pairs{{"p", "22"}}));
    EXPECT_EQ(dissect("%{a:ip}%{rest}", "10.0.0.1/24").captured, (Pairs{{"a", "10.0.0.1"}, {"rest", "/24"}}));
    EXPECT_EQ(dissect("%%{literal} %{a}", "%{literal} x").captured, (Pairs{{"a", "x"}}));
    EXPECT_TRUE(dissect("exactly this", "exactly this").matched);
    // The last place where the rest matches too.
    EXPECT_EQ(dissect("user %{u+} %{a:ip} port %{p:int}", "user a b 10.0.0.1 port 22").captured, (Pairs{{"u", "a b"}, {"a", "10.0.0.1"}, {"p", "22"}}));
}

TEST(Dissect, refuses_text_of_another_form_and_then_captures_nothing) {
    const std::pair<const char*, const char*> cases[] = {
        {"from %{a} port %{p:int}", "from h port x"}, {"%{a:ip}", "host"},       {"%{a:word}", "two words"}, {"[%{a}]", "[x] y"},
        {"exactly this", "exactly this one"},         {"%{a} - %{b}", "x y"},    {"a%{x}b%{y}c", "a b"},     {"%{a:int}", ""},
        {"%{a+}x%{b}y", "xxxxxx"},
    };
    for (const auto& [pattern, text] : cases) {
        const Dissected result = dissect(pattern, text);
        EXPECT_FALSE(result.matched) << pattern << " | " << text;
        EXPECT_TRUE(result.captured.empty()) << pattern;
    }
}

TEST(Dissect, refuses_bad_patterns) {
    const auto name = [](std::string_view) { return Register{1}; };
    for (const char* pattern : {"", "%{a}%{b}", "%{a", "%{a:nothing}"}) EXPECT_FALSE(Dissect::compile(pattern, name)) << pattern;
}

TEST(Dissect, tries_a_bounded_number_of_places) {
    Decoding decoding;
    std::string pattern;
    for (int i = 0; i < 20; ++i) pattern += "%{n" + std::to_string(i) + "+} ";
    pattern += "end";
    auto compiled = Dissect::compile(pattern, [&](std::string_view name) { return decoding.names.add(name); });
    ASSERT_TRUE(compiled);
    decoding.registers.start(decoding.names.size());
    EXPECT_FALSE(compiled->match(std::string(100'000, ' '), decoding.registers));
}

TEST(Regex, names_groups_with_dots_and_bounds_backtracking) {
    Decoding decoding;
    auto compiled = Regex::compile(R"(^(?<user__name>\S+) (?<_how>in|out)(?: at (?<place>.*))?$)", [&](std::string_view name) { return decoding.names.add(name); });
    ASSERT_TRUE(compiled) << compiled.error().to_string();
    decoding.registers.start(decoding.names.size());
    RegexScratch scratch;
    ASSERT_TRUE(compiled->match("li.wei in", decoding.registers, scratch));
    EXPECT_EQ(decoding.captured(), (Pairs{{"_how", "in"}, {"user.name", "li.wei"}}));

    auto hostile = Regex::compile("^(a+)+$", [](std::string_view) { return Register{0}; });
    ASSERT_TRUE(hostile);
    EXPECT_FALSE(hostile->matches(std::string(50'000, 'a') + "b", scratch));
    for (const char* pattern : {"(", "(?<a>x", "[z-a]", "\\C"}) {
        EXPECT_FALSE(Regex::compile(pattern, [](std::string_view) { return Register{0}; })) << pattern;
    }
}

}  // namespace
}  // namespace shuwei::parse
