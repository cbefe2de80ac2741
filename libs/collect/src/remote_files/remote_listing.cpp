#include "remote_listing.hpp"

#include <algorithm>
#include <array>

#include "shuwei/base/text.hpp"

namespace shuwei::collect {

namespace {

constexpr size_t kMaxName = 255;
constexpr size_t kMaxWords = 12;  // before the name

// The first words of a line with where each begins and ends.
struct Words {
    std::array<std::string_view, kMaxWords> text;
    std::array<size_t, kMaxWords> end{};
    size_t count = 0;

    explicit Words(std::string_view line) {
        size_t at = 0;
        while (count < kMaxWords) {
            at = line.find_first_not_of(" \t", at);
            if (at == std::string_view::npos) return;
            const size_t stop = std::min(line.find_first_of(" \t", at), line.size());
            text[count] = line.substr(at, stop - at);
            end[count++] = at = stop;
        }
    }
};

bool usable(std::string_view name) {
    if (name.empty() || name.size() > kMaxName || name == "." || name == "..") return false;
    return std::none_of(name.begin(), name.end(), [](char c) { return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool looks_like(std::string_view word, std::string_view form) {  // 9 any digit; every other character itself
    return word.size() == form.size() && std::equal(word.begin(), word.end(), form.begin(), [](char c, char f) {
        return f == '9' ? c >= '0' && c <= '9' : c == f;
    });
}

bool is_clock_or_year(std::string_view word) {
    return looks_like(word, "99:99") || looks_like(word, "9:99") || looks_like(word, "99:99:99") || looks_like(word, "9999");
}

std::optional<RemoteFile> file_of(std::string_view line, std::string_view size, size_t time_begin, size_t time_end) {
    const auto bytes = base::parse_uint(size);
    if (!bytes || *bytes > uint64_t{1} << 60 || time_end + 1 >= line.size()) return std::nullopt;
    const std::string_view name = line.substr(time_end + 1);
    if (!usable(name)) return std::nullopt;
    return RemoteFile{std::string(name), *bytes, std::string(line.substr(time_begin, time_end - time_begin))};
}

std::optional<RemoteFile> unix_line(std::string_view line, const Words& words) {
    for (size_t i = 2; i + 2 < words.count; ++i) {
        if (!base::parse_uint(words.text[i])) continue;
        const size_t time_begin = static_cast<size_t>(words.text[i + 1].data() - line.data());
        if (looks_like(words.text[i + 1], "9999-99-99") && is_clock_or_year(words.text[i + 2])) {
            return file_of(line, words.text[i], time_begin, words.end[i + 2]);
        }
        const bool month = !base::parse_uint(words.text[i + 1]);
        const auto day = base::parse_uint(words.text[i + 2]);
        if (month && day && *day >= 1 && *day <= 31 && i + 3 < words.count && is_clock_or_year(words.text[i + 3])) {
            return file_of(line, words.text[i], time_begin, words.end[i + 3]);
        }
    }
    return std::nullopt;
}

std::optional<RemoteFile> windows_line(std::string_view line, const Words& words) {
    if (words.count < 4) return std::nullopt;
    const std::string_view date = words.text[0];
    const std::string_view clock = words.text[1];
    if (!looks_like(date, "99-99-99") && !looks_like(date, "99-99-9999")) return std::nullopt;
    if (!looks_like(clock, "99:99AM") && !looks_like(clock, "99:99PM") && !looks_like(clock, "99:99")) return std::nullopt;
    auto file = file_of(line, words.text[2], 0, words.end[2]);
    if (file) file->changed = std::string(line.substr(0, words.end[1]));
    return file;
}

}  // namespace

std::optional<RemoteFile> parse_listing_line(std::string_view line) {
    while (line.ends_with('\r') || line.ends_with('\n')) line.remove_suffix(1);
    const Words words(line);
    if (words.count == 0) return std::nullopt;
    if (line.front() == '-') return unix_line(line, words);
    return windows_line(line, words);
}

}  // namespace shuwei::collect
