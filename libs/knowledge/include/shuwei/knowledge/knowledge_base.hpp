// What the codes in events mean: event ids, message mnemonics, error numbers, each with name, meaning and what to look at
// next, in Chinese and English. Data: content/knowledge/*.yaml, docs/formats/event-knowledge.md.
//
// A KnowledgeBase is immutable after loading and usable from any thread; entries live as long as it does. Looking a code
// up is one hash lookup, explaining an event as many as it carries codes.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "shuwei/base/result.hpp"

namespace shuwei::knowledge {

struct Text {
    std::string zh;
    std::string en;
};

// Kinds of event over all families: login, policy, fault …
struct Type {
    std::string name;
    Text title;
};

// What entries of one family share: their type, how grave they usually are, and what to look at next.
struct Topic {
    std::string name;
    size_t type = 0;       // in KnowledgeBase::types()
    std::string severity;  // informational, low, medium, high, critical
    Text look;
};

// An event carries this code when every condition holds: the field has one of the values (letter case apart).
struct Condition {
    std::string field;
    std::vector<std::string> values;
};

enum class Explains { event, value };  // the code says what happened, or it is a value inside the event (a logon type)

// Where a code stands in an event: fields joined by literal text, "{cisco.ios.facility}-{event.code}".
struct Place {
    struct Part {
        std::string before;  // literal text ahead of the field
        std::string field;
        size_t digits = 0;   // zeros are put in front up to so many
    };
    std::vector<Condition> where;
    std::vector<Part> parts;
};

struct Family {
    std::string name;  // windows-security
    Text title;
    Explains explains = Explains::event;
    std::vector<Topic> topics;
    std::vector<Place> places;
    size_t entries = 0;
};

struct Entry {
    size_t family = 0;  // in KnowledgeBase::families()
    size_t topic = 0;   // in Family::topics
    std::string code;
    std::string symbol;    // the maker's other name of the code (ER_DUP_ENTRY); may be empty
    std::string severity;  // as in Topic
    Text name;
    Text meaning;  // may be empty when the name says it all
};

struct Explanation {
    const Entry* entry = nullptr;
    std::vector<Condition> conditions;  // that all events of this code fulfil
};

struct Loaded;

class KnowledgeBase {
public:
    using ReadField = std::function<std::optional<std::string>(std::string_view field)>;

    // All files of the folder. What is wrong in them is reported and passed over; fails only when the folder or its
    // types.yaml cannot be read.
    static base::Result<Loaded> load(const std::filesystem::path& folder);

    const std::vector<Type>& types() const { return types_; }
    const std::vector<Family>& families() const { return families_; }  // those that explain events first, then by name
    const std::vector<Entry>& entries() const { return entries_; }     // by family, in the order of its file

    // Letter case of the code does not matter; nullptr when it is not known.
    const Entry* find(std::string_view family, std::string_view code) const;
    // What the codes of one event mean, the one that says what happened first.
    std::vector<Explanation> explain(const ReadField& read) const;
    // The conditions that all events of this code fulfil, for a search; empty when its family names no place.
    std::vector<Condition> conditions_of(const Entry& entry) const;

    const Type& type_of(const Entry& entry) const { return types_[topic_of(entry).type]; }
    const Topic& topic_of(const Entry& entry) const { return families_[entry.family].topics[entry.topic]; }

    struct Filter {
        std::string family;  // empty: all
        std::string type;    // empty: all
        std::string code;    // empty: all; exactly this code
        std::string text;    // every word of it is found in code, symbol, names or meanings, letter case apart
    };
    // Those that fit, the ones whose code or symbol is the text itself first.
    std::vector<const Entry*> search(const Filter& filter) const;

private:
    friend class Loading;
    const Entry* find_in(size_t family, std::string_view code) const;

    std::vector<Type> types_;
    std::vector<Family> families_;
    std::vector<Entry> entries_;
    std::vector<std::unordered_map<std::string, size_t>> by_code_;  // a family each: code in lower case → entry
};

struct Loaded {
    std::shared_ptr<const KnowledgeBase> base;
    std::vector<base::Error> problems;  // each with file and line
};

}  // namespace shuwei::knowledge
