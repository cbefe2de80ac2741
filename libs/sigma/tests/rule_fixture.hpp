// Test helper: rules from text, compiled under a mapping of their own, matched against events written in the test.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "shuwei/event/batch.hpp"
#include "shuwei/sigma/field_map.hpp"
#include "shuwei/sigma/log_source_map.hpp"
#include "shuwei/sigma/program.hpp"
#include "shuwei/sigma/rule.hpp"
#include "shuwei/sigma/rule_parser.hpp"

namespace shuwei::sigma::test {

struct Field {
    std::string name;
    std::string value;
    event::ValueKind kind = event::ValueKind::string;
};
using Fields = std::vector<Field>;
inline Field null_field(std::string name) { return {std::move(name), "", event::ValueKind::null}; }

inline event::Event& add_event(event::EventBatch& batch, const Fields& fields, std::string_view raw = {}) {
    event::Event& event = batch.add_event();
    event.raw = batch.store(raw);
    for (const Field& field : fields) batch.add(event, field.name, batch.store(field.value), field.kind);
    return event;
}

// Every event has the log source product "test"; fields are found under their own names.
inline const LogSourceMap& open_sources() {
    static const LogSourceMap map = *LogSourceMap::parse(
        "sources:\n  - logsource: {product: test}\n    when: [{nothing: null}]\n"
        "  - logsource: {product: other}\n    when: [{kind: other}]\n");
    return map;
}
inline const FieldMap& plain_fields() {
    static const FieldMap map = *FieldMap::parse("originals: [\"\"]\naliases: {Alias: [target_of_alias]}\n");
    return map;
}

inline std::shared_ptr<const Program> compile(const std::string& yaml, const Placeholders& placeholders = {}) {
    ParsedFile parsed = parse_rules(yaml, "test.yml", placeholders);
    for (const RuleProblem& problem : parsed.failures) ADD_FAILURE() << problem.file << ":" << problem.line << ": " << problem.text << "\n" << yaml;
    std::vector<std::shared_ptr<const DetectionRule>> rules;
    for (DetectionRule& rule : parsed.detections) rules.push_back(std::make_shared<const DetectionRule>(std::move(rule)));
    auto program = Program::compile(std::move(rules), open_sources(), plain_fields());
    if (!program) {
        ADD_FAILURE() << program.error().to_string();
        return nullptr;
    }
    return *program;
}

inline std::vector<uint32_t> match(const std::shared_ptr<const Program>& program, const Fields& fields, std::string_view raw = {}) {
    event::EventBatch batch;
    event::Event& event = add_event(batch, fields, raw);
    Matcher matcher(program);
    std::vector<uint32_t> rules;
    matcher.match(batch, event, rules);
    return rules;
}

// `detection` is the indented body of `detection:`.
inline std::string rule_text(const std::string& detection, const std::string& more = "") {
    return "title: Test\nid: 11111111-2222-4333-8444-555555555555\nlevel: low\nlogsource:\n  product: test\n" + more + "detection:\n" + detection;
}

}  // namespace shuwei::sigma::test
