// Program: all detection rules compiled into one matcher, partitioned by log source; immutable, shared by any number of
// threads. Matcher: the working memory of one thread. explain: why a rule matched, computed only when asked.
//
// An event costs what its hits cost, not what the number of rules costs: its log sources are looked up, the fields by
// which their rules can be told apart are scanned (hashes for whole values, prefixes and suffixes, Hyperscan for
// substrings and expressions), and only rules of which a necessary part was hit are evaluated.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/event/batch.hpp"
#include "shuwei/sigma/rule_info.hpp"

namespace shuwei::sigma {

struct DetectionRule;   // rule.hpp
class FieldMap;         // field_map.hpp
class LogSourceMap;     // log_source_map.hpp
class CompiledCache;  // compiled_cache.hpp
class ValueGroups;    // value_groups.hpp

struct ProgramStats {
    size_t rules = 0;
    size_t partitions = 0;        // distinct log-source predicates
    size_t items = 0;             // distinct field tests
    size_t literals = 0;          // strings in hash tables and literal databases
    size_t databases = 0;         // Hyperscan databases
    size_t databases_cached = 0;  // of these, taken from the cache
    size_t expressions = 0;       // regular expressions
    size_t pcre_expressions = 0;  // of these, left to PCRE2
    size_t always = 0;            // rules without a necessary part: evaluated on every event of their log source
    size_t bytes = 0;             // of databases and tables, about
};

class Program {
public:
    // Rule i of `rules` is rule number i. Rules that cannot be compiled do not reach this point: the loader checks them.
    static base::Result<std::shared_ptr<const Program>> compile(std::vector<std::shared_ptr<const DetectionRule>> rules,
                                                                const LogSourceMap& sources, const FieldMap& fields,
                                                                CompiledCache* cache = nullptr);
    ~Program();

    size_t rule_count() const;
    const DetectionRule& rule(uint32_t number) const;
    const ProgramStats& stats() const;

    // Whether and why `rule` matches the event, from a plain evaluation of its syntax tree:
    // {"selections":[{"name":"selection_img","fields":[{"field":"Image","value":"C:\\…","pattern":"*\\certutil.exe"}]}],
    //  "condition":"…"}. Selections that took part in making the condition true, values cut at 256 bytes.
    // `groups`: what it matched with.
    std::string explain(uint32_t rule, const event::EventBatch& batch, const event::Event& event, const ValueGroups* groups = nullptr) const;

    struct Parts;  // known only inside this library

private:
    friend class Matcher;
    Program();
    std::unique_ptr<Parts> parts_;
};

class Matcher {
public:
    explicit Matcher(std::shared_ptr<const Program> program);
    ~Matcher();
    Matcher(Matcher&&) noexcept;
    Matcher& operator=(Matcher&&) noexcept;

    const std::shared_ptr<const Program>& program() const;

    // Names of the device packs by Event::pack, for log sources named by pack (0 is unrecognised). An event that
    // carries the field shuwei.pack needs no name here.
    void set_pack_names(std::span<const std::string> names);

    // What placeholders stand for; without, they stand for nothing.
    void set_groups(std::shared_ptr<const ValueGroups> groups);

    // Appends the numbers of the rules that match the event, ascending. Allocates nothing in steady state.
    void match(const event::EventBatch& batch, const event::Event& event, std::vector<uint32_t>& rules);

    // Counts since construction, for benchmarks and /metrics.
    struct Counters {
        uint64_t events = 0;
        uint64_t routed = 0;      // events with at least one log source
        uint64_t candidates = 0;  // rules evaluated
        uint64_t matches = 0;
        uint64_t bytes = 0;       // bytes scanned
        uint64_t limits = 0;      // expressions given up on their match limit
    };
    const Counters& counters() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace shuwei::sigma
