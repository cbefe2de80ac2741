// Rule files: any bytes are parsed or refused, and what is parsed compiles and matches.
#include <cstdint>
#include <memory>
#include <string_view>

#include "shuwei/base/assert.hpp"
#include "shuwei/event/batch.hpp"
#include "shuwei/sigma/field_map.hpp"
#include "shuwei/sigma/log_source_map.hpp"
#include "shuwei/sigma/program.hpp"
#include "shuwei/sigma/rule.hpp"
#include "shuwei/sigma/rule_parser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace shuwei;
    if (size > 64 * 1024) return 0;
    static const auto sources = *sigma::LogSourceMap::parse("sources: []\nfallback: [{event.module: \"{product}\"}]");
    static const auto fields = *sigma::FieldMap::parse("originals: [\"\"]");
    sigma::ParsedFile parsed = sigma::parse_rules({reinterpret_cast<const char*>(data), size}, "fuzz.yml", {{"names", {"a", "b*"}}});
    SHUWEI_ASSERT(!parsed.failures.empty() || !parsed.detections.empty() || !parsed.correlations.empty() || !parsed.filters.empty());
    std::vector<std::shared_ptr<const sigma::DetectionRule>> rules;
    for (auto& rule : parsed.detections) rules.push_back(std::make_shared<const sigma::DetectionRule>(std::move(rule)));
    if (rules.empty()) return 0;
    auto program = sigma::Program::compile(std::move(rules), sources, fields);
    SHUWEI_ASSERT(program.has_value());
    event::EventBatch batch;
    event::Event& event = batch.add_event();
    event.raw = batch.store("a line with cmd.exe and Mimikatz");
    batch.add(event, "event.module", "windows");
    batch.add(event, "EventID", "4688");
    batch.add(event, "CommandLine", "cmd.exe /c whoami");
    batch.add(event, "Image", "C:\\Windows\\System32\\cmd.exe");
    sigma::Matcher matcher(*program);
    std::vector<uint32_t> found;
    matcher.match(batch, event, found);
    for (const uint32_t rule : found) (*program)->explain(rule, batch, event);
    return 0;
}
