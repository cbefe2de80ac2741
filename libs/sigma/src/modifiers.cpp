#include "modifiers.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "pattern_variants.hpp"
#include "regex.hpp"
#include "shuwei/base/text.hpp"
#include "value_tests.hpp"

namespace shuwei::sigma {

using base::Error;
using base::ErrorCode;
using base::fail;
using base::Result;

Error problem_at(uint32_t line, std::string text) {
    return Error(ErrorCode::invalid_argument, std::move(text)).at("line " + std::to_string(line));
}

namespace {

enum class Modifier : uint8_t {
    all, startswith, endswith, contains, exists, cased, neq, windash, re, i, m, s, base64, base64offset,
    utf16le, utf16be, utf16, lt, lte, gt, gte, minute, hour, day, week, month, year, cidr, expand, fieldref,
};

struct ModifierName {
    std::string_view name;
    Modifier modifier;
};
constexpr ModifierName kModifiers[] = {
    {"all", Modifier::all},           {"startswith", Modifier::startswith}, {"endswith", Modifier::endswith},
    {"contains", Modifier::contains}, {"exists", Modifier::exists},         {"cased", Modifier::cased},
    {"neq", Modifier::neq},           {"windash", Modifier::windash},       {"re", Modifier::re},
    {"i", Modifier::i},               {"m", Modifier::m},                   {"s", Modifier::s},
    {"base64", Modifier::base64},     {"base64offset", Modifier::base64offset}, {"wide", Modifier::utf16le},
    {"utf16le", Modifier::utf16le},   {"utf16be", Modifier::utf16be},       {"utf16", Modifier::utf16},
    {"lt", Modifier::lt},             {"lte", Modifier::lte},               {"gt", Modifier::gt},
    {"gte", Modifier::gte},           {"minute", Modifier::minute},         {"hour", Modifier::hour},
    {"day", Modifier::day},           {"week", Modifier::week},             {"month", Modifier::month},
    {"year", Modifier::year},         {"cidr", Modifier::cidr},             {"expand", Modifier::expand},
    {"fieldref", Modifier::fieldref},
};

std::optional<Modifier> find_modifier(std::string_view name) {
    for (const ModifierName& known : kModifiers) {
        if (known.name == name) return known.modifier;
    }
    return std::nullopt;
}

// One value on its way through the modifiers. Until something transforms it, `raw` is the text as written.
struct Value {
    enum class Kind : uint8_t { text, number, boolean, null };
    Kind kind = Kind::text;
    std::string raw;
    bool typed = false;  // `test` says more than a pattern
    ValueTest test;
};

class Builder {
public:
    Builder(std::vector<Modifier> modifiers, std::vector<std::string_view> names, bool keywords, TestContext& context)
        : modifiers_(std::move(modifiers)), names_(std::move(names)), keywords_(keywords), context_(context) {}

    Result<std::vector<ValueTest>> build(const YamlNode& node) {
        line_ = node.line;
        std::vector<Value> values(1);
        TRY(read(node, values[0]));
        for (at_ = 0; at_ < modifiers_.size(); ++at_) TRY(apply(modifiers_[at_], values));
        if (values.size() > context_.values_left) {
            return fail(problem_at(line_, "more than " + std::to_string(kMaxValuesPerRule) + " values in one rule"));
        }
        context_.values_left -= values.size();
        std::vector<ValueTest> tests;
        for (Value& value : values) {
            TRY(finish(value));
            tests.push_back(std::move(value.test));
        }
        return tests;
    }

private:
    bool has(Modifier modifier) const {
        for (const Modifier one : modifiers_) {
            if (one == modifier) return true;
        }
        return false;
    }
    tl::unexpected<Error> bad(std::string text) const { return fail(problem_at(line_, std::move(text))); }
    std::string name() const { return "'" + std::string(names_[at_]) + "'"; }

    Result<> read(const YamlNode& node, Value& value) {
        if (node.is_null()) {
            value.kind = Value::Kind::null;
            value.typed = true;
            value.test.operation = Operation::null_value;
            return {};
        }
        if (!node.is_scalar()) return bad("expected a value, found " + std::string(node.kind_name()));
        value.raw = node.text;
        if (!node.quoted && number_of(node.text).has_value()) value.kind = Value::Kind::number;
        if (!node.quoted && (base::equals_ignoring_case(node.text, "true") || base::equals_ignoring_case(node.text, "false"))) {
            value.kind = Value::Kind::boolean;
        }
        value.test.pattern = Pattern::parse(node.text);
        return {};
    }

    Result<> apply(Modifier modifier, std::vector<Value>& values) {
        for (const Value& value : values) {
            if (value.kind == Value::Kind::null && modifier != Modifier::neq && modifier != Modifier::all &&
                modifier != Modifier::cased) {
                return bad("modifier " + name() + " cannot be applied to null");
            }
        }
        switch (modifier) {
            case Modifier::all:
            case Modifier::neq: return {};
            case Modifier::cased:
                for (Value& value : values) value.test.cased = true;
                return {};
            case Modifier::startswith:
            case Modifier::endswith:
            case Modifier::contains:
                for (Value& value : values) TRY(anchor(modifier, value));
                return {};
            case Modifier::i:
            case Modifier::m:
            case Modifier::s:
                for (Value& value : values) {
                    if (value.test.operation != Operation::regex) return bad("modifier " + name() + " belongs behind 're'");
                    if (modifier == Modifier::i) value.test.regex.ignore_case = true;
                    if (modifier == Modifier::m) value.test.regex.multi_line = true;
                    if (modifier == Modifier::s) value.test.regex.dot_all = true;
                }
                return {};
            case Modifier::expand: return expand(values);
            case Modifier::windash:
                TRY(only_text(values));
                for (Value& value : values) value.test.pattern = with_dashes(value.test.pattern);
                return {};
            case Modifier::utf16:
            case Modifier::utf16le:
            case Modifier::utf16be:
            case Modifier::base64:
            case Modifier::base64offset: return encode(modifier, values);
            case Modifier::re:
                TRY(only_text(values));
                for (Value& value : values) {
                    value.typed = true;
                    value.test.operation = Operation::regex;
                    value.test.text = value.raw;
                }
                return {};
            case Modifier::cidr:
                if (std::all_of(values.begin(), values.end(), [](const Value& value) { return value.test.operation == Operation::group; })) return {};
                TRY(only_text(values));
                for (Value& value : values) {
                    if (has(Modifier::expand) && whole_placeholder(value.raw)) continue;  // a group of addresses, told by 'expand'
                    const auto network = base::IpNetwork::parse(value.raw);
                    if (!network.has_value()) return bad("'" + value.raw + "' is not a network in CIDR notation");
                    value.typed = true;
                    value.test.operation = Operation::cidr;
                    value.test.network = *network;
                    value.test.text = value.raw;
                }
                return {};
            case Modifier::exists:
                TRY(only_text(values));
                for (Value& value : values) {
                    if (value.kind != Value::Kind::boolean && value.raw != "true" && value.raw != "false") {
                        return bad("'exists' takes true or false");
                    }
                    value.typed = true;
                    value.test.operation = Operation::exists;
                    value.test.flag = base::equals_ignoring_case(value.raw, "true");
                }
                return {};
            case Modifier::fieldref:
                TRY(only_text(values));
                for (Value& value : values) {
                    if (value.raw.empty()) return bad("'fieldref' takes the name of a field");
                    value.test.anchor = before_anchor_;
                    value.typed = true;
                    value.test.operation = Operation::field_reference;
                    value.test.text = value.raw;
                }
                return {};
            case Modifier::lt:
            case Modifier::lte:
            case Modifier::gt:
            case Modifier::gte:
                for (Value& value : values) TRY(compare(modifier, value));
                return {};
            case Modifier::minute:
            case Modifier::hour:
            case Modifier::day:
            case Modifier::week:
            case Modifier::month:
            case Modifier::year:
                for (Value& value : values) TRY(compare(modifier, value));
                return {};
        }
        return {};
    }

    Result<> only_text(const std::vector<Value>& values) const {
        for (const Value& value : values) {
            if (value.typed) return bad("modifier " + name() + " cannot follow " + previous());
        }
        return {};
    }
    std::string previous() const { return at_ == 0 ? std::string("nothing") : "'" + std::string(names_[at_ - 1]) + "'"; }

    Result<> anchor(Modifier modifier, Value& value) {
        const Anchor how = modifier == Modifier::startswith ? Anchor::starts
                           : modifier == Modifier::endswith ? Anchor::ends : Anchor::contains;
        if (value.test.operation == Operation::field_reference) {
            value.test.anchor = how;
            return {};
        }
        if (value.test.operation == Operation::regex) {
            if (how == Anchor::starts) value.test.text = "^(?:" + value.test.text + ")";
            if (how == Anchor::ends) value.test.text = "(?:" + value.test.text + ")$";
            return {};
        }
        if (value.test.operation == Operation::group) {
            value.test.anchor = how;
            return {};
        }
        if (value.test.operation == Operation::never) return {};
        if (value.typed) return bad("modifier " + name() + " cannot follow " + previous());
        before_anchor_ = how;
        if (how != Anchor::starts) value.test.pattern.prepend_any();
        if (how != Anchor::ends) value.test.pattern.append_any();
        return {};
    }

    Result<> compare(Modifier modifier, Value& value) {
        ValueTest& test = value.test;
        const bool fresh = !value.typed;
        if (!fresh && test.operation == Operation::never) return {};
        if (!fresh && test.operation != Operation::compare) return bad("modifier " + name() + " cannot follow " + previous());
        if (fresh) {
            const auto number = number_of(value.raw);
            if (!number.has_value()) return bad("modifier " + name() + " needs a number, found '" + value.raw + "'");
            value.typed = true;
            test.operation = Operation::compare;
            test.number = *number;
            test.text = value.raw;
        }
        const auto comparison = [&](Comparison chosen) -> Result<> {
            if (test.comparison != Comparison::eq) return bad("more than one comparison");
            test.comparison = chosen;
            return {};
        };
        const auto part = [&](TimePart chosen) -> Result<> {
            if (test.time_part != TimePart::none) return bad("more than one part of a time");
            test.time_part = chosen;
            return {};
        };
        switch (modifier) {
            case Modifier::lt: return comparison(Comparison::lt);
            case Modifier::lte: return comparison(Comparison::lte);
            case Modifier::gt: return comparison(Comparison::gt);
            case Modifier::gte: return comparison(Comparison::gte);
            case Modifier::minute: return part(TimePart::minute);
            case Modifier::hour: return part(TimePart::hour);
            case Modifier::day: return part(TimePart::day);
            case Modifier::week: return part(TimePart::week);
            case Modifier::month: return part(TimePart::month);
            default: return part(TimePart::year);
        }
    }

    Result<> encode(Modifier modifier, std::vector<Value>& values) {
        TRY(only_text(values));
        std::vector<Value> encoded;
        for (const Value& before : values) {
            for (Pattern& pattern : spell_dashes(before.test.pattern)) {
                Value value = before;
                if (modifier == Modifier::base64 || modifier == Modifier::base64offset) {
                    if (!pattern.is_plain()) return bad("modifier " + name() + " cannot be applied to wildcards");
                    const std::string text = pattern.plain_text();
                    if (text.empty()) return bad("modifier " + name() + " needs text");
                    for (const std::string& one : base64_of(modifier, text)) {
                        value.test.pattern = Pattern::literal(one);
                        value.raw = one;
                        encoded.push_back(value);
                    }
                    continue;
                }
                const ByteOrder order = modifier == Modifier::utf16be ? ByteOrder::big : ByteOrder::little;
                for (PatternPart& part : pattern.parts) {
                    if (part.kind == PatternPart::Kind::literal) part.text = to_utf16(part.text, order);
                }
                if (modifier == Modifier::utf16) {
                    Pattern marked = Pattern::literal("\xFF\xFE");
                    for (const PatternPart& part : pattern.parts) {
                        if (part.kind == PatternPart::Kind::literal) {
                            marked.append_literal(part.text);
                        } else {
                            marked.append(part.kind);
                        }
                    }
                    pattern = std::move(marked);
                }
                value.test.pattern = std::move(pattern);
                value.raw = value.test.pattern.to_text();
                encoded.push_back(std::move(value));
            }
        }
        values = std::move(encoded);
        return {};
    }

    // base64offset: what stays the same of the encoding when the text begins at byte 0, 1 or 2 of a group of three.
    static std::vector<std::string> base64_of(Modifier modifier, const std::string& text) {
        if (modifier == Modifier::base64) return {base::base64_encode(text)};
        constexpr std::array<size_t, 3> kSkip{0, 2, 3};  // characters that depend on what stands before
        std::vector<std::string> variants;
        for (size_t offset = 0; offset < 3; ++offset) {
            const std::string whole = base::base64_encode(std::string(offset, ' ') + text);
            const size_t tail = (offset + text.size()) % 3;  // the last characters depend on what stands behind
            const size_t cut = tail == 0 ? 0 : tail == 1 ? 3 : 2;
            if (whole.size() > kSkip[offset] + cut) variants.push_back(whole.substr(kSkip[offset], whole.size() - kSkip[offset] - cut));
        }
        return variants;
    }

    // The name in "%name%" and nothing else.
    static std::optional<std::string> whole_placeholder(std::string_view raw) {
        if (raw.size() < 3 || !raw.starts_with('%') || raw.find('%', 1) != raw.size() - 1) return std::nullopt;
        return std::string(raw.substr(1, raw.size() - 2));
    }

    Result<> expand(std::vector<Value>& values) {
        TRY(only_text(values));
        std::vector<Value> expanded;
        for (const Value& before : values) {
            std::vector<std::string> texts{""};
            std::string missing;
            const std::string& raw = before.raw;
            if (const auto name = whole_placeholder(raw); name && !context_.placeholders.contains(*name)) {
                Value value = before;
                value.typed = true;
                value.test.operation = Operation::group;
                value.test.anchor = before_anchor_;
                value.test.text = *name;
                expanded.push_back(std::move(value));
                continue;
            }
            for (size_t at = 0; at < raw.size(); ++at) {
                if (raw[at] == '\\' && at + 1 < raw.size() && raw[at + 1] == '%') {
                    for (std::string& text : texts) text += '%';
                    ++at;
                    continue;
                }
                const size_t end = raw[at] == '%' ? raw.find('%', at + 1) : std::string::npos;
                if (end == std::string::npos || end == at + 1) {
                    for (std::string& text : texts) text += raw[at];
                    continue;
                }
                const std::string placeholder = raw.substr(at + 1, end - at - 1);
                const auto found = context_.placeholders.find(placeholder);
                if (found == context_.placeholders.end() || found->second.empty()) {
                    missing = placeholder;
                    break;
                }
                std::vector<std::string> next;
                for (const std::string& text : texts) {
                    for (const std::string& one : found->second) next.push_back(text + one);
                    if (next.size() > context_.values_left) return bad("the placeholders have too many values");
                }
                texts = std::move(next);
                at = end;
            }
            if (!missing.empty()) {
                context_.warnings.push_back({context_.file, line_,
                                             "the placeholder %" + missing + "% has no values: this test never matches"});
                Value value = before;
                value.typed = true;
                value.test.operation = Operation::never;
                value.test.text = raw;
                expanded.push_back(std::move(value));
                continue;
            }
            for (std::string& text : texts) {
                Value value = before;
                value.kind = Value::Kind::text;
                value.test.pattern = Pattern::parse(text);
                value.raw = std::move(text);
                expanded.push_back(std::move(value));
            }
        }
        values = std::move(expanded);
        return {};
    }

    Result<> finish(Value& value) {
        ValueTest& test = value.test;
        if (test.operation == Operation::regex) {
            if (auto checked = check_regex(test.text, test.regex); !checked) return bad(checked.error().message());
        }
        if (!keywords_) return {};
        switch (test.operation) {
            case Operation::pattern:
                if (test.pattern.is_empty()) return bad("an empty keyword");
                if (before_anchor_ == Anchor::whole) {
                    test.pattern.prepend_any();
                    test.pattern.append_any();
                }
                return {};
            case Operation::regex:
            case Operation::never: return {};
            case Operation::group:
                if (test.anchor == Anchor::whole) test.anchor = Anchor::contains;
                return {};
            default: return bad("keywords are text or regular expressions");
        }
    }

    std::vector<Modifier> modifiers_;
    std::vector<std::string_view> names_;
    bool keywords_;
    TestContext& context_;
    uint32_t line_ = 0;
    size_t at_ = 0;
    Anchor before_anchor_ = Anchor::whole;
};

}  // namespace

Result<FieldTest> build_field_test(std::string_view key, uint32_t line, const YamlNode& value, TestContext& context) {
    FieldTest test;
    test.line = line;
    const size_t bar = key.find('|');
    test.field = key.substr(0, bar);
    std::vector<Modifier> modifiers;
    std::vector<std::string_view> names;
    if (bar != std::string_view::npos) {
        test.modifiers = key.substr(bar + 1);
        for (std::string_view rest = key.substr(bar + 1);;) {
            const size_t next = rest.find('|');
            const std::string_view name = rest.substr(0, next);
            const auto modifier = find_modifier(name);
            if (!modifier.has_value()) return fail(problem_at(line, "unknown modifier '" + std::string(name) + "'"));
            if (*modifier == Modifier::all) test.all = true;
            if (*modifier == Modifier::neq) test.negated = true;
            modifiers.push_back(*modifier);
            names.push_back(name);
            if (next == std::string_view::npos) break;
            rest.remove_prefix(next + 1);
        }
    }
    const bool keywords = test.field.empty();
    const auto add = [&](const YamlNode& one) -> Result<> {
        Builder builder(modifiers, names, keywords, context);
        TRY_ASSIGN(std::vector<ValueTest> tests, builder.build(one));
        test.values.push_back(std::move(tests));
        return {};
    };
    if (value.is_list()) {
        if (value.items.empty()) return fail(problem_at(line, "the list of values is empty"));
        for (const YamlNode& item : value.items) TRY(add(item));
    } else if (value.is_map()) {
        return fail(problem_at(value.line, "expected a value or a list of values, found a map"));
    } else {
        TRY(add(value));
    }
    if (test.all && test.values.size() == 1) {
        context.warnings.push_back({context.file, line, "'all' with a single value says nothing"});
    }
    return test;
}

}  // namespace shuwei::sigma
