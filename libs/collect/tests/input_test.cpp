#include "shuwei/collect/input.hpp"

#include <gtest/gtest.h>

#include "collect_fixture.hpp"

namespace shuwei::collect {
namespace {

constexpr std::string_view kColours[] = {"red", "green"};
constexpr InputField kFields[] = {
    {.name = "where", .need = InputFieldNeed::required},
    {.name = "every", .type = InputFieldType::integer, .fallback = "60", .least = 1, .most = 3600},
    {.name = "hidden", .type = InputFieldType::flag, .fallback = "false"},
    {.name = "colour", .type = InputFieldType::choice, .fallback = "red", .choices = kColours},
    {.name = "paths", .type = InputFieldType::list},
    {.name = "files", .type = InputFieldType::paths},
    {.name = "password", .type = InputFieldType::secret},
};
const InputKind kKind{"example", kFields};

TEST(InputSettings, FallbacksStandWhereNothingIsGiven) {
    const auto settings = InputSettings::check(kKind, {{"where", "here"}, {"paths", " /a \n\n/b\n"}, {"hidden", "true"}});
    ASSERT_TRUE(settings) << settings.error().to_string();
    EXPECT_EQ("here", settings->text("where"));
    EXPECT_EQ(60, settings->integer("every"));
    EXPECT_TRUE(settings->flag("hidden"));
    EXPECT_EQ("red", settings->text("colour"));
    EXPECT_EQ((std::vector<std::string>{"/a", "/b"}), settings->list("paths"));
    EXPECT_EQ("", settings->text("password"));
}

TEST(InputSettings, WhatIsWrongIsNamed) {
    const struct {
        InputValues values;
        std::string_view says;
    } cases[] = {
        {{}, "where: is missing"},
        {{{"where", "x"}, {"whither", "y"}}, "whither: inputs of kind example know no such setting"},
        {{{"where", "a\nb"}}, "where: is one line"},
        {{{"where", "x"}, {"every", "often"}}, "every: 'often' is not a whole number"},
        {{{"where", "x"}, {"every", "0"}}, "every: 0 is not between 1 and 3600"},
        {{{"where", "x"}, {"hidden", "yes"}}, "hidden: is true or false"},
        {{{"where", "x"}, {"colour", "blue"}}, "colour: 'blue' is not one of red, green"},
        {{{"where", "\xff"}}, "where: not UTF-8"},
        {{{"where", "x"}, {"files", "/var/log/*.log\nrelative"}}, "files: 'relative' is not an absolute path"},
        {{{"where", "x"}, {"files", "/var/log/../../etc/shadow"}}, "files: '/var/log/../../etc/shadow' has '.', '..' or '//' in it"},
        {{{"where", std::string(70'000, 'x')}}, "where: over 64 KiB"},
    };
    for (const auto& [values, says] : cases) {
        const auto settings = InputSettings::check(kKind, values);
        ASSERT_FALSE(settings) << says;
        EXPECT_NE(std::string::npos, settings.error().to_string().find(says)) << settings.error().to_string();
    }
}

TEST(InputKinds, NamesAreUniqueAndEveryKindCanBeStartedAndTried) {
    for (const InputKind* kind : input_kinds()) {
        EXPECT_EQ(kind, find_input_kind(kind->name));
        EXPECT_NE(nullptr, kind->start) << kind->name;
        EXPECT_NE(nullptr, kind->test) << kind->name;
        for (const InputField& field : kind->fields) EXPECT_EQ(&field, kind->field(field.name)) << kind->name;
    }
    EXPECT_EQ(nullptr, find_input_kind("no such kind"));
}

}  // namespace
}  // namespace shuwei::collect
