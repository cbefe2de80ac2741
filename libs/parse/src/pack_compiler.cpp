#include "pack_compiler.hpp"

#include <algorithm>

#include "pack_compiler_state.hpp"
#include "recogniser.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::parse {

namespace fs = std::filesystem;

PackCompiler::PackCompiler(fs::path file, fs::path root) : root_(std::move(root)), pack_([&]() -> CompiledPack& {
      definition_.compiled = std::make_unique<CompiledPack>();
      return *definition_.compiled;
  }()) {
    definition_.file = std::move(file);
}

bool PackCompiler::refuse(const YAML::Node& node, std::string reason) {
    if (!refused_) {
        const YAML::Mark mark = node.IsDefined() ? node.Mark() : YAML::Mark::null_mark();
        problem_ = {definition_.file, mark.line + 1, std::move(reason), mark.column + 1};
        refused_ = true;
    }
    return false;
}

bool PackCompiler::check_keys(const YAML::Node& map, std::initializer_list<std::string_view> known, std::string_view what) {
    if (!map.IsMap()) return refuse(map, std::string(what) + " must be a map");
    for (const auto& entry : map) {
        if (!entry.first.IsScalar()) return refuse(entry.first, std::string(what) + ": a key must be a word");
        if (std::find(known.begin(), known.end(), entry.first.Scalar()) == known.end()) {
            return refuse(entry.first, std::string(what) + ": unknown key '" + entry.first.Scalar() + "'");
        }
    }
    return true;
}

bool PackCompiler::read_text(const YAML::Node& node, std::string& out, std::string_view what) {
    if (!node.IsScalar()) return refuse(node, std::string(what) + " must be a text");
    out = node.Scalar();
    return true;
}

bool PackCompiler::read_texts(const YAML::Node& node, std::vector<std::string>& out, std::string_view what) {
    if (node.IsScalar()) {
        out.push_back(node.Scalar());
        return true;
    }
    if (!node.IsSequence()) return refuse(node, std::string(what) + " must be a text or a list of texts");
    for (const auto& item : node) {
        if (!item.IsScalar()) return refuse(item, std::string(what) + " must be a list of texts");
        out.push_back(item.Scalar());
    }
    return true;
}

bool PackCompiler::read_flag(const YAML::Node& node, bool& out, std::string_view what) {
    if (node.IsScalar() && (node.Scalar() == "true" || node.Scalar() == "false")) {
        out = node.Scalar() == "true";
        return true;
    }
    return refuse(node, std::string(what) + " must be true or false");
}

Register PackCompiler::reg(const YAML::Node& place, std::string_view name) {
    const Register found = reg(name);
    if (found == kNoRegister) refuse(place, "bad name '" + std::string(name.substr(0, 60)) + "', or more than 8000 names");
    return found;
}

bool PackCompiler::compile(const YAML::Node& pack) {
    if (!check_keys(pack,
                    {"pack", "version", "title", "description", "vendor", "product", "device_type", "provenance", "references", "include",
                     "priority", "recognise", "prefix", "keep", "absent", "hostname", "rename", "tables", "extract", "dispatch", "messages",
                     "unknown_messages", "compute", "fields", "set", "rules", "summary"},
                    "pack")) {
        return false;
    }
    std::vector<YAML::Node> sections;
    if (!read_facts(pack) || !include(pack, sections)) return false;
    sections.push_back(pack);
    if (!read_layout(pack)) return false;
    for (const YAML::Node& section : sections) {
        if (const auto tables = section["tables"]; tables && !read_tables(tables)) return false;
        if (const auto absent = section["absent"]; absent && !read_texts(absent, pack_.absent, "absent")) return false;
        if (const auto rename = section["rename"]; rename && !read_rename(rename)) return false;
        if (const auto extract = section["extract"]; extract && !read_extract(extract, pack_.steps)) return false;
    }
    // The pack's own mapping stands before the included ones: it wins where both have a value.
    for (auto section = sections.rbegin(); section != sections.rend(); ++section) {
        if (const auto fields = (*section)["fields"]; fields && !read_fields(fields, scope_)) return false;
    }
    for (const YAML::Node& section : sections) {
        if (const auto compute = section["compute"]; compute && !read_compute(compute)) return false;
        if (const auto set = section["set"]; set && !read_set(set, pack_.rules)) return false;
    }
    for (const YAML::Node& section : sections) {
        if (const auto rules = section["rules"]; rules && !read_rules(rules, pack_.rules)) return false;
    }
    if (!read_recognise(pack) || !read_messages(pack)) return false;
    if (const auto summary = pack["summary"]) {
        if (summary.IsScalar() && summary.Scalar() != "none" && !read_constant(summary, pack_.summary)) return false;
        if (!summary.IsScalar()) return refuse(summary, "summary must be none or a text with {names}");
    } else if (takes_text_apart_ && !read_constant(YAML::Node("{_message}"), pack_.summary)) {
        return false;
    }
    finish_emissions(scope_);
    index_first_bytes();
    return !refused_;
}

bool PackCompiler::read_facts(const YAML::Node& pack) {
    PackInfo& info = definition_.info;
    const auto need = [&](const char* key, std::string& out) {
        const auto node = pack[key];
        if (!node) return refuse(pack, std::string("'") + key + "' is missing");
        return read_text(node, out, key);
    };
    if (!need("pack", info.name) || !need("vendor", info.vendor) || !need("product", info.product) ||
        !need("device_type", info.device_type)) {
        return false;
    }
    for (const char c : info.name) {
        const bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!fine) return refuse(pack["pack"], "a pack's name has lower-case letters, digits, - and _ only");
    }
    if (info.name.empty() || info.name.size() > 64) return refuse(pack["pack"], "a pack's name has 1 to 64 characters");
    if (const auto version = pack["version"]; version && !read_text(version, info.version, "version")) return false;
    const auto title = pack["title"];
    if (!title) return refuse(pack, "'title' is missing");
    if (!check_keys(title, {"zh", "en"}, "title") || !title["zh"] || !title["en"]) return refuse(title, "title needs zh and en");
    if (!read_text(title["zh"], info.title_zh, "title") || !read_text(title["en"], info.title_en, "title")) return false;
    const auto provenance = pack["provenance"];
    if (!provenance || !provenance.IsScalar()) return refuse(pack, "'provenance' is missing: documented, observed or inferred");
    if (provenance.Scalar() == "documented") info.provenance = Provenance::documented;
    else if (provenance.Scalar() == "observed") info.provenance = Provenance::observed;
    else if (provenance.Scalar() == "inferred") info.provenance = Provenance::inferred;
    else return refuse(provenance, "provenance is documented, observed or inferred");
    if (const auto references = pack["references"]; references && !read_texts(references, info.references, "references")) return false;

    // Facts of the device that every event of it has.
    YAML::Node facts(YAML::NodeType::Map);
    facts["event.kind"] = "event";
    facts["observer.vendor"] = info.vendor;
    facts["observer.product"] = info.product;
    facts["observer.type"] = info.device_type;
    return read_set(facts, pack_.rules);
}

bool PackCompiler::read_layout(const YAML::Node& pack) {
    const PackInfo& info = definition_.info;
    const auto word = [](std::string_view text) {
        std::string out;
        for (const char c : text) {
            const char lower = base::ascii_lower(c);
            out += (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') ? lower : '_';
        }
        return out;
    };
    pack_.prefix = word(info.vendor) + "." + word(info.product) + ".";
    if (const auto prefix = pack["prefix"]) {
        if (!read_text(prefix, pack_.prefix, "prefix")) return false;
        pack_.bare_names = pack_.prefix == "bare";
        if (pack_.prefix == "none" || pack_.bare_names) pack_.prefix.clear();
        else if (pack_.prefix.empty() || pack_.prefix.size() > 64) return refuse(prefix, "prefix has 1 to 64 characters, or is none or bare");
        else pack_.prefix += '.';
    }
    if (const auto keep = pack["keep"]) {
        std::string what;
        if (!read_text(keep, what, "keep")) return false;
        if (what != "all" && what != "unmapped") return refuse(keep, "keep is all or unmapped");
        pack_.keep_mapped = what == "all";
    }
    static constexpr std::string_view kHosts[] = {"host", "database", "web-server", "application", "service", "cloud"};
    pack_.hostname_to = std::find(std::begin(kHosts), std::end(kHosts), info.device_type) != std::end(kHosts)
                            ? CompiledPack::HostnameTo::host
                            : CompiledPack::HostnameTo::observer;
    if (const auto hostname = pack["hostname"]) {
        std::string what;
        if (!read_text(hostname, what, "hostname")) return false;
        if (what == "host") pack_.hostname_to = CompiledPack::HostnameTo::host;
        else if (what == "observer") pack_.hostname_to = CompiledPack::HostnameTo::observer;
        else if (what == "none") pack_.hostname_to = CompiledPack::HostnameTo::nowhere;
        else return refuse(hostname, "hostname is host, observer or none");
    }
    return true;
}

bool PackCompiler::read_rename(const YAML::Node& rename) {
    if (!rename.IsMap()) return refuse(rename, "rename must be a map");
    for (const auto& entry : rename) {
        if (!entry.first.IsScalar() || !entry.second.IsScalar()) return refuse(entry.first, "rename maps names to names");
        const std::string& from = entry.first.Scalar();
        const std::string& to = entry.second.Scalar();
        if (from.ends_with('*') != to.ends_with('*')) return refuse(entry.first, "rename: both sides end in * or neither");
        if (from.ends_with('*')) {
            CompiledPack::PrefixRename made{from.substr(0, from.size() - 1), {}, to.substr(0, to.size() - 1)};
            if (const size_t star = made.from.find("*."); star != std::string::npos) {
                made.behind = made.from.substr(star + 1);
                made.from.resize(star);
            }
            pack_.prefix_renames.push_back(std::move(made));
        } else {
            pack_.renames.emplace(from, to);
        }
    }
    std::stable_sort(pack_.prefix_renames.begin(), pack_.prefix_renames.end(),
                     [](const auto& a, const auto& b) { return a.from.size() > b.from.size(); });
    return true;
}

bool PackCompiler::include(const YAML::Node& pack, std::vector<YAML::Node>& sections) {
    const auto include = pack["include"];
    if (!include) return true;
    std::vector<std::string> names;
    if (!read_texts(include, names, "include")) return false;
    if (root_.empty()) return refuse(include, "include is not possible here");  // no folder of packs
    for (const std::string& name : names) {
        const fs::path path = fs::path(name).lexically_normal();
        if (path.is_absolute() || path.native().starts_with("..")) return refuse(include, "include stays below the folder of packs");
        auto text = base::read_file(root_ / path, kMaxPackBytes);
        if (!text) return refuse(include, text.error().to_string());
        try {
            YAML::Node section = YAML::Load(*text);
            if (!check_keys(section, {"description", "rename", "absent", "tables", "extract", "fields", "compute", "set", "rules"}, name)) return false;
            sections.push_back(section);
        } catch (const YAML::Exception& error) {
            return refuse(include, name + ": " + error.what());
        }
    }
    return true;
}

bool PackCompiler::read_recognise(const YAML::Node& pack) {
    int priority = 50;
    if (const auto node = pack["priority"]) {
        const auto value = node.IsScalar() ? base::parse_int(node.Scalar()) : std::nullopt;
        if (!value || *value < 0 || *value > 100) return refuse(node, "priority is 0 to 100");
        priority = static_cast<int>(*value);
    }
    const auto recognise = pack["recognise"];
    if (!recognise) return refuse(pack, "'recognise' is missing (an empty list for packs that are only bound to sources)");
    if (!recognise.IsSequence()) return refuse(recognise, "recognise must be a list");
    for (const auto& entry : recognise) {
        if (!read_recognition(entry, priority)) return false;
    }
    return true;
}

bool PackCompiler::read_recognition(const YAML::Node& entry, int priority) {
    if (!check_keys(entry, {"appname", "msgid", "contains", "starts", "regex", "priority"}, "recognise")) return false;
    Recognition recognition;
    recognition.priority = priority;
    recognition.line = entry.Mark().line + 1;
    if (const auto own = entry["priority"]) {
        const auto value = own.IsScalar() ? base::parse_int(own.Scalar()) : std::nullopt;
        if (!value || *value < 0 || *value > 100) return refuse(own, "priority is 0 to 100");
        recognition.priority = static_cast<int>(*value);
    }
    const std::pair<const char*, std::vector<std::string>*> lists[] = {{"appname", &recognition.appnames},
                                                                      {"msgid", &recognition.msgids},
                                                                      {"contains", &recognition.contains},
                                                                      {"starts", &recognition.starts},
                                                                      {"regex", &recognition.regexes}};
    size_t conditions = 0;
    for (const auto& [key, list] : lists) {
        const auto node = entry[key];
        if (!node) continue;
        if (!read_texts(node, *list, key)) return false;
        if (list->empty()) return refuse(node, std::string(key) + " is empty");
        for (const std::string& text : *list) {
            if (text.empty()) return refuse(node, std::string(key) + ": an empty text would recognise everything");
        }
        conditions += list->size();
    }
    if (conditions == 0) return refuse(entry, "an entry of recognise needs appname, msgid, contains, starts or regex");
    definition_.recognitions.push_back(std::move(recognition));
    return true;
}

bool PackCompiler::read_messages(const YAML::Node& pack) {
    if (const auto dispatch = pack["dispatch"]) {
        std::string text;
        if (!read_text(dispatch, text, "dispatch") || !read_template(text, dispatch, pack_.dispatch)) return false;
        if (pack_.dispatch.is_constant() && pack_.dispatch.parts[0].text.find('{') == std::string_view::npos) {
            // A bare name.
            const Register from = reg(dispatch, pack_.dispatch.parts[0].text);
            pack_.dispatch.parts = {{{}, from}};
        }
    }
    const auto messages = pack["messages"];
    if (!messages) return true;
    pack_.accept_unknown = false;
    if (const auto unknown = pack["unknown_messages"]) {
        std::string what;
        if (!read_text(unknown, what, "unknown_messages")) return false;
        if (what != "keep" && what != "refuse") return refuse(unknown, "unknown_messages is keep or refuse");
        pack_.accept_unknown = what == "keep";
    }
    if (!messages.IsSequence()) return refuse(messages, "messages must be a list");
    for (const auto& entry : messages) {
        if (!read_message(entry)) return false;
    }
    definition_.info.message_count = static_cast<uint32_t>(pack_.messages.size());
    return true;
}

bool PackCompiler::read_message(const YAML::Node& entry) {
    if (!check_keys(entry,
                    {"id", "name", "when", "extract", "dissect", "regex", "key_value", "delimited", "json", "cef", "leef", "structured_data",
                     "from", "fields", "set", "rules", "refuse"},
                    "message")) {
        return false;
    }
    Message message;
    message.line = entry.Mark().line + 1;
    if (const auto refuse_node = entry["refuse"]; refuse_node && !read_flag(refuse_node, message.refuses, "refuse")) return false;
    if (const auto when = entry["when"]; when && !read_conditions(when, message.conditions)) return false;
    if (const auto extract = entry["extract"]) {
        if (!read_extract(extract, message.steps)) return false;
    } else {
        YAML::Node step(YAML::NodeType::Map);
        for (const char* key : {"dissect", "regex", "key_value", "delimited", "json", "cef", "leef", "structured_data"}) {
            if (entry[key] && !step["from"]) {
                Step made;
                made.line = entry[key].Mark().line + 1;
                if (const auto from = entry["from"]) {
                    std::string name;
                    if (!read_text(from, name, "from")) return false;
                    made.from = reg(from, name);
                }
                if (!read_step_kind(entry, key, made)) return false;
                message.steps.push_back(std::move(made));
                break;
            }
        }
    }
    Scope own;
    if (const auto fields = entry["fields"]) {
        if (!read_fields(fields, own)) return false;
        finish_message_emissions(own, message);
    }
    if (const auto set = entry["set"]; set && !read_set(set, message.rules)) return false;
    if (const auto rules = entry["rules"]; rules && !read_rules(rules, message.rules)) return false;
    if (refused_) return false;
    if (pack_.messages.size() >= 20'000) return refuse(entry, "more than 20000 messages");
    const auto number = static_cast<uint16_t>(pack_.messages.size());
    pack_.messages.push_back(std::move(message));
    if (const auto id = entry["id"]) {
        if (pack_.dispatch.parts.empty()) return refuse(id, "id needs 'dispatch' in the pack");
        std::vector<std::string> ids;
        if (!read_texts(id, ids, "id")) return false;
        for (const std::string& each : ids) pack_.messages_by_id[each].push_back(number);
    } else {
        pack_.messages_without_id.push_back(number);
    }
    return true;
}

void PackCompiler::index_first_bytes() {
    if (pack_.messages_without_id.size() < 6) return;
    Register common = kNoRegister;  // all of them must look at the same text first
    for (const uint16_t number : pack_.messages_without_id) {
        const Message& message = pack_.messages[number];
        std::array<bool, 256> wanted{};
        if (message.steps.empty() || message.steps[0].optional || message.steps[0].kind != StepKind::dissect) {
            wanted.fill(true);
        } else {
            const Step& step = message.steps[0];
            if (common != kNoRegister && step.from != common) return;
            common = step.from;
            for (const uint16_t alternative : step.alternatives) {
                const std::string_view start = pack_.dissects[alternative].start();
                if (start.empty()) wanted.fill(true);
                else wanted[static_cast<unsigned char>(start[0])] = true;
            }
        }
        for (size_t byte = 0; byte < 256; ++byte) {
            if (wanted[byte]) pack_.first_byte[byte].push_back(number);
        }
    }
    pack_.first_byte_of = common;
}

namespace {

tl::expected<PackDefinition, PackProblem> compile_text(const std::string& yaml, const fs::path& file, const fs::path& root) {
    if (yaml.size() > kMaxPackBytes) return tl::unexpected(PackProblem{file, 0, "larger than 2 MiB"});
    try {
        const YAML::Node pack = YAML::Load(yaml);
        PackCompiler compiler(file, root);
        if (!compiler.compile(pack)) return tl::unexpected(compiler.problem());
        return compiler.take_definition();
    } catch (const YAML::Exception& error) {
        return tl::unexpected(PackProblem{file, error.mark.line + 1, error.msg, error.mark.column + 1});
    }
}

}  // namespace

tl::expected<PackDefinition, PackProblem> compile_pack(const fs::path& folder, const fs::path& root) {
    const fs::path file = folder / "pack.yaml";
    auto text = base::read_file(file, kMaxPackBytes);
    if (!text) return tl::unexpected(PackProblem{file, 0, text.error().to_string()});
    auto compiled = compile_text(*text, file, root);
    if (compiled) compiled->info.folder = folder;
    return compiled;
}

tl::expected<PackDefinition, PackProblem> compile_pack_text(const std::string& yaml, const fs::path& name, const fs::path& root) {
    return compile_text(yaml, name, root);
}

namespace {

tl::expected<PackDefinition, PackProblem> checked(tl::expected<PackDefinition, PackProblem> definition) {
    if (!definition) return definition;
    for (const Recognition& recognition : definition->recognitions) {
        std::string refused = Recogniser::check(recognition);
        if (!refused.empty()) return tl::unexpected(PackProblem{definition->file, recognition.line, std::move(refused), 1});
    }
    return definition;
}

}  // namespace

tl::expected<PackDefinition, PackProblem> compile_checked_pack_text(const std::string& yaml, const fs::path& name, const fs::path& root) {
    return checked(compile_pack_text(yaml, name, root));
}

tl::expected<PackDefinition, PackProblem> compile_checked_pack(const fs::path& folder, const fs::path& root) {
    return checked(compile_pack(folder, root));
}

}  // namespace shuwei::parse
