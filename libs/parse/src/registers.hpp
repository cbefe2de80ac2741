// The device's fields of the line being parsed: a register per name that the pack knows, and a list of the names it
// does not know. Scratch of one parser; values are views into the batch's arena.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "shuwei/event/batch.hpp"

namespace shuwei::parse {

using Register = uint16_t;
constexpr Register kNoRegister = 0xffff;
// Registers that every pack has.
constexpr Register kMessageRegister = 0;         // the text behind the syslog header
constexpr Register kAppnameRegister = 1;
constexpr Register kProcidRegister = 2;
constexpr Register kMsgidRegister = 3;
constexpr Register kHostnameRegister = 4;        // as the header has it
constexpr Register kSeverityRegister = 5;        // "0" .. "7"
constexpr Register kStructuredDataRegister = 6;  // RFC 5424, with its brackets
constexpr Register kRawRegister = 7;             // the whole line
constexpr Register kFixedRegisters = 8;
constexpr std::array<std::string_view, kFixedRegisters> kFixedRegisterNames{
    "_message", "_appname", "_procid", "_msgid", "_hostname", "_severity", "_structured_data", "_raw"};

struct Value {
    const char* data = nullptr;
    uint32_t size = 0;
    event::ValueKind kind = event::ValueKind::string;

    Value() = default;
    Value(std::string_view text, event::ValueKind value_kind = event::ValueKind::string)  // NOLINT: a view with a kind
        : data(text.data()), size(static_cast<uint32_t>(text.size())), kind(value_kind) {}
    std::string_view text() const { return {data, size}; }
    bool is_set() const { return data != nullptr; }
};

class Registers {
public:
    struct Entry {
        Register reg;
        bool in_place = false;  // the event already has it under its own name
        Value value;
    };
    struct Other {
        std::string_view name;
        Value value;
    };

    // Forgets the line before and makes room for `count` registers.
    void start(size_t count) {
        for (const Entry& entry : entries_) values_[entry.reg] = {};
        entries_.clear();
        others_.clear();
        replaced_.clear();
        several_.clear();
        if (values_.size() < count) values_.resize(count);
    }

    const Value& operator[](Register reg) const { return values_[reg]; }

    // Sets or replaces.
    void set(Register reg, Value value) {
        if (value.data == nullptr) value.data = "";
        if (!values_[reg].is_set()) {
            entries_.push_back({reg, false, value});
        } else {
            for (size_t i = 0; i < entries_.size(); ++i) {
                if (entries_[i].reg != reg) continue;
                replaced_.push_back({i, entries_[i].value});
                entries_[i].value = value;
                break;
            }
        }
        values_[reg] = value;
    }
    void set_if_absent(Register reg, Value value) {
        if (!values_[reg].is_set()) set(reg, value);
    }
    // Keeps what was there first; further values follow it.
    void append(Register reg, Value value, bool in_place) {
        if (value.data == nullptr) value.data = "";
        if (!values_[reg].is_set()) values_[reg] = value;
        else several_.push_back(reg);
        entries_.push_back({reg, in_place, value});
    }
    bool has_several(Register reg) const { return !several_.empty() && std::find(several_.begin(), several_.end(), reg) != several_.end(); }
    void add_other(std::string_view name, Value value) { others_.push_back({name, value}); }

    // In the order of their setting; a register with several values occurs several times.
    const std::vector<Entry>& entries() const { return entries_; }
    const std::vector<Other>& others() const { return others_; }

    // For taking back what a form that did not match has set.
    struct Mark {
        size_t entries;
        size_t others;
        size_t replaced;
    };
    Mark mark() const { return {entries_.size(), others_.size(), replaced_.size()}; }
    void rewind(Mark mark) {
        while (replaced_.size() > mark.replaced) {
            const Replaced& last = replaced_.back();
            Entry& entry = entries_[last.index];
            entry.value = last.before;
            values_[entry.reg] = last.before;
            replaced_.pop_back();
        }
        while (entries_.size() > mark.entries) {
            values_[entries_.back().reg] = {};
            entries_.pop_back();
        }
        for (const Entry& entry : entries_) {  // registers with several values keep the first
            if (!values_[entry.reg].is_set()) values_[entry.reg] = entry.value;
        }
        others_.resize(mark.others);
    }

private:
    std::vector<Value> values_;
    std::vector<Entry> entries_;
    std::vector<Other> others_;
    struct Replaced {
        size_t index;
        Value before;
    };
    std::vector<Replaced> replaced_;
    std::vector<Register> several_;
};

}  // namespace shuwei::parse
