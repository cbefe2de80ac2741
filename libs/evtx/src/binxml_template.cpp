#include "binxml_template.hpp"

#include <algorithm>
#include <utility>

#include "binxml_token.hpp"
#include "json_text.hpp"
#include "little_endian.hpp"

namespace shuwei::evtx {

void Template::clear() {
    problem = {};
    text.clear();
    elements.clear();
    attributes.clear();
    items.clear();
    roots.clear();
}

namespace {

constexpr uint32_t kMaxNameUnits = 512;
constexpr size_t kMaxText = 256 * 1024;  // names may be shared by thousands of elements: a chunk's text is bounded

class Compiler {
public:
    Compiler(std::span<const uint8_t> chunk, uint32_t end, Dependency dependency, Template& result)
        : chunk_(chunk), end_(end), dependency_(dependency), result_(result) {}

    uint32_t run(uint32_t at, Extent extent) {
        at_ = at;
        if (extent == Extent::one_element) {
            root();
            return at_;
        }
        while (at_ < end_ && result_.problem.what == nullptr) {
            switch (token_of(chunk_[at_])) {
                case Token::end_of_stream: return ++at_;
                case Token::fragment_header:
                    if (need(4)) at_ += 4;
                    break;
                case Token::open_start_element: root(); break;
                case Token::instruction_target: pass_instruction_target(); break;
                case Token::instruction_data: pass_instruction_data(); break;
                default: fail("an element was expected");
            }
        }
        return at_;
    }

private:
    bool fail(const char* what) {
        if (result_.problem.what == nullptr) result_.problem = {what, at_};
        return false;
    }

    bool need(size_t bytes) { return bytes <= end_ - at_ || fail("cut off"); }

    void root() {
        uint32_t index = 0;
        if (element(1, false, index)) result_.roots.push_back(index);
    }

    // The name at the offset that stands here, which may be right behind it.
    bool name(TextRange& text) {
        if (!need(4)) return false;
        const uint32_t offset = load32(chunk_.data() + at_);
        at_ += 4;
        // next name (4), hash (2), number of characters (2), characters, NUL
        if (offset > chunk_.size() || chunk_.size() - offset < 8) return fail("a name lies outside the chunk");
        const uint32_t units = load16(chunk_.data() + offset + 6);
        if (units > kMaxNameUnits || units * 2 > chunk_.size() - offset - 8) return fail("a name is longer than names are");
        if (offset == at_) {
            if (!need(8 + size_t{units} * 2 + 2)) return false;
            at_ += 8 + units * 2 + 2;
        }
        return add_text(text, [&](std::string& out) { append_utf16(out, chunk_.data() + offset + 8, units); });
    }

    template <typename Write>
    bool add_text(TextRange& text, Write write) {
        text.begin = static_cast<uint32_t>(result_.text.size());
        write(result_.text);
        text.size = static_cast<uint32_t>(result_.text.size()) - text.begin;
        return result_.text.size() <= kMaxText || fail("more text than a chunk can mean");
    }

    // Number of characters (2), characters.
    bool counted_text(TextRange& text) {
        if (!need(2)) return false;
        const uint32_t units = load16(chunk_.data() + at_);
        at_ += 2;
        if (!need(size_t{units} * 2)) return false;
        const uint8_t* const from = chunk_.data() + at_;
        at_ += units * 2;
        return add_text(text, [&](std::string& out) { append_utf16(out, from, units); });
    }

    // One piece of text or value here, of an attribute or an element; `taken` says whether there was one.
    bool piece(std::vector<Item>& items, bool& taken) {
        taken = true;
        Item item;
        switch (token_of(chunk_[at_])) {
            case Token::value:
                if (!need(2)) return false;
                if (chunk_[at_ + 1] != 0x01) return fail("literal text of an unknown type");
                at_ += 2;
                if (!counted_text(item.text)) return false;
                break;
            case Token::cdata:
                ++at_;
                if (!counted_text(item.text)) return false;
                break;
            case Token::character_reference:
                if (!need(3)) return false;
                if (!add_text(item.text, [&](std::string& out) { append_utf16(out, chunk_.data() + at_ + 1, 1); })) return false;
                at_ += 3;
                break;
            case Token::entity_reference: {
                ++at_;
                TextRange entity;
                if (!name(entity)) return false;
                const std::string meant(entity_text(result_.view(entity)));
                if (!add_text(item.text, [&](std::string& out) { out += meant; })) return false;
                break;
            }
            case Token::normal_substitution:
            case Token::optional_substitution:  // number of the value (2), its type (1): the value tells its type itself
                if (!need(4)) return false;
                item.kind = ItemKind::substitution;
                item.index = load16(chunk_.data() + at_ + 1);
                at_ += 4;
                break;
            default:
                taken = false;
                return true;
        }
        if (item.kind == ItemKind::literal) item.blank = is_blank(result_.view(item.text));
        if (item.kind == ItemKind::substitution || item.text.size > 0) items.push_back(item);
        return true;
    }

    static bool is_blank(std::string_view escaped) {
        for (size_t at = 0; at < escaped.size(); ++at) {
            if (escaped[at] == ' ') continue;
            if (escaped[at] != '\\' || std::string_view("rnt").find(escaped[at + 1]) == std::string_view::npos) return false;
            ++at;
        }
        return true;
    }

    static std::string entity_text(std::string_view entity) {
        static constexpr std::pair<std::string_view, std::string_view> kEntities[] = {
            {"lt", "<"}, {"gt", ">"}, {"amp", "&"}, {"apos", "'"}, {"quot", "\\\""}};
        for (const auto& [known, text] : kEntities) {
            if (entity == known) return std::string(text);
        }
        return "&" + std::string(entity) + ";";
    }

    Range append_items(const std::vector<Item>& items) {
        const Range range{static_cast<uint32_t>(result_.items.size()), static_cast<uint32_t>(items.size())};
        result_.items.insert(result_.items.end(), items.begin(), items.end());
        return range;
    }

    bool pass_instruction_target() {
        ++at_;
        TextRange ignored;
        return name(ignored);
    }
    bool pass_instruction_data() {
        ++at_;
        TextRange ignored;
        return counted_text(ignored);
    }

    // Whether size (4) and name (4) can stand at `at`.
    bool fits_head(uint32_t at) const {
        if (at > end_ || end_ - at < 8) return false;
        const uint32_t size = load32(chunk_.data() + at);
        const uint32_t name = load32(chunk_.data() + at + 4);
        return size <= end_ - at - 4 && name >= kFirstName && name < chunk_.size();
    }

    bool element(uint32_t depth, bool in_data_container, uint32_t& index) {
        if (depth > kMaxDepth) return fail("elements are nested too deeply");
        const bool has_attributes = (chunk_[at_] & kMore) != 0;
        ++at_;
        const bool expected = dependency_ == Dependency::present;
        if (fits_head(at_ + (expected ? 2 : 0))) {
            at_ += expected ? 2 : 0;
        } else if (fits_head(at_ + (expected ? 0 : 2))) {
            at_ += expected ? 0 : 2;
        } else {
            return fail("the size of an element or the place of its name is impossible");
        }
        at_ += 4;
        Element made;
        if (!name(made.name)) return false;
        made.key = made.name;
        std::vector<Attribute> attributes;
        std::vector<Item> items;
        bool taken = false;
        if (has_attributes) {
            if (!need(4)) return false;
            at_ += 4;
            while (at_ < end_ && token_of(chunk_[at_]) == Token::attribute) {
                ++at_;
                Attribute attribute;
                if (!name(attribute.name)) return false;
                items.clear();
                while (at_ < end_) {
                    if (!piece(items, taken)) return false;
                    if (!taken) break;
                }
                attribute.items = append_items(items);
                attributes.push_back(attribute);
            }
        }
        choose_kind(made, attributes, in_data_container);
        if (!need(1)) return false;
        const Token head_end = token_of(chunk_[at_]);
        if (head_end != Token::close_start_element && head_end != Token::close_empty_element) return fail("an element's head does not end");
        ++at_;
        items.clear();
        if (head_end == Token::close_start_element && !content(depth, made, items)) return false;
        made.attributes = {static_cast<uint32_t>(result_.attributes.size()), static_cast<uint32_t>(attributes.size())};
        result_.attributes.insert(result_.attributes.end(), attributes.begin(), attributes.end());
        number_keys(made, items);
        made.items = append_items(items);
        index = static_cast<uint32_t>(result_.elements.size());
        result_.elements.push_back(made);
        return true;
    }

    bool content(uint32_t depth, Element& made, std::vector<Item>& items) {
        const std::string_view name = result_.view(made.name);
        const bool data_container = name == "EventData" || name == "UserData";
        while (true) {
            if (!need(1)) return false;
            switch (token_of(chunk_[at_])) {
                case Token::end_element: ++at_; return true;
                case Token::open_start_element: {
                    Item item{.kind = ItemKind::element};
                    if (!element(depth + 1, data_container, item.index)) return false;
                    items.push_back(item);
                    made.has_elements = true;
                    break;
                }
                case Token::instruction_target:
                    if (!pass_instruction_target()) return false;
                    break;
                case Token::instruction_data:
                    if (!pass_instruction_data()) return false;
                    break;
                default: {
                    bool taken = false;
                    if (!piece(items, taken)) return false;
                    if (!taken) return fail("an element's content has an unknown token");
                    made.has_substitutions |= !items.empty() && items.back().kind == ItemKind::substitution;
                }
            }
        }
    }

    // <Data Name="x">y</Data> is x: y; its attributes are not told.
    void choose_kind(Element& made, std::vector<Attribute>& attributes, bool in_data_container) {
        if (result_.view(made.name) != "Data") return;
        const auto named = std::find_if(attributes.begin(), attributes.end(), [&](const Attribute& one) {
            return result_.view(one.name) == "Name" && one.items.count > 0;
        });
        if (named == attributes.end()) {
            if (!in_data_container) return;
            made.kind = ElementKind::positional_data;
        } else {
            made.name_items = named->items;
            const Item& only = result_.items[named->items.begin];
            made.kind = named->items.count == 1 && only.kind == ItemKind::literal ? ElementKind::named_data : ElementKind::data_by_value;
            if (made.kind == ElementKind::named_data) made.name = made.key = only.text;
        }
        attributes.clear();
    }

    // Gives the second and further elements of one name their _1, _2 …
    void number_keys(Element& made, const std::vector<Item>& items) {
        std::vector<std::pair<std::string_view, uint32_t>> keys;
        for (const Item& item : items) {
            if (item.kind != ItemKind::element) continue;
            const Element& child = result_.elements[item.index];
            made.has_dynamic_keys |= child.kind == ElementKind::data_by_value;
            if (child.kind == ElementKind::plain || child.kind == ElementKind::named_data) keys.emplace_back(result_.view(child.name), item.index);
        }
        std::stable_sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        std::vector<std::pair<uint32_t, uint32_t>> numbered;  // element, number
        for (size_t i = 1, number = 0; i < keys.size(); ++i) {
            number = keys[i].first == keys[i - 1].first ? number + 1 : 0;
            if (number > 0) numbered.emplace_back(keys[i].second, static_cast<uint32_t>(number));
        }
        for (const auto& [child, number] : numbered) {
            const std::string key = std::string(result_.view(result_.elements[child].name)) + "_" + std::to_string(number);
            add_text(result_.elements[child].key, [&](std::string& out) { out += key; });
        }
    }

    std::span<const uint8_t> chunk_;
    uint32_t end_;
    Dependency dependency_;
    Template& result_;
    uint32_t at_ = 0;
};

}  // namespace

uint32_t compile(std::span<const uint8_t> chunk, uint32_t at, uint32_t end, Dependency dependency, Extent extent, Template& result) {
    result.clear();
    return Compiler(chunk, end, dependency, result).run(at, extent);
}

}  // namespace shuwei::evtx
