#include "record_writer.hpp"

#include <algorithm>
#include <functional>

#include "binxml_token.hpp"
#include "little_endian.hpp"

namespace shuwei::evtx {

namespace {

// Real chunks need a few thousand steps and compile fewer bytes than they have; hostile ones refer to one value or one
// definition thousands of times.
constexpr uint32_t kStepsOfRecord = 200'000;
constexpr uint32_t kStepsOfChunk = 2'000'000;
constexpr uint32_t kCompileBytesOfChunk = 1 << 20;
constexpr size_t kJsonBytesOfChunk = size_t{16} << 20;

}  // namespace

void RecordWriter::begin_chunk(std::span<const uint8_t> chunk) {
    chunk_ = chunk;
    templates_.clear();
    pool_used_ = 0;
    chunk_steps_left_ = kStepsOfChunk;
    compile_bytes_left_ = kCompileBytesOfChunk;
    chunk_json_left_ = kJsonBytesOfChunk;
}

bool RecordWriter::write(uint32_t at, uint32_t end, std::string& out) {
    out.clear();
    out_ = &out;
    problem_ = {};
    values_.clear();
    keys_.clear();
    steps_left_ = std::min(kStepsOfRecord, chunk_steps_left_);
    json_limit_ = std::min(max_json_bytes_, chunk_json_left_);
    const uint32_t given = steps_left_;
    out += '{';
    Object record{.counts_keys = true};
    bool good = fragment(at, end, Dependency::present, record, 1);
    chunk_steps_left_ -= given - steps_left_;
    chunk_json_left_ -= std::min(chunk_json_left_, out.size());
    if (good && record.empty) good = fail("the record holds no event", at);
    out += '}';
    if (good && out.size() > json_limit_) good = fail_too_large("the event is larger than events may be");
    return good;
}

bool RecordWriter::fail(const char* what, uint32_t at) {
    if (problem_.what == nullptr) problem_ = {what, at};
    return false;
}

bool RecordWriter::fail_too_large(const char* what) {
    if (problem_.what == nullptr) problem_ = {what, 0, true};
    return false;
}

bool RecordWriter::spend(uint32_t steps) {
    if (steps > steps_left_) return fail_too_large("the event means more work than an event can");
    steps_left_ -= steps;
    return out_->size() <= json_limit_ || fail_too_large("the event is larger than events may be");
}

// A definition: next (4), GUID (16), size (4), then its BinXML.
const Template* RecordWriter::find_template(uint32_t offset) {
    if (const auto known = templates_.find(offset); known != templates_.end()) return known->second;
    if (offset < kFirstName || offset > chunk_.size() || chunk_.size() - offset < 24) return nullptr;
    const uint32_t size = load32(chunk_.data() + offset + 20);
    if (size > chunk_.size() - offset - 24) return nullptr;
    if (pool_used_ == pool_.size()) pool_.emplace_back();
    Template& made = pool_[pool_used_++];
    if (size > compile_bytes_left_) {
        made.clear();
        made.problem = {"more templates than a chunk can hold", offset, true};
    } else {
        compile_bytes_left_ -= size;
        compile(chunk_, offset + 24, offset + 24 + size, Dependency::present, Extent::all, made);
    }
    templates_.emplace(offset, &made);
    return &made;
}

bool RecordWriter::fragment(uint32_t at, uint32_t end, Dependency dependency, Object& object, uint32_t depth) {
    if (depth > kMaxDepth) return fail("values are nested too deeply", at);
    while (at < end) {
        if (!spend(1)) return false;
        switch (token_of(chunk_[at])) {
            case Token::end_of_stream: return true;
            case Token::fragment_header:
                if (end - at < 4) return fail("cut off", at);
                at += 4;
                break;
            case Token::template_instance:
                if (!instance(at, end, object, depth)) return false;
                break;
            case Token::instruction_target:
            case Token::instruction_data:
            case Token::open_start_element: {
                // What is no element ends the compilation at once, and tells.
                const Extent extent = token_of(chunk_[at]) == Token::open_start_element ? Extent::one_element : Extent::all;
                const uint32_t next = compile(chunk_, at, end, dependency, extent, without_definition_);
                if (without_definition_.problem.what != nullptr) {
                    problem_ = without_definition_.problem;
                    return false;
                }
                if (!spend((next - at) / 8)) return false;
                for (const uint32_t root : without_definition_.roots) {
                    if (!element(without_definition_, without_definition_.elements[root], {}, object, depth)) return false;
                }
                at = next;
                break;
            }
            default: return fail("an element or a template was expected", at);
        }
    }
    return true;
}

// Token (1), version (1), identifier (4), offset of the definition (4), the definition itself if it is the first use,
// then the values.
bool RecordWriter::instance(uint32_t& at, uint32_t end, Object& object, uint32_t depth) {
    if (end - at < 10) return fail("a template instance is cut off", at);
    const uint32_t offset = load32(chunk_.data() + at + 6);
    const uint32_t begin = at;
    at += 10;
    if (offset == at) {
        if (end - at < 24 || load32(chunk_.data() + at + 20) > end - at - 24) return fail("a template is cut off", at);
        at += 24 + load32(chunk_.data() + at + 20);
    }
    const Template* const used = find_template(offset);
    if (used == nullptr) return fail("a template lies outside the chunk", begin);
    if (used->problem.what != nullptr) {
        problem_ = used->problem;
        return false;
    }
    Values values;
    if (!read_values(at, end, values)) return false;
    bool good = true;
    for (const uint32_t root : used->roots) {
        good = good && element(*used, used->elements[root], values, object, depth);
    }
    values_.resize(values.first);
    return good;
}

// Number of values (4); size (2), type (1), 0 (1) of each; their bytes.
bool RecordWriter::read_values(uint32_t& at, uint32_t end, Values& values) {
    if (end - at < 4) return fail("the values are cut off", at);
    const uint32_t count = load32(chunk_.data() + at);
    if (count > (end - at - 4) / 4) return fail("there are more values than bytes", at);
    if (!spend(count / 8)) return false;
    values = {static_cast<uint32_t>(values_.size()), count};
    uint32_t head = at + 4;
    at = head + 4 * count;
    for (uint32_t i = 0; i < count; ++i, head += 4) {
        const uint32_t size = load16(chunk_.data() + head);
        if (size > end - at) return fail("a value is cut off", head);
        values_.push_back({chunk_[head + 2], chunk_.subspan(at, size)});
        at += size;
    }
    return true;
}

const Value* RecordWriter::value_of(const Item& item, Values values) const {
    if (item.index >= values.count) return nullptr;
    const Value& value = values_[values.first + item.index];
    return value.is_null() ? nullptr : &value;
}

RecordWriter::Content RecordWriter::look_at(const Template& from, Range items, Values values) const {
    Content content;
    for (uint32_t i = 0; i < items.count; ++i) {
        const Item& item = from.items[items.begin + i];
        if (item.kind == ItemKind::element) continue;
        if (item.kind == ItemKind::substitution) {
            const Value* const value = value_of(item, values);
            if (value == nullptr) continue;
            if (value->is_binxml()) {
                content.has_elements |= !value->bytes.empty();
                continue;
            }
            content.blank = false;
        } else {
            content.blank = content.blank && item.blank;
        }
        ++content.pieces;
        content.only = &item;
    }
    return content;
}

// Writes the key, a second one of the same name with _1, a third with _2 …
void RecordWriter::open_key(Object& object, std::string_view key) {
    std::string& out = *out_;
    if (!object.empty) out += ',';
    object.empty = false;
    out += '"';
    out += key;
    if (object.counts_keys) {
        const size_t hash = std::hash<std::string_view>{}(key);
        const auto begin = keys_.begin() + object.first_key;
        const auto known = std::find_if(begin, keys_.end(), [&](const auto& one) { return one.first == hash; });
        const auto looked_at = static_cast<uint32_t>(known - begin);
        steps_left_ -= std::min(steps_left_, looked_at / 8);
        if (known == keys_.end()) {
            keys_.emplace_back(hash, 1);
        } else {
            out += '_';
            out += std::to_string(known->second++);
        }
    }
    out += "\":";
}

bool RecordWriter::element(const Template& from, const Element& element, Values values, Object& object, uint32_t depth) {
    if (!spend(1)) return false;
    if (element.kind == ElementKind::data_by_value) {
        key_.clear();
        if (!text(from, element.name_items, values, key_)) return false;
        open_key(object, key_.empty() ? std::string_view("Data") : std::string_view(key_));
    } else {
        open_key(object, from.view(element.key));
    }
    return value(from, element, values, depth);
}

bool RecordWriter::value(const Template& from, const Element& element, Values values, uint32_t depth) {
    if (depth > kMaxDepth) return fail("elements are nested too deeply", 0);
    if (!spend(1 + element.items.count / 8)) return false;
    std::string& out = *out_;
    const Content content = look_at(from, element.items, values);
    const size_t begin = out.size();
    out += '{';
    Object object{.counts_keys = content.has_elements || element.has_dynamic_keys, .first_key = static_cast<uint32_t>(keys_.size())};
    if (element.attributes.count > 0 && !attributes(from, element, values, object)) return false;
    if (object.empty && !element.has_elements && !content.has_elements) {
        out.resize(begin);
        if (content.pieces > 0) return scalar(from, element.items, content, values);
        out += element.kind == ElementKind::plain ? "null" : "\"\"";
        return true;
    }
    if (content.pieces > 0 && !content.blank) {
        open_key(object, "#text");
        if (!scalar(from, element.items, content, values)) return false;
    }
    if ((element.has_elements || content.has_elements) && !children(from, element, values, object, depth)) return false;
    keys_.resize(object.first_key);
    out += '}';
    return true;
}

bool RecordWriter::attributes(const Template& from, const Element& element, Values values, Object& object) {
    std::string& out = *out_;
    Object inner;
    for (uint32_t i = 0; i < element.attributes.count; ++i) {
        const Attribute& attribute = from.attributes[element.attributes.begin + i];
        if (!spend(1 + attribute.items.count / 8)) return false;
        const Content content = look_at(from, attribute.items, values);
        if (content.pieces == 0) continue;
        if (inner.empty) {
            open_key(object, "#attributes");
            out += '{';
        }
        open_key(inner, from.view(attribute.name));
        if (!scalar(from, attribute.items, content, values)) return false;
    }
    if (!inner.empty) out += '}';
    return true;
}

bool RecordWriter::children(const Template& from, const Element& parent, Values values, Object& object, uint32_t depth) {
    bool positional_told = false;
    for (uint32_t i = 0; i < parent.items.count; ++i) {
        const Item& item = from.items[parent.items.begin + i];
        if (item.kind == ItemKind::substitution) {
            const Value* const value = value_of(item, values);
            if (value == nullptr || !value->is_binxml()) continue;
            const auto at = static_cast<uint32_t>(value->bytes.data() - chunk_.data());
            if (!fragment(at, at + static_cast<uint32_t>(value->bytes.size()), Dependency::absent, object, depth + 1)) return false;
        } else if (item.kind == ItemKind::element) {
            const Element& child = from.elements[item.index];
            if (child.kind != ElementKind::positional_data) {
                if (!element(from, child, values, object, depth + 1)) return false;
            } else if (!std::exchange(positional_told, true)) {
                if (!positional_data(from, parent, values, object, depth)) return false;
            }
        }
    }
    return true;
}

// "Data": {"#text": …} for all <Data> without a name: the one value, or an array of all.
bool RecordWriter::positional_data(const Template& from, const Element& parent, Values values, Object& object, uint32_t depth) {
    std::string& out = *out_;
    open_key(object, "Data");
    out += "{\"#text\":";
    const size_t begin = out.size();
    out += '[';
    uint32_t told = 0;
    bool joined = false;
    for (uint32_t i = 0; i < parent.items.count; ++i) {
        const Item& item = from.items[parent.items.begin + i];
        if (item.kind != ItemKind::element || from.elements[item.index].kind != ElementKind::positional_data) continue;
        if (told++ > 0) out += ',';
        const size_t at = out.size();
        if (!value(from, from.elements[item.index], values, depth + 1)) return false;
        if (out[at] == '[') {  // the members of an array join the others
            joined = true;
            out.pop_back();
            out.erase(at, 1);
            if (out.size() == at) out += "\"\"";
        }
    }
    if (told == 1 && !joined) {
        out.erase(begin, 1);
    } else {
        out += ']';
    }
    out += '}';
    return true;
}

bool RecordWriter::scalar(const Template& from, Range items, const Content& content, Values values) {
    std::string& out = *out_;
    if (content.pieces == 1 && content.only->kind == ItemKind::substitution) {
        append_json(out, *value_of(*content.only, values));
        return true;
    }
    out += '"';
    if (!text(from, items, values, out)) return false;
    out += '"';
    return true;
}

bool RecordWriter::text(const Template& from, Range items, Values values, std::string& out) {
    for (uint32_t i = 0; i < items.count; ++i) {
        const Item& item = from.items[items.begin + i];
        if (item.kind == ItemKind::literal) {
            out += from.view(item.text);
        } else if (item.kind == ItemKind::substitution) {
            const Value* const value = value_of(item, values);
            if (value != nullptr && !value->is_binxml()) append_text(out, *value);
        }
        if (out.size() > json_limit_) return fail_too_large("the event is larger than events may be");
    }
    return true;
}

}  // namespace shuwei::evtx
