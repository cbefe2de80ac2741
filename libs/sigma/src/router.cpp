#include "router.hpp"

#include <algorithm>

#include "content_hash.hpp"
#include "shuwei/sigma/pattern.hpp"

namespace shuwei::sigma {
namespace {
constexpr size_t kMaxRoutingValueBytes = 256;
constexpr RoutingPair pair_of(uint32_t field, uint32_t value) { return field << 16 | value; }
}  // namespace

size_t Router::TextHash::operator()(std::string_view text) const { return hash_text(text); }

uint16_t Router::field_number(event::FieldId field) {
    for (size_t i = 0; i < fields_.size(); ++i) {
        if (fields_[i] == field) return static_cast<uint16_t>(i);
    }
    fields_.push_back(field);
    values_.emplace_back();
    return static_cast<uint16_t>(fields_.size() - 1);
}

uint16_t Router::value_number(uint16_t field, const std::string& folded) {
    auto& values = values_[field];
    return values.emplace(folded, static_cast<uint16_t>(std::min<size_t>(values.size() + 1, 0xffff))).first->second;
}

uint32_t Router::add(const RoutingPredicate& predicate) {
    for (size_t i = 0; i < originals_.size(); ++i) {
        if (originals_[i] == predicate) return static_cast<uint32_t>(i);
    }
    Predicate compiled;
    for (const RoutingClause& clause : predicate.any) {
        std::vector<Test> tests;
        for (const RoutingTest& test : clause) {
            Test one;
            one.present = test.present;
            one.absent = test.absent;
            for (const event::FieldId field : test.fields) {
                one.fields.push_back(field_number(field));
                for (const std::string& value : test.values) {
                    one.values.push_back({one.fields.back(), value_number(one.fields.back(), value)});
                }
            }
            tests.push_back(std::move(one));
        }
        compiled.any.push_back(std::move(tests));
    }
    originals_.push_back(predicate);
    predicates_.push_back(std::move(compiled));
    return static_cast<uint32_t>(predicates_.size() - 1);
}

void Router::finish() {
    event::FieldId highest = 0;
    for (const event::FieldId field : fields_) highest = std::max(highest, field);
    number_by_field_.assign(size_t{highest} + 1, 0);
    for (size_t i = 0; i < fields_.size(); ++i) {
        number_by_field_[fields_[i]] = static_cast<uint16_t>(i + 1);
        if (fields_[i] == event::shuwei_pack) pack_field_ = static_cast<uint16_t>(i);
    }
}

uint32_t Router::find_value(uint16_t field, std::string_view text) const {
    if (text.size() > kMaxRoutingValueBytes) return 0;
    char folded[kMaxRoutingValueBytes];
    fold_case(text, folded);
    const auto& values = values_[field];
    const auto found = values.find(std::string_view(folded, text.size()));
    return found == values.end() ? 0 : found->second;
}

uint32_t Router::pack_value(std::string_view pack_name) const {
    if (pack_field_ == 0xffff || pack_name.empty()) return 0;
    return pair_of(pack_field_ + 1U, find_value(pack_field_, pack_name));
}

void Router::key_of(const event::EventBatch& batch, const event::Event& event, uint32_t pack, RoutingKey& key) const {
    key.clear();
    bool pack_seen = false;
    for (const event::FieldValue& value : batch.fields(event)) {
        if (value.field >= number_by_field_.size()) continue;
        const uint16_t number = number_by_field_[value.field];
        if (number == 0 || value.kind == event::ValueKind::null) continue;
        if (key.size() == kMaxRoutingPairs) break;
        key.push_back(pair_of(number, find_value(static_cast<uint16_t>(number - 1), value.text())));
        pack_seen = pack_seen || value.field == event::shuwei_pack;
    }
    if (!pack_seen && pack != 0) key.push_back(pack);
}

std::vector<uint32_t> Router::evaluate(const RoutingKey& key) const {
    const auto holds = [&key](const Test& test) {
        bool there = false;
        for (const RoutingPair pair : key) {
            const auto field = static_cast<uint16_t>((pair >> 16) - 1);
            const auto value = static_cast<uint16_t>(pair & 0xffff);
            if (std::find(test.fields.begin(), test.fields.end(), field) == test.fields.end()) continue;
            there = true;
            if (test.present) return true;
            const bool found = value != 0 && std::any_of(test.values.begin(), test.values.end(), [&](const Value& one) {
                return one.field == field && one.value == value;
            });
            if (found) return true;
        }
        return !there && test.absent;
    };
    std::vector<uint32_t> matching;
    for (size_t i = 0; i < predicates_.size(); ++i) {
        const bool any = std::any_of(predicates_[i].any.begin(), predicates_[i].any.end(), [&](const std::vector<Test>& tests) {
            return std::all_of(tests.begin(), tests.end(), holds);
        });
        if (any) matching.push_back(static_cast<uint32_t>(i));
    }
    return matching;
}

}  // namespace shuwei::sigma
