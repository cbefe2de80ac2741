#include "required_literals.hpp"

#include <algorithm>
#include <limits>

#include "text_view.hpp"

namespace shuwei::parse {
namespace {

constexpr size_t kMostVariants = 64;
constexpr size_t kLongestLiteral = 32;
constexpr int kDeepest = 20;

using Variants = std::vector<std::string>;

// Walks an expression and keeps the texts that the part just read can be, as long as they are few: "id=", `"?` and
// (?:a|b) make id=a, id="a, id=b, id="b.
class Reader {
public:
    explicit Reader(std::string_view regex) : regex_(regex) {
        if (regex_.starts_with("(?i)")) {
            caseless_ = true;
            regex_.remove_prefix(4);
        }
    }

    std::optional<RequiredLiterals> read() {
        Part whole = alternation(0);
        if (failed_ || at_ != regex_.size()) return std::nullopt;
        if (whole.exact) offer(whole.best, whole.variants);
        if (!whole.best) return std::nullopt;
        whole.best->caseless = caseless_;
        // " id=" is found wherever "id=" is.
        std::vector<std::string> shortest;
        std::ranges::sort(whole.best->any_of, {}, [](const std::string& each) { return each.size(); });
        for (std::string& each : whole.best->any_of) {
            const auto holds = [&](const std::string& other) { return each.find(other) != std::string::npos; };
            if (std::ranges::none_of(shortest, holds)) shortest.push_back(std::move(each));
        }
        whole.best->any_of = std::move(shortest);
        return whole.best;
    }

private:
    // A part of the expression: its texts where they are known, and the best set that is required within it.
    struct Part {
        bool exact = true;
        Variants variants{""};
        std::optional<RequiredLiterals> best;
    };

    bool more() const { return at_ < regex_.size(); }

    static bool tells_alone(std::string_view text) { return text == "@" || text == "~" || text == "%" || text == "#"; }

    static void offer(std::optional<RequiredLiterals>& best, const Variants& variants) {
        int rarity = std::numeric_limits<int>::max();
        for (const std::string& each : variants) rarity = std::min(rarity, each.size() > 1 ? rarity_of(each) : tells_alone(each) ? 4 : 0);
        if (rarity > 0 && (!best || rarity > best->rarity)) best = RequiredLiterals{variants, false, rarity};
    }
    static void offer(std::optional<RequiredLiterals>& best, const std::optional<RequiredLiterals>& other) {
        if (other && (!best || other->rarity > best->rarity)) best = other;
    }

    Part alternation(int depth) {
        Part all;
        all.variants.clear();
        bool first = true;
        bool required = true;  // every branch has a set
        RequiredLiterals together;
        together.rarity = std::numeric_limits<int>::max();
        do {
            if (!first) ++at_;  // the bar
            first = false;
            Part branch = sequence(depth);
            if (failed_) return all;
            std::optional<RequiredLiterals> best = branch.best;
            if (branch.exact) offer(best, branch.variants);
            required = required && best;
            if (required) {
                together.any_of.insert(together.any_of.end(), best->any_of.begin(), best->any_of.end());
                together.rarity = std::min(together.rarity, best->rarity);
            }
            all.exact = all.exact && branch.exact && all.variants.size() + branch.variants.size() <= kMostVariants;
            if (all.exact) all.variants.insert(all.variants.end(), branch.variants.begin(), branch.variants.end());
        } while (more() && regex_[at_] == '|');
        if (required && together.any_of.size() <= 4 * kMostVariants) all.best = std::move(together);
        return all;
    }

    Part sequence(int depth) {
        Part made;
        Variants run{""};      // what the text just read can be
        bool whole = true;     // the run goes back to the beginning
        const auto cut = [&](Variants next = {""}) {
            offer(made.best, run);
            run = std::move(next);
            whole = false;
        };
        while (more() && regex_[at_] != '|' && regex_[at_] != ')' && !failed_) {
            bool zero_width = false;
            Part item = one(depth, zero_width);
            if (failed_) break;
            if (zero_width) continue;
            const Quantity quantity = quantifier();
            if (quantity == Quantity::optional && item.exact) {
                item.variants.emplace_back();
                item.best.reset();
            } else if (quantity == Quantity::optional || quantity == Quantity::any) {
                cut();
                continue;
            }
            if (item.best) offer(made.best, item.best);
            if (!item.exact) {
                cut();
                continue;
            }
            Variants crossed;
            size_t longest = 0;
            if (run.size() * item.variants.size() <= kMostVariants) {
                for (const std::string& before : run) {
                    for (const std::string& behind : item.variants) {
                        crossed.push_back(before + behind);
                        longest = std::max(longest, crossed.back().size());
                    }
                }
            }
            if (crossed.empty() || longest > kLongestLiteral) cut(item.variants);
            else run = std::move(crossed);
            if (quantity == Quantity::several) cut();
        }
        made.exact = whole;
        if (whole) made.variants = std::move(run);
        else offer(made.best, run);
        return made;
    }

    enum class Quantity { once, optional, several, any };

    Quantity quantifier() {
        if (!more()) return Quantity::once;
        Quantity found = Quantity::once;
        switch (regex_[at_]) {
            case '?': found = Quantity::optional; ++at_; break;
            case '*': found = Quantity::any; ++at_; break;
            case '+': found = Quantity::several; ++at_; break;
            case '{': {
                if (at_ + 1 >= regex_.size() || !is_digit(regex_[at_ + 1])) return Quantity::once;
                const size_t close = regex_.find('}', at_);
                if (close == std::string_view::npos) return Quantity::once;
                found = regex_[at_ + 1] == '0' ? Quantity::any : Quantity::several;
                at_ = close + 1;
                break;
            }
            default: return Quantity::once;
        }
        if (more() && (regex_[at_] == '?' || regex_[at_] == '+')) ++at_;  // lazy, possessive
        return found;
    }

    static Part unknown() { return {false, {}, {}}; }
    static Part exactly(char c) { return {true, {std::string(1, c)}, {}}; }

    // One character, class or group.
    Part one(int depth, bool& zero_width) {
        const char c = regex_[at_++];
        switch (c) {
            case '^':
            case '$': zero_width = true; return {};
            case '.': return unknown();
            case '[': return character_class();
            case '(': return group(depth, zero_width);
            case '\\': break;
            case '*':
            case '+':
            case '?': failed_ = true; return unknown();
            default: return exactly(c);
        }
        if (!more()) {
            failed_ = true;
            return unknown();
        }
        const char escaped = regex_[at_++];
        switch (escaped) {
            case 'b':
            case 'B':
            case 'A':
            case 'z':
            case 'Z': zero_width = true; return {};
            case 'n': return exactly('\n');
            case 't': return exactly('\t');
            case 'r': return exactly('\r');
            case 'd': case 'D': case 'w': case 'W': case 's': case 'S': case 'h': case 'H': case 'v': case 'V': case 'R': return unknown();
            default: break;
        }
        if (is_letter(escaped) || is_digit(escaped)) failed_ = true;  // \x, \Q, back references …: nothing is said about them
        return failed_ ? unknown() : exactly(escaped);
    }

    Part character_class() {
        Part made{true, {}, {}};
        if (more() && regex_[at_] == '^') made.exact = false;
        for (bool first = true; more() && (first || regex_[at_] != ']'); first = false) {
            const char c = regex_[at_++];
            if (c == '\\' && more()) {
                const char escaped = regex_[at_++];
                if (is_letter(escaped) || is_digit(escaped)) made.exact = false;
                else made.variants.emplace_back(1, escaped);
            } else {
                if (c == '[' && more() && regex_[at_] == ':') {  // [[:alpha:]]
                    const size_t close = regex_.find(":]", at_);
                    if (close == std::string_view::npos) failed_ = true;
                    else at_ = close + 2;
                    made.exact = false;
                } else if (more() && regex_[at_] == '-' && at_ + 1 < regex_.size() && regex_[at_ + 1] != ']') {
                    const char last = regex_[at_ + 1];
                    at_ += 2;
                    if (!is_digit(c) || !is_digit(last)) made.exact = false;
                    for (char each = c; made.exact && each < last; ++each) made.variants.emplace_back(1, each);
                    made.variants.emplace_back(1, last);
                    continue;
                }
                made.variants.emplace_back(1, c);
            }
        }
        if (!more()) failed_ = true;
        else ++at_;  // the bracket
        if (made.variants.size() > 8 || made.variants.empty()) made.exact = false;
        for (const std::string& each : made.variants) {
            if (static_cast<unsigned char>(each[0]) >= 0x80) made.exact = false;
        }
        if (!made.exact) made.variants.clear();
        return made;
    }

    Part group(int depth, bool& zero_width) {
        bool looks_around = false;
        if (more() && regex_[at_] == '?') {
            const std::string_view rest = regex_.substr(at_);
            if (rest.starts_with("?:")) {
                at_ += 2;
            } else if (rest.starts_with("?=") || rest.starts_with("?!")) {
                looks_around = true;
                at_ += 2;
            } else if (rest.starts_with("?<=") || rest.starts_with("?<!")) {
                looks_around = true;
                at_ += 3;
            } else if (rest.starts_with("?<") || rest.starts_with("?P<")) {
                at_ = regex_.find('>', at_);
                if (at_ == std::string_view::npos) {
                    failed_ = true;
                    return unknown();
                }
                ++at_;
            } else {
                failed_ = true;
                return unknown();
            }
        }
        if (depth >= kDeepest) {
            failed_ = true;
            return unknown();
        }
        Part made = alternation(depth + 1);
        if (!more() || regex_[at_] != ')') {
            failed_ = true;
            return unknown();
        }
        ++at_;
        if (looks_around) zero_width = true;
        return made;
    }

    std::string_view regex_;
    size_t at_ = 0;
    bool caseless_ = false;
    bool failed_ = false;
};

}  // namespace

int rarity_of(std::string_view literal) {
    int sum = 0;
    for (const char c : literal) {
        const bool common = c == ' ' || is_digit(c) || std::string_view("\":,=.-/").find(c) != std::string_view::npos;
        const bool usual = (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
        sum += common ? 1 : usual ? 2 : 3;
    }
    return sum + static_cast<int>(literal.size()) - 1;
}

std::optional<RequiredLiterals> required_literals(std::string_view regex) { return Reader(regex).read(); }

}  // namespace shuwei::parse
