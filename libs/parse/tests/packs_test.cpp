// Every sample line of every pack in content/packs, and facts that hold for all packs.
#include <gtest/gtest.h>

#include <set>

#include "pack_folder.hpp"
#include "parsing.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/parse/pack_check.hpp"

namespace shuwei::parse {
namespace {

const PackSet::Loaded& content() {
    static const PackSet::Loaded loaded = [] {
        auto packs = PackSet::load(std::filesystem::path(SHUWEI_SOURCE_DIR) / "content" / "packs");
        EXPECT_TRUE(packs) << packs.error().to_string();
        return *packs;
    }();
    return loaded;
}

TEST(Packs, all_load) {
    for (const PackProblem& problem : content().problems) ADD_FAILURE() << problem.to_string();
    EXPECT_GE(content().set->size(), 25u);
}

TEST(Packs, every_case_gives_what_it_expects) {
    size_t cases = 0;
    for (const PackInfo& info : content().set->packs()) {
        const auto report = check_pack(content().set, info.number);
        ASSERT_TRUE(report) << report.error().to_string();
        cases += report->cases;
        EXPECT_EQ(report->cases, info.case_count) << info.name;
        for (const CaseFailure& failure : report->failures) ADD_FAILURE() << failure.to_string();
    }
    RecordProperty("cases", static_cast<int>(cases));
    EXPECT_GE(cases, 150u);
}

TEST(Packs, each_has_three_cases_and_says_what_it_is) {
    std::set<std::string> names;
    for (const PackInfo& info : content().set->packs()) {
        EXPECT_GE(info.case_count, 3u) << info.name;
        EXPECT_FALSE(info.title_zh.empty()) << info.name;
        EXPECT_FALSE(info.title_en.empty()) << info.name;
        EXPECT_EQ(info.folder.filename(), info.name) << "a pack's folder bears its name";
        EXPECT_EQ(content().set->find(info.name), info.number);
        EXPECT_TRUE(names.insert(info.name).second);
        if (info.provenance == Provenance::documented) {
            EXPECT_FALSE(info.references.empty()) << info.name << " is documented, but where?";
        }
    }
}

// The example in the documentation is also the reference, so it must compile.
TEST(Packs, the_documented_example_compiles) {
    const auto page = base::read_file(std::filesystem::path(SHUWEI_SOURCE_DIR) / "docs" / "formats" / "device-pack.md");
    ASSERT_TRUE(page);
    const size_t start = page->find("```yaml\npack: ");
    ASSERT_NE(start, std::string::npos);
    const size_t end = page->find("```", start + 8);
    test::PackFolder folder;
    folder.write("shared/url.yaml", "fields: {url.path: url.path}\n");
    folder.write("acme-gate/pack.yaml", page->substr(start + 8, end - start - 8));
    EXPECT_EQ(folder.load()->size(), 1u);
}

// A line bound to its pack reads the same as one that is recognised.
TEST(Packs, binding_changes_nothing_for_recognised_lines) {
    Parser parser(content().set);
    for (const PackInfo& info : content().set->packs()) {
        const auto lines = case_lines(info);
        ASSERT_TRUE(lines) << info.name;
        for (const std::string& line : *lines) {
            const test::Parsed free = test::parse(parser, line);
            SourceHint hint;
            hint.pack = info.number;
            const test::Parsed bound = test::parse(parser, line, hint);
            EXPECT_EQ(bound.event().pack, info.number) << line;
            EXPECT_EQ(free.batch.fields(free.event()).size(), bound.batch.fields(bound.event()).size()) << line;
        }
    }
}

// Cut, doubled and mangled sample lines: nothing crashes, nothing is lost.
TEST(Packs, damaged_lines_keep_their_raw_text) {
    Parser parser(content().set);
    for (const PackInfo& info : content().set->packs()) {
        const auto lines = case_lines(info);
        ASSERT_TRUE(lines);
        for (const std::string& line : *lines) {
            for (const size_t part : {line.size() / 4, line.size() / 2, line.size() - 1}) {
                const test::Parsed cut = test::parse(parser, line.substr(0, part));
                EXPECT_EQ(cut.event().raw, line.substr(0, part));
            }
            std::string mangled = line;
            for (size_t i = 0; i < mangled.size(); i += 7) mangled[i] = static_cast<char>(i % 2 == 0 ? '\0' : '\xff');
            EXPECT_EQ(test::parse(parser, mangled).event().raw, mangled);
            EXPECT_EQ(test::parse(parser, line + line).event().raw.size(), 2 * line.size());
        }
    }
}

}  // namespace
}  // namespace shuwei::parse
