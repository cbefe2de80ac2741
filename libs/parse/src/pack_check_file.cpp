#include "pack_check_file.hpp"

#include <yaml-cpp/yaml.h>

#include "shuwei/base/file.hpp"

namespace shuwei::parse {

using base::ErrorCode;
using base::fail;
using base::Result;
namespace fs = std::filesystem;

namespace {

constexpr size_t kMaxCasesBytes = 8 * 1024 * 1024;

Result<YAML::Node> load(const fs::path& file) {
    TRY_ASSIGN(const std::string text, base::read_file(file, kMaxCasesBytes));
    try {
        return YAML::Load(text);
    } catch (const YAML::Exception& error) {
        return fail(base::Error(ErrorCode::invalid_argument, error.what()).at(file.string()));
    }
}

tl::unexpected<base::Error> refuse(const fs::path& file, const YAML::Node& node, std::string reason) {
    return fail(base::Error(ErrorCode::invalid_argument, std::move(reason))
                    .at("line " + std::to_string(node.IsDefined() ? node.Mark().line + 1 : 0))
                    .at(file.string()));
}

Result<PackCase> read_case(const fs::path& file, const YAML::Node& node) {
    PackCase made;
    made.number = node.Mark().line + 1;
    if (!node.IsMap() || !node["line"] || !node["line"].IsScalar()) return refuse(file, node, "a case needs 'line'");
    for (const auto& entry : node) {
        const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
        if (key != "name" && key != "line" && key != "expect") return refuse(file, entry.first, "unknown key '" + key + "'");
    }
    made.line = node["line"].Scalar();
    if (made.line.ends_with('\n')) made.line.pop_back();
    if (const auto name = node["name"]) made.name = name.Scalar();
    const auto expect = node["expect"];
    if (!expect || !expect.IsMap()) return refuse(file, node, "a case needs 'expect'");
    for (const auto& entry : expect) {
        std::vector<std::string> values;
        if (entry.second.IsScalar()) {
            values.push_back(entry.second.Scalar());
        } else if (entry.second.IsSequence()) {
            for (const auto& item : entry.second) values.push_back(item.Scalar());
        } else if (!entry.second.IsNull()) {
            return refuse(file, entry.first, "expect: a value, a list, or ~ for none");
        }
        made.expected.emplace_back(entry.first.Scalar(), std::move(values));
    }
    return made;
}

}  // namespace

Result<PackCases> read_cases(const fs::path& file) {
    TRY_ASSIGN(const YAML::Node root, load(file));
    try {
        PackCases cases;
        if (!root.IsMap() || !root["cases"] || !root["cases"].IsSequence()) return refuse(file, root, "'cases' is missing");
        cases.zone = event::TimeZone::china();
        if (const auto zone = root["zone"]) {
            TRY_ASSIGN(cases.zone, event::TimeZone::find(zone.Scalar()));
        }
        cases.received = *event::parse_rfc3339("2026-11-21T00:30:00Z", cases.zone);
        if (const auto received = root["received"]) {
            const auto time = event::parse_rfc3339(received.Scalar(), cases.zone);
            if (!time) return refuse(file, received, "received is not a time");
            cases.received = *time;
        }
        for (const auto& node : root["cases"]) {
            TRY_ASSIGN(PackCase made, read_case(file, node));
            cases.cases.push_back(std::move(made));
        }
        return cases;
    } catch (const YAML::Exception& error) {
        return fail(base::Error(ErrorCode::invalid_argument, error.what()).at(file.string()));
    }
}

// Without reading the cases, which takes longer than the packs: the items of the list lie at one depth, and what is in
// them lies deeper.
size_t count_cases(const fs::path& file) {
    const auto text = base::read_file(file, kMaxCasesBytes);
    if (!text) return 0;
    size_t count = 0;
    size_t depth = std::string::npos;
    bool inside = false;
    for (std::string_view rest = *text; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        const size_t first = line.find_first_not_of(' ');
        if (first == std::string_view::npos || line[first] == '#') continue;
        if (!inside) {
            inside = line.starts_with("cases:");
            continue;
        }
        const bool item = line.substr(first).starts_with("- ") || line.substr(first) == "-";
        if (depth == std::string::npos && item) depth = first;
        if (first < depth) {
            if (depth != std::string::npos) break;
        } else if (first == depth) {
            if (!item) break;
            ++count;
        }
    }
    return count;
}

}  // namespace shuwei::parse
