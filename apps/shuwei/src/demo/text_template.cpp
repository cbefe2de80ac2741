#include "demo/text_template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <optional>

#include "shuwei/base/text.hpp"

namespace shuwei::demo {

namespace {

using base::ErrorCode;

constexpr char kHex[] = "0123456789abcdef";

std::string_view named_time_pattern(std::string_view name) {
    if (name == "rfc3164") return "%b %e %H:%M:%S";
    if (name == "iso") return "%Y-%m-%dT%H:%M:%S.%6f%z";
    if (name == "clf") return "%d/%b/%Y:%H:%M:%S %z";
    return name;
}

std::optional<uint32_t> parse_ipv4(std::string_view text) {
    uint32_t address = 0;
    for (int i = 0; i < 4; ++i) {
        const size_t dot = text.find('.');
        if ((dot == std::string_view::npos) != (i == 3)) return std::nullopt;
        const auto part = base::parse_uint(text.substr(0, dot));
        if (!part || *part > 255) return std::nullopt;
        address = (address << 8) | static_cast<uint32_t>(*part);
        text.remove_prefix(dot == std::string_view::npos ? text.size() : dot + 1);
    }
    return address;
}

void append_ipv4(std::string& out, uint32_t address) {
    fmt::format_to(std::back_inserter(out), "{}.{}.{}.{}", address >> 24, (address >> 16) & 255, (address >> 8) & 255,
                   address & 255);
}

void append_hex(std::string& out, Dice& dice, uint64_t digits) {
    while (digits > 0) {
        uint64_t bits = dice.next();
        for (uint64_t i = std::min<uint64_t>(digits, 16); i > 0; --i, --digits, bits >>= 4) out.push_back(kHex[bits & 15]);
    }
}

std::string format_second(const std::string& pattern, int64_t second, int offset_seconds) {
    if (pattern.empty()) return {};
    const time_t local = second + offset_seconds;
    tm parts{};
    gmtime_r(&local, &parts);
    parts.tm_gmtoff = offset_seconds;
    char buffer[256];
    return {buffer, std::strftime(buffer, sizeof buffer, pattern.c_str(), &parts)};
}

}  // namespace

uint64_t Dice::next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

void TimeCache::append(std::string& out, uint32_t format, const std::string& pattern, base::Timestamp time, int offset_seconds) {
    const int64_t second = time / base::kSecond;
    if (pattern == "epoch" || pattern == "epoch_us") {
        fmt::format_to(std::back_inserter(out), "{}", pattern == "epoch" ? second : time / 1000);
        return;
    }
    if (entries_.size() <= format) entries_.resize(format + 1);
    Entry& entry = entries_[format];
    if (entry.second != second) {
        entry.second = second;
        const size_t fraction = std::min(pattern.find("%3f"), pattern.find("%6f"));
        entry.fraction_digits = fraction == std::string::npos ? 0 : pattern[fraction + 1] - '0';
        entry.before = format_second(pattern.substr(0, fraction), second, offset_seconds);
        entry.after = fraction == std::string::npos ? "" : format_second(pattern.substr(fraction + 3), second, offset_seconds);
    }
    out += entry.before;
    if (entry.fraction_digits == 0) return;
    const int64_t nanoseconds = time % base::kSecond;
    if (entry.fraction_digits == 3) {
        fmt::format_to(std::back_inserter(out), "{:03}", nanoseconds / base::kMillisecond);
    } else {
        fmt::format_to(std::back_inserter(out), "{:06}", nanoseconds / base::kMicrosecond);
    }
    out += entry.after;
}

const TextTemplate& Pool::pick(Dice& dice) const {
    if (up_to.empty()) return entries[dice.below(entries.size())];
    const uint64_t drawn = dice.below(up_to.back());
    return entries[static_cast<size_t>(std::upper_bound(up_to.begin(), up_to.end(), drawn) - up_to.begin())];
}

base::Result<TextTemplate> TextTemplate::compile(std::string_view text, TemplateScope& scope) {
    TextTemplate result;
    while (!text.empty()) {
        const size_t open = text.find("{{");
        if (open != 0) {
            Piece literal;
            literal.text = text.substr(0, open);
            result.pieces_.push_back(std::move(literal));
            text.remove_prefix(std::min(open, text.size()));
            continue;
        }
        const size_t close = text.find("}}");
        if (close == std::string_view::npos) return base::fail(ErrorCode::invalid_argument, "'{{' without '}}'");
        std::string_view expression = text.substr(2, close - 2);
        text.remove_prefix(close + 2);
        std::string_view bound;
        if (const size_t equals = expression.find('='); equals != std::string_view::npos && expression.find(':') > equals) {
            bound = expression.substr(0, equals);
            expression.remove_prefix(equals + 1);
        }
        TRY_ASSIGN(Piece piece, compile_piece(expression, scope));
        if (!bound.empty()) {
            piece.bind = scope.slots.emplace(bound, static_cast<uint32_t>(scope.slots.size())).first->second;
        }
        result.pieces_.push_back(std::move(piece));
    }
    return result;
}

base::Result<TextTemplate::Piece> TextTemplate::compile_piece(std::string_view expression, TemplateScope& scope) {
    const auto wrong = [&](std::string_view why) {
        return base::fail(ErrorCode::invalid_argument, fmt::format("placeholder '{{{{{}}}}}': {}", expression, why));
    };
    Piece piece;
    const size_t colon = expression.find(':');
    const std::string_view name = expression.substr(0, colon);
    const std::string_view argument = colon == std::string_view::npos ? "" : expression.substr(colon + 1);
    if (colon == std::string_view::npos) {
        if (const auto slot = scope.slots.find(name); slot != scope.slots.end()) {
            piece.kind = Kind::slot;
            piece.slot = slot->second;
        } else if (const auto pool = scope.pools.find(name); pool != scope.pools.end()) {
            piece.kind = Kind::pool;
            piece.pool = pool->second;
        } else if (name == "count") {
            piece.kind = Kind::count;
        } else if (name == "guid") {
            piece.kind = Kind::guid;
        } else {
            return wrong("neither a bound name nor a pool");
        }
    } else if (name == "int") {
        const size_t dash = argument.find('-');
        const auto low = base::parse_uint(argument.substr(0, dash));
        const auto high = base::parse_uint(dash == std::string_view::npos ? "" : argument.substr(dash + 1));
        if (!low || !high || *high < *low) return wrong("not a range LOW-HIGH");
        piece.kind = Kind::integer;
        piece.low = *low;
        piece.span = *high - *low + 1;
    } else if (name == "hex") {
        const auto digits = base::parse_uint(argument);
        if (!digits || *digits == 0 || *digits > 4096) return wrong("not a number of digits");
        piece.kind = Kind::hexadecimal;
        piece.span = *digits;
    } else if (name == "ip") {
        const size_t slash = argument.find('/');
        const auto network = parse_ipv4(argument.substr(0, slash));
        const auto bits = base::parse_uint(slash == std::string_view::npos ? "" : argument.substr(slash + 1));
        if (!network || !bits || *bits < 1 || *bits > 30) return wrong("not an IPv4 network A.B.C.D/1-30");
        piece.kind = Kind::address;
        piece.low = *network + uint64_t{1};  // neither the network's own address nor the broadcast
        piece.span = (uint64_t{1} << (32 - *bits)) - 2;
    } else if (name == "time" || name == "utc") {
        if (argument.empty()) return wrong("no time format");
        piece.kind = Kind::time;
        piece.text = named_time_pattern(argument);
        piece.offset_seconds = name == "utc" ? 0 : scope.zone_offset_seconds;
        auto& formats = *scope.time_formats;
        piece.slot = formats.emplace(fmt::format("{}{}", piece.offset_seconds, piece.text), static_cast<uint32_t>(formats.size()))
                         .first->second;
    } else {
        return wrong("unknown kind");
    }
    return piece;
}

void TextTemplate::render(std::string& out, RenderState& state) const {
    for (const Piece& piece : pieces_) {
        const size_t start = out.size();
        switch (piece.kind) {
            case Kind::literal: out += piece.text; break;
            case Kind::slot: out += state.slots[piece.slot]; break;
            case Kind::pool: piece.pool->pick(state.dice).render(out, state); break;
            case Kind::integer: {
                char digits[24];
                const auto end = std::to_chars(digits, digits + sizeof digits, piece.low + state.dice.below(piece.span)).ptr;
                out.append(digits, end);
                break;
            }
            case Kind::hexadecimal: append_hex(out, state.dice, piece.span); break;
            case Kind::address: append_ipv4(out, static_cast<uint32_t>(piece.low + state.dice.below(piece.span))); break;
            case Kind::guid: {
                for (const uint64_t digits : {8, 4, 4, 4, 12}) {
                    if (digits != 8) out.push_back('-');
                    append_hex(out, state.dice, digits);
                }
                for (size_t i = start; i < out.size(); ++i) {
                    if (out[i] >= 'a') out[i] = static_cast<char>(out[i] - 32);
                }
                break;
            }
            case Kind::count: fmt::format_to(std::back_inserter(out), "{}", state.count); break;
            case Kind::time: state.times.append(out, piece.slot, piece.text, state.time, piece.offset_seconds); break;
        }
        if (piece.bind != UINT32_MAX) state.slots[piece.bind].assign(out, start);
    }
}

}  // namespace shuwei::demo
