#include "shuwei/sigma/pattern.hpp"

#include <gtest/gtest.h>

namespace shuwei::sigma {
namespace {

// The escaping examples of the specification, as YAML hands them over.
TEST(Pattern, ReadsEscapesAsTheSpecificationSays) {
    struct Case {
        const char* text;
        const char* matching;
        const char* not_matching;
    };
    const Case cases[] = {
        {R"(C:\Windows)", R"(C:\Windows)", R"(C:\\Windows)"},
        {R"(C:\\Windows)", R"(C:\Windows)", R"(C:\\Windows)"},
        {R"(a\*b)", "a*b", "axb"},
        {R"(a\?b)", "a?b", "axb"},
        {R"(a\\*b)", R"(a\xyzb)", "axyzb"},
        {R"(a\\\*b)", R"(a\*b)", R"(a\xb)"},
        {R"(a\\\\b)", R"(a\\b)", R"(a\b)"},
        {R"(a\\\b)", R"(a\\b)", R"(a\b)"},
        {R"(a\)", R"(a\)", "a"},
        {"a?c", "abc", "ac"},
        {"a*c", "ac", "acd"},
        {"*a*b*", "xxaxxbxx", "bxa"},
        {"??", "ab", "abc"},
        {"?", "\xE6\x88\x8D", "ab"},  // one character, three bytes
        {"*", "", nullptr},
        {"", "", "x"},
        {"*a?c*e", "zzabcabcxe", "zzabce-"},
        {"a*b*c", "abbbbc", "abbbb"},
    };
    for (const Case& one : cases) {
        const Pattern pattern = Pattern::parse(one.text);
        EXPECT_TRUE(pattern.matches(one.matching)) << one.text << " should match " << one.matching;
        if (one.not_matching != nullptr) {
            EXPECT_FALSE(pattern.matches(one.not_matching)) << one.text << " should not match " << one.not_matching;
        }
        EXPECT_EQ(Pattern::parse(pattern.to_text()), pattern) << one.text << " shown as " << pattern.to_text();
    }
}

TEST(Pattern, FoldsLettersOfManyScriptsAndKeepsLengths) {
    const std::pair<const char*, const char*> cases[] = {
        {"ABCxyz[]@`{}09", "abcxyz[]@`{}09"},
        {"ÄÖÜẞ×Þ", "äöüẞ×þ"},
        {"ΑΒΓΩ", "αβγω"},
        {"ЖЯЁ", "жяё"},
        {"ŠŽĲŹ", "šžĳź"},
        {"ＡＢＺ中文", "ａｂｚ中文"},
        {"\xC3", "\xC3"},
        {"A\xFF\xFEZ", "a\xFF\xFEz"},
        {"THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG 1234567890 ÄÖÜ AND ON", "the quick brown fox jumps over the lazy dog 1234567890 äöü and on"},
    };
    for (const auto& [text, folded] : cases) EXPECT_EQ(fold_case(text), folded);
    // Every length around the widths that are folded at once.
    for (size_t size = 0; size < 200; ++size) {
        std::string upper(size, 'Q');
        if (size > 0) upper[size / 2] = '@';
        std::string lower(size, 'q');
        if (size > 0) lower[size / 2] = '@';
        EXPECT_EQ(fold_case(upper), lower);
        fold_case(upper, upper.data());
        EXPECT_EQ(upper, lower);
    }
}

}  // namespace
}  // namespace shuwei::sigma
