// BinXML made ready for writing: the elements of a template definition (or of a fragment without one) with names and
// literal text already as JSON, and the places where a record's values go.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shuwei::evtx {

constexpr uint32_t kMaxDepth = 60;  // of elements, fragments in values included: readers of JSON stop at 64

// What does not hold together, and where in the chunk.
struct Problem {
    const char* what = nullptr;  // nullptr: nothing
    uint32_t at = 0;
    bool too_large = false;
};

struct TextRange {
    uint32_t begin = 0;
    uint32_t size = 0;
};

struct Range {
    uint32_t begin = 0;
    uint32_t count = 0;
};

enum class ItemKind : uint8_t { literal, substitution, element };

struct Item {
    ItemKind kind = ItemKind::literal;
    bool blank = false;  // a literal of nothing but spaces and line ends
    uint32_t index = 0;  // substitution: which value; element: which element
    TextRange text;      // literal
};

struct Attribute {
    TextRange name;
    Range items;
};

enum class ElementKind : uint8_t {
    plain,            // its key is its name, with _1, _2 … from the second of one name on
    named_data,       // <Data Name="literal">: its key is that name
    data_by_value,    // <Data Name="%1">: its key is in `name_items`
    positional_data,  // <Data> in EventData or UserData: all of them are one key, "Data"
};

struct Element {
    ElementKind kind = ElementKind::plain;
    bool has_elements = false;       // elements among its items
    bool has_substitutions = false;  // values among its items, which may bring elements
    bool has_dynamic_keys = false;   // a data_by_value among its elements
    TextRange key;                   // escaped, without quotes
    TextRange name;                  // the same before any _1
    Range attributes;                // none for the kinds of Data
    Range items;
    Range name_items;
};

struct Template {
    Problem problem;  // why it cannot be used
    std::string text;
    std::vector<Element> elements;
    std::vector<Attribute> attributes;
    std::vector<Item> items;
    std::vector<uint32_t> roots;  // of `elements`

    std::string_view view(TextRange range) const { return {text.data() + range.begin, range.size}; }
    void clear();
};

// Whether elements begin with a dependency number: in definitions and records they do, inside values they do not
// (in both some writers do the opposite; what does not fit is read the other way).
enum class Dependency : uint8_t { present, absent };

// Compiles what stands from `at` on, at most to `end`, both in `chunk`: with `Extent::all` all elements until the end
// token, with `one_element` the one that begins there. Sets `result.problem` when it does not hold together. Returns
// where it stopped.
enum class Extent : uint8_t { all, one_element };
uint32_t compile(std::span<const uint8_t> chunk, uint32_t at, uint32_t end, Dependency dependency, Extent extent, Template& result);

}  // namespace shuwei::evtx
