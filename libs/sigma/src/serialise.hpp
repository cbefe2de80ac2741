// Syntax trees as bytes, for the cache: one list of members a type serves writing and reading. The format is private to
// one build of the program (the cache checks kCacheVersion); reading checks every length and never trusts a count.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "shuwei/sigma/rule_parser.hpp"

namespace shuwei::sigma {

class ByteWriter {
public:
    std::string out;

    template <typename... Ts>
    void operator()(const Ts&... values) {
        (put(values), ...);
    }

private:
    template <typename T>
    void put(const T& value);
};

class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

    template <typename... Ts>
    void operator()(Ts&... values) {
        (get(values), ...);
    }
    bool ok() const { return ok_; }
    bool done() const { return ok_ && bytes_.empty(); }

private:
    template <typename T>
    void get(T& value);
    bool take(void* to, size_t size) {
        if (!ok_ || bytes_.size() < size) {
            ok_ = false;
            return false;
        }
        std::memcpy(to, bytes_.data(), size);
        bytes_.remove_prefix(size);
        return true;
    }

    std::string_view bytes_;
    bool ok_ = true;
    int depth_ = 0;
};

// --- members, in order
template <typename A, typename T>
    requires std::is_same_v<std::remove_const_t<T>, LogSource>
void members(A& a, T& v) { a(v.product, v.category, v.service); }
template <typename A, typename T>
    requires std::is_same_v<std::remove_const_t<T>, RuleInfo>
void members(A& a, T& v) {
    a(v.id, v.name, v.title, v.title_zh, v.description, v.description_zh, v.advice_zh, v.advice_en, v.status, v.author, v.date, v.modified, v.license,
      v.references, v.tags, v.false_positives, v.related, v.level, v.kind, v.log_source, v.condition, v.file, v.line, v.source,
      v.content_hash);
}
template <typename A, typename T>
    requires std::is_same_v<std::remove_const_t<T>, RuleProblem>
void members(A& a, T& v) { a(v.file, v.line, v.text); }
template <typename A, typename T>
    requires std::is_same_v<std::remove_const_t<T>, PatternPart>
void members(A& a, T& v) { a(v.kind, v.text); }
template <typename A, typename T>
    requires std::is_same_v<std::remove_const_t<T>, Pattern>
void members(A& a, T& v) { a(v.parts); }
template <typename A, typename T>
    requires std::is_same_v<std::remove_const_t<T>, ValueTest>
void members(A& a, T& v) {
    a(v.operation, v.cased, v.flag, v.comparison, v.time_part, v.anchor, v.regex.ignore_case, v.regex.multi_line, v.regex.dot_all,
      v.pattern, v.text, v.number, v.network.address.bytes, v.network.prefix);
}
template <typename A, typename T>
    requires std::is_same_v<std::remove_const_t<T>, FieldTest>
void members(A& a, T& v) { a(v.field, v.modifiers, v.all, v.negated, v.line, v.values); }
template <typename A, typename T>
    requires std::is_same_v<std::remove_const_t<T>, Detection>
void members(A& a, T& v) { a(v.kind, v.children, v.test); }
template <typename A, typename T>
    requires std::is_same_v<std::remove_const_t<T>, Selection>
void members(A& a, T& v) { a(v.name, v.line, v.detection); }
template <typename A, typename T>
    requires std::is_same_v<std::remove_const_t<T>, Condition>
void members(A& a, T& v) { a(v.kind, v.selection, v.minimum, v.children); }
template <typename A, typename T>
    requires std::is_same_v<std::remove_const_t<T>, DetectionRule>
void members(A& a, T& v) { a(v.info, v.selections, v.condition); }
template <typename A, typename T>
    requires std::is_same_v<std::remove_const_t<T>, Bound>
void members(A& a, T& v) { a(v.comparison, v.value); }
template <typename A, typename T>
    requires std::is_same_v<std::remove_const_t<T>, FieldAlias>
void members(A& a, T& v) { a(v.alias, v.fields); }
template <typename A, typename T>
    requires std::is_same_v<std::remove_const_t<T>, CorrelationRule>
void members(A& a, T& v) { a(v.info, v.type, v.rules, v.group_by, v.aliases, v.timespan, v.bounds, v.fields, v.generate); }
template <typename A, typename T>
    requires std::is_same_v<std::remove_const_t<T>, FilterRule>
void members(A& a, T& v) { a(v.info, v.any, v.rules, v.selections, v.condition); }
template <typename A, typename T>
    requires std::is_same_v<std::remove_const_t<T>, ParsedFile>
void members(A& a, T& v) { a(v.detections, v.correlations, v.filters, v.failures, v.warnings); }

// --- kinds of values
template <typename T>
inline constexpr bool is_raw = std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_same_v<T, std::array<uint8_t, 16>>;
template <typename T>
inline constexpr bool is_vector = false;
template <typename T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <typename T>
inline constexpr bool is_pair = false;
template <typename A, typename B>
inline constexpr bool is_pair<std::pair<A, B>> = true;

template <typename T>
void ByteWriter::put(const T& value) {
    if constexpr (is_raw<T>) {
        out.append(reinterpret_cast<const char*>(&value), sizeof value);
    } else if constexpr (std::is_same_v<T, std::string>) {
        put(static_cast<uint32_t>(value.size()));
        out.append(value);
    } else if constexpr (is_vector<T>) {
        put(static_cast<uint32_t>(value.size()));
        for (const auto& element : value) put(element);
    } else if constexpr (is_pair<T>) {
        put(value.first);
        put(value.second);
    } else if constexpr (std::is_same_v<T, RuleHandle>) {
        members(*this, *value);
    } else {
        members(*this, value);
    }
}

template <typename T>
void ByteReader::get(T& value) {
    if (!ok_) return;
    if constexpr (std::is_same_v<T, bool>) {
        uint8_t byte = 0;
        take(&byte, 1);
        value = byte != 0;
    } else if constexpr (is_raw<T>) {
        take(&value, sizeof value);
    } else if constexpr (std::is_same_v<T, std::string>) {
        uint32_t size = 0;
        get(size);
        if (!ok_ || bytes_.size() < size) {
            ok_ = false;
            return;
        }
        value.assign(bytes_.data(), size);
        bytes_.remove_prefix(size);
    } else if constexpr (is_vector<T>) {
        uint32_t size = 0;
        get(size);
        if (!ok_ || bytes_.size() < size || ++depth_ > 256) {  // every element takes a byte at least
            ok_ = false;
            return;
        }
        value.clear();
        value.reserve(std::min<size_t>(size, 4096));
        for (uint32_t i = 0; i < size && ok_; ++i) get(value.emplace_back());
        --depth_;
    } else if constexpr (is_pair<T>) {
        get(value.first);
        get(value.second);
    } else if constexpr (std::is_same_v<T, RuleHandle>) {
        auto info = std::make_shared<RuleInfo>();
        members(*this, *info);
        value = std::move(info);
    } else {
        members(*this, value);
    }
}

}  // namespace shuwei::sigma
