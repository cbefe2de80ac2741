// One record's BinXML as JSON: templates compiled once a chunk, values put in. Not thread-safe; memory is what a chunk
// can mean and is kept for the next one.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "binxml_template.hpp"
#include "value.hpp"

namespace shuwei::evtx {

class RecordWriter {
public:
    explicit RecordWriter(size_t max_json_bytes) : max_json_bytes_(max_json_bytes) {}

    // The chunk that the following records stand in; must stay until the next.
    void begin_chunk(std::span<const uint8_t> chunk);

    // `out` becomes the JSON of the record whose BinXML stands from `at` to `end` of the chunk. False when it does not
    // hold together; problem() says why.
    bool write(uint32_t at, uint32_t end, std::string& out);
    const Problem& problem() const { return problem_; }

private:
    struct Values {
        uint32_t first = 0;  // in values_
        uint32_t count = 0;
    };
    // An open JSON object: whether a comma is due, and its keys where they are not known beforehand.
    struct Object {
        bool empty = true;
        bool counts_keys = false;
        uint32_t first_key = 0;  // in keys_
    };
    // How much there is in a run of literals and values.
    struct Content {
        uint32_t pieces = 0;
        const Item* only = nullptr;
        bool has_elements = false;  // a value that is BinXML
        bool blank = true;          // nothing but literal spaces and line ends
    };

    bool fail(const char* what, uint32_t at);
    bool fail_too_large(const char* what);
    bool spend(uint32_t steps);

    const Template* find_template(uint32_t offset);
    bool fragment(uint32_t at, uint32_t end, Dependency dependency, Object& object, uint32_t depth);
    bool instance(uint32_t& at, uint32_t end, Object& object, uint32_t depth);
    bool read_values(uint32_t& at, uint32_t end, Values& values);

    const Value* value_of(const Item& item, Values values) const;
    Content look_at(const Template& from, Range items, Values values) const;
    void open_key(Object& object, std::string_view key);
    bool element(const Template& from, const Element& element, Values values, Object& object, uint32_t depth);
    bool value(const Template& from, const Element& element, Values values, uint32_t depth);
    bool attributes(const Template& from, const Element& element, Values values, Object& object);
    bool children(const Template& from, const Element& parent, Values values, Object& object, uint32_t depth);
    bool positional_data(const Template& from, const Element& parent, Values values, Object& object, uint32_t depth);
    bool scalar(const Template& from, Range items, const Content& content, Values values);
    bool text(const Template& from, Range items, Values values, std::string& out);

    size_t max_json_bytes_;
    size_t json_limit_ = 0;       // of the record
    size_t chunk_json_left_ = 0;
    std::span<const uint8_t> chunk_;
    std::string* out_ = nullptr;
    Problem problem_;
    uint32_t steps_left_ = 0;          // of the record
    uint32_t chunk_steps_left_ = 0;
    uint32_t compile_bytes_left_ = 0;  // of the chunk
    std::unordered_map<uint32_t, Template*> templates_;  // by offset
    std::deque<Template> pool_;
    size_t pool_used_ = 0;
    Template without_definition_;
    std::vector<Value> values_;                        // of all open instances
    std::vector<std::pair<size_t, uint32_t>> keys_;    // hash and number of uses, of all open objects
    std::string key_;
};

}  // namespace shuwei::evtx
