#include "decoders.hpp"

#include <cstring>

#include "shuwei/base/text.hpp"
#include "text_view.hpp"

namespace shuwei::parse {
namespace {

constexpr size_t kMaxNameBytes = 200;
constexpr std::string_view kQuotedEscapes = "\"'\\";
constexpr std::string_view kCefEscapes = "\\=|nr";
constexpr std::string_view kParameterEscapes = "\"\\]";

bool is_name_character(char c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.' || c == '/' || c == '[' || c == ']' || c == '@' ||
           c == '#' || static_cast<unsigned char>(c) >= 0x80;
}

// The end of a quoted run: the index of the closing quote, or npos. `text[from]` is the first character inside.
size_t closing_quote(std::string_view text, size_t from, char quote) {
    for (size_t at = from; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == quote) {
            return at;
        }
    }
    return std::string_view::npos;
}

std::string_view trim_end(std::string_view text) {
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r' || text.back() == '\n')) text.remove_suffix(1);
    return text;
}

}  // namespace

std::string_view unescape(std::string_view text, std::string_view escapable, event::EventBatch& batch) {
    const size_t first = text.find('\\');
    if (first == std::string_view::npos) return text;
    char* out = batch.allocate(text.size());
    std::memcpy(out, text.data(), first);
    size_t used = first;
    for (size_t at = first; at < text.size(); ++at) {
        char c = text[at];
        if (c == '\\' && at + 1 < text.size() && escapable.find(text[at + 1]) != std::string_view::npos) {
            c = text[++at];
            if (c == 'n') c = '\n';
            else if (c == 'r') c = '\r';
        }
        out[used++] = c;
    }
    return batch.shrink(out, text.size(), used);
}

std::string_view decode_hex(std::string_view text, event::EventBatch& batch) {
    if (text.size() < 2 || text.size() % 2 != 0) return text;
    for (const char c : text) {
        if (!is_hex_digit(c)) return text;
    }
    while (text.size() > 2 && text.ends_with("00")) text.remove_suffix(2);
    char* out = batch.allocate(text.size() / 2);
    for (size_t i = 0; i < text.size(); i += 2) {
        const auto byte = static_cast<char>(hex_value(text[i]) << 4 | hex_value(text[i + 1]));
        out[i / 2] = byte == 0 ? ' ' : byte;
    }
    return {out, text.size() / 2};
}

namespace {
bool may_be_hex(std::string_view key, const std::vector<std::string>& names) {
    for (const std::string_view name : names) {
        if (name.ends_with('*') ? key.starts_with(name.substr(0, name.size() - 1)) : key == name) return true;
    }
    return false;
}
}  // namespace

bool decode_key_value(std::string_view text, const KeyValueOptions& options, DecodeContext& context) {
    const std::string_view pair = options.pair_separator;
    const std::string_view assign = options.value_separator;
    const bool by_spaces = pair == " ";
    size_t at = 0;
    size_t pairs = 0;
    while (at < text.size() && pairs < kMaxPairs) {
        if (text.substr(at).starts_with(pair)) {
            at += pair.size();
            continue;
        }
        if (text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n') {
            ++at;
            continue;
        }
        const size_t equals = find_text(text, assign, at);
        if (equals == std::string_view::npos) break;
        std::string_view key = text.substr(at, equals - at);
        // Words before the key belong to no pair.
        if (by_spaces) {
            key = key.substr(key.find_last_of(" \t\r\n") + 1);
        } else if (const size_t before = key.rfind(pair); before != std::string_view::npos) {
            key = key.substr(before + pair.size());
        }
        key = base::trim(key);
        if (!options.key_end.empty()) key = base::trim(key.substr(0, key.find_first_of(options.key_end)));
        if (key.size() >= 2 && options.quotes.find(key.front()) != std::string::npos && key.back() == key.front()) {
            key = key.substr(1, key.size() - 2);
        }
        at = equals + assign.size();
        if (!by_spaces) {
            while (at < text.size() && text[at] == ' ') ++at;
        }
        std::string_view value;
        bool quoted = false;
        if (at < text.size() && options.quotes.find(text[at]) != std::string::npos) {
            const size_t close = closing_quote(text, at + 1, text[at]);
            quoted = true;
            if (close == std::string_view::npos) {
                value = text.substr(at + 1);
                at = text.size();
            } else {
                value = unescape(text.substr(at + 1, close - at - 1), kQuotedEscapes, context.batch);
                at = close + 1;
            }
        } else if (by_spaces && !options.spaces_in_values) {
            size_t end = at;
            while (end < text.size() && text[end] != ' ' && text[end] != '\t' && text[end] != '\n' && text[end] != '\r') ++end;
            value = text.substr(at, end - at);
            at = end;
        } else {
            size_t end = find_text(text, pair, at);
            if (options.spaces_in_values) {
                // The separator ends the value only where a name and "=" follow.
                while (end != std::string_view::npos) {
                    size_t name = end + pair.size();
                    while (name < text.size() && text[name] == ' ') ++name;
                    size_t stop = name;
                    while (stop < text.size() && is_name_character(text[stop])) ++stop;
                    if (stop > name && (text.substr(stop).starts_with(assign) ||
                                        (!options.key_end.empty() && stop < text.size() && options.key_end.find(text[stop]) != std::string::npos))) {
                        break;
                    }
                    end = find_text(text, pair, end + 1);
                }
            }
            if (end == std::string_view::npos) end = text.size();
            value = trim_end(text.substr(at, end - at));
            at = end;
        }
        if (key.empty() || key.size() > kMaxNameBytes) continue;
        if (!quoted && !options.hex.empty() && may_be_hex(key, options.hex)) value = decode_hex(value, context.batch);
        context.set(key, value);
        ++pairs;
    }
    return pairs > 0;
}

bool decode_delimited(std::string_view text, const DelimitedOptions& options, DecodeContext& context) {
    size_t at = 0;
    size_t column = 0;
    while (column < options.columns.size()) {
        std::string_view value;
        bool more = false;
        if (options.quote != 0 && at < text.size() && text[at] == options.quote) {
            size_t close = at + 1;
            bool doubled = false;
            while (close < text.size()) {
                if (text[close] != options.quote) {
                    ++close;
                } else if (close + 1 < text.size() && text[close + 1] == options.quote) {
                    doubled = true;
                    close += 2;
                } else {
                    break;
                }
            }
            value = text.substr(at + 1, close - at - 1);
            if (doubled) {
                char* out = context.batch.allocate(value.size());
                size_t used = 0;
                for (size_t i = 0; i < value.size(); ++i) {
                    out[used++] = value[i];
                    if (value[i] == options.quote) ++i;
                }
                value = context.batch.shrink(out, value.size(), used);
            }
            const size_t next = close < text.size() ? find_text(text, {&options.delimiter, 1}, close) : std::string_view::npos;
            more = next != std::string_view::npos;
            at = more ? next + 1 : text.size();
        } else {
            const size_t next = find_text(text, {&options.delimiter, 1}, at);
            more = next != std::string_view::npos;
            value = text.substr(at, more ? next - at : std::string_view::npos);
            at = more ? next + 1 : text.size();
        }
        const Register reg = options.columns[column++];
        if (reg != kNoRegister) context.registers.set(reg, value);
        if (!more) break;
    }
    return column >= options.minimum && column > 0;
}

// ---- CEF

namespace {

// Splits `count` header fields off the front at unescaped bars; false when there are fewer.
bool split_header(std::string_view& text, std::string_view* fields, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        size_t at = 0;
        while (at < text.size() && text[at] != '|') at += text[at] == '\\' ? 2 : 1;
        if (at >= text.size()) {
            if (i + 1 < count) return false;
            fields[i] = text;
            text = {};
            return true;
        }
        fields[i] = text.substr(0, at);
        text.remove_prefix(at + 1);
    }
    return true;
}

// Where the next "name=" of a CEF extension begins at or behind `from`: the index of its name; npos when there is none.
size_t next_extension_name(std::string_view text, size_t from, size_t& equals) {
    for (size_t at = from; (equals = find_text(text, "=", at)) != std::string_view::npos; at = equals + 1) {
        if (equals > 0 && text[equals - 1] == '\\') continue;
        size_t name = equals;
        while (name > from && is_name_character(text[name - 1])) --name;
        if (name == equals) continue;
        if (name == 0 || text[name - 1] == ' ' || text[name - 1] == '\t' || text[name - 1] == '|') return name;
    }
    return std::string_view::npos;
}

// Names of custom fields: "cs1Label" -> "cs1"; empty when the key is not a label.
std::string_view labelled(std::string_view key) {
    if (key.size() < 7 || !key.ends_with("Label")) return {};
    const std::string_view base = key.substr(0, key.size() - 5);
    return is_digit(base.back()) ? base : std::string_view{};
}

}  // namespace

bool decode_cef(std::string_view text, DecodeContext& context) {
    const size_t start = find_text(text, "CEF:", 0);
    if (start == std::string_view::npos) return false;
    text.remove_prefix(start + 4);
    std::string_view header[7];
    if (!split_header(text, header, 7)) return false;
    static constexpr std::string_view kHeaderNames[7] = {"cef.version", "cef.device.vendor", "cef.device.product", "cef.device.version",
                                                         "cef.device.event_class_id", "cef.name", "cef.severity"};
    for (size_t i = 0; i < 7; ++i) context.set(kHeaderNames[i], unescape(base::trim(header[i]), kCefEscapes, context.batch));

    // Values may hold spaces and bare "=": a value ends where the next name begins.
    struct Pair {
        std::string_view key;
        std::string_view value;
    };
    static constexpr size_t kMostExtensions = 256;
    std::array<Pair, kMostExtensions> pairs;
    size_t count = 0;
    size_t equals = 0;
    size_t name = next_extension_name(text, 0, equals);
    while (name != std::string_view::npos && count < kMostExtensions) {
        const std::string_view key = text.substr(name, equals - name);
        const size_t value_start = equals + 1;
        const size_t next = next_extension_name(text, value_start, equals);
        const std::string_view value = text.substr(value_start, next == std::string_view::npos ? next : next - value_start);
        if (key.size() <= kMaxNameBytes) pairs[count++] = {key, unescape(trim_end(value), kCefEscapes, context.batch)};
        name = next;
    }
    for (size_t i = 0; i < count; ++i) {
        const std::string_view custom = labelled(pairs[i].key);
        if (custom.empty()) {
            context.set(pairs[i].key, pairs[i].value);
            continue;
        }
        for (size_t j = 0; j < count; ++j) {
            if (pairs[j].key != custom || pairs[i].value.empty() || pairs[i].value.size() > kMaxNameBytes) continue;
            char* out = context.batch.allocate(pairs[i].value.size());
            for (size_t k = 0; k < pairs[i].value.size(); ++k) {
                const char c = pairs[i].value[k];
                out[k] = c == ' ' || c == '.' ? '_' : c;
            }
            context.set({out, pairs[i].value.size()}, pairs[j].value);
            break;
        }
    }
    return true;
}

bool decode_leef(std::string_view text, DecodeContext& context) {
    const size_t start = find_text(text, "LEEF:", 0);
    if (start == std::string_view::npos) return false;
    text.remove_prefix(start + 5);
    std::string_view header[5];
    if (!split_header(text, header, 5)) return false;
    static constexpr std::string_view kHeaderNames[5] = {"leef.version", "leef.vendor", "leef.product", "leef.product_version",
                                                         "leef.event_id"};
    for (size_t i = 0; i < 5; ++i) context.set(kHeaderNames[i], unescape(base::trim(header[i]), kCefEscapes, context.batch));
    std::string delimiter = "\t";
    if (header[0].starts_with('2')) {
        const size_t bar = text.find('|');
        if (bar != std::string_view::npos && bar <= 6) {
            std::string_view said = text.substr(0, bar);
            text.remove_prefix(bar + 1);
            if (said.size() == 1) {
                delimiter = std::string(said);
            } else if (const size_t x = said.find_first_of("xX"); x != std::string_view::npos && x <= 1) {
                unsigned code = 0;
                for (const char c : said.substr(x + 1)) {
                    if (is_hex_digit(c)) code = code * 16 + hex_value(c);
                }
                if (code > 0 && code < 256) delimiter = std::string(1, static_cast<char>(code));
            }
        }
    }
    // Some senders and relays turn the tabs into spaces.
    const bool tabs_lost = delimiter == "\t" && text.find('\t') == std::string_view::npos;
    KeyValueOptions options;
    options.pair_separator = tabs_lost ? " " : delimiter;
    options.quotes = "";
    options.spaces_in_values = tabs_lost;
    decode_key_value(text, options, context);
    return true;
}

// ---- structured data

namespace {

// Calls add(id, name, value) for each parameter; answers the bytes read, 0 when malformed.
template <typename Add>
size_t scan_structured_data(std::string_view text, Add add) {
    size_t at = 0;
    while (at < text.size() && text[at] == '[') {
        const size_t id_start = ++at;
        while (at < text.size() && text[at] != ' ' && text[at] != ']' && text[at] != '"' && text[at] != '=') ++at;
        const std::string_view id = text.substr(id_start, at - id_start);
        if (id.empty()) return 0;
        while (at < text.size() && text[at] == ' ') {
            while (at < text.size() && text[at] == ' ') ++at;
            if (at < text.size() && text[at] == ']') break;
            const size_t equals = find_text(text, "=", at);
            if (equals == std::string_view::npos || equals + 1 >= text.size() || text[equals + 1] != '"') return 0;
            const std::string_view name = text.substr(at, equals - at);
            if (name.empty() || name.size() > kMaxNameBytes || name.find_first_of(" ]\"[") != std::string_view::npos) return 0;
            const size_t close = closing_quote(text, equals + 2, '"');
            if (close == std::string_view::npos) return 0;
            add(id, name, text.substr(equals + 2, close - equals - 2));
            at = close + 1;
        }
        if (at >= text.size() || text[at] != ']') return 0;
        ++at;
    }
    return at;
}

}  // namespace

bool decode_structured_data(std::string_view text, DecodeContext& context) {
    size_t count = 0;
    return scan_structured_data(text, [&](std::string_view, std::string_view name, std::string_view value) {
               if (count++ < kMaxPairs) context.set(name, unescape(value, kParameterEscapes, context.batch));
           }) > 0;
}

void add_structured_data(std::string_view text, event::EventBatch& batch, event::Event& event) {
    char full[event::kMaxFieldNameBytes];
    static constexpr std::string_view kPrefix = "log.syslog.structured_data.";
    size_t count = 0;
    scan_structured_data(text, [&](std::string_view id, std::string_view name, std::string_view value) {
        const size_t size = kPrefix.size() + id.size() + 1 + name.size();
        if (size > sizeof full || ++count > 64) return;
        char* out = full;
        for (const std::string_view part : {kPrefix, id, std::string_view("."), name}) {
            std::memcpy(out, part.data(), part.size());
            out += part.size();
        }
        batch.add(event, std::string_view(full, size), unescape(value, kParameterEscapes, batch));
    });
}

size_t structured_data_size(std::string_view text) {
    if (text.starts_with('-') && (text.size() == 1 || text[1] == ' ')) return 1;
    return scan_structured_data(text, [](std::string_view, std::string_view, std::string_view) {});
}

}  // namespace shuwei::parse
