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

// What an extraction did, for the pack editor.
struct ExtractionStep {
    StepKind kind = StepKind::dissect;
    int line = 0;
    int message = -1;      // index of the form; -1 = the pack's own steps
    int alternative = -1;  // that matched
    bool matched = false;
    bool optional = false;
    bool is_form = false;  // the conditions of a form, not a step
};

class Extractor {
public:
    // Where to write what is done; null = nowhere.
    void trace_to(std::vector<ExtractionStep>* steps) { trace_ = steps; }
    // Whether the last line was cut off because it cost too much.
    bool gave_up() const { return gave_up_; }
    // Whether it was, or an expression of it ran into its limit.
    bool hit_a_limit() const { return gave_up_ || regex_.overruns() > 0; }
    const Registers& registers() const { return registers_; }

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
    bool test(const Condition& condition, const Value& value, const CompiledPack& pack);
    // Takes away what the syslog header said of it.
    void remove_given(event::FieldId field, event::EventBatch& batch, event::Event& event);
    void apply(const std::vector<Rule>& rules, const CompiledPack& pack);
    bool add_up(const std::vector<Register>& summands, event::EventBatch& batch, std::string_view& out);
    bool render(const Template& text, event::EventBatch& batch, std::string_view& out);
    void emit(const CompiledPack& pack, const Message* message, const event::TimeZone& zone, event::EventBatch& batch, event::Event& event);

    // Counts what a line costs where it can cost much; true when it is enough.
    bool too_much();

    Registers registers_;
    RegexScratch regex_;
    std::vector<ExtractionStep>* trace_ = nullptr;
    int form_ = -1;                        // the form being tried
    uint32_t attempts_ = 0;                // of regular expressions on this line
    base::Duration attempts_since_ = 0;    // CPU time at the first count
    bool gave_up_ = false;
    size_t given_ = 0;                     // fields the event had before
    event::JsonReader json_;
    std::unordered_map<const CompiledPack*, std::vector<JsonName>> json_names_;  // by field id
    std::string key_;
    std::vector<uint16_t> assigned_;       // constant by target; kNone = none, kCleared = taken away
    std::vector<uint16_t> assigned_list_;
    std::vector<Register> written_;        // register that wrote the target
};

}  // namespace shuwei::parse
