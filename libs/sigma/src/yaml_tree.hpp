// YAML documents as a plain tree that remembers lines; the only place that sees yaml-cpp. Values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shuwei/base/result.hpp"

namespace shuwei::sigma {

struct YamlMember;

struct YamlNode {
    enum class Kind : uint8_t { null, scalar, list, map };
    Kind kind = Kind::null;
    bool quoted = false;  // of a scalar: it is a string whatever it looks like
    uint32_t line = 0;    // 1-based
    std::string text;     // of a scalar
    std::vector<YamlNode> items;                             // of a list
    std::vector<YamlMember> members;                         // of a map, in order; keys are unique
    std::vector<uint32_t> member_lines;                      // line of each key

    bool is_null() const { return kind == Kind::null; }
    bool is_scalar() const { return kind == Kind::scalar; }
    bool is_list() const { return kind == Kind::list; }
    bool is_map() const { return kind == Kind::map; }
    const YamlNode* find(std::string_view key) const;
    std::string_view kind_name() const;  // "a list"
};

struct YamlMember {
    std::string key;
    YamlNode value;
};

struct YamlDocument {
    YamlNode root;
    uint32_t line = 1;       // where its text begins
    std::string_view source; // its text within the input, without the separator
};

constexpr size_t kMaxYamlBytes = size_t{8} << 20;
constexpr size_t kMaxYamlNodes = 200'000;  // aliases count as what they stand for
constexpr size_t kMaxYamlDepth = 64;

// A failure carries the place as "line N". Duplicate keys are refused. Empty documents are passed over.
base::Result<std::vector<YamlDocument>> parse_yaml(std::string_view text);

}  // namespace shuwei::sigma
