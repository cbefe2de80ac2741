#include "recogniser.hpp"

#include <hs/hs.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "required_literals.hpp"
#include "text_view.hpp"

namespace shuwei::parse {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

constexpr size_t kLargestRepetition = 500;
constexpr int kLeastRarity = 4;  // of a literal that is worth looking for
constexpr Register kNoName = kNoRegister;

Result<Regex> compile_regex(const std::string& pattern) {
    return Regex::compile(pattern, [](std::string_view) { return kNoName; }, Regex::Text::bytes);
}

// The largest counted repetition, x{2,300}: 300. Expressions unroll them.
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

bool better(const Candidate& a, const Candidate& b) {
    if (a.priority != b.priority) return a.priority > b.priority;
    if (a.specificity != b.specificity) return a.specificity > b.specificity;
    return a.pack < b.pack;
}

// How much text the entry recognises.
uint32_t specificity_of(const Recognition& recognition) {
    size_t bytes = 0;
    const auto unique = [](std::vector<std::string> texts) {
        std::sort(texts.begin(), texts.end());
        texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
        return texts;
    };
    for (const std::string& literal : unique(recognition.contains)) bytes += literal.size();
    if (!recognition.starts.empty()) {
        size_t shortest = recognition.starts[0].size();
        for (const std::string& literal : recognition.starts) shortest = std::min(shortest, literal.size());
        bytes += shortest + 4;
    }
    for (const std::string& regex : unique(recognition.regexes)) {
        bytes += static_cast<size_t>(std::count_if(regex.begin(), regex.end(), [](char c) { return is_letter(c); }));
    }
    if (!recognition.appnames.empty()) bytes += 8;
    if (!recognition.msgids.empty()) bytes += 8;
    return static_cast<uint32_t>(bytes);
}

struct ScanContext {
    const std::vector<std::vector<uint32_t>>& rules_of_literal;
    RecogniserScratch& scratch;
};

}  // namespace

RecogniserScratch::~RecogniserScratch() {
    if (hyperscan_ != nullptr) hs_free_scratch(hyperscan_);
}
RecogniserScratch::RecogniserScratch(RecogniserScratch&& other) noexcept { *this = std::move(other); }
RecogniserScratch& RecogniserScratch::operator=(RecogniserScratch&& other) noexcept {
    std::swap(hyperscan_, other.hyperscan_);
    regex_.swap(other.regex_);
    std::swap(woken_in_, other.woken_in_);
    std::swap(line_, other.line_);
    awake_.clear();
    next_ = 0;
    return *this;
}

std::string Recogniser::check(const Recognition& recognition) {
    for (const std::string& pattern : recognition.regexes) {
        if (largest_repetition(pattern) > kLargestRepetition) {
            return "recognise: a repetition counts to more than " + std::to_string(kLargestRepetition) + "; use * or +";
        }
        const auto compiled = compile_regex(pattern);
        if (!compiled) return "recognise: " + compiled.error().message();
        if (compiled->matches_nothing()) return "recognise: a pattern that matches nothing at all would recognise everything";
    }
    return {};
}

Result<std::unique_ptr<Recogniser>> Recogniser::compile(const std::vector<Entry>& entries) {
    std::unique_ptr<Recogniser> made(new Recogniser);
    std::vector<std::pair<Candidate, const Recognition*>> ordered;
    for (const Entry& entry : entries) {
        ordered.push_back({{entry.pack, entry.recognition.priority, specificity_of(entry.recognition)}, &entry.recognition});
    }
    std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) { return better(a.first, b.first); });

    std::map<std::pair<std::string, bool>, uint32_t> literals;  // text, caseless
    std::map<std::string, uint16_t> regexes;
    for (const auto& [candidate, recognition] : ordered) {
        const auto index = static_cast<uint32_t>(made->rules_.size());
        Rule rule{candidate, recognition->msgids, recognition->contains, recognition->starts, {}};
        std::optional<RequiredLiterals> rarest;
        for (const std::string& literal : recognition->contains) {
            if (const int rarity = rarity_of(literal); !rarest || rarity > rarest->rarity) rarest = {{literal}, false, rarity};
        }
        for (const std::string& pattern : recognition->regexes) {
            const auto [known, fresh] = regexes.emplace(pattern, static_cast<uint16_t>(made->regexes_.size()));
            if (fresh) {
                TRY_ASSIGN(Regex compiled, compile_regex(pattern));
                made->regexes_.push_back(std::move(compiled));
            }
            rule.regexes.push_back(known->second);
            if (auto own = required_literals(pattern); own && (!rarest || own->rarity > rarest->rarity)) rarest = std::move(own);
        }
        if (!recognition->appnames.empty()) {
            const bool alone = rule.msgids.empty() && rule.contains.empty() && rule.starts.empty() && rule.regexes.empty();
            for (const std::string& appname : recognition->appnames) {
                made->rules_of_appname_[appname].push_back(index);
                if (alone) made->appname_alone_[appname].push_back(candidate);
            }
        } else if (!rule.msgids.empty()) {
            for (const std::string& msgid : rule.msgids) made->rules_of_msgid_[msgid].push_back(index);
            rule.msgids.clear();
        } else if (!rule.starts.empty()) {
            for (std::string& start : rule.starts) made->starts_[static_cast<unsigned char>(start[0])].push_back({std::move(start), index});
            rule.starts.clear();
        } else if (rarest && (rarest->rarity >= kLeastRarity || rule.regexes.empty())) {
            for (const std::string& literal : rarest->any_of) {
                const auto [known, fresh] = literals.emplace(std::pair(literal, rarest->caseless), static_cast<uint32_t>(literals.size()));
                if (fresh) made->rules_of_literal_.emplace_back();
                made->rules_of_literal_[known->second].push_back(index);
            }
            if (rarest->any_of.size() == 1) std::erase(rule.contains, rarest->any_of[0]);
        } else {
            std::array<bool, 256> first{};
            for (const uint16_t regex : rule.regexes) first = made->regexes_[regex].first_bytes();
            for (size_t byte = 0; byte < 256; ++byte) {
                if (first[byte]) made->awake_at_[byte].push_back(index);
            }
        }
        made->rules_.push_back(std::move(rule));
    }
    // A program name decides alone where no pack asks for it and for more: that one may know the line better.
    std::erase_if(made->appname_alone_, [&](const auto& alone) {
        return made->rules_of_appname_.at(alone.first).size() > alone.second.size();
    });
    if (literals.empty()) return made;

    std::vector<const char*> texts;
    std::vector<size_t> lengths;
    std::vector<unsigned> flags;
    std::vector<unsigned> ids;
    for (const auto& [literal, id] : literals) {
        texts.push_back(literal.first.c_str());
        lengths.push_back(literal.first.size());
        flags.push_back(HS_FLAG_SINGLEMATCH | (literal.second ? HS_FLAG_CASELESS : 0u));
        ids.push_back(id);
    }
    hs_compile_error_t* error = nullptr;
    if (hs_compile_lit_multi(texts.data(), flags.data(), ids.data(), lengths.data(), static_cast<unsigned>(texts.size()), HS_MODE_BLOCK,
                             nullptr, &made->database_, &error) != HS_SUCCESS) {
        const std::string reason = error != nullptr && error->message != nullptr ? error->message : "not usable";
        hs_free_compile_error(error);
        return fail(ErrorCode::internal, "recognition cannot be compiled: " + reason);
    }
    return made;
}

Recogniser::~Recogniser() {
    if (database_ != nullptr) hs_free_database(database_);
}

Result<> Recogniser::prepare(RecogniserScratch& scratch) const {
    if (scratch.woken_in_.size() < rules_.size()) scratch.woken_in_.resize(rules_.size(), 0);
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

void Recogniser::wake(uint32_t rule, RecogniserScratch& scratch) {
    if (scratch.woken_in_[rule] == scratch.line_) return;
    scratch.woken_in_[rule] = scratch.line_;
    scratch.awake_.push_back(rule);
}

int Recogniser::on_match(unsigned id, unsigned long long, unsigned long long, unsigned, void* context) {
    const auto& scan = *static_cast<const ScanContext*>(context);
    for (const uint32_t rule : scan.rules_of_literal[id]) wake(rule, scan.scratch);
    return 0;
}

void Recogniser::start(std::string_view message, std::string_view appname, std::string_view msgid, RecogniserScratch& scratch) const {
    message = message.substr(0, kRecognisedBytes);
    scratch.message_ = message;
    scratch.msgid_ = msgid;
    scratch.given_.clear();
    scratch.awake_.clear();
    scratch.next_ = 0;
    if (++scratch.line_ == 0) {  // once in four billion lines
        std::fill(scratch.woken_in_.begin(), scratch.woken_in_.end(), 0);
        scratch.line_ = 1;
    }
    if (!appname.empty()) {
        if (const auto rules = rules_of_appname_.find(appname); rules != rules_of_appname_.end()) {
            for (const uint32_t rule : rules->second) wake(rule, scratch);
        }
    }
    if (!msgid.empty()) {
        if (const auto rules = rules_of_msgid_.find(msgid); rules != rules_of_msgid_.end()) {
            for (const uint32_t rule : rules->second) wake(rule, scratch);
        }
    }
    if (!message.empty()) {
        for (const Start& start : starts_[static_cast<unsigned char>(message[0])]) {
            if (message.starts_with(start.text)) wake(start.rule, scratch);
        }
        ScanContext context{rules_of_literal_, scratch};
        if (database_ != nullptr) hs_scan(database_, message.data(), static_cast<unsigned>(message.size()), 0, scratch.hyperscan_, on_match, &context);
        for (const uint32_t rule : awake_at_[static_cast<unsigned char>(message[0])]) wake(rule, scratch);
    }
    std::sort(scratch.awake_.begin(), scratch.awake_.end());  // rules_ stand best first
}

bool Recogniser::holds(const Rule& rule, RecogniserScratch& scratch) const {
    const std::string_view message = scratch.message_;
    if (!rule.msgids.empty() && std::find(rule.msgids.begin(), rule.msgids.end(), scratch.msgid_) == rule.msgids.end()) return false;
    if (!rule.starts.empty() && std::none_of(rule.starts.begin(), rule.starts.end(), [&](const std::string& each) { return message.starts_with(each); })) {
        return false;
    }
    for (const std::string& literal : rule.contains) {
        if (find_text(message, literal, 0) == std::string_view::npos) return false;
    }
    for (const uint16_t regex : rule.regexes) {
        if (!regexes_[regex].matches(message, scratch.regex_)) return false;
    }
    return true;
}

}  // namespace shuwei::parse
