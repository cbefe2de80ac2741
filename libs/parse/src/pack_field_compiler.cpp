#include <algorithm>
#include <set>

#include "ecs_types.hpp"
#include "pack_compiler_state.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::parse {

bool PackCompiler::read_tables(const YAML::Node& tables) {
    if (!tables.IsMap()) return refuse(tables, "tables must be a map of maps");
    for (const auto& table : tables) {
        if (!table.first.IsScalar() || !table.second.IsMap()) return refuse(table.first, "a table is a map of values");
        StringMap<std::string_view> values;
        for (const auto& entry : table.second) {
            if (!entry.first.IsScalar() || !entry.second.IsScalar()) return refuse(entry.first, "a table maps texts to texts");
            values.emplace(entry.first.Scalar(), immortal(entry.second.Scalar()));
        }
        table_numbers_[table.first.Scalar()] = static_cast<uint16_t>(pack_.tables.size());
        pack_.tables.push_back(std::move(values));
    }
    return true;
}

bool PackCompiler::read_fields(const YAML::Node& fields, Scope& scope) {
    if (!fields.IsMap()) return refuse(fields, "fields must be a map of device names");
    std::set<Register> before;  // an included mapping does not add to the pack's own
    for (const auto& [each, emission] : scope.emissions) before.insert(each);
    for (const auto& [each, dropped] : scope.dropped) before.insert(each);
    for (const auto& entry : fields) {
        if (!entry.first.IsScalar()) return refuse(entry.first, "a device name must be a text");
        const Register from = reg(entry.first, entry.first.Scalar());
        if (from == kNoRegister) return false;
        if (before.contains(from)) continue;
        if (!read_mapping(from, entry.second, scope)) return false;
    }
    return true;
}

bool PackCompiler::read_mapping(Register from, const YAML::Node& node, Scope& scope) {
    if (node.IsNull()) {
        scope.dropped[from] = true;
        return true;
    }
    if (node.IsScalar()) return add_emission(from, node, node.Scalar(), kNone, scope);
    if (node.IsSequence()) {
        for (const auto& item : node) {
            if (item.IsNull() || item.IsSequence() || !read_mapping(from, item, scope)) return refuse(item, "a mapping is a name or a map with 'to'");
        }
        return true;
    }
    if (!check_keys(node, {"to", "case", "take", "hex", "strip", "split", "values", "otherwise", "time", "zone", "multiply"}, "mapping")) return false;
    const auto to = node["to"];
    if (!to) return refuse(node, "a mapping needs 'to'");
    Conversion conversion;
    if (!read_conversion(node, conversion)) return false;
    if (pack_.conversions.size() >= kNone) return refuse(node, "too many conversions");
    const auto number = static_cast<uint16_t>(pack_.conversions.size());
    pack_.conversions.push_back(std::move(conversion));
    std::vector<std::string> targets;
    if (!read_texts(to, targets, "to")) return false;
    for (const std::string& target : targets) {
        if (!add_emission(from, to, target, number, scope)) return false;
    }
    return true;
}

bool PackCompiler::read_conversion(const YAML::Node& node, Conversion& out) {
    if (const auto letters = node["case"]) {
        std::string text;
        if (!read_text(letters, text, "case")) return false;
        if (text != "lower" && text != "upper") return refuse(letters, "case is lower or upper");
        out.letters = text == "lower" ? Conversion::Letters::lower : Conversion::Letters::upper;
    }
    if (const auto take = node["take"]) {
        std::string text;
        if (!read_text(take, text, "take")) return false;
        if (text == "file_name") out.take = Conversion::Take::file_name;
        else if (text == "folder") out.take = Conversion::Take::folder;
        else if (text == "extension") out.take = Conversion::Take::extension;
        else return refuse(take, "take is file_name, folder or extension");
    }
    if (const auto hex = node["hex"]; hex && !read_flag(hex, out.hex, "hex")) return false;
    if (const auto strip = node["strip"]; strip && !read_text(strip, out.strip, "strip")) return false;
    if (const auto split = node["split"]) {
        std::string text;
        if (!read_text(split, text, "split")) return false;
        if (text.size() != 1) return refuse(split, "split is one character");
        out.split = text[0];
    }
    if (const auto values = node["values"]) {
        if (values.IsScalar()) {
            const auto known = table_numbers_.find(values.Scalar());
            if (known == table_numbers_.end()) return refuse(values, "unknown table '" + values.Scalar() + "'");
            out.table = known->second;
        } else if (values.IsMap()) {
            StringMap<std::string_view> table;
            for (const auto& entry : values) {
                if (!entry.first.IsScalar() || !entry.second.IsScalar()) return refuse(entry.first, "values maps texts to texts");
                table.emplace(entry.first.Scalar(), immortal(entry.second.Scalar()));
            }
            out.table = static_cast<uint16_t>(pack_.tables.size());
            pack_.tables.push_back(std::move(table));
        } else {
            return refuse(values, "values is a table's name or a map");
        }
    }
    if (const auto otherwise = node["otherwise"]) {
        std::string text;
        if (!read_text(otherwise, text, "otherwise")) return false;
        if (text == "drop") {
            out.otherwise = Conversion::Otherwise::drop;
        } else if (text != "keep") {
            out.otherwise = Conversion::Otherwise::constant;
            out.otherwise_text = immortal(text);
        }
    }
    if (const auto time = node["time"]; time && !read_time(time, out)) return false;
    if (const auto zone = node["zone"]) {
        std::string text;
        if (!read_text(zone, text, "zone")) return false;
        auto found = event::TimeZone::find(text);
        if (!found) return refuse(zone, found.error().message());
        out.zone = std::move(*found);
    }
    if (const auto multiply = node["multiply"]) {
        try {
            out.multiply = multiply.as<double>();
        } catch (const YAML::Exception&) {
            return refuse(multiply, "multiply is a number");
        }
    }
    return true;
}

bool PackCompiler::read_time(const YAML::Node& node, Conversion& out) {
    std::vector<std::string> formats;
    if (!read_texts(node, formats, "time")) return false;
    for (const std::string& text : formats) {
        TimePattern pattern;
        if (text == "rfc3339") {
            pattern.kind = TimeKind::rfc3339;
        } else if (text == "epoch") {
            pattern.kind = TimeKind::epoch;
        } else if (text == "syslog") {
            pattern.kind = TimeKind::syslog;
        } else {
            auto format = event::TimeFormat::compile(text);
            if (!format) return refuse(node, format.error().message());
            if (text.find('%') == std::string::npos) return refuse(node, "time is rfc3339, epoch, syslog or a format with %");
            pattern.kind = TimeKind::format;
            pattern.format = std::move(*format);
        }
        out.times.push_back(std::move(pattern));
    }
    return true;
}

uint16_t PackCompiler::target_of(const std::string& written, const YAML::Node& place) {
    // A bare name is the device's own.
    const std::string name = written.find('.') == std::string::npos && !is_ecs_name(written) ? pack_.prefix + written : written;
    if (const auto known = target_numbers_.find(name); known != target_numbers_.end()) return known->second;
    const bool fine = !name.empty() && name.size() <= event::kMaxFieldNameBytes && name.find_first_of("\t\r\n\"{}") == std::string::npos;
    const event::FieldId field = fine ? event::intern_field(name) : event::kNoField;
    if (field == event::kNoField || pack_.targets.size() >= kNone) {
        refuse(place, "'" + name + "' is not a field name");
        return kNone;
    }
    const auto number = static_cast<uint16_t>(pack_.targets.size());
    pack_.targets.push_back({field, target_kind(name)});
    target_numbers_.emplace(name, number);
    return number;
}

bool PackCompiler::add_emission(Register from, const YAML::Node& place, const std::string& target, uint16_t conversion, Scope& scope) {
    Emission emission;
    emission.target = target_of(target, place);
    if (emission.target == kNone) return false;
    emission.field = pack_.targets[emission.target].field;
    emission.kind = pack_.targets[emission.target].kind;
    emission.conversion = conversion;
    if (emission.kind == TargetKind::ip) {
        const size_t dot = target.rfind('.');
        const std::string set = target.substr(0, dot);
        if (set == "source" || set == "destination" || set == "client" || set == "server") emission.fallback = event::intern_field(set + ".domain");
        if (set == "host" || set == "observer") emission.fallback = event::intern_field(set + ".name");
    }
    scope.emissions.emplace_back(from, emission);
    return true;
}

// Lays the emissions of one register into the flat table; where several registers feed one field, the later ones
// learn which win over them.
EmissionRange PackCompiler::place_emissions(const std::vector<std::pair<Register, Emission>>& all, Register from) {
    EmissionRange range{static_cast<uint32_t>(pack_.emissions.size()), 0};
    for (size_t i = 0; i < all.size(); ++i) {
        if (all[i].first != from) continue;
        Emission emission = all[i].second;
        std::vector<Register> preferred;
        for (size_t j = 0; j < i; ++j) {
            if (all[j].second.target == emission.target && all[j].first != from) preferred.push_back(all[j].first);
        }
        if (!preferred.empty() && pack_.register_lists.size() < kNone) {
            emission.preferred = static_cast<uint16_t>(pack_.register_lists.size());
            pack_.register_lists.push_back(std::move(preferred));
        }
        pack_.emissions.push_back(emission);
        ++range.count;
    }
    return range;
}

void PackCompiler::finish_message_emissions(const Scope& scope, Message& message) {
    std::set<Register> registers;
    for (const auto& [from, emission] : scope.emissions) registers.insert(from);
    for (const auto& [from, dropped] : scope.dropped) registers.insert(from);
    for (const Register from : registers) message.emissions.emplace_back(from, place_emissions(scope.emissions, from));
}

void PackCompiler::finish_emissions(const Scope& scope) {
    std::vector<std::pair<Register, Emission>> all = scope.emissions;
    std::set<Register> mapped;
    for (const auto& [from, emission] : all) mapped.insert(from);
    const size_t count = pack_.names.size();
    for (size_t number = kFixedRegisters; number < count; ++number) {
        const auto from = static_cast<Register>(number);
        const std::string name(pack_.names.name(from));
        const bool is_mapped = mapped.contains(from);
        if (name.starts_with('_') || scope.dropped.contains(from) || (is_mapped && !pack_.keep_mapped)) continue;
        // Names the pack gave are ECS where they look so; a device's own names go below the prefix, even source.ip.
        const bool given = captured_.contains(from) || pack_.is_renamed_to(name);
        const bool is_ecs = given && is_ecs_name(name);
        std::string target = name;
        if (!is_ecs) {
            if (pack_.prefix.empty() && !pack_.bare_names) continue;
            if (!name.starts_with(pack_.prefix)) target = pack_.prefix + name;
        }
        const bool to_itself = std::any_of(scope.emissions.begin(), scope.emissions.end(), [&](const auto& each) {
            return each.first == from && target_numbers_.contains(target) && each.second.target == target_numbers_.at(target);
        });
        if (to_itself) continue;
        Scope own;
        if (!add_emission(from, YAML::Node(), target, kNone, own)) return;
        own.emissions[0].second.kept_name = !is_ecs || pack_.keep_mapped;
        own.emissions[0].second.only_in_place = is_mapped;
        all.push_back(own.emissions[0]);
    }
    pack_.emissions_of.resize(count);
    for (size_t number = 0; number < count; ++number) {
        pack_.emissions_of[number] = place_emissions(all, static_cast<Register>(number));
    }
}

}  // namespace shuwei::parse
