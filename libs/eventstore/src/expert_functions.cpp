#include "expert_functions.hpp"

#include <algorithm>

#include "shuwei/base/text.hpp"

namespace shuwei::eventstore {
namespace {

constexpr ExpertFunction kFunctions[] = {
    // aggregates; count is written by the emitter, as count(*), count(x) and count(distinct x) are
    {"count", "x?", 'n', true, "", "rows; rows where it is there; different values"},
    {"count_if", "b", 'n', true, "countIf(ifNull($1, 0))", "rows for which it is true"},
    {"sum", "n", 'n', true, "sumOrNull(toFloat64($1))", "sum"},
    {"avg", "n", 'n', true, "avgOrNull($1)", "mean"},
    {"min", "x", 'x', true, "minOrNull($1)", "smallest, earliest"},
    {"max", "x", 'x', true, "maxOrNull($1)", "largest, latest"},
    {"median", "n", 'n', true, "quantileOrNull(0.5)(toFloat64($1))", "median, about"},
    {"quantile", "nN", 'n', true, "", "quantile(x, 0.95), about"},
    {"any_value", "x", 'x', true, "anyOrNull($1)", "one of the values"},
    // text
    {"lower", "t", 't', false, "lower($1)", "ASCII letters made small"},
    {"upper", "t", 't', false, "upper($1)", "ASCII letters made capital"},
    {"length", "t", 'n', false, "toInt64(lengthUTF8($1))", "characters"},
    {"substr", "tnn?", 't', false, "substringUTF8($*)", "substr(x, from 1, length)"},
    {"trim", "t", 't', false, "trimBoth($1)", "without blanks at both ends"},
    {"replace", "tTT", 't', false, "replaceAll($1, $2, $3)", "each second text by the third"},
    {"strpos", "tT", 'n', false, "toInt64(positionUTF8($1, $2))", "where it stands, from 1; 0 when it does not"},
    {"contains", "tT", 'b', false, "(positionCaseInsensitive($1, $2) > 0)", "has the text, letter case ignored"},
    {"concat", "xx*", 't', false, "", "one after the other"},
    {"split_part", "tTN", 't', false, "arrayElement(splitByString($2, assumeNotNull($1)), toInt32($3))", "the n-th part between separators"},
    {"in_network", "tT", 'b', false, "", "an address inside 10.0.0.0/8"},
    // numbers
    {"abs", "n", 'n', false, "abs($1)", "without sign"},
    {"floor", "n", 'n', false, "floor(toFloat64($1))", "rounded down"},
    {"ceil", "n", 'n', false, "ceil(toFloat64($1))", "rounded up"},
    {"round", "nN?", 'n', false, "", "round(x, digits)"},
    {"to_number", "x", 'n', false, "toFloat64OrNull(toString($1))", "NULL when it is none"},
    {"to_text", "x", 't', false, "toString($1)", "as text"},
    // time; hours and days are those of Asia/Shanghai
    {"time_bucket", "dT", 'd', false, "", "start of its '15 minutes'"},
    {"hour", "d", 'n', false, "toInt64(toHour($1, 'Asia/Shanghai'))", "0 to 23"},
    {"weekday", "d", 'n', false, "toInt64(toDayOfWeek($1, 0, 'Asia/Shanghai'))", "1 Monday to 7"},
    {"day", "d", 't', false, "toString(toDate($1, 'Asia/Shanghai'))", "2026-11-21"},
    {"seconds_between", "dd", 'n', false, "(toFloat64(toUnixTimestamp64Micro($2) - toUnixTimestamp64Micro($1)) / 1000000)", "from the first to the second"},
    {"ago", "T", 'd', false, "", "ago('24 hours'): that long before now"},
    // choice
    {"coalesce", "xx*", 'x', false, "coalesce($*)", "the first that is not NULL"},
    {"nullif", "xx", 'x', false, "nullIf($1, $2)", "NULL when both are the same"},
    {"if", "bxx", 'y', false, "if(ifNull($1, 0), $2, $3)", "the second when the first is true, else the third"},
};

}  // namespace

std::span<const ExpertFunction> expert_functions() { return kFunctions; }

const ExpertFunction* find_expert_function(std::string_view name) {
    const auto found = std::ranges::find_if(kFunctions, [&](const ExpertFunction& each) { return base::equals_ignoring_case(each.name, name); });
    return found == std::end(kFunctions) ? nullptr : &*found;
}

}  // namespace shuwei::eventstore
