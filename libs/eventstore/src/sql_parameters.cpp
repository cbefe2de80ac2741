// Values as ClickHouse's text forms.
#include <charconv>

#include "sql.hpp"

namespace shuwei::eventstore {

std::string Parameters::escape(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() + 8);
    for (const char c : bytes) {
        switch (c) {
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\t': out += "\\t"; break;
            case '\r': out += "\\r"; break;
            case '\0': out += "\\0"; break;
            default: out += c;
        }
    }
    return out;
}

std::string Parameters::real(double value) {
    char text[64];
    const auto [end, error] = std::to_chars(text, text + sizeof text, value);
    return add("Float64", error == std::errc{} ? std::string(text, end) : "0");
}

std::string Parameters::address_text(const base::IpAddress& address) {
    return (address.is_v4() ? "::ffff:" : "") + address.to_string();
}

namespace {

// The text form of an array, which ClickHouse reads without taking escapes away first: `text` gives a member's.
template <typename List, typename Text>
std::string array_text(const List& list, Text text) {
    std::string out = "[";
    for (const auto& each : list) {
        if (out.size() > 1) out += ',';
        out += text(each);
    }
    return out + "]";
}

std::string in_quotes(std::string_view escaped) {
    std::string out = "'";
    for (const char c : escaped) {
        if (c == '\'') out += '\\';
        out += c;
    }
    return out + "'";
}

}  // namespace

std::string Parameters::texts(const std::vector<std::string>& list) {
    return add("Array(String)", array_text(list, [](const std::string& text) { return in_quotes(escape(text)); }));
}

std::string Parameters::addresses(const std::vector<base::IpAddress>& list) {
    return add("Array(IPv6)", array_text(list, [](const base::IpAddress& address) { return in_quotes(address_text(address)); }));
}

std::string Parameters::integers(const std::vector<int64_t>& list) {
    return add("Array(Int64)", array_text(list, [](int64_t number) { return std::to_string(number); }));
}

std::string Parameters::add(std::string_view type, std::string value) {
    for (size_t i = 0; i < values_.size(); ++i) {
        if (values_[i].second == value) return "{" + values_[i].first + ":" + std::string(type) + "}";
    }
    std::string name = "p" + std::to_string(values_.size());
    std::string placeholder = "{" + name + ":" + std::string(type) + "}";
    values_.emplace_back(std::move(name), std::move(value));
    return placeholder;
}

}  // namespace shuwei::eventstore
