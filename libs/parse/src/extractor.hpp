// Runs a compiled pack over a line. One per worker; scratch only.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "compiled_pack.hpp"
#include "registers.hpp"
#include "shuwei/event/batch.hpp"
#include "shuwei/event/ndjson.hpp"
#include "syslog_header.hpp"

namespace shuwei::parse {

class Extractor {
public:
    // Forgets what was cached of the packs of another set.
    void forget_packs() { json_names_.clear(); }

    // Adds the fields the pack finds and sets event.time where the line has one; on false the event is unchanged.
    bool extract(const CompiledPack& pack, const SyslogHeader& header, const event::TimeZone& zone, event::EventBatch& batch,
                 event::Event& event);

private:
    struct JsonName {
        bool known = false;
        Register reg = kNoRegister;
        event::FieldId keep = event::kNoField;  // what it is called in the event; none = it is taken out
    };

    bool run_steps(const std::vector<Step>& steps, const CompiledPack& pack, event::EventBatch& batch, event::Event& event);
    bool run_step(const Step& step, const CompiledPack& pack, event::EventBatch& batch, event::Event& event);
    bool read_json(std::string_view text, const CompiledPack& pack, event::EventBatch& batch, event::Event& event);
    const JsonName& json_name(const CompiledPack& pack, event::FieldId field);
    // The message form that matches; false when none does. `message` null = the pack has none for it.
    bool choose_message(const CompiledPack& pack, event::EventBatch& batch, event::Event& event, const Message*& message);
    bool holds(const std::vector<Condition>& conditions, const CompiledPack& pack);
    void apply(const std::vector<Rule>& rules, const CompiledPack& pack);
    bool add_up(const std::vector<Register>& summands, event::EventBatch& batch, std::string_view& out);
    bool render(const Template& text, event::EventBatch& batch, std::string_view& out);
    void emit(const CompiledPack& pack, const Message* message, const event::TimeZone& zone, event::EventBatch& batch, event::Event& event);

    Registers registers_;
    RegexScratch regex_;
    event::JsonReader json_;
    std::unordered_map<const CompiledPack*, std::vector<JsonName>> json_names_;  // by field id
    std::string key_;
    std::vector<uint16_t> assigned_;       // constant by target; kNone = none, kCleared = taken away
    std::vector<uint16_t> assigned_list_;
    std::vector<Register> written_;        // register that wrote the target
};

}  // namespace shuwei::parse
