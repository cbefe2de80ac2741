// Which log sources an event belongs to. The values of a few routing fields are turned into small numbers; the list of
// these is looked up among the lists seen before, so predicates are evaluated once a kind of event. Immutable; the
// RoutingMemory of one thread holds what was learned.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "shuwei/event/batch.hpp"
#include "shuwei/sigma/log_source_map.hpp"

namespace shuwei::sigma {

constexpr uint32_t kMaxRoutingPairs = 32;       // routing values looked at in one event
constexpr size_t kMaxRoutingProfiles = 8'192;   // kinds of events remembered by one thread

// Field number and value number of a routing value: value 0 is "some other value".
using RoutingPair = uint32_t;
using RoutingKey = std::vector<RoutingPair>;

class Router {
public:
    // The number of a predicate; the same one for equal predicates.
    uint32_t add(const RoutingPredicate& predicate);
    // After the last add().
    void finish();
    size_t size() const { return predicates_.size(); }

    // The key of an event; `pack` is the number pack_value() gave for its pack, 0 when unknown.
    void key_of(const event::EventBatch& batch, const event::Event& event, uint32_t pack, RoutingKey& key) const;
    uint32_t pack_value(std::string_view pack_name) const;
    // Numbers of the predicates that hold for such a key.
    std::vector<uint32_t> evaluate(const RoutingKey& key) const;

private:
    struct Value {
        uint16_t field = 0;
        uint16_t value = 0;
    };
    struct Test {
        std::vector<uint16_t> fields;
        bool present = false;
        bool absent = false;
        std::vector<Value> values;
    };
    struct Predicate {
        std::vector<std::vector<Test>> any;
    };
    uint16_t field_number(event::FieldId field);
    uint16_t value_number(uint16_t field, const std::string& folded);
    uint32_t find_value(uint16_t field, std::string_view text) const;

    struct TextHash {
        using is_transparent = void;
        size_t operator()(std::string_view text) const;
    };
    std::vector<RoutingPredicate> originals_;
    std::vector<Predicate> predicates_;
    std::vector<event::FieldId> fields_;
    std::vector<uint16_t> number_by_field_; // by FieldId: 0 none, else number + 1
    std::vector<std::unordered_map<std::string, uint16_t, TextHash, std::equal_to<>>> values_;  // by field number
    uint16_t pack_field_ = 0xffff;
};

}  // namespace shuwei::sigma
