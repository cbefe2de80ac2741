// Names of a pack's registers. Filled while the pack is compiled, then only read.
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "registers.hpp"

namespace shuwei::parse {

class NameTable {
public:
    static constexpr size_t kMaxNames = 8'000;

    NameTable() : slots_(64) {
        for (const std::string_view name : kFixedRegisterNames) add(name);
    }

    size_t size() const { return names_.size(); }
    std::string_view name(Register reg) const { return *names_[reg]; }

    Register find(std::string_view name) const {
        const uint32_t hash = hash_of(name);
        for (size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
            const Slot& slot = slots_[at];
            if (slot.reg == kNoRegister) return kNoRegister;
            if (slot.hash == hash && *names_[slot.reg] == name) return slot.reg;
        }
    }

    // The register of `name`, made when new; none when the table is full or the name unusable.
    Register add(std::string_view name) {
        if (const Register known = find(name); known != kNoRegister) return known;
        if (name.empty() || name.size() > 200 || names_.size() >= kMaxNames) return kNoRegister;
        const auto reg = static_cast<Register>(names_.size());
        names_.push_back(std::make_unique<std::string>(name));
        if (names_.size() * 2 > slots_.size()) {
            slots_.assign(slots_.size() * 2, {});
            for (Register each = 0; each < names_.size(); ++each) place(each);
        } else {
            place(reg);
        }
        return reg;
    }

private:
    struct Slot {
        uint32_t hash = 0;
        Register reg = kNoRegister;
    };
    static uint32_t hash_of(std::string_view name) {
        // First and last eight bytes and the length: names of one device hardly ever agree in all three.
        uint64_t head = 0;
        uint64_t tail = 0;
        const size_t size = name.size();
        if (size >= 8) {
            std::memcpy(&head, name.data(), 8);
            std::memcpy(&tail, name.data() + size - 8, 8);
        } else {
            std::memcpy(&head, name.data(), size);
        }
        uint64_t hash = (head ^ (size * 0x9E3779B97F4A7C15ull)) * 0xBF58476D1CE4E5B9ull;
        hash = (hash ^ (hash >> 29) ^ tail) * 0x94D049BB133111EBull;
        return static_cast<uint32_t>(hash >> 32);
    }
    void place(Register reg) {
        const uint32_t hash = hash_of(*names_[reg]);
        size_t at = hash & (slots_.size() - 1);
        while (slots_[at].reg != kNoRegister) at = (at + 1) & (slots_.size() - 1);
        slots_[at] = {hash, reg};
    }

    std::vector<Slot> slots_;  // a power of two, at most half full
    std::vector<std::unique_ptr<std::string>> names_;
};

}  // namespace shuwei::parse
