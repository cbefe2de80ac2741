#include "shuwei/sigma/rule_collection.hpp"

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>
#include <unordered_map>

#include "content_hash.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/sigma/compiled_cache.hpp"
#include "shuwei/sigma/field_map.hpp"
#include "shuwei/sigma/log_source_map.hpp"
#include "yaml_tree.hpp"

namespace shuwei::sigma {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

namespace fs = std::filesystem;

bool is_rule_file(const fs::path& path) { return path.extension() == ".yml" || path.extension() == ".yaml"; }

// All rule files in order of name, so that numbers do not depend on the file system.
Result<std::vector<std::string>> find_files(const std::vector<fs::path>& paths) {
    std::vector<std::string> files;
    for (const fs::path& path : paths) {
        std::error_code error;
        const fs::file_status status = fs::status(path, error);
        if (!fs::exists(status)) return fail(ErrorCode::not_found, path.string() + ": no such file or folder");
        if (!fs::is_directory(status)) {
            files.push_back(path.string());
            continue;
        }
        std::vector<std::string> found;
        fs::recursive_directory_iterator walk(path, fs::directory_options::follow_directory_symlink |
                                                        fs::directory_options::skip_permission_denied, error);
        if (error) return fail(ErrorCode::io, path.string() + ": " + error.message());
        for (; walk != fs::recursive_directory_iterator(); walk.increment(error)) {
            if (error) return fail(ErrorCode::io, path.string() + ": " + error.message());
            if (walk.depth() > 32) walk.disable_recursion_pending();  // a link in a circle
            std::error_code ignored;
            if (is_rule_file(walk->path()) && !walk->is_directory(ignored)) found.push_back(walk->path().string());
            if (found.size() > kMaxRuleFiles) return fail(ErrorCode::too_large, path.string() + ": more than 200000 rule files");
        }
        std::sort(found.begin(), found.end());
        files.insert(files.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
    }
    return files;
}

// Calls work(i) for i in 0..count-1 from a few threads.
template <typename Work>
void in_parallel(size_t count, const Work& work) {
    const size_t threads = std::clamp<size_t>(std::thread::hardware_concurrency(), 1, 8);
    std::atomic<size_t> next{0};
    const auto run = [&] {
        for (size_t i = next++; i < count; i = next++) work(i);
    };
    if (threads == 1 || count < 16) {
        run();
        return;
    }
    std::vector<std::jthread> others;
    for (size_t i = 1; i < threads; ++i) others.emplace_back(run);
    run();
}

class Names {
public:
    void add(const RuleInfo& info, CorrelationRule::Reference reference) {
        ids_.emplace(info.id, reference);
        if (!info.name.empty()) names_.emplace(info.name, reference);
    }
    const CorrelationRule::Reference* find(const std::string& text) const {
        if (const auto found = ids_.find(text); found != ids_.end()) return &found->second;
        if (const auto found = names_.find(text); found != names_.end()) return &found->second;
        return nullptr;
    }

private:
    std::unordered_map<std::string, CorrelationRule::Reference> ids_;
    std::unordered_map<std::string, CorrelationRule::Reference> names_;
};

class Loader {
public:
    explicit Loader(RuleCollection& collection) : collection_(collection) {}

    void take(ParsedFile&& parsed) {
        for (DetectionRule& rule : parsed.detections) detections_.push_back(std::move(rule));
        for (CorrelationRule& rule : parsed.correlations) correlations_.push_back(std::move(rule));
        for (FilterRule& rule : parsed.filters) filters_.push_back(std::move(rule));
        for (RuleProblem& problem : parsed.failures) fail_file(std::move(problem));
        for (RuleProblem& problem : parsed.warnings) collection_.report.warnings.push_back(std::move(problem));
    }

    void finish() {
        warn_about_duplicates();
        apply_filters();
        warn_about_log_sources();
        resolve_correlations();
        LoadReport& report = collection_.report;
        report.detections = detections_.size();
        report.filters = filters_.size();
        report.correlations = collection_.correlations.size();
        for (DetectionRule& rule : detections_) {
            collection_.detections.push_back(std::make_shared<const DetectionRule>(std::move(rule)));
        }
        for (FilterRule& rule : filters_) collection_.filters.push_back(std::make_shared<const FilterRule>(std::move(rule)));
        report.failed = failed_.size();
        report.loaded = report.files - report.failed;
    }

private:
    void fail_file(RuleProblem problem) {
        failed_.insert(problem.file);
        collection_.report.failures.push_back(std::move(problem));
    }
    void warn(const RuleInfo& info, std::string text) {
        collection_.report.warnings.push_back({info.file, info.line, std::move(text)});
    }

    void warn_about_duplicates() {
        std::unordered_map<std::string_view, const RuleInfo*> ids;
        const auto check = [&](const RuleInfo& info) {
            const auto [at, fresh] = ids.emplace(info.id, &info);
            if (!fresh) warn(info, "the id " + info.id + " is also that of " + at->second->file);
        };
        for (const DetectionRule& rule : detections_) check(*rule.info);
        for (const CorrelationRule& rule : correlations_) check(*rule.info);
        for (const FilterRule& rule : filters_) {
            if (!rule.info->id.starts_with("file:")) check(*rule.info);
        }
    }

    void warn_about_log_sources() {
        std::set<std::string> told;
        for (const DetectionRule& rule : detections_) {
            bool known = false;
            const LogSource& source = rule.info->log_source;
            if (told.contains(source.to_string())) continue;
            collection_.log_sources->predicate(source, known);
            if (known) continue;
            told.insert(source.to_string());
            warn(*rule.info, "the log source " + source.to_string() + " is not mapped: only events whose module, data set or pack has its name are looked at");
        }
    }

    static bool log_source_fits(const LogSource& filter, const LogSource& rule) {
        const auto fits = [](const std::string& wanted, const std::string& part) { return wanted.empty() || wanted == part; };
        return fits(filter.product, rule.product) && fits(filter.category, rule.category) && fits(filter.service, rule.service);
    }

    // rule and filter: the filter's selections join those of the rule, its condition is added with "and".
    static void apply(const FilterRule& filter, DetectionRule& rule) {
        const auto offset = static_cast<uint32_t>(rule.selections.size());
        for (const Selection& selection : filter.selections) {
            rule.selections.push_back(selection);
            rule.selections.back().name = filter.info->title + "/" + selection.name;
        }
        Condition added = filter.condition;
        const auto shift = [offset](const auto& self, Condition& condition) -> void {
            if (condition.kind == Condition::Kind::selection) condition.selection += offset;
            for (Condition& child : condition.children) self(self, child);
        };
        shift(shift, added);
        Condition both;
        both.kind = Condition::Kind::all;
        both.children.push_back(std::move(rule.condition));
        both.children.push_back(std::move(added));
        rule.condition = std::move(both);
    }

    void apply_filters() {
        if (filters_.empty()) return;
        Names names;
        for (size_t i = 0; i < detections_.size(); ++i) names.add(*detections_[i].info, {false, static_cast<uint32_t>(i)});
        for (const FilterRule& filter : filters_) {
            if (filter.any) {
                for (DetectionRule& rule : detections_) {
                    if (log_source_fits(filter.info->log_source, rule.info->log_source)) apply(filter, rule);
                }
                continue;
            }
            for (const std::string& name : filter.rules) {
                const auto* found = names.find(name);
                if (found == nullptr) {
                    warn(*filter.info, "there is no rule '" + name + "' to filter");
                    continue;
                }
                DetectionRule& rule = detections_[found->number];
                if (!log_source_fits(filter.info->log_source, rule.info->log_source)) {
                    warn(*filter.info, "'" + name + "' has another log source than the filter: not filtered");
                    continue;
                }
                apply(filter, rule);
            }
        }
    }

    // A correlation that refers to something unknown, to itself or in a circle is refused, and whoever refers to it.
    void resolve_correlations() {
        std::vector<char> refused(correlations_.size());
        const auto refuse = [&](size_t i, std::string text) {
            if (refused[i] != 0) return;
            refused[i] = 1;
            fail_file({correlations_[i].info->file, correlations_[i].info->line, std::move(text)});
        };
        Names names;
        for (size_t i = 0; i < detections_.size(); ++i) names.add(*detections_[i].info, {false, static_cast<uint32_t>(i)});
        for (size_t i = 0; i < correlations_.size(); ++i) names.add(*correlations_[i].info, {true, static_cast<uint32_t>(i)});
        for (size_t i = 0; i < correlations_.size(); ++i) {
            for (const std::string& name : correlations_[i].rules) {
                if (const auto* found = names.find(name)) {
                    correlations_[i].references.push_back(*found);
                } else {
                    refuse(i, "there is no rule '" + name + "' to correlate");
                }
            }
        }
        // Order so that what is referred to comes first.
        std::vector<int> state(correlations_.size());  // 1 being visited, 2 done
        std::vector<size_t> order;
        const auto visit = [&](const auto& self, size_t i, size_t depth) -> void {
            if (state[i] == 2) return;
            if (state[i] == 1 || depth > 32) {
                refuse(i, depth > 32 ? "correlations refer to one another over more than 32 steps" : "the correlation refers to itself");
                return;
            }
            state[i] = 1;
            for (const auto& reference : correlations_[i].references) {
                if (!reference.correlation) continue;
                self(self, reference.number, depth + 1);
                if (refused[reference.number] != 0) refuse(i, "the correlation '" + correlations_[reference.number].info->title + "' that it refers to was refused");
            }
            state[i] = 2;
            order.push_back(i);
        };
        for (size_t i = 0; i < correlations_.size(); ++i) visit(visit, i, 0);
        std::vector<uint32_t> numbers(correlations_.size());
        for (const size_t i : order) {
            if (refused[i] != 0) continue;
            numbers[i] = static_cast<uint32_t>(collection_.correlations.size());
            for (auto& reference : correlations_[i].references) {
                if (reference.correlation) reference.number = numbers[reference.number];
            }
            collection_.correlations.push_back(std::make_shared<const CorrelationRule>(std::move(correlations_[i])));
        }
    }

    RuleCollection& collection_;
    std::vector<DetectionRule> detections_;
    std::vector<CorrelationRule> correlations_;
    std::vector<FilterRule> filters_;
    std::set<std::string> failed_;
};

}  // namespace

Result<RuleCollection> RuleCollection::load(const CollectionOptions& options, CompiledCache* cache) {
    const base::Timestamp started = base::monotonic_now();
    RuleCollection collection;
    TRY_ASSIGN(LogSourceMap sources, LogSourceMap::load(options.content / "logsources.yaml"));
    TRY_ASSIGN(FieldMap fields, FieldMap::load(options.content / "fields.yaml"));
    collection.log_sources = std::make_shared<const LogSourceMap>(std::move(sources));
    collection.fields = std::make_shared<const FieldMap>(std::move(fields));
    TRY_ASSIGN(const std::vector<std::string> files, find_files(options.paths));
    collection.report.files = files.size();

    ContentHasher options_hash;
    for (const auto& [name, values] : options.placeholders) {
        options_hash.add(name).add(values.size());
        for (const std::string& value : values) options_hash.add(value);
    }
    const ContentHash salt = options_hash.finish();
    struct Work {
        std::string text;
        ContentHash key;
        ParsedFile parsed;
        bool from_cache = false;
        bool unreadable = false;
    };
    std::vector<Work> work(files.size());
    in_parallel(files.size(), [&](size_t i) {
        auto text = base::read_file(files[i], kMaxYamlBytes);
        if (!text) {
            work[i].unreadable = true;
            work[i].parsed.failures.push_back({files[i], 0, text.error().message()});
            return;
        }
        work[i].text = std::move(*text);
        work[i].key = ContentHasher().add(salt.high).add(salt.low).add(files[i]).add(work[i].text).finish();
    });
    if (cache != nullptr) {
        for (Work& one : work) one.from_cache = !one.unreadable && cache->find_file(one.key, one.parsed);
    }
    in_parallel(files.size(), [&](size_t i) {
        if (!work[i].unreadable && !work[i].from_cache) work[i].parsed = parse_rules(work[i].text, files[i], options.placeholders);
    });
    Loader loader(collection);
    for (Work& one : work) {
        if (cache != nullptr && !one.unreadable && !one.from_cache) cache->put_file(one.key, one.parsed);
        loader.take(std::move(one.parsed));
    }
    loader.finish();
    collection.report.seconds = static_cast<double>(base::monotonic_now() - started) / 1e9;
    return collection;
}

}  // namespace shuwei::sigma
