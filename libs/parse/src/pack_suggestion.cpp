#include "shuwei/parse/pack_suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <vector>

#include "shuwei/base/text.hpp"
#include "shuwei/event/time_parse.hpp"
#include "syslog_header.hpp"
#include "value_guess.hpp"

namespace shuwei::parse {

std::string_view to_string(LineShape shape) {
    switch (shape) {
        case LineShape::words: return "words";
        case LineShape::key_value: return "key_value";
        case LineShape::delimited: return "delimited";
        case LineShape::json: return "json";
        case LineShape::cef: return "cef";
        case LineShape::leef: return "leef";
    }
    return "";
}

namespace {

constexpr size_t kMaxForms = 12;
constexpr size_t kMaxBytesALine = 8192;
constexpr size_t kMaxNames = 100;

// A YAML scalar in single quotes. Control characters cannot stand there; they do not come into patterns.
std::string quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') out += '\'';
        out += c;
    }
    return out + "'";
}

bool plain(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool name_char(char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; }

// The keys of a text of pairs, in order: "src" of ` src=10.0.0.1`, with the first characters of their values.
struct Pair {
    std::string_view key;
    std::string_view value;
};

std::vector<Pair> pairs_of(std::string_view text) {
    std::vector<Pair> pairs;
    bool in_quotes = false;
    for (size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '"') in_quotes = !in_quotes;
        if (in_quotes || text[at] != '=') continue;
        size_t begin = at;
        while (begin > 0 && name_char(text[begin - 1])) --begin;
        if (begin == at || at - begin > 64 || is_digit(text[begin])) continue;
        if (begin > 0 && (text[begin - 1] == '?' || text[begin - 1] == '&')) continue;  // of a URL
        std::string_view value = text.substr(at + 1);
        if (value.starts_with('"')) value = value.substr(1, value.find('"', 1) == std::string_view::npos ? value.size() : value.find('"', 1) - 1);
        else value = value.substr(0, value.find_first_of(" ,;|\t"));
        pairs.push_back({text.substr(begin, at - begin), value});
    }
    return pairs;
}

size_t count_outside_quotes(std::string_view text, char c) {
    size_t count = 0;
    bool in_quotes = false;
    for (const char at : text) {
        if (at == '"') in_quotes = !in_quotes;
        else if (at == c && !in_quotes) ++count;
    }
    return count;
}

std::vector<std::string_view> columns_of(std::string_view text, char by) {
    std::vector<std::string_view> columns;
    bool in_quotes = false;
    size_t begin = 0;
    for (size_t at = 0; at <= text.size(); ++at) {
        if (at < text.size() && text[at] == '"') in_quotes = !in_quotes;
        if (at < text.size() && (in_quotes || text[at] != by)) continue;
        std::string_view column = base::trim(text.substr(begin, at - begin));
        if (column.size() >= 2 && column.front() == '"' && column.back() == '"') column = column.substr(1, column.size() - 2);
        columns.push_back(column);
        begin = at + 1;
    }
    return columns;
}

std::string_view common_beginning(const std::vector<std::string_view>& texts) {
    std::string_view common = texts.front();
    for (const std::string_view text : texts) {
        size_t same = 0;
        while (same < common.size() && same < text.size() && common[same] == text[same]) ++same;
        common = common.substr(0, same);
    }
    return common;
}

// The words that tell these lines from others: in all of them, without digits, the longest first.
std::vector<std::string> common_words(const std::vector<std::string_view>& texts) {
    std::vector<std::string> words;
    const std::string_view first = texts.front();
    for (size_t at = 0; at < first.size();) {
        size_t end = at;
        while (end < first.size() && first[end] != ' ' && !is_digit(first[end]) && static_cast<unsigned char>(first[end]) >= 0x20) ++end;
        const std::string_view word = first.substr(at, end - at);
        if (word.size() >= 3 && std::all_of(texts.begin(), texts.end(), [&](std::string_view t) { return t.find(word) != std::string_view::npos; })) {
            words.emplace_back(word);
        }
        at = end + 1;
    }
    std::stable_sort(words.begin(), words.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
    words.erase(std::unique(words.begin(), words.end()), words.end());
    if (words.size() > 2) words.resize(2);
    return words;
}

class Suggestion {
public:
    Suggestion(std::span<const std::string> lines, std::string_view name) : name_(name) {
        for (const std::string& line : lines.first(std::min(lines.size(), kMaxSuggestionLines))) {
            const std::string_view text = base::trim(std::string_view(line).substr(0, kMaxBytesALine));
            if (text.empty()) continue;
            const SyslogHeader header = parse_syslog_header(text, zone_, 0);
            if (base::trim(header.message).empty()) continue;
            messages_.push_back(base::trim(header.message));
            programs_.insert(std::string(header.appname));
        }
    }

    PackSuggestion make() {
        PackSuggestion made;
        if (!messages_.empty()) made.shape = shape();
        switch (made.shape) {
            case LineShape::cef:
            case LineShape::leef: extract_ = fmt::format("  - {}: {{}}\n", to_string(made.shape)); break;
            case LineShape::json: json(); break;
            case LineShape::key_value: key_value(); break;
            case LineShape::delimited: delimited(); break;
            case LineShape::words: words(); break;
        }
        made.yaml = write();
        return made;
    }

private:
    bool most(const auto& holds) const {
        const auto count = std::count_if(messages_.begin(), messages_.end(), holds);
        return static_cast<size_t>(count) * 5 >= messages_.size() * 4;
    }

    LineShape shape() {
        if (most([](std::string_view m) { return m.find("CEF:0|") != m.npos || m.find("CEF:1|") != m.npos; })) return LineShape::cef;
        if (most([](std::string_view m) { return m.find("LEEF:1") != m.npos || m.find("LEEF:2") != m.npos; })) return LineShape::leef;
        if (most([](std::string_view m) { return m.ends_with('}') && m.find("{\"") != m.npos; })) return LineShape::json;
        if (most([](std::string_view m) { return pairs_of(m).size() >= 3; })) return LineShape::key_value;
        for (const char by : {'\t', '|', ';', ','}) {
            const size_t count = count_outside_quotes(messages_.front(), by);
            if (count >= 3 && most([&](std::string_view m) { return count_outside_quotes(m, by) == count; })) {
                separator_ = by;
                return LineShape::delimited;
            }
        }
        return LineShape::words;
    }

    // A text before the structured part: taken off where all lines begin alike.
    void take_off(std::string_view beginning, std::string_view rest) {
        if (beginning.empty() || !plain(beginning)) return;
        extract_ += fmt::format("  - dissect: {}\n", quoted(fmt::format("{}%{{{}}}", escaped(beginning), rest)));
        recognised_.assign(1, std::string(base::trim(beginning)));
    }

    static std::string escaped(std::string_view literal) {
        std::string out;
        for (size_t at = 0; at < literal.size(); ++at) {
            if (literal.substr(at).starts_with("%{")) out += '%';
            out += literal[at];
        }
        return out;
    }

    void map(std::string_view key, std::string_view value) {
        if (!known_.insert(std::string(key)).second || known_.size() > kMaxNames) return;
        const std::string field = field_for_key(key, value);
        if (field == "@timestamp") {
            if (const std::string format = time_format(value); !format.empty()) {
                fields_ += fmt::format("  {}: {{to: '@timestamp', time: [{}]}}\n", quoted(key), quoted(format));
            }
        } else if (!field.empty() && taken_.insert(field).second) {
            fields_ += fmt::format("  {}: {}\n", quoted(key), field);
        }
    }

    void json() {
        std::vector<std::string_view> heads;
        for (const std::string_view message : messages_) heads.push_back(message.substr(0, message.find('{')));
        const bool headed = !heads.front().empty() && common_beginning(heads).size() == heads.front().size();
        if (headed) take_off(heads.front(), "_json");
        extract_ += headed ? "  - json: {}\n    from: _json\n" : "  - json: {}\n";
        for (const std::string_view message : messages_) {
            // "key":value or "key":"value", of the outermost and the inner objects alike; only names that say what they are.
            for (size_t at = message.find("\":"); at != message.npos; at = message.find("\":", at + 2)) {
                const size_t begin = message.rfind('"', at - 1);
                if (at == 0 || begin == message.npos) continue;
                const std::string_view key = message.substr(begin + 1, at - begin - 1);
                std::string_view value = base::trim(message.substr(at + 2));
                value = value.starts_with('"') ? value.substr(1, value.find('"', 1) == value.npos ? value.size() : value.find('"', 1) - 1)
                                               : value.substr(0, value.find_first_of(",}]"));
                if (!key.empty() && key.size() <= 64 && std::all_of(key.begin(), key.end(), name_char)) map(key, value);
                if (recognised_.size() < 2 && !headed && key.size() >= 2 &&
                    most([&](std::string_view m) { return m.find(fmt::format("\"{}\":", key)) != m.npos; })) {
                    const std::string text = fmt::format("\"{}\":", key);
                    if (std::all_of(messages_.begin(), messages_.end(), [&](std::string_view m) { return m.find(text) != m.npos; })) recognise(text);
                }
            }
        }
    }

    void recognise(const std::string& text) {
        if (std::find(recognised_.begin(), recognised_.end(), text) == recognised_.end()) recognised_.push_back(text);
    }

    void key_value() {
        std::vector<std::string_view> heads;
        std::vector<std::string_view> bodies;
        std::map<char, size_t> separators;
        for (const std::string_view message : messages_) {
            const auto pairs = pairs_of(message);
            if (pairs.empty()) continue;
            const auto first = static_cast<size_t>(pairs.front().key.data() - message.data());
            heads.push_back(message.substr(0, first));
            bodies.push_back(message.substr(first));
            for (size_t i = 1; i < pairs.size(); ++i) {
                const char* before = pairs[i].key.data() - 1;
                while (before > message.data() && *before == ' ' && (before[-1] == ',' || before[-1] == ';' || before[-1] == '|')) --before;
                ++separators[*before];
            }
        }
        const std::string_view beginning = common_beginning(heads);
        const bool headed = !beginning.empty() && std::all_of(heads.begin(), heads.end(), [&](std::string_view h) { return h == beginning; });
        if (headed) take_off(beginning, "_pairs");
        const auto separator = std::max_element(separators.begin(), separators.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
        const bool by_spaces = separator == separators.end() || (separator->first != ',' && separator->first != ';' && separator->first != '|');
        extract_ += by_spaces ? "  - key_value: {}\n" : fmt::format("  - key_value: {{pairs: '{}'}}\n", separator->first);
        if (headed) extract_ += "    from: _pairs\n";
        for (const std::string_view body : bodies) {
            for (const Pair& pair : pairs_of(body)) {
                map(pair.key, pair.value);
                const std::string text = fmt::format("{}=", pair.key);
                if (recognised_.size() < 2 && text.size() >= 4 && std::all_of(messages_.begin(), messages_.end(), [&](std::string_view m) { return m.find(text) != m.npos; })) recognise(text);
            }
        }
    }

    void delimited() {
        std::vector<std::vector<std::string_view>> rows;
        const size_t count = count_outside_quotes(messages_.front(), separator_);
        for (const std::string_view message : messages_) {
            if (count_outside_quotes(message, separator_) == count) rows.push_back(columns_of(message, separator_));
        }
        std::string columns;
        for (size_t column = 0; column < rows.front().size(); ++column) {
            std::vector<std::string_view> values;
            for (const auto& row : rows) values.push_back(row[column]);
            columns += fmt::format("{}{}", column == 0 ? "" : ", ", name_of(values, "", "column"));
        }
        const std::string by = separator_ == '\t' ? "\"\\t\"" : fmt::format("'{}'", separator_);
        extract_ += fmt::format("  - delimited: {{by: {}, columns: [{}], minimum: {}}}\n", by, columns, rows.front().size());
    }

    // A name for values that stand in one place; remembers what must become of a time.
    std::string name_of(const std::vector<std::string_view>& values, std::string_view before, std::string_view otherwise) {
        const ValueClass kind = class_of(values);
        std::string field = field_for_place(kind, before, taken_);
        if (field == "@timestamp") {
            const std::string format = time_format(values.front());
            if (format.empty()) return fmt::format("{}_{}", otherwise, ++unnamed_);
            if (std::find(times_.begin(), times_.end(), format) == times_.end()) times_.push_back(format);
            return "_when";
        }
        return field.empty() ? fmt::format("{}_{}", otherwise, ++unnamed_) : field;
    }

    // Lines of the same form are those with the same count of words that agree on most of them.
    void words() {
        struct Form {
            std::vector<std::vector<Word>> lines;
        };
        std::vector<Form> forms;
        for (const std::string_view message : messages_) {
            const auto words = words_of(message);
            if (words.empty()) continue;
            const auto like = std::find_if(forms.begin(), forms.end(), [&](const Form& form) { return alike(form.lines.front(), words); });
            if (like != forms.end()) like->lines.push_back(words);
            else if (forms.size() < kMaxForms) forms.push_back({{words}});
        }
        std::string patterns;
        for (const Form& form : forms) {
            const auto taken = taken_;
            const std::string pattern = pattern_of(form.lines);
            taken_ = taken;  // each form has its own source.ip
            if (plain(pattern)) patterns += fmt::format("      - {}\n", quoted(pattern));
        }
        if (patterns.empty()) patterns = "      - '%{_text}'\n";
        extract_ = "  - dissect:\n" + patterns;
    }

    std::string pattern_of(const std::vector<std::vector<Word>>& lines) {
        std::string pattern;
        std::string literal;  // since the last capture: "%{" may come of two pieces
        std::string_view before;
        bool after_capture = false;
        for (size_t at = 0; at < lines.front().size(); ++at) {
            const Word& first = lines.front()[at];
            std::vector<std::string_view> values;
            for (const auto& line : lines) values.push_back(line[at].text);
            const bool same = std::all_of(values.begin(), values.end(), [&](std::string_view v) { return v == values.front(); });
            const bool varies = lines.size() > 1 ? !same || varies_by_itself(first.text) : varies_by_itself(first.text);
            if (!varies || first.text.empty()) {
                literal += first.text;
                if (!first.text.empty()) after_capture = false;
                before = first.text;
            } else if (!after_capture) {
                const ValueClass kind = class_of(values);
                const std::string name = name_of(values, before, "value");
                taken_.insert(name);
                pattern += escaped(literal);
                literal.clear();
                pattern += fmt::format("%{{{}{}}}", name, kind == ValueClass::address ? ":ip" : kind == ValueClass::integer ? ":int" : "");
                after_capture = true;
            }
            if (!first.gap.empty()) {
                literal += first.gap;
                after_capture = false;
            }
        }
        return pattern + escaped(literal);
    }

    std::string write() {
        if (!times_.empty()) {
            std::string formats;
            for (const std::string& format : times_) formats += (formats.empty() ? "" : ", ") + quoted(format);
            fields_ += fmt::format("  _when: {{to: '@timestamp', time: [{}]}}\n", formats);
        }
        std::string recognise;
        if (programs_.size() == 1 && !programs_.begin()->empty() && plain(*programs_.begin())) {
            recognise = fmt::format("  - {{appname: {}}}\n", quoted(*programs_.begin()));
        } else if (!messages_.empty()) {
            std::vector<std::string> texts = recognised_;
            if (texts.empty()) texts = common_words(messages_);
            std::string list;
            for (const std::string& text : texts) {
                if (plain(text) && text.size() >= 2) list += (list.empty() ? "" : ", ") + quoted(text);
            }
            if (!list.empty()) recognise = fmt::format("  - {{contains: [{}]}}\n", list);
        }
        return fmt::format(
            "pack: {}\ntitle: {{zh: 自制解析包, en: Own pack}}\nvendor: Custom\nproduct: Custom\ndevice_type: application\n"
            "provenance: observed\nprefix: custom\n{}extract:\n{}{}",
            name_, recognise.empty() ? "recognise: []\n" : "recognise:\n" + recognise, extract_.empty() ? "  - dissect: '%{_text}'\n" : extract_,
            fields_.empty() ? "" : "fields:\n" + fields_);
    }

    std::string name_;
    event::TimeZone zone_ = event::TimeZone::china();
    std::vector<std::string_view> messages_;
    std::set<std::string> programs_;
    std::vector<std::string> recognised_;
    std::set<std::string> known_;
    std::set<std::string> taken_;  // fields
    std::vector<std::string> times_;  // formats of `_when`
    std::string extract_;
    std::string fields_;
    char separator_ = ',';
    size_t unnamed_ = 0;
};

}  // namespace

PackSuggestion suggest_pack(std::span<const std::string> lines, std::string_view name) { return Suggestion(lines, name).make(); }

}  // namespace shuwei::parse
