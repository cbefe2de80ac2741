// From a device's value to ECS values: conversions and types. Scratch-free; writes to the event.
#pragma once

#include "compiled_pack.hpp"
#include "registers.hpp"
#include "shuwei/event/batch.hpp"

namespace shuwei::parse {

struct WriteContext {
    event::EventBatch& batch;
    event::Event& event;
    const event::TimeZone& zone;
};

// Adds `value` as the emission says; a value that its field cannot hold goes to the fallback or nowhere. True when
// something was added.
bool write_value(const CompiledPack& pack, const Emission& emission, Value value, WriteContext& context);

// Adds a text as a value of that kind (constants and templates).
bool write_text(event::FieldId field, TargetKind kind, event::FieldId fallback, std::string_view text, event::ValueKind text_kind,
                WriteContext& context);

}  // namespace shuwei::parse
