#include "shuwei/parse/pack_set.hpp"

#include <gtest/gtest.h>

#include "pack_folder.hpp"
#include "shuwei/parse/pack_check.hpp"

namespace shuwei::parse {
namespace {

using test::PackFolder;

constexpr const char* kGood = "recognise: [{contains: x}]\nextract: [{dissect: '%{a}'}]\n";

TEST(PackSet, passes_over_a_bad_pack_and_says_where) {
    PackFolder folder;
    folder.add("good", kGood);
    folder.write("bad/pack.yaml", test::pack_yaml("bad", "recognise: [{contains: x}]\nextract:\n  - dissect: '%{a}%{b}'\n"));
    folder.write("worse/pack.yaml", "pack: [unclosed\n");
    folder.write("not-a-pack/readme.txt", "x");
    const auto loaded = PackSet::load(folder.path());
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->set->size(), 1u);
    EXPECT_EQ(loaded->set->find("good"), 1);
    EXPECT_EQ(loaded->set->find("bad"), 0);
    EXPECT_EQ(loaded->set->info(1)->title_zh, "测试");
    EXPECT_EQ(loaded->set->info(0), nullptr);
    EXPECT_EQ(loaded->set->info(2), nullptr);
    ASSERT_EQ(loaded->problems.size(), 2u);
    EXPECT_EQ(loaded->problems[0].file, folder.path() / "bad" / "pack.yaml");
    EXPECT_EQ(loaded->problems[0].line, 9);
    EXPECT_NE(loaded->problems[0].reason.find("two captures"), std::string::npos) << loaded->problems[0].reason;
    EXPECT_EQ(loaded->problems[1].file, folder.path() / "worse" / "pack.yaml");
}

TEST(PackSet, lets_a_later_folder_replace_a_pack) {
    PackFolder shipped;
    shipped.add("box", std::string(kGood) + "hostname: host\n");
    PackFolder own;
    own.write("box/pack.yaml", "pack: box\ntitle: {zh: 自己的, en: Own}\nvendor: Me\nproduct: Box\ndevice_type: host\nprovenance: observed\n" + std::string(kGood));
    const std::filesystem::path folders[] = {shipped.path(), own.path()};
    const auto loaded = PackSet::load(folders);
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->set->size(), 1u);
    EXPECT_EQ(loaded->set->info(1)->vendor, "Me");
    EXPECT_EQ(loaded->set->info(1)->provenance, Provenance::observed);
}

TEST(PackSet, fails_only_when_the_folder_cannot_be_read) {
    EXPECT_FALSE(PackSet::load(std::filesystem::path("/no/such/folder")));
    PackFolder empty;
    ASSERT_TRUE(PackSet::load(empty.path()));
    EXPECT_EQ(PackSet::empty()->size(), 0u);
}

TEST(PackSet, includes_shared_sections_from_below_its_root) {
    PackFolder folder;
    folder.write("shared/names.yaml", "tables: {t: {a: b}}\nfields: {src: source.ip, user: user.name}\nset: {event.type: info}\n");
    folder.add("box", "include: shared/names.yaml\nrecognise: [{contains: 'k='}]\nextract: [{key_value: {}}]\nfields: {user: {to: user.id, values: t}}\n");
    const auto set = folder.load();
    EXPECT_EQ(set->size(), 1u);
    for (const char* include : {"../outside.yaml", "/etc/passwd", "shared/missing.yaml"}) {
        PackFolder bad;
        bad.add("box", std::string("include: ") + include + "\n" + kGood);
        const auto loaded = PackSet::load(bad.path());
        ASSERT_TRUE(loaded);
        EXPECT_EQ(loaded->problems.size(), 1u) << include;
    }
}

TEST(PackCompiler, refuses_mistakes_with_their_line) {
    // The facts take six lines; the text of a case begins on line 7.
    struct {
        const char* text;
        int line;
        const char* reason;
    } cases[] = {
        {"recognize: []\n", 7, "unknown key 'recognize'"},
        {"recognise: x\n", 7, "must be a list"},
        {"recognise:\n  - {}\n", 8, "needs appname"},
        {"recognise:\n  - {contains: ''}\n", 8, "recognise everything"},
        {"recognise:\n  - {regex: '(unclosed'}\n", 8, "recognise"},
        {"recognise:\n  - {regex: 'a*'}\n", 8, "recognise everything"},
        {"recognise:\n  - {regex: 'a.{0,8000}b'}\n", 8, "more than 500"},
        {"recognise:\n  - {contains: x, priority: 500}\n", 8, "priority"},
        {"extract: []\n", 1, "'recognise' is missing"},
        {"recognise: []\nextract:\n  - {dissect: '%{a}', regex: x}\n", 9, "not both"},
        {"recognise: []\nextract:\n  - {from: x}\n", 9, "a step needs"},
        {"recognise: []\nextract:\n  - regex: '(?<a'\n", 9, "regex"},
        {"recognise: []\nextract:\n  - json: {x: 1}\n", 9, "no options"},
        {"recognise: []\nextract:\n  - key_value: {pair: x}\n", 9, "unknown key 'pair'"},
        {"recognise: []\nextract:\n  - delimited: {by: ','}\n", 9, "columns"},
        {"recognise: []\nfields:\n  a: {too: b.c}\n", 9, "unknown key 'too'"},
        {"recognise: []\nfields:\n  a: {to: b.c, values: nothing}\n", 9, "unknown table"},
        {"recognise: []\nfields:\n  a: {to: b.c, time: '%Q'}\n", 9, "time format"},
        {"recognise: []\nfields:\n  a: {to: b.c, zone: Mars}\n", 9, "time zone"},
        {"recognise: []\nfields:\n  a: {to: b.c, case: title}\n", 9, "case"},
        {"recognise: []\nrules:\n  - {when: {a: b}}\n", 9, "needs when and set"},
        {"recognise: []\nrules:\n  - {when: {}, set: {a.b: c}}\n", 9, "when"},
        {"recognise: []\nrules:\n  - {when: {a: {like: x}}, set: {a.b: c}}\n", 9, "unknown key 'like'"},
        {"recognise: []\nrules:\n  - {when: {a: {matches: '('}}, set: {a.b: c}}\n", 9, "regex"},
        {"recognise: []\nmessages:\n  - {id: x, dissect: '%{a}'}\n", 9, "needs 'dispatch'"},
        {"recognise: []\nmessages: {}\n", 8, "must be a list"},
        {"recognise: []\nkeep: some\n", 8, "keep"},
        {"recognise: []\nhostname: both\n", 8, "hostname"},
        {"recognise: []\nunknown_messages: maybe\nmessages: []\n", 8, "unknown_messages"},
        {"recognise: []\nrename: {'a*': b}\n", 8, "rename"},
        {"recognise: []\nset: {event.type: {a: b}}\n", 8, "a value"},
    };
    for (const auto& each : cases) {
        PackFolder folder;
        folder.add("box", each.text);
        const auto loaded = PackSet::load(folder.path());
        ASSERT_TRUE(loaded);
        ASSERT_EQ(loaded->problems.size(), 1u) << each.text;
        EXPECT_EQ(loaded->problems[0].line, each.line) << each.text << loaded->problems[0].to_string();
        EXPECT_NE(loaded->problems[0].reason.find(each.reason), std::string::npos) << each.text << loaded->problems[0].to_string();
    }
}

TEST(PackCompiler, needs_the_facts_of_the_device) {
    for (const char* missing : {"pack", "title", "vendor", "product", "device_type", "provenance"}) {
        std::string yaml;
        const std::string all = test::pack_yaml("box", kGood);
        for (size_t at = 0; at < all.size();) {
            const size_t end = all.find('\n', at);
            const std::string line = all.substr(at, end - at + 1);
            if (!line.starts_with(std::string(missing) + ":")) yaml += line;
            at = end + 1;
        }
        PackFolder folder;
        folder.write("box/pack.yaml", yaml);
        const auto loaded = PackSet::load(folder.path());
        ASSERT_TRUE(loaded);
        ASSERT_EQ(loaded->problems.size(), 1u) << missing;
        EXPECT_NE(loaded->problems[0].reason.find(missing), std::string::npos) << loaded->problems[0].reason;
    }
}

TEST(CheckPack, reports_each_difference_with_its_line) {
    PackFolder folder;
    folder.add("box", "recognise: [{contains: 'k='}]\nextract: [{key_value: {}}]\nfields: {k: event.code}\n");
    folder.write("box/cases.yaml",
                 "cases:\n"
                 "  - {name: right, line: 'k=1', expect: {event.code: 1, user.name: ~}}\n"
                 "  - name: wrong\n    line: 'k=2'\n    expect: {event.code: 3, event.kind: event}\n"
                 "  - {line: 'other', expect: {event.code: 1}}\n");
    const auto set = folder.load();
    const auto report = check_pack(set, 1);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->cases, 3u);
    ASSERT_EQ(report->failures.size(), 2u);
    EXPECT_EQ(report->failures[0].line, 3);
    EXPECT_EQ(report->failures[0].name, "wrong");
    EXPECT_EQ(report->failures[0].reason, "event.code: expected 3, got 2");
    EXPECT_EQ(report->failures[1].reason, "recognised as nothing");
    EXPECT_EQ(set->info(1)->case_count, 3u);
    EXPECT_EQ(case_lines(*set->info(1))->size(), 3u);
    EXPECT_FALSE(check_pack(set, 9));
    folder.write("box/cases.yaml", "cases:\n  - {expect: {}}\n");
    EXPECT_FALSE(check_pack(set, 1));
}

}  // namespace
}  // namespace shuwei::parse
