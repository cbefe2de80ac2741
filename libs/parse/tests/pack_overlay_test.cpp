// Packs of one tenant over the packs of all.
#include <gtest/gtest.h>

#include "pack_folder.hpp"
#include "parsing.hpp"
#include "shuwei/parse/pack_overlay.hpp"

namespace shuwei::parse {
namespace {

using test::PackFolder;
using test::pack_yaml;

std::shared_ptr<const PackSet> base() {
    PackFolder folder;
    folder.add("common", "recognise: [{contains: 'x='}]\nextract: [{dissect: 'x=%{common}'}]\n");
    folder.add("other", "recognise: [{contains: 'y='}]\nextract: [{dissect: 'y=%{other}'}]\n");
    folder.add("by-name", "recognise: [{appname: boxd}]\nextract: [{dissect: '%{all}'}]\n");
    return folder.load();
}

std::shared_ptr<const PackOverlay> overlay(uint32_t tenant, std::vector<std::string> texts, const PackSet& set) {
    auto compiled = PackOverlay::compile(tenant, texts, set);
    for (const PackProblem& problem : compiled.problems) ADD_FAILURE() << problem.to_string();
    return compiled.overlay;
}

std::string pack_of(Parser& parser, uint32_t tenant, std::string_view line) {
    event::EventBatch batch;
    event::Event& event = batch.add_event();
    event.raw = batch.store(line);
    event.received = test::kReceived;
    event.tenant = tenant;
    parser.parse(batch, event);
    const PackInfo* info = parser.packs()->info(event.pack);
    return info == nullptr ? "" : info->name + "@" + std::to_string(info->tenant);
}

TEST(PackOverlay, is_seen_by_its_tenant_alone_and_goes_first) {
    const auto set = base();
    const std::vector<std::shared_ptr<const PackOverlay>> overlays{
        overlay(7, {pack_yaml("zz-own", "recognise: [{contains: 'x=', priority: 1}]\nextract: [{dissect: 'x=%{own}'}]\n")}, *set),
        overlay(3, {pack_yaml("own", "recognise: [{appname: boxd}]\nextract: [{dissect: '%{own}'}]\n")}, *set)};
    Parser parser(PackSet::with_overlays(set, overlays));
    EXPECT_EQ(parser.packs()->size(), 5u);
    EXPECT_EQ(pack_of(parser, 7, "x=1"), "zz-own@7");
    EXPECT_EQ(pack_of(parser, 3, "x=1"), "common@0");
    EXPECT_EQ(pack_of(parser, 0, "x=1"), "common@0");
    EXPECT_EQ(pack_of(parser, 7, "y=1"), "other@0");
    EXPECT_EQ(pack_of(parser, 3, "<13>Nov 21 08:30:00 h boxd[1]: hello"), "own@3");
    EXPECT_EQ(pack_of(parser, 7, "<13>Nov 21 08:30:00 h boxd[1]: hello"), "by-name@0");
}

TEST(PackOverlay, stands_in_for_a_pack_of_the_same_name) {
    const auto set = base();
    const auto own = overlay(7, {pack_yaml("common", "recognise: [{contains: 'x=own'}]\nextract: [{dissect: 'x=%{own}'}]\n")}, *set);
    const auto with = PackSet::with_overlays(set, std::span(&own, 1));
    Parser parser(with);
    EXPECT_EQ(pack_of(parser, 7, "x=own"), "common@7");
    EXPECT_EQ(pack_of(parser, 7, "x=1"), "") << "the base's pack of that name is not the tenant's any more";
    EXPECT_EQ(pack_of(parser, 8, "x=own"), "common@0");
    EXPECT_NE(with->find("common", 7), with->find("common", 8));
    EXPECT_EQ(with->find("common", 8), set->find("common"));
    EXPECT_EQ(with->find("other", 7), set->find("other"));
    EXPECT_EQ(with->find("nothing", 7), 0);
    EXPECT_EQ(PackSet::with_overlays(with, {})->size(), set->size());
}

TEST(PackOverlay, names_the_place_of_a_mistake_and_keeps_the_rest) {
    const auto set = base();
    const std::vector<std::string> texts{pack_yaml("fine", "recognise: [{contains: 'a='}]\nextract: [{dissect: 'a=%{b}'}]\n"),
                                         pack_yaml("wrong", "recognise: [{contains: 'a='}]\nextract: [{disect: 'a=%{b}'}]\n"),
                                         pack_yaml("broken", "recognise: [{regex: '(('}]\n"), "a: [", ""};
    const auto compiled = PackOverlay::compile(7, texts, *set);
    ASSERT_EQ(compiled.overlay->packs().size(), 1u);
    EXPECT_EQ(compiled.overlay->packs()[0].name, "fine");
    ASSERT_EQ(compiled.problems.size(), 4u);
    EXPECT_EQ(compiled.problems[0].file, "1");
    EXPECT_EQ(compiled.problems[0].line, 8);
    EXPECT_EQ(compiled.problems[0].column, 12);
    EXPECT_EQ(compiled.problems[1].line, 7);
    EXPECT_EQ(compiled.problems[2].line, 1);
}

// What a wrong pack can cost: its lines run into the limits, so it is set aside and the others go on.
TEST(PackOverlay, sets_a_pack_aside_that_is_too_slow_again_and_again) {
    const auto set = base();
    const std::string slow = "(?:(a+)+b|" "(a+)+c)";
    for (const std::string& rest : {"recognise: [{contains: 'x='}]\nextract: [{regex: '" + slow + "'}, {regex: '" + slow + "', optional: true}]\n",
                                    "recognise: [{regex: 'x=" + slow + "'}]\nextract: [{dissect: 'x=%{a}'}]\n",
                                    "recognise: [{contains: 'x='}]\nextract: [{dissect: 'x=%{a}'}]\nmessages:\n" + [&] {
                                        std::string forms;
                                        for (int i = 0; i < 40; ++i) forms += "  - {regex: '" + slow + "'}\n";
                                        return forms;
                                    }()}) {
        const auto own = overlay(7, {pack_yaml("slow", rest)}, *set);
        const auto with = PackSet::with_overlays(set, std::span(&own, 1));
        Parser parser(with);
        const std::string line = "x=" + std::string(5'000, 'a');
        const uint16_t number = with->find("slow", 7);
        for (int i = 0; i < 5'000 && !with->health(number).set_aside; ++i) EXPECT_EQ(pack_of(parser, 7, line), "common@0");
        EXPECT_TRUE(with->health(number).set_aside) << rest.substr(0, 80);
        EXPECT_GE(with->health(number).slow_lines, 64u);
        EXPECT_EQ(pack_of(parser, 7, "x=aab"), "common@0") << "it is tried no more";
        EXPECT_FALSE(with->health(with->find("common")).set_aside);
    }
}

}  // namespace
}  // namespace shuwei::parse
