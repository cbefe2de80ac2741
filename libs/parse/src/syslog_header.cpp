#include "syslog_header.hpp"

#include <algorithm>
#include <array>

#include "decoders.hpp"
#include "shuwei/base/text.hpp"
#include "text_view.hpp"

namespace shuwei::parse {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

void skip_spaces(std::string_view& text) {
    size_t at = 0;
    while (at < text.size() && text[at] == ' ') ++at;
    text.remove_prefix(at);
}

std::string_view token(std::string_view text) { return text.substr(0, text.find(' ')); }

// <0> to <191>; larger ones up to three digits are read too, but mean nothing.
bool read_priority(std::string_view& text, int& priority) {
    if (text.size() < 3 || text[0] != '<') return false;
    int value = 0;
    size_t at = 1;
    for (; at < text.size() && at <= 3 && is_digit(text[at]); ++at) value = value * 10 + (text[at] - '0');
    if (at == 1 || at >= text.size() || text[at] != '>') return false;
    priority = value <= 191 ? value : -1;
    text.remove_prefix(at + 1);
    return true;
}

bool is_level_word(std::string_view word) {
    static constexpr std::array<std::string_view, 20> kLevels{"TRACE", "DEBUG", "INFO",  "NOTICE", "WARN",   "WARNING",   "ERROR",
                                                              "FATAL", "ALERT", "CRIT",  "CRITICAL", "EMERG", "SEVERE", "LOG",
                                                              "PANIC", "DETAIL", "HINT", "STATEMENT", "CONTEXT", "NOTE"};
    if (word.size() < 3 || word.size() > 9) return false;
    for (const std::string_view level : kLevels) {
        if (level.size() == word.size() && (level[0] | 0x20) == (word[0] | 0x20) && base::equals_ignoring_case(word, level)) return true;
    }
    return false;
}

bool is_hostname(std::string_view word) {
    if (word.empty() || word.size() > 255) return false;
    bool letter_or_digit = false;
    for (const char c : word) {
        const bool plain = is_letter(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
        letter_or_digit |= plain;
        if (!plain && c != '.' && c != '-' && c != '_' && c != ':' && c != '/' && c != '@' && c != '#') return false;
    }
    return letter_or_digit && !is_level_word(word) && word.back() != ':' && word.front() != '-';
}

struct Tag {
    std::string_view name;
    std::string_view pid;
    size_t size = 0;  // bytes of the text that it takes, the space behind included; 0 = no tag
};

// name[pid]: or name: at the start of the text.
Tag read_tag(std::string_view text) {
    size_t end = 0;
    bool letter = false;
    while (end < text.size() && end < 100) {
        const char c = text[end];
        letter |= is_letter(c);
        if (!is_letter(c) && !is_digit(c) && c != '_' && c != '-' && c != '.' && c != '/' && c != '(' && c != ')' && c != '+' && c != '@') break;
        ++end;
    }
    if (end == 0 || !letter || end >= text.size()) return {};
    Tag tag{text.substr(0, end), {}, 0};
    if (is_level_word(tag.name) || std::ranges::count(tag.name, '(') != std::ranges::count(tag.name, ')')) return {};
    size_t at = end;
    if (text[at] == '[') {
        const size_t close = text.substr(0, at + 40).find(']', at);
        if (close == std::string_view::npos) return {};
        tag.pid = text.substr(at + 1, close - at - 1);
        at = close + 1;
        if (at < text.size() && text[at] == ':') ++at;
        else if (!all_digits(tag.pid)) return {};
    } else if (text[at] == ':') {
        ++at;
    } else {
        return {};
    }
    if (at < text.size() && text[at] != ' ') return {};
    tag.size = at < text.size() ? at + 1 : at;
    return tag;
}

// How much the text before has already shown that this is a syslog header.
enum class Evidence {
    none,      // host and program must both show
    priority,  // a program name is one, a bare word is not yet a host
    time,      // the next word is the host, unless it looks otherwise
};

// The words behind a time: host and program.
bool read_host_and_tag(std::string_view& text, SyslogHeader& header, Evidence evidence) {
    const std::string_view word = token(text);
    const std::string_view behind = text.substr(std::min(text.size(), word.size() + 1));
    // "fw01: %ASA-…", "fw01 : %ASA-…"
    if (word.size() > 1 && word.back() == ':' && behind.starts_with('%') && is_hostname(word.substr(0, word.size() - 1))) {
        header.hostname = word.substr(0, word.size() - 1);
        text = behind;
        return true;
    }
    // A program's own log: "2026-11-21 08:30:00 UTC LOG: …"
    const auto is_zone = [](std::string_view text_word) {
        static constexpr std::array<std::string_view, 8> kZones{"UTC", "GMT", "CST", "EST", "EDT", "PST", "CET", "CEST"};
        return std::find(kZones.begin(), kZones.end(), text_word) != kZones.end();
    };
    if (evidence == Evidence::none && is_zone(word)) return false;
    const auto take_tag = [&](std::string_view from) {
        const Tag tag = read_tag(from);
        if (tag.size == 0) return false;
        header.appname = tag.name;
        header.procid = tag.pid;
        text = from.substr(tag.size);
        return true;
    };
    if (const Tag tag = read_tag(text); tag.size > 0) {
        if (evidence == Evidence::none && tag.pid.empty()) return false;
        return take_tag(text);
    }
    if (!is_hostname(word)) return false;
    std::string_view rest = behind;
    skip_spaces(rest);
    if (rest.starts_with(": %")) rest.remove_prefix(2);
    const bool mnemonic = rest.starts_with('%');
    if (evidence != Evidence::time && !mnemonic && read_tag(rest).size == 0) return false;
    header.hostname = word;
    if (mnemonic || !take_tag(rest)) text = rest;
    return true;
}

bool read_rfc5424(std::string_view text, const event::TimeZone& zone, base::Timestamp received, SyslogHeader& header) {
    size_t at = 0;
    while (at < text.size() && at < 3 && is_digit(text[at])) ++at;
    if (at == 0 || at >= text.size() || text[at] != ' ') return false;
    text.remove_prefix(at + 1);
    SyslogHeader read;
    read.priority = header.priority;
    if (text.starts_with("- ")) {
        text.remove_prefix(2);
    } else {
        if (text.empty() || !is_digit(text[0])) return false;
        const auto scanned = event::scan_time(text, zone, received);
        if (!scanned || scanned->size >= text.size() || text[scanned->size] != ' ') return false;
        read.time = scanned->time;
        text.remove_prefix(scanned->size + 1);
    }
    const auto next = [&](std::string_view& field) {
        skip_spaces(text);
        const std::string_view word = token(text);
        if (word.empty()) return false;
        if (word != "-") field = word;
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        return true;
    };
    if (!next(read.hostname) || !next(read.appname)) return false;
    const std::string_view before = text;
    if (next(read.procid) && next(read.msgid)) {
        const size_t size = structured_data_size(text);
        if (size > 0) {
            if (text[0] == '[') read.structured_data = text.substr(0, size);
            text.remove_prefix(size);
            if (text.starts_with(' ')) text.remove_prefix(1);
        }
    } else {  // ends early: what is there is the message
        read.procid = {};
        read.msgid = {};
        text = before;
    }
    read.message = text;
    header = read;
    return true;
}

// "123: " or "000123: " of Cisco, before the time.
void skip_sequence_number(std::string_view& text) {
    size_t at = 0;
    while (at < text.size() && at < 12 && is_digit(text[at])) ++at;
    if (at > 0 && at + 1 < text.size() && text[at] == ':' && text[at + 1] == ' ') {
        text.remove_prefix(at + 2);
        skip_spaces(text);
    }
}

bool read_time(std::string_view& text, const event::TimeZone& zone, base::Timestamp received, SyslogHeader& header) {
    std::string_view from = text;
    if (!from.empty() && (from[0] == '*' || from[0] == '.')) from.remove_prefix(1);  // Cisco: clock not set or not in step
    if (from.empty() || (!is_digit(from[0]) && !is_letter(from[0]))) return false;
    const auto scanned = event::scan_time(from, zone, received);
    if (!scanned) return false;
    std::string_view rest = from.substr(scanned->size);
    if (!rest.empty() && rest[0] != ' ' && rest[0] != ':' && rest[0] != ',') return false;
    // "… 08:30:00 CST: %SYS-5-…": the zone's letters
    if (rest.size() > 4 && rest[0] == ' ') {
        size_t letters = 1;
        while (letters < rest.size() && letters < 7 && rest[letters] >= 'A' && rest[letters] <= 'Z') ++letters;
        if (letters >= 4 && rest.substr(letters).starts_with(": ")) rest.remove_prefix(letters);
    }
    if (rest.starts_with(':')) rest.remove_prefix(1);
    skip_spaces(rest);
    header.time = scanned->time;
    text = rest;
    return true;
}

}  // namespace

std::string_view severity_name(int severity) {
    static constexpr std::array<std::string_view, 8> kNames{"emergency", "alert",  "critical",      "error",
                                                            "warning",   "notice", "informational", "debug"};
    return severity >= 0 && severity < 8 ? kNames[static_cast<size_t>(severity)] : std::string_view{};
}

SyslogHeader parse_syslog_header(std::string_view line, const event::TimeZone& zone, base::Timestamp received) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == '\0')) line.remove_suffix(1);
    if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
    SyslogHeader header;
    std::string_view text = line;
    skip_spaces(text);
    header.message = text;
    const bool has_priority = read_priority(text, header.priority);
    skip_spaces(text);
    if (has_priority) {
        header.message = text;
        if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
        if (!text.empty() && is_digit(text[0]) && read_rfc5424(text, zone, received, header)) {
            if (header.message.starts_with(kByteOrderMark)) header.message.remove_prefix(kByteOrderMark.size());
            return header;
        }
        skip_sequence_number(text);
    }
    // Nov 21 …, 2026 Nov 21 …: as syslog writes times; with a comma, Nov 21, 2026, it is a program's own
    const bool month_first = !text.empty() && ((is_letter(text[0]) && text.substr(0, 8).find(',') == std::string_view::npos) || (text.size() > 5 && is_digit(text[3]) && text[4] == ' ' && is_letter(text[5])));
    SyslogHeader found = header;
    const bool has_time = read_time(text, zone, received, found);
    if (!has_time && has_priority) {
        // Cisco: "<189>123: R1: *Nov 21 …"
        const std::string_view word = token(text);
        if (word.size() > 1 && word.back() == ':' && is_hostname(word.substr(0, word.size() - 1))) {
            std::string_view rest = text.substr(std::min(text.size(), word.size() + 1));
            skip_sequence_number(rest);
            if (read_time(rest, zone, received, found)) {
                found.hostname = word.substr(0, word.size() - 1);
                found.message = rest;
                return found;
            }
        }
    }
    if (!has_time && !has_priority) return header;
    const Evidence evidence = has_time && (has_priority || month_first) ? Evidence::time
                              : has_priority                            ? Evidence::priority
                                                                        : Evidence::none;
    if (!read_host_and_tag(text, found, evidence)) {
        if (!has_priority && !month_first) return header;  // a program's own time: it belongs to the message
    }
    // A relay puts its own header before the sender's.
    if (found.appname.empty() && !found.hostname.empty() && !text.empty() && (text[0] == '<' || is_digit(text[0]) || is_letter(text[0]))) {
        std::string_view inner_text = text;
        SyslogHeader inner;
        inner.priority = found.priority;
        const bool inner_priority = read_priority(inner_text, inner.priority);
        if (read_time(inner_text, zone, received, inner) && read_host_and_tag(inner_text, inner, inner_priority ? Evidence::time : Evidence::none)) {
            if (inner.hostname.empty()) inner.hostname = found.hostname;
            inner.message = inner_text;
            return inner;
        }
    }
    skip_spaces(text);
    found.message = text;
    return found;
}

}  // namespace shuwei::parse
