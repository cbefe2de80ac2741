// Files into a KnowledgeBase. yaml-cpp reads the head; the codes are one block of text, a line each, because a tree of
// some thousand nodes a file would take most of the start.
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <set>

#include "code_key.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/knowledge/knowledge_base.hpp"

namespace shuwei::knowledge {

using base::ErrorCode;
using base::Result;

namespace {

constexpr size_t kFileLimit = 4 << 20;
constexpr std::array kSeverities = {"informational", "low", "medium", "high", "critical"};

struct Wrong {
    int line;
    std::string message;
};
[[noreturn]] void refuse(const YAML::Node& node, std::string message) { throw Wrong{node.Mark().line + 1, std::move(message)}; }

void only_keys(const YAML::Node& node, const std::set<std::string>& known, std::string_view what) {
    if (!node.IsMap()) refuse(node, fmt::format("{} must be a map", what));
    for (const auto& member : node)
        if (!known.contains(member.first.Scalar())) refuse(member.first, fmt::format("{} does not know '{}'", what, member.first.Scalar()));
}

std::string text_of(const YAML::Node& node, const char* key) {
    const YAML::Node member = node[key];
    if (!member || !member.IsScalar() || member.Scalar().empty()) refuse(node, fmt::format("{} is missing", key));
    return member.Scalar();
}

Text both_languages(const YAML::Node& node, const char* key) {
    const YAML::Node member = node[key];
    if (!member || !member.IsMap()) refuse(node, fmt::format("{} is missing", key));
    return {text_of(member, "zh"), text_of(member, "en")};
}

bool is_severity(std::string_view text) { return std::ranges::find(kSeverities, text) != kSeverities.end(); }

// "{cisco.ios.facility}-{event.code}", "ORA-{error.code:5}"
std::vector<Place::Part> parts_of(const YAML::Node& node, const std::string& code) {
    std::vector<Place::Part> parts;
    size_t from = 0;
    while (from < code.size()) {
        const size_t open = code.find('{', from);
        const size_t close = code.find('}', from);
        if (open == std::string::npos || close == std::string::npos || close < open) refuse(node, "code: fields stand in {}, and the last one ends it");
        Place::Part part{code.substr(from, open - from), code.substr(open + 1, close - open - 1), 0};
        if (const size_t colon = part.field.find(':'); colon != std::string::npos) {
            const auto digits = base::parse_uint(std::string_view(part.field).substr(colon + 1));
            if (!digits || *digits > 20) refuse(node, "code: after the colon stands the number of digits");
            part.digits = *digits;
            part.field.resize(colon);
        }
        if (part.field.empty()) refuse(node, "code: {} names no field");
        if (!parts.empty() && part.before.empty()) refuse(node, "code: two fields need text between them");
        parts.push_back(std::move(part));
        from = close + 1;
    }
    return parts;
}

Place place_of(const YAML::Node& node) {
    only_keys(node, {"code", "where"}, "places");
    Place place;
    place.parts = parts_of(node, text_of(node, "code"));
    for (const auto& member : node["where"]) {
        Condition condition{member.first.Scalar(), {}};
        if (member.second.IsScalar()) condition.values.push_back(member.second.Scalar());
        for (const auto& value : member.second)
            if (value.IsScalar()) condition.values.push_back(value.Scalar());
        if (condition.values.empty()) refuse(member.first, "where: a field needs its value or a list of them");
        place.where.push_back(std::move(condition));
    }
    return place;
}

std::vector<std::string_view> columns_of(std::string_view line) {
    std::vector<std::string_view> columns;
    for (;;) {
        const size_t bar = line.find('|');
        columns.push_back(base::trim(line.substr(0, bar)));
        if (bar == std::string_view::npos) return columns;
        line.remove_prefix(bar + 1);
    }
}

}  // namespace

class Loading {
public:
    explicit Loading(std::filesystem::path folder) : folder_(std::move(folder)) {}

    Result<Loaded> run() {
        TRY(read_types());
        std::vector<std::filesystem::path> files;
        std::error_code failed;
        for (const auto& file : std::filesystem::directory_iterator(folder_, failed))
            if (file.path().extension() == ".yaml" && file.path().filename() != "types.yaml") files.push_back(file.path());
        if (failed) return base::fail(ErrorCode::not_found, folder_.string() + ": " + failed.message());
        std::ranges::sort(files);
        for (const auto& file : files) read_family(file);
        order();
        return Loaded{std::make_shared<const KnowledgeBase>(std::move(base_)), std::move(problems_)};
    }

private:
    struct FamilyFile {
        Family family;
        std::vector<Entry> entries;
        std::unordered_map<std::string, size_t> by_code;  // in `entries`
    };

    void problem(int line, std::string message) {
        problems_.push_back(base::Error(ErrorCode::invalid_argument, std::move(message)).at(fmt::format("line {}", line)).at(file_));
    }

    Result<> read_types() {
        file_ = "types.yaml";
        TRY_ASSIGN(const std::string text, base::read_file(folder_ / file_, kFileLimit));
        try {
            for (const auto& node : YAML::Load(text)) base_.types_.push_back({text_of(node, "type"), both_languages(node, "title")});
        } catch (const Wrong& wrong) {
            return base::fail(base::Error(ErrorCode::invalid_argument, wrong.message).at(fmt::format("line {}", wrong.line)).at(file_));
        } catch (const YAML::Exception& error) {
            return base::fail(base::Error(ErrorCode::invalid_argument, error.what()).at(file_));
        }
        return {};
    }

    void read_family(const std::filesystem::path& path) {
        file_ = path.filename().string();
        const auto text = base::read_file(path, kFileLimit);
        if (!text) return problems_.push_back(text.error());
        if (!base::is_valid_utf8(*text)) return problem(1, "is not UTF-8");
        try {
            // The codes end the file. They are kept from yaml-cpp, which would go through them letter by letter.
            constexpr std::string_view kCodes = "\ncodes: |\n";
            const size_t at = text->find(kCodes);
            const YAML::Node root = YAML::Load(text->substr(0, at));
            if (at == std::string::npos) refuse(root, "codes: | is missing, the last member of the file");
            FamilyFile read;
            read_head(root, read.family);
            if (read.family.name != path.stem()) refuse(root, "family: is not the file's name");
            const std::string_view codes = std::string_view(*text).substr(at + kCodes.size());
            read_codes(codes, static_cast<int>(std::ranges::count(text->substr(0, at), '\n')) + 3, read);
            read.family.entries = read.entries.size();
            files_.push_back(std::move(read));
        } catch (const Wrong& wrong) {
            problem(wrong.line, wrong.message);
        } catch (const YAML::Exception& error) {
            problem(error.mark.line + 1, error.msg);
        }
    }

    void read_head(const YAML::Node& root, Family& family) const {
        only_keys(root, {"family", "title", "explains", "places", "topics"}, "the file");
        family.name = text_of(root, "family");
        family.title = both_languages(root, "title");
        if (const YAML::Node explains = root["explains"]) {
            if (explains.Scalar() != "event" && explains.Scalar() != "value") refuse(explains, "explains: event or value");
            if (explains.Scalar() == "value") family.explains = Explains::value;
        }
        for (const auto& node : root["places"]) family.places.push_back(place_of(node));
        for (const auto& member : root["topics"]) {
            only_keys(member.second, {"type", "severity", "zh", "en"}, "topics");
            Topic topic;
            topic.name = member.first.Scalar();
            const std::string type = text_of(member.second, "type");
            const auto found = std::ranges::find(base_.types_, type, &Type::name);
            if (found == base_.types_.end()) refuse(member.second, fmt::format("no type '{}' in types.yaml", type));
            topic.type = static_cast<size_t>(found - base_.types_.begin());
            topic.severity = text_of(member.second, "severity");
            if (!is_severity(topic.severity)) refuse(member.second, fmt::format("no severity '{}'", topic.severity));
            topic.look = {text_of(member.second, "zh"), text_of(member.second, "en")};
            family.topics.push_back(std::move(topic));
        }
    }

    void read_codes(std::string_view block, int line, FamilyFile& into) {
        for (; !block.empty(); ++line) {
            const size_t end = std::min(block.find('\n'), block.size());
            const std::string_view text = block.substr(0, end);
            block.remove_prefix(std::min(end + 1, block.size()));
            const std::string_view content = base::trim(text);
            if (content.empty() || content.starts_with('#')) continue;
            if (!text.starts_with("  ")) {
                problem(line, "codes: a line begins with two spaces");
                continue;
            }
            Entry entry;
            if (const std::string wrong = read_entry(content, into.family, entry); !wrong.empty()) {
                problem(line, wrong);
                continue;
            }
            const auto [known, added] = into.by_code.try_emplace(code_key(entry.code), into.entries.size());
            if (!added) problem(line, fmt::format("code {} is there twice", entry.code));
            else into.entries.push_back(std::move(entry));
        }
    }

    // code [= symbol] | topic[/severity] | 名称 | name [| 含义 | meaning]; the answer says what is wrong.
    static std::string read_entry(std::string_view line, const Family& family, Entry& entry) {
        const auto columns = columns_of(line);
        if (columns.size() != 4 && columns.size() != 6) return "a code has 4 columns, or 6 with its meaning";
        for (const std::string_view column : columns)
            if (column.empty()) return "a column is empty: name and meaning are there in both languages";
        constexpr std::string_view kSame = " = ";
        const size_t same = columns[0].find(kSame);
        entry.code = base::trim(columns[0].substr(0, same));
        if (same != std::string_view::npos) entry.symbol = base::trim(columns[0].substr(same + kSame.size()));
        if (entry.symbol.find(' ') != std::string::npos) return "after = stands one symbol without blanks";
        const size_t slash = columns[1].find('/');
        const auto topic = std::ranges::find(family.topics, columns[1].substr(0, slash), &Topic::name);
        if (topic == family.topics.end()) return fmt::format("no topic '{}' in this file", columns[1].substr(0, slash));
        entry.topic = static_cast<size_t>(topic - family.topics.begin());
        entry.severity = slash == std::string_view::npos ? topic->severity : std::string(columns[1].substr(slash + 1));
        if (!is_severity(entry.severity)) return fmt::format("no severity '{}'", entry.severity);
        entry.name = {std::string(columns[2]), std::string(columns[3])};
        if (columns.size() == 6) entry.meaning = {std::string(columns[4]), std::string(columns[5])};
        const auto is_ascii = [](const std::string& text) { return std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; }); };
        if (is_ascii(entry.name.zh)) return "the name in the third column is not Chinese";
        if (!is_ascii(entry.name.en)) return "the name in the fourth column is not English";
        return {};
    }

    void order() {
        std::ranges::stable_sort(files_, {}, [](const FamilyFile& file) { return file.family.explains == Explains::value; });
        for (FamilyFile& file : files_) {
            const size_t first = base_.entries_.size();
            for (Entry& entry : file.entries) {
                entry.family = base_.families_.size();
                base_.entries_.push_back(std::move(entry));
            }
            for (auto& [code, position] : file.by_code) position += first;
            base_.families_.push_back(std::move(file.family));
            base_.by_code_.push_back(std::move(file.by_code));
        }
    }

    std::filesystem::path folder_;
    std::string file_;  // being read
    KnowledgeBase base_;
    std::vector<FamilyFile> files_;
    std::vector<base::Error> problems_;
};

Result<Loaded> KnowledgeBase::load(const std::filesystem::path& folder) { return Loading(folder).run(); }

}  // namespace shuwei::knowledge
