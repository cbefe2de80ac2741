// The shared SigmaHQ rules and regression cases.
#include <gtest/gtest.h>

#include <algorithm>
#include <unistd.h>

#include "shared_data.hpp"
#include "shuwei/sigma/compiled_cache.hpp"
#include "shuwei/sigma/field_map.hpp"
#include "shuwei/sigma/json_documents.hpp"
#include "shuwei/sigma/lint.hpp"
#include "shuwei/sigma/log_source_map.hpp"
#include "shuwei/sigma/program.hpp"
#include "shuwei/sigma/rule.hpp"
#include "shuwei/sigma/rule_collection.hpp"
#include "windows_json.hpp"
#include "yaml_tree.hpp"
#include "shuwei/base/file.hpp"

namespace shuwei::sigma::test {
namespace {

CollectionOptions all_rules() {
    CollectionOptions options;
    for (const char* folder : {"rules", "rules-emerging-threats", "rules-threat-hunting", "rules-compliance"}) {
        options.paths.push_back(shared_data() / "sigma" / folder);
    }
    options.content = content();
    return options;
}

class SharedRules : public testing::Test {
protected:
    static void SetUpTestSuite() {
        if (!std::filesystem::exists(shared_data() / "sigma")) return;
        auto loaded = RuleCollection::load(all_rules());
        ASSERT_TRUE(loaded) << loaded.error().to_string();
        collection = new RuleCollection(std::move(*loaded));
        auto compiled = Program::compile(collection->detections, *collection->log_sources, *collection->fields);
        ASSERT_TRUE(compiled) << compiled.error().to_string();
        program = *compiled;
    }
    static void TearDownTestSuite() {
        delete collection;
        collection = nullptr;
        program.reset();
    }
    static inline RuleCollection* collection = nullptr;
    static inline std::shared_ptr<const Program> program;
};

TEST_F(SharedRules, NearlyAllLoad) {
    SKIP_WITHOUT_SHARED_DATA();
    const LoadReport& report = collection->report;
    for (const RuleProblem& problem : report.failures) std::printf("%s:%u: %s\n", problem.file.c_str(), problem.line, problem.text.c_str());
    EXPECT_EQ(report.files, report.loaded + report.failed);
    EXPECT_GT(report.files, 3'000U);
    EXPECT_GE(static_cast<double>(report.loaded), 0.99 * static_cast<double>(report.files));
    // Nearly every log source of the shared rules is mapped.
    const auto unmapped = std::count_if(report.warnings.begin(), report.warnings.end(), [](const RuleProblem& one) { return one.text.find("is not mapped") != std::string::npos; });
    EXPECT_LE(unmapped, 10);
}

TEST_F(SharedRules, LintSaysTheSame) {
    SKIP_WITHOUT_SHARED_DATA();
    const CollectionOptions options = all_rules();
    const auto report = lint(options.paths, options.content);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->loaded, collection->report.loaded);
    EXPECT_EQ(report->warnings.size(), collection->report.warnings.size());
}

TEST_F(SharedRules, EveryRegressionCaseFiresItsRule) {
    SKIP_WITHOUT_SHARED_DATA();
    size_t cases = 0;
    size_t more_often = 0;
    WindowsJson reader;
    Matcher matcher(program);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(shared_data() / "sigma" / "regression")) {
        if (entry.path().extension() != ".json") continue;
        const auto info = parse_yaml(*base::read_file(entry.path().parent_path() / "info.yml"));
        ASSERT_TRUE(info);
        const std::string id = (*info)[0].root.find("rule_metadata")->items[0].find("id")->text;
        size_t wanted = 0;
        if (const YamlNode* tests = (*info)[0].root.find("regression_tests_info"); tests != nullptr && tests->is_list()) {
            if (const YamlNode* count = tests->items[0].find("match_count")) wanted = std::stoul(count->text);
        }
        ++cases;
        event::EventBatch batch;
        size_t fired = 0;
        std::vector<uint32_t> rules;
        const auto read = read_json_documents(entry.path(), [&](const JsonDocument& document) -> base::Result<> {
            EXPECT_TRUE(reader.read(document.text, batch)) << entry.path();
            rules.clear();
            matcher.match(batch, batch[batch.size() - 1], rules);
            for (const uint32_t rule : rules) {
                if (program->rule(rule).info->id == id) {
                    ++fired;
                    const std::string reason = program->explain(rule, batch, batch[batch.size() - 1]);
                    EXPECT_EQ(reason.find("\"selections\":[]"), std::string::npos) << id << " " << reason;
                }
            }
            return {};
        }, [](const base::Error& error) -> base::Result<> { return base::fail(error); });
        ASSERT_TRUE(read) << read.error().to_string();
        EXPECT_GE(fired, std::max<size_t>(1, wanted)) << id << " " << entry.path();
        if (wanted > 0 && fired > wanted) {
            ++more_often;
            std::printf("%s fires %zu times, its info.yml says %zu\n", id.c_str(), fired, wanted);
        }
    }
    EXPECT_GT(cases, 50U);
    // A few files hold more events that fit the rule, word for word, than their info.yml counts.
    EXPECT_LE(more_often, cases / 25);
}

TEST_F(SharedRules, TheCacheGivesTheSameProgramWithoutWork) {
    SKIP_WITHOUT_SHARED_DATA();
    const auto folder = std::filesystem::temp_directory_path() / ("shuwei-sigma-cache-" + std::to_string(::getpid()));
    {
        CompiledCache cache(folder);
        auto first = RuleCollection::load(all_rules(), &cache);
        ASSERT_TRUE(first);
        ASSERT_TRUE(Program::compile(first->detections, *first->log_sources, *first->fields, &cache));
        EXPECT_TRUE(cache.missed());
        ASSERT_TRUE(cache.save());
    }
    {
        CompiledCache cache(folder);
        auto second = RuleCollection::load(all_rules(), &cache);
        ASSERT_TRUE(second);
        auto compiled = Program::compile(second->detections, *second->log_sources, *second->fields, &cache);
        ASSERT_TRUE(compiled);
        EXPECT_FALSE(cache.missed());
        EXPECT_EQ((*compiled)->stats().databases, (*compiled)->stats().databases_cached);
        EXPECT_EQ((*compiled)->stats().items, program->stats().items);
        EXPECT_EQ(second->report.warnings.size(), collection->report.warnings.size());
        ASSERT_EQ(second->detections.size(), collection->detections.size());
        for (size_t i = 0; i < second->detections.size(); i += 97) {
            EXPECT_EQ(second->detections[i]->info->source, collection->detections[i]->info->source);
            EXPECT_EQ(second->detections[i]->info->condition, collection->detections[i]->info->condition);
        }
    }
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace shuwei::sigma::test
