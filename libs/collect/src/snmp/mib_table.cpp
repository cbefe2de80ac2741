#include "mib_table.hpp"

#include <yaml-cpp/yaml.h>

#include "shuwei/base/text.hpp"

namespace shuwei::collect {

namespace {

// Told by where it stands; caught where the table is read.
struct Wrong {
    YAML::Mark mark;
    std::string what;
};

// {hint: '1x:'}, {1: up, 2: down}, or both in one.
MibSyntax syntax_in(const YAML::Node& node) {
    MibSyntax syntax;
    if (node.IsScalar()) {
        syntax.type = node.Scalar();
        return syntax;
    }
    if (!node.IsMap()) throw Wrong{node.Mark(), "a type's name or a mapping is wanted"};
    for (const auto& entry : node) {
        const std::string key = entry.first.as<std::string>();
        const std::string value = entry.second.as<std::string>();
        if (key == "hint") {
            syntax.hint = value;
        } else if (key == "type") {
            syntax.type = value;
        } else if (const auto number = base::parse_int(key)) {
            syntax.values[*number] = value;
        } else {
            throw Wrong{entry.first.Mark(), "'" + key + "' is neither a number nor hint nor type"};
        }
    }
    return syntax;
}

// parent.1.2 or 1.3.6
void place_of(const YAML::Node& node, MibDefinition& definition) {
    std::string_view place = node.Scalar();
    if (!place.empty() && (place.front() < '0' || place.front() > '9')) {
        const size_t end = std::min(place.find('.'), place.size());
        definition.parent = std::string(place.substr(0, end));
        place.remove_prefix(std::min(end + 1, place.size()));
    }
    const auto arcs = parse_oid(place);
    if (!arcs) throw Wrong{node.Mark(), "'" + node.Scalar() + "' is no place: parent.1.2 is wanted"};
    definition.arcs = *arcs;
}

void read_definitions(const YAML::Node& node, MibKind kind, MibModule& module) {
    if (!node) return;
    if (!node.IsMap()) throw Wrong{node.Mark(), "a mapping of names is wanted"};
    for (const auto& entry : node) {
        MibDefinition definition{.name = entry.first.as<std::string>(), .kind = kind, .parent = {}, .arcs = {}, .syntax = {}};
        const YAML::Node& value = entry.second;
        if (value.IsSequence() && value.size() == 2 && value[0].IsScalar()) {
            place_of(value[0], definition);
            definition.syntax = syntax_in(value[1]);
        } else if (value.IsScalar()) {
            place_of(value, definition);
        } else {
            throw Wrong{value.Mark(), "a place, or [place, look] is wanted"};
        }
        module.definitions.push_back(std::move(definition));
    }
}

}  // namespace

base::Result<std::vector<MibModule>> read_mib_table(std::string_view text) {
    const auto wrong = [](const YAML::Mark& mark, std::string what) {
        return base::fail(base::Error(base::ErrorCode::invalid_argument, std::move(what)).at("line " + std::to_string(mark.line + 1)));
    };
    try {
        std::vector<MibModule> modules;
        const YAML::Node root = YAML::Load(std::string(text));
        if (!root.IsMap()) return wrong(root.Mark(), "a mapping of modules is wanted");
        for (const auto& entry : root) {
            const YAML::Node& node = entry.second;
            if (!node.IsMap()) return wrong(node.Mark(), "a module is a mapping");
            MibModule module;
            module.name = entry.first.as<std::string>();
            for (const auto& section : node) {
                const std::string name = section.first.as<std::string>();
                if (name != "types" && name != "nodes" && name != "objects" && name != "notifications") {
                    return wrong(section.first.Mark(), "'" + name + "' is none of types, nodes, objects, notifications");
                }
            }
            for (const auto& type : node["types"]) module.types[type.first.as<std::string>()] = syntax_in(type.second);
            read_definitions(node["nodes"], MibKind::node, module);
            read_definitions(node["objects"], MibKind::object, module);
            read_definitions(node["notifications"], MibKind::notification, module);
            modules.push_back(std::move(module));
        }
        return modules;
    } catch (const Wrong& error) {
        return wrong(error.mark, error.what);
    } catch (const YAML::Exception& error) {
        return wrong(error.mark, error.msg);
    }
}

}  // namespace shuwei::collect
