#include "recogniser.hpp"

#include <hs/hs.h>

#include <algorithm>
#include <cctype>
#include <map>

namespace shuwei::parse {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

constexpr size_t kLargestRepetition = 500;
constexpr unsigned kFlags = HS_FLAG_SINGLEMATCH | HS_FLAG_DOTALL;

std::string escaped(std::string_view literal) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string pattern;
    for (const char c : literal) {  // \xNN for every byte: nothing to think about
        pattern += "\\x";
        pattern += kHex[static_cast<unsigned char>(c) >> 4];
        pattern += kHex[static_cast<unsigned char>(c) & 15];
    }
    return pattern;
}

// The patterns of an entry, each of which must match, with the bytes it is worth.
std::vector<std::pair<std::string, uint32_t>> patterns_of(const Recognition& recognition) {
    std::vector<std::pair<std::string, uint32_t>> patterns;
    for (const std::string& literal : recognition.contains) patterns.emplace_back(escaped(literal), literal.size());
    if (!recognition.starts.empty()) {
        std::string any;
        size_t shortest = recognition.starts[0].size();
        for (const std::string& literal : recognition.starts) {
            any += (any.empty() ? "" : "|") + escaped(literal);
            shortest = std::min(shortest, literal.size());
        }
        patterns.emplace_back("^(?:" + any + ")", shortest + 4);
    }
    for (const std::string& regex : recognition.regexes) {
        const auto letters = std::count_if(regex.begin(), regex.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
        patterns.emplace_back(regex, static_cast<uint32_t>(letters));
    }
    return patterns;
}

// The largest counted repetition, x{2,300}: 300. Hyperscan unrolls them, and thousands take it minutes.
size_t largest_repetition(std::string_view pattern) {
    size_t largest = 0;
    for (size_t at = 0; at < pattern.size(); ++at) {
        if (pattern[at] == '\\') ++at;
        else if (pattern[at] == '{') {
            for (size_t number = 0; ++at < pattern.size() && (std::isdigit(static_cast<unsigned char>(pattern[at])) || pattern[at] == ',');) {
                number = pattern[at] == ',' ? 0 : std::min<size_t>(number * 10 + static_cast<size_t>(pattern[at] - '0'), 1'000'000);
                largest = std::max(largest, number);
            }
        }
    }
    return largest;
}

struct ScanContext {
    const std::vector<std::vector<uint32_t>>* rules_of_atom;
    std::vector<uint8_t>* matched;
    std::vector<uint32_t>* touched;

    void hit(const std::vector<uint32_t>& rules) const {
        for (const uint32_t rule : rules) {
            if ((*matched)[rule]++ == 0) touched->push_back(rule);
        }
    }
};

bool better(const Candidate& a, const Candidate& b) {
    if (a.priority != b.priority) return a.priority > b.priority;
    if (a.specificity != b.specificity) return a.specificity > b.specificity;
    return a.pack < b.pack;
}

}  // namespace

RecogniserScratch::~RecogniserScratch() {
    if (hyperscan_ != nullptr) hs_free_scratch(hyperscan_);
}
RecogniserScratch::RecogniserScratch(RecogniserScratch&& other) noexcept
    : hyperscan_(std::exchange(other.hyperscan_, nullptr)), matched_(std::move(other.matched_)), touched_(std::move(other.touched_)) {}
RecogniserScratch& RecogniserScratch::operator=(RecogniserScratch&& other) noexcept {
    std::swap(hyperscan_, other.hyperscan_);
    std::swap(matched_, other.matched_);
    std::swap(touched_, other.touched_);
    return *this;
}

std::string Recogniser::check(const Recognition& recognition) {
    for (const auto& [pattern, worth] : patterns_of(recognition)) {
        hs_expr_info_t* info = nullptr;
        hs_compile_error_t* error = nullptr;
        if (hs_expression_info(pattern.c_str(), kFlags, &info, &error) != HS_SUCCESS) {
            std::string reason = error != nullptr && error->message != nullptr ? error->message : "not usable";
            hs_free_compile_error(error);
            return "recognise: " + reason;
        }
        const bool empty = info->min_width == 0;
        std::free(info);
        if (empty) return "recognise: a pattern that matches nothing at all would recognise everything";
        if (largest_repetition(pattern) > kLargestRepetition) {
            return "recognise: a repetition counts to more than " + std::to_string(kLargestRepetition) + "; use * or +";
        }
    }
    return {};
}

tl::expected<std::unique_ptr<Recogniser>, Recogniser::Refusal> Recogniser::compile(const std::vector<Entry>& entries) {
    std::unique_ptr<Recogniser> made(new Recogniser);
    std::map<std::string, uint32_t> atoms;
    std::vector<std::string> patterns;
    std::vector<size_t> entry_of_pattern;
    for (size_t number = 0; number < entries.size(); ++number) {
        const Recognition& recognition = entries[number].recognition;
        Rule rule;
        rule.candidate = {entries[number].pack, recognition.priority, 0};
        const auto index = static_cast<uint32_t>(made->rules_.size());
        std::vector<std::pair<std::string, uint32_t>> own = patterns_of(recognition);
        std::sort(own.begin(), own.end());
        own.erase(std::unique(own.begin(), own.end()), own.end());
        for (const auto& [pattern, worth] : own) {
            const auto [atom, fresh] = atoms.emplace(pattern, static_cast<uint32_t>(patterns.size()));
            if (fresh) {
                patterns.push_back(pattern);
                entry_of_pattern.push_back(number);
                made->rules_of_atom_.emplace_back();
            }
            made->rules_of_atom_[atom->second].push_back(index);
            rule.candidate.specificity += worth;
            ++rule.needed;
        }
        const bool alone = own.empty() && recognition.msgids.empty();
        if (!recognition.appnames.empty()) {
            rule.candidate.specificity += 8;
            ++rule.needed;
            for (const std::string& appname : recognition.appnames) {
                made->rules_of_appname_[appname].push_back(index);
                if (alone) made->appname_alone_[appname].push_back(rule.candidate);
            }
        }
        if (!recognition.msgids.empty()) {
            rule.candidate.specificity += 8;
            ++rule.needed;
            for (const std::string& msgid : recognition.msgids) made->rules_of_msgid_[msgid].push_back(index);
        }
        made->rules_.push_back(rule);
    }
    // A program name decides alone where no pack asks for it and for more: that one may know the line better.
    std::erase_if(made->appname_alone_, [&](const auto& alone) {
        const auto& rules = made->rules_of_appname_.at(alone.first);
        return std::any_of(rules.begin(), rules.end(), [&](uint32_t rule) { return made->rules_[rule].needed > 1; });
    });
    for (auto& [appname, candidates] : made->appname_alone_) std::sort(candidates.begin(), candidates.end(), better);
    if (patterns.empty()) return made;
    std::vector<const char*> texts;
    std::vector<unsigned> flags(patterns.size(), kFlags);
    std::vector<unsigned> ids;
    for (const std::string& pattern : patterns) {
        ids.push_back(static_cast<unsigned>(texts.size()));
        texts.push_back(pattern.c_str());
    }
    hs_compile_error_t* error = nullptr;
    if (hs_compile_multi(texts.data(), flags.data(), ids.data(), static_cast<unsigned>(texts.size()), HS_MODE_BLOCK, nullptr,
                         &made->database_, &error) != HS_SUCCESS) {
        Refusal refusal{error->expression >= 0 ? entry_of_pattern[static_cast<size_t>(error->expression)] : entries.size(),
                        error->message != nullptr ? error->message : "not usable"};
        hs_free_compile_error(error);
        return tl::unexpected(std::move(refusal));
    }
    return made;
}

Recogniser::~Recogniser() {
    if (database_ != nullptr) hs_free_database(database_);
}

Result<> Recogniser::prepare(RecogniserScratch& scratch) const {
    scratch.matched_.assign(rules_.size(), 0);
    scratch.touched_.clear();
    if (database_ != nullptr && hs_alloc_scratch(database_, &scratch.hyperscan_) != HS_SUCCESS) {
        return fail(ErrorCode::resource_exhausted, "no memory for recognising lines");
    }
    return {};
}

const std::vector<Candidate>* Recogniser::by_appname(std::string_view appname) const {
    if (appname.empty()) return nullptr;
    const auto found = appname_alone_.find(appname);
    return found == appname_alone_.end() ? nullptr : &found->second;
}

int Recogniser::on_match(unsigned id, unsigned long long, unsigned long long, unsigned, void* context) {
    const auto& scan = *static_cast<const ScanContext*>(context);
    scan.hit((*scan.rules_of_atom)[id]);
    return 0;
}

void Recogniser::recognise(std::string_view message, std::string_view appname, std::string_view msgid, RecogniserScratch& scratch,
                           std::vector<Candidate>& found, size_t limit) const {
    found.clear();
    ScanContext context{&rules_of_atom_, &scratch.matched_, &scratch.touched_};
    if (!appname.empty()) {
        if (const auto rules = rules_of_appname_.find(appname); rules != rules_of_appname_.end()) context.hit(rules->second);
    }
    if (!msgid.empty()) {
        if (const auto rules = rules_of_msgid_.find(msgid); rules != rules_of_msgid_.end()) context.hit(rules->second);
    }
    if (database_ != nullptr && !message.empty()) {
        const auto size = static_cast<unsigned>(std::min(message.size(), kRecognisedBytes));
        hs_scan(database_, message.data(), size, 0, scratch.hyperscan_, on_match, &context);
    }
    for (const uint32_t index : scratch.touched_) {
        const Rule& rule = rules_[index];
        if (scratch.matched_[index] == rule.needed) {
            const auto same = std::find_if(found.begin(), found.end(), [&](const Candidate& each) { return each.pack == rule.candidate.pack; });
            if (same == found.end()) found.push_back(rule.candidate);
            else if (better(rule.candidate, *same)) *same = rule.candidate;
        }
        scratch.matched_[index] = 0;
    }
    scratch.touched_.clear();
    std::sort(found.begin(), found.end(), better);
    if (found.size() > limit) found.resize(limit);
}

}  // namespace shuwei::parse
