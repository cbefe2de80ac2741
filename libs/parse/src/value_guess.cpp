#include "value_guess.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "shuwei/base/ip_address.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::parse {

namespace {

constexpr size_t kMaxWords = 100;  // of a message; the rest is one

bool is_gap(char c) {
    return c == ' ' || c == '\t' || c == ',' || c == ';' || c == '|' || c == '(' || c == ')' || c == '[' || c == ']' || c == '<' || c == '>' || c == '"' ||
           c == '\'' || c == '=' || c == '{' || c == '}';
}

bool digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

// "2026-11-21 08:30:00.123" as 0000-00-00 00:00:00.000.
std::string shape_of_digits(std::string_view text) {
    std::string shape(text);
    std::replace_if(shape.begin(), shape.end(), is_digit, '0');
    return shape;
}

struct TimeShape {
    std::string_view shape;
    std::string_view format;
};
constexpr TimeShape kTimes[] = {
    {"0000-00-00 00:00:00", "%Y-%m-%d %H:%M:%S"}, {"0000/00/00 00:00:00", "%Y/%m/%d %H:%M:%S"}, {"0000-00-00T00:00:00", "%Y-%m-%dT%H:%M:%S"},
    {"00000000 00:00:00", "%Y%m%d %H:%M:%S"},     {"00000000000000", "%Y%m%d%H%M%S"},
};

// How many characters of the beginning are a time, with its second word where it has two.
size_t time_length(std::string_view text) {
    for (const TimeShape& time : kTimes) {
        if (text.size() < time.shape.size() || shape_of_digits(text.substr(0, time.shape.size())) != time.shape) continue;
        size_t length = time.shape.size();
        while (length < text.size() && (is_alnum(text[length]) || text[length] == '.' || text[length] == '+' || text[length] == ':')) ++length;
        return length;
    }
    return 0;
}

struct Known {
    std::string_view field;
    std::array<std::string_view, 10> keys;
};
constexpr Known kKeys[] = {
    {"source.ip", {"src", "srcip", "sourceip", "sip", "saddr", "clientip", "remoteip", "srcaddr", "attackip", "sourceaddress"}},
    {"destination.ip", {"dst", "dstip", "destinationip", "dip", "daddr", "serverip", "destip", "dstaddr", "targetip", "destinationaddress"}},
    {"source.port", {"spt", "sport", "srcport", "sourceport", "clientport"}},
    {"destination.port", {"dpt", "dport", "dstport", "destinationport", "destport", "serverport"}},
    {"user.name", {"user", "username", "usr", "account", "login", "loginname", "userid", "uname"}},
    {"network.transport", {"proto", "protocol", "transport"}},
    {"event.action", {"act", "action", "operation", "op", "opertype"}},
    {"event.outcome", {"result", "outcome", "status"}},
    {"event.severity", {"severity", "level", "pri"}},
    {"event.code", {"msgid", "eventid", "logid"}},
    {"event.duration", {}},
    {"url.original", {"url", "uri", "requesturl"}},
    {"http.request.method", {"method", "httpmethod"}},
    {"http.response.status_code", {"statuscode", "httpstatus", "retcode"}},
    {"user_agent.original", {"useragent", "ua"}},
    {"rule.name", {"rule", "rulename", "policy", "policyname"}},
    {"host.name", {"host", "hostname"}},
    {"source.mac", {"srcmac", "smac"}},
    {"destination.mac", {"dstmac", "dmac"}},
    {"source.bytes", {"sentbyte", "sentbytes", "bytesout"}},
    {"destination.bytes", {"rcvdbyte", "rcvdbytes", "bytesin"}},
    {"message", {"msg", "message", "desc", "description"}},
    {"@timestamp", {"time", "timestamp", "datetime", "logtime", "eventtime", "date", "ts", "createtime"}},
};

std::string folded(std::string_view key) {
    std::string out;
    for (const char c : key) {
        if (is_alnum(c)) out += base::ascii_lower(c);
    }
    return out;
}

}  // namespace

ValueClass class_of(const std::vector<std::string_view>& values) {
    const auto all = [&](const auto& holds) { return !values.empty() && std::all_of(values.begin(), values.end(), holds); };
    if (all([](std::string_view v) { return base::IpAddress::parse(v).has_value(); })) return ValueClass::address;
    if (all([](std::string_view v) { return !time_format(v).empty() && !digits(v); })) return ValueClass::time;
    if (all([](std::string_view v) { return digits(v) && v.size() < 19; })) return ValueClass::integer;
    return ValueClass::text;
}

std::string time_format(std::string_view value) {
    if (digits(value)) return value.size() == 10 || value.size() == 13 ? "epoch" : value.size() == 14 ? "%Y%m%d%H%M%S" : "";
    for (const TimeShape& time : kTimes) {
        if (value.size() < time.shape.size() || shape_of_digits(value.substr(0, time.shape.size())) != time.shape) continue;
        const std::string_view rest = value.substr(time.shape.size());
        if (value[10] == 'T' && !rest.empty()) return "rfc3339";
        if (rest.empty()) return std::string(time.format);
        const size_t fraction = rest.front() == '.' ? std::min(rest.find_first_not_of("0123456789", 1), rest.size()) : 0;
        if (fraction == rest.size()) return std::string(time.format);
        return "";
    }
    return "";
}

std::string field_for_key(std::string_view key, std::string_view value) {
    const std::string name = folded(key.substr(key.rfind('.') == std::string_view::npos ? 0 : key.rfind('.') + 1));
    for (const Known& known : kKeys) {
        if (name.empty() || std::find(known.keys.begin(), known.keys.end(), std::string_view(name)) == known.keys.end()) continue;
        const bool address = base::IpAddress::parse(value).has_value();
        if (known.field.ends_with(".ip") && !address) return "";
        if ((known.field.ends_with(".port") || known.field.ends_with(".bytes") || known.field == "http.response.status_code") && !digits(value)) return "";
        if (known.field == "event.severity" && !digits(value)) return "log.level";
        return std::string(known.field);
    }
    return "";
}

std::string field_for_place(ValueClass kind, std::string_view before, const std::set<std::string>& taken) {
    const auto first_free = [&](std::initializer_list<std::string_view> fields) -> std::string {
        for (const std::string_view field : fields) {
            if (!taken.contains(std::string(field))) return std::string(field);
        }
        return "";
    };
    const std::string word = folded(before);
    switch (kind) {
        case ValueClass::time: return taken.contains("_when") ? "" : "@timestamp";
        case ValueClass::address:
            if (word == "to" || word.starts_with("dst") || word.starts_with("dest")) return first_free({"destination.ip"});
            return first_free({"source.ip", "destination.ip"});
        case ValueClass::integer:
            if (word.find("port") == std::string::npos) return field_for_key(before, "1").ends_with(".port") ? first_free({field_for_key(before, "1")}) : "";
            return taken.contains("destination.ip") ? first_free({"destination.port", "source.port"}) : first_free({"source.port", "destination.port"});
        case ValueClass::text: break;
    }
    const bool user = word == "user" || word == "username" || word == "for" || before.ends_with("用户") || before.ends_with("用户：") || before.ends_with("用户:");
    return user ? first_free({"user.name", "user.target.name"}) : "";
}

std::vector<Word> words_of(std::string_view message) {
    std::vector<Word> words;
    size_t at = 0;
    while (at < message.size() && words.size() < kMaxWords) {
        size_t end = at;
        if (const size_t time = time_length(message.substr(at)); time > 0) {
            end = at + time;
        } else {
            while (end < message.size() && !is_gap(message[end])) ++end;
        }
        // "10.0.0.1:443" is two.
        if (const size_t colon = message.substr(at, end - at).rfind(':'); colon != std::string_view::npos && colon > 0 && end > at && time_length(message.substr(at)) == 0) {
            const std::string_view left = message.substr(at, colon);
            const std::string_view right = message.substr(at + colon + 1, end - at - colon - 1);
            if ((base::IpAddress::parse(left) && digits(right)) || (right.empty() && colon + at + 1 == end)) end = at + colon;
        }
        size_t next = end;
        if (next < message.size() && message[next] == ':') ++next;
        // Inside quotes all is one word.
        bool quote = false;
        while (next < message.size() && is_gap(message[next]) && !quote) {
            quote = message[next] == '"';
            ++next;
        }
        words.push_back({message.substr(at, end - at), message.substr(end, next - end)});
        at = next;
        if (quote) {
            const size_t close = message.find('"', at);
            if (close == std::string_view::npos || close == at) continue;
            size_t behind = close + 1;
            while (behind < message.size() && is_gap(message[behind]) && message[behind] != '"') ++behind;
            words.push_back({message.substr(at, close - at), message.substr(close, behind - close)});
            at = behind;
        }
    }
    if (at < message.size()) words.push_back({message.substr(at), {}});
    return words;
}

bool alike(const std::vector<Word>& a, const std::vector<Word>& b) {
    if (a.size() != b.size()) return false;
    size_t same = 0;
    size_t fixed = 0;
    for (size_t at = 0; at < a.size(); ++at) {
        if (a[at].gap != b[at].gap) return false;
        if (varies_by_itself(a[at].text) && varies_by_itself(b[at].text)) continue;
        ++fixed;
        if (a[at].text == b[at].text) ++same;
    }
    return same * 2 >= fixed;
}

bool varies_by_itself(std::string_view word) {
    return std::any_of(word.begin(), word.end(), is_digit);
}

}  // namespace shuwei::parse
