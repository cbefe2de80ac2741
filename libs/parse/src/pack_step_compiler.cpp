#include "pack_compiler_state.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::parse {
namespace {
constexpr std::string_view kStepKinds[] = {"dissect", "regex", "key_value", "delimited", "json", "cef", "leef", "structured_data"};
}

bool PackCompiler::read_extract(const YAML::Node& steps, std::vector<Step>& out) {
    if (!steps.IsSequence()) return refuse(steps, "extract must be a list of steps");
    for (const auto& step : steps) {
        if (!read_step(step, out)) return false;
    }
    return true;
}

bool PackCompiler::read_step(const YAML::Node& step, std::vector<Step>& out) {
    if (!check_keys(step, {"dissect", "regex", "key_value", "delimited", "json", "cef", "leef", "structured_data", "from", "optional"}, "step")) {
        return false;
    }
    Step made;
    made.line = step.Mark().line + 1;
    if (const auto from = step["from"]) {
        std::string name;
        if (!read_text(from, name, "from")) return false;
        made.from = reg(from, name);
    }
    if (const auto optional = step["optional"]; optional && !read_flag(optional, made.optional, "optional")) return false;
    std::string_view kind;
    for (const std::string_view each : kStepKinds) {
        if (!step[std::string(each)]) continue;
        if (!kind.empty()) return refuse(step, "a step is one of " + std::string(kind) + " and " + std::string(each) + ", not both");
        kind = each;
    }
    if (kind.empty()) return refuse(step, "a step needs dissect, regex, key_value, delimited, json, cef, leef or structured_data");
    if (!read_step_kind(step, kind, made)) return false;
    out.push_back(std::move(made));
    return !refused_;
}

bool PackCompiler::read_step_kind(const YAML::Node& step, std::string_view key, Step& out) {
    const YAML::Node node = step[std::string(key)];
    const auto name_register = [&](std::string_view name) {
        const Register given = reg(name);
        if (given != kNoRegister) captured_.insert(given);
        return given;
    };
    if (key == "dissect" || key == "regex") {
        takes_text_apart_ = true;
        std::vector<std::string> patterns;
        if (!read_texts(node, patterns, key)) return false;
        if (patterns.empty()) return refuse(node, std::string(key) + " is empty");
        out.kind = key == "dissect" ? StepKind::dissect : StepKind::regex;
        for (const std::string& pattern : patterns) {
            if (pack_.dissects.size() + pack_.regexes.size() > 60'000) return refuse(node, "too many patterns");
            if (key == "dissect") {
                auto compiled = Dissect::compile(pattern, name_register);
                if (!compiled) return refuse(node, compiled.error().message());
                out.alternatives.push_back(static_cast<uint16_t>(pack_.dissects.size()));
                pack_.dissects.push_back(std::move(*compiled));
            } else {
                auto compiled = Regex::compile(pattern, name_register);
                if (!compiled) return refuse(node, compiled.error().message());
                out.alternatives.push_back(static_cast<uint16_t>(pack_.regexes.size()));
                pack_.regexes.push_back(std::move(*compiled));
            }
        }
        return true;
    }
    if (key == "key_value") return read_key_value(node, out);
    if (key == "delimited") return read_delimited(node, out);
    out.kind = key == "json" ? StepKind::json : key == "cef" ? StepKind::cef : key == "leef" ? StepKind::leef : StepKind::structured_data;
    if (!node.IsNull() && !(node.IsMap() && node.size() == 0)) return refuse(node, std::string(key) + " takes no options");
    return true;
}

bool PackCompiler::read_key_value(const YAML::Node& node, Step& out) {
    out.kind = StepKind::key_value;
    KeyValueOptions options;
    if (!node.IsNull()) {
        if (!check_keys(node, {"pairs", "values", "quotes", "key_end", "hex", "spaces_in_values"}, "key_value")) return false;
        if (const auto pairs = node["pairs"]; pairs && !read_text(pairs, options.pair_separator, "pairs")) return false;
        if (const auto values = node["values"]; values && !read_text(values, options.value_separator, "values")) return false;
        if (const auto quotes = node["quotes"]; quotes && !read_text(quotes, options.quotes, "quotes")) return false;
        if (const auto key_end = node["key_end"]; key_end && !read_text(key_end, options.key_end, "key_end")) return false;
        if (const auto hex = node["hex"]; hex && !read_texts(hex, options.hex, "hex")) return false;
        if (const auto spaces = node["spaces_in_values"]; spaces && !read_flag(spaces, options.spaces_in_values, "spaces_in_values")) return false;
        if (options.pair_separator.empty() || options.value_separator.empty()) return refuse(node, "separators must not be empty");
    }
    out.alternatives.push_back(static_cast<uint16_t>(pack_.key_values.size()));
    pack_.key_values.push_back(std::move(options));
    return true;
}

bool PackCompiler::read_delimited(const YAML::Node& node, Step& out) {
    out.kind = StepKind::delimited;
    if (!check_keys(node, {"by", "quote", "columns", "minimum"}, "delimited")) return false;
    DelimitedOptions options;
    if (const auto by = node["by"]) {
        std::string text;
        if (!read_text(by, text, "by")) return false;
        if (text == "\\t") text = "\t";
        if (text.size() != 1) return refuse(by, "by is one character");
        options.delimiter = text[0];
    }
    if (const auto quote = node["quote"]) {
        std::string text;
        if (!read_text(quote, text, "quote")) return false;
        if (text.size() > 1 && text != "none") return refuse(quote, "quote is one character or none");
        options.quote = text.size() == 1 ? text[0] : '\0';
    }
    std::vector<std::string> columns;
    if (!node["columns"] || !read_texts(node["columns"], columns, "columns")) return refuse(node, "delimited needs columns");
    for (const std::string& column : columns) {
        const Register given = column.empty() || column == "_" ? kNoRegister : reg(node, column);
        if (given != kNoRegister) captured_.insert(given);
        options.columns.push_back(given);
    }
    if (const auto minimum = node["minimum"]) {
        const auto value = minimum.IsScalar() ? base::parse_uint(minimum.Scalar()) : std::nullopt;
        if (!value || *value > options.columns.size()) return refuse(minimum, "minimum is at most the number of columns");
        options.minimum = *value;
    }
    out.alternatives.push_back(static_cast<uint16_t>(pack_.delimiteds.size()));
    pack_.delimiteds.push_back(std::move(options));
    return !refused_;
}

}  // namespace shuwei::parse
