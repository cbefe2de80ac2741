// Field names as small numbers. A name is interned once; events, compiled rules and packs carry the FieldId.
// Catalogue fields (ECS, the fifteen standard fields of log audit, our own shuwei.*) have fixed ids, types, and labels
// in Chinese and English; any other name gets the next free id. Ids live as long as the process. Thread-safe;
// intern() and find() answer from a per-thread cache, so the hot path takes no lock.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace shuwei::event {

using FieldId = uint16_t;
constexpr FieldId kNoField = 0xffff;
constexpr size_t kMaxFieldNames = 60'000;   // process-wide; further names go to shuwei.overflow
constexpr size_t kMaxFieldNameBytes = 256;  // longer names are not interned

enum class FieldType : uint8_t { keyword, text, ip, integer, number, boolean, timestamp };
std::string_view to_string(FieldType type);

struct FieldInfo {
    std::string_view name;  // "source.ip"
    FieldType type;
    std::string_view label_zh;
    std::string_view label_en;
};

// Known fields by name: the constants below are their ids, in catalogue order.
#define SHUWEI_FIELD(identifier, name, type, zh, en) identifier,
enum KnownField : FieldId {
#include "shuwei/event/field_catalogue.inc"
    known_field_count
};
#undef SHUWEI_FIELD

// The catalogue, in id order.
std::span<const FieldInfo> field_catalogue();

// The id of `name`, made when new; kNoField when the name is empty, too long, or no id is left.
FieldId intern_field(std::string_view name);
// The id of `name`, or kNoField when nobody has interned it.
FieldId find_field(std::string_view name);
// The name of an id that intern_field gave.
std::string_view field_name(FieldId id);
// Catalogue entry, or nullptr for a dynamic name.
const FieldInfo* field_info(FieldId id);
inline FieldType field_type(FieldId id) {
    const FieldInfo* info = field_info(id);
    return info != nullptr ? info->type : FieldType::keyword;
}
// How many ids exist now: ids are 0 .. field_count()-1.
size_t field_count();

}  // namespace shuwei::event
