#include "schema.hpp"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "shuwei/base/text.hpp"
#include "shuwei/event/time_parse.hpp"

namespace shuwei::api {
namespace {

using nlohmann::json;

constexpr int kMaxBodyDepth = 32;
constexpr size_t kMaxShownName = 64;

std::string child_place(std::string_view place, std::string_view member) {
    // A member's name comes from outside; what is shown of it stays short and printable.
    return fmt::format("{}.{}", place, base::replace_invalid_utf8(member.substr(0, kMaxShownName)));
}

size_t code_points(std::string_view text) {
    size_t count = 0;
    for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    return count;
}

bool matches_pattern(std::string_view text, std::span<const CharacterRun> runs) {
    size_t at = 0;
    for (const CharacterRun& run : runs) {
        uint32_t taken = 0;
        while (taken < run.most && at < text.size() && run.characters.find(text[at]) != std::string_view::npos) {
            ++taken;
            ++at;
        }
        if (taken < run.least) return false;
    }
    return at == text.size();
}

std::string joined(std::span<const std::string_view> choices) {
    std::string out;
    for (const std::string_view choice : choices) {
        if (!out.empty()) out += ", ";
        out += choice;
    }
    return out;
}

base::Result<> check_string(const std::string& text, const Schema& schema, std::string_view place) {
    if (!base::is_valid_utf8(text)) return base::fail(place_error(place, "must be valid UTF-8"));
    if (text.find('\0') != std::string::npos) return base::fail(place_error(place, "must not contain U+0000"));
    if (!schema.choices.empty()) {
        for (const std::string_view choice : schema.choices) {
            if (choice == text) return {};
        }
        return base::fail(place_error(place, fmt::format("must be one of {}", joined(schema.choices))));
    }
    const size_t length = code_points(text);
    if (length < schema.min_length) {
        return base::fail(place_error(place, schema.min_length == 1
                                                 ? std::string("must not be empty")
                                                 : fmt::format("must have at least {} characters", schema.min_length)));
    }
    if (length > schema.max_length) {
        return base::fail(place_error(place, fmt::format("must have at most {} characters", schema.max_length)));
    }
    if (!schema.pattern.empty() && !matches_pattern(text, schema.pattern)) {
        return base::fail(place_error(place, "has characters that are not allowed there, or too many of them"));
    }
    if (schema.format == SchemaFormat::date_time && !event::parse_rfc3339(text, event::TimeZone::utc())) {
        return base::fail(place_error(place, "must be a time like 2026-11-21T03:04:05Z"));
    }
    return {};
}

base::Result<> check_number(double value, const Schema& schema, std::string_view place) {
    if (schema.minimum && value < static_cast<double>(*schema.minimum)) {
        return base::fail(place_error(place, fmt::format("must be at least {}", *schema.minimum)));
    }
    if (schema.maximum && value > static_cast<double>(*schema.maximum)) {
        return base::fail(place_error(place, fmt::format("must be at most {}", *schema.maximum)));
    }
    return {};
}

base::Result<> check_object(const json& value, const Schema& schema, std::string_view place) {
    for (const SchemaProperty& property : schema.properties) {
        if (property.required && !value.contains(property.name)) {
            return base::fail(place_error(child_place(place, property.name), "is missing"));
        }
    }
    for (const auto& [name, member] : value.items()) {
        const Schema* expected = schema.additional;
        bool known = false;
        for (const SchemaProperty& property : schema.properties) {
            if (property.name == name) {
                expected = property.schema;
                known = true;
                break;
            }
        }
        if (!known && schema.closed) return base::fail(place_error(child_place(place, name), "is not known here"));
        if (expected != nullptr) TRY(check(member, *expected, child_place(place, name)));
    }
    return {};
}

}  // namespace

base::Error place_error(std::string_view place, std::string_view complaint) {
    return base::Error(base::ErrorCode::invalid_argument, fmt::format("{}: {}", place, complaint)).at(std::string(place));
}

base::Result<> check(const json& value, const Schema& schema, std::string_view place) {
    if (!schema.any_of.empty()) {
        for (const Schema* choice : schema.any_of) {
            if (check(value, *choice, place)) return {};
        }
        return base::fail(place_error(place, "has a type that is not allowed there"));
    }
    switch (schema.type) {
        case SchemaType::any: return {};
        case SchemaType::string:
            if (!value.is_string()) return base::fail(place_error(place, "must be a text"));
            return check_string(value.get_ref<const std::string&>(), schema, place);
        case SchemaType::boolean:
            if (!value.is_boolean()) return base::fail(place_error(place, "must be true or false"));
            return {};
        case SchemaType::integer: {
            if (value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) {
                return base::fail(place_error(place, "is too large"));
            }
            if (!value.is_number_integer()) return base::fail(place_error(place, "must be an integer"));
            const int64_t number = value.get<int64_t>();
            if (schema.minimum && number < *schema.minimum) {
                return base::fail(place_error(place, fmt::format("must be at least {}", *schema.minimum)));
            }
            if (schema.maximum && number > *schema.maximum) {
                return base::fail(place_error(place, fmt::format("must be at most {}", *schema.maximum)));
            }
            return {};
        }
        case SchemaType::number:
            if (!value.is_number()) return base::fail(place_error(place, "must be a number"));
            return check_number(value.get<double>(), schema, place);
        case SchemaType::array: {
            if (!value.is_array()) return base::fail(place_error(place, "must be a list"));
            if (value.size() > schema.max_items) {
                return base::fail(place_error(place, fmt::format("must have at most {} items", schema.max_items)));
            }
            for (size_t i = 0; schema.items != nullptr && i < value.size(); ++i) {
                TRY(check(value[i], *schema.items, fmt::format("{}[{}]", place, i)));
            }
            return {};
        }
        case SchemaType::object:
            if (!value.is_object()) return base::fail(place_error(place, "must be an object"));
            return check_object(value, schema, place);
    }
    return {};
}

void fill_defaults(json& value, const Schema& schema) {
    if (value.is_array() && schema.items != nullptr) {
        for (json& item : value) fill_defaults(item, *schema.items);
    }
    if (!value.is_object()) return;
    for (const SchemaProperty& property : schema.properties) {
        const std::string name(property.name);
        if (const auto found = value.find(name); found != value.end()) {
            fill_defaults(*found, *property.schema);
        } else if (!property.schema->default_json.empty()) {
            value[name] = json::parse(property.schema->default_json, nullptr, false);
        }
    }
}

base::Result<json> parse_parameter(std::string_view text, const Schema& schema, std::string_view place) {
    json value;
    switch (schema.type) {
        case SchemaType::integer: {
            const auto number = base::parse_int(text);
            if (!number) return base::fail(place_error(place, "must be an integer"));
            value = *number;
            break;
        }
        case SchemaType::boolean:
            if (text != "true" && text != "false") return base::fail(place_error(place, "must be true or false"));
            value = text == "true";
            break;
        case SchemaType::number: return base::fail(place_error(place, "is of a type that parameters do not have"));
        case SchemaType::array: {
            value = json::array();
            while (!text.empty()) {
                const size_t comma = text.find(',');
                // Beyond the limit nothing more is read: the check below refuses it.
                if (value.size() > schema.max_items) break;
                TRY_ASSIGN(json item, parse_parameter(text.substr(0, comma), *schema.items, place));
                value.push_back(std::move(item));
                if (comma == std::string_view::npos) break;
                text.remove_prefix(comma + 1);
            }
            break;
        }
        default: value = std::string(text);
    }
    TRY(check(value, schema, place));
    return value;
}

base::Result<json> parse_json_body(std::string_view text) {
    int depth = 0;
    bool inside_string = false;
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (inside_string) {
            if (c == '\\') ++i;
            if (c == '"') inside_string = false;
        } else if (c == '"') {
            inside_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > kMaxBodyDepth) {
                return base::fail(place_error("body", fmt::format("is nested deeper than {} levels", kMaxBodyDepth)));
            }
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    try {
        return json::parse(text);
    } catch (const json::parse_error& error) {
        return base::fail(place_error("body", fmt::format("is not JSON: wrong at byte {}", error.byte)));
    } catch (const json::exception&) {
        return base::fail(place_error("body", "is not JSON: a number is out of range"));
    }
}

}  // namespace shuwei::api
