#include "shuwei/knowledge/knowledge_base.hpp"

#include <algorithm>
#include <sstream>

#include "shuwei/base/text.hpp"
#include "code_key.hpp"

namespace shuwei::knowledge {

namespace {

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::istringstream stream(base::to_ascii_lower(text));
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

bool holds_all(const Entry& entry, const std::vector<std::string>& words) {
    std::string text;
    for (const std::string* part : {&entry.code, &entry.symbol, &entry.name.zh, &entry.name.en, &entry.meaning.zh, &entry.meaning.en}) {
        (text += *part) += '\n';
    }
    text = base::to_ascii_lower(text);
    return std::ranges::all_of(words, [&](const std::string& word) { return text.find(word) != std::string::npos; });
}

// The code that an event carries at this place, and the fields it was put together from.
std::optional<std::string> code_at(const Place& place, const KnowledgeBase::ReadField& read, std::vector<Condition>& fields) {
    for (const Condition& condition : place.where) {
        const auto found = read(condition.field);
        if (!found) return std::nullopt;
        const auto same = [&](const std::string& wanted) { return base::equals_ignoring_case(wanted, *found); };
        if (std::ranges::none_of(condition.values, same)) return std::nullopt;
    }
    std::string code;
    for (const Place::Part& part : place.parts) {
        auto found = read(part.field);
        if (!found || found->empty()) return std::nullopt;
        code += part.before;
        if (found->size() < part.digits) code.append(part.digits - found->size(), '0');
        code += *found;
        fields.push_back({part.field, {std::move(*found)}});
    }
    return code;
}

// Back from a code to the values of its fields; the last field is the one without the separators.
std::vector<Condition> fields_of(const Place& place, std::string_view code) {
    std::vector<Condition> fields(place.parts.size());
    for (size_t i = place.parts.size(); i-- > 0;) {
        const Place::Part& part = place.parts[i];
        const size_t at = i == 0 ? 0 : code.rfind(part.before);
        if (at == std::string_view::npos || !code.substr(at).starts_with(part.before)) return {};
        std::string_view value = code.substr(at + part.before.size());
        if (part.digits > 0) value.remove_prefix(std::min(value.find_first_not_of('0'), value.size()));
        if (value.empty()) return {};
        fields[i] = {part.field, {std::string(value)}};
        code = code.substr(0, at);
    }
    return fields;
}

}  // namespace

const Entry* KnowledgeBase::find_in(size_t family, std::string_view code) const {
    const auto found = by_code_[family].find(code_key(code));
    return found == by_code_[family].end() ? nullptr : &entries_[found->second];
}

const Entry* KnowledgeBase::find(std::string_view family, std::string_view code) const {
    for (size_t i = 0; i < families_.size(); ++i)
        if (families_[i].name == family) return find_in(i, code);
    return nullptr;
}

std::vector<Explanation> KnowledgeBase::explain(const ReadField& read) const {
    std::vector<Explanation> explanations;
    for (size_t family = 0; family < families_.size(); ++family) {
        for (const Place& place : families_[family].places) {
            std::vector<Condition> conditions = place.where;
            const auto code = code_at(place, read, conditions);
            const Entry* entry = code ? find_in(family, *code) : nullptr;
            const auto same = [&](const Explanation& known) { return known.entry == entry; };
            if (entry == nullptr || std::ranges::any_of(explanations, same)) continue;
            explanations.push_back({entry, std::move(conditions)});
        }
    }
    return explanations;
}

std::vector<Condition> KnowledgeBase::conditions_of(const Entry& entry) const {
    for (const Place& place : families_[entry.family].places) {
        auto fields = fields_of(place, entry.code);
        if (fields.empty()) continue;
        std::vector<Condition> conditions = place.where;
        std::ranges::move(fields, std::back_inserter(conditions));
        return conditions;
    }
    return {};
}

std::vector<const Entry*> KnowledgeBase::search(const Filter& filter) const {
    std::vector<const Entry*> found;
    const std::string code = code_key(filter.code);
    const std::vector<std::string> words = words_of(filter.text);
    for (const Entry& entry : entries_) {
        if (!filter.family.empty() && families_[entry.family].name != filter.family) continue;
        if (!filter.type.empty() && type_of(entry).name != filter.type) continue;
        if (!code.empty() && code_key(entry.code) != code) continue;
        if (words.empty() || holds_all(entry, words)) found.push_back(&entry);
    }
    const std::string_view whole = base::trim(filter.text);
    std::ranges::stable_partition(found, [&](const Entry* entry) {
        return !whole.empty() && (base::equals_ignoring_case(entry->code, whole) || base::equals_ignoring_case(entry->symbol, whole));
    });
    return found;
}

}  // namespace shuwei::knowledge
