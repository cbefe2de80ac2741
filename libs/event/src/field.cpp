#include "shuwei/event/field.hpp"

#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "shuwei/base/assert.hpp"

namespace shuwei::event {
namespace {

#define SHUWEI_FIELD(identifier, name, type, zh, en) FieldInfo{name, FieldType::type, zh, en},
constexpr FieldInfo kCatalogue[] = {
#include "shuwei/event/field_catalogue.inc"
};
#undef SHUWEI_FIELD

// Names never move: they are allocated once and kept, so field_name() needs no lock.
class FieldNames {
public:
    FieldNames() {
        for (const FieldInfo& info : kCatalogue) add(info.name);
    }

    FieldId find(std::string_view name) {
        const std::scoped_lock lock(mutex_);
        const auto found = ids_.find(name);
        return found == ids_.end() ? kNoField : found->second;
    }

    FieldId intern(std::string_view name) {
        const std::scoped_lock lock(mutex_);
        if (const auto found = ids_.find(name); found != ids_.end()) return found->second;
        if (count_.load(std::memory_order_relaxed) >= kMaxFieldNames) return kNoField;
        auto kept = std::make_unique<char[]>(name.size());
        std::memcpy(kept.get(), name.data(), name.size());
        return add({kept.release(), name.size()});
    }

    std::string_view name(FieldId id) const {
        SHUWEI_ASSERT(id < count_.load(std::memory_order_acquire));
        return names_[id];
    }

    size_t count() const { return count_.load(std::memory_order_acquire); }

private:
    FieldId add(std::string_view kept) {
        const size_t id = count_.load(std::memory_order_relaxed);
        names_[id] = kept;
        ids_.emplace(kept, static_cast<FieldId>(id));
        count_.store(id + 1, std::memory_order_release);
        return static_cast<FieldId>(id);
    }

    std::mutex mutex_;
    std::unordered_map<std::string_view, FieldId> ids_;
    std::array<std::string_view, kMaxFieldNames> names_;
    std::atomic<size_t> count_{0};
};

FieldNames& names() {
    static FieldNames& instance = *new FieldNames;  // outlives every thread
    return instance;
}

// Direct-mapped cache of one thread: names are few and repeat without end.
class ThreadCache {
public:
    FieldId& slot(std::string_view name) { return slots_[hash(name) & (kSlots - 1)]; }
    ThreadCache() { slots_.fill(kNoField); }

private:
    static constexpr size_t kSlots = 8192;
    static size_t hash(std::string_view name) {
        uint64_t h = name.size() * 0x9E3779B97F4A7C15ull;
        const char* at = name.data();
        size_t left = name.size();
        while (left >= 8) {
            uint64_t word;
            std::memcpy(&word, at, 8);
            h = (h ^ word) * 0xBF58476D1CE4E5B9ull;
            h ^= h >> 32;
            at += 8;
            left -= 8;
        }
        uint64_t tail = 0;
        std::memcpy(&tail, at, left);
        h = (h ^ tail) * 0x94D049BB133111EBull;
        return h ^ (h >> 31);
    }
    std::array<FieldId, kSlots> slots_;
};

template <typename Lookup>
FieldId cached(std::string_view name, Lookup lookup) {
    if (name.empty() || name.size() > kMaxFieldNameBytes) return kNoField;
    static thread_local ThreadCache cache;
    FieldId& slot = cache.slot(name);
    if (slot != kNoField && names().name(slot) == name) return slot;
    const FieldId id = lookup(name);
    if (id != kNoField) slot = id;
    return id;
}

}  // namespace

std::string_view to_string(FieldType type) {
    switch (type) {
        case FieldType::keyword: return "keyword";
        case FieldType::text: return "text";
        case FieldType::ip: return "ip";
        case FieldType::integer: return "integer";
        case FieldType::number: return "number";
        case FieldType::boolean: return "boolean";
        case FieldType::timestamp: return "timestamp";
    }
    return "keyword";
}

std::span<const FieldInfo> field_catalogue() { return kCatalogue; }

FieldId intern_field(std::string_view name) {
    return cached(name, [](std::string_view wanted) { return names().intern(wanted); });
}

FieldId find_field(std::string_view name) {
    return cached(name, [](std::string_view wanted) { return names().find(wanted); });
}

std::string_view field_name(FieldId id) { return names().name(id); }

const FieldInfo* field_info(FieldId id) { return id < known_field_count ? &kCatalogue[id] : nullptr; }

size_t field_count() { return names().count(); }

}  // namespace shuwei::event
