#include "carried_line.hpp"

#include <cstddef>

namespace shuwei::parse {
namespace {

// `at` is behind the opening quote; the result is the closing one's place, or the end.
size_t end_of_string(std::string_view text, size_t at) {
    while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
    return at < text.size() ? at : text.size();
}

}  // namespace

std::string_view written_carried_line(std::string_view document) {
    std::string_view found;
    std::string_view name;
    bool is_value = false;  // the next string at the first level
    int depth = 0;
    for (size_t at = 0; at < document.size(); ++at) {
        switch (document[at]) {
            case '{':
            case '[': ++depth; break;
            case '}':
            case ']': --depth; break;
            case ':': is_value = depth == 1; break;
            case ',': is_value = false; break;
            case '"': {
                const size_t end = end_of_string(document, at + 1);
                const std::string_view text = document.substr(at + 1, end - at - 1);
                if (depth == 1 && !is_value) name = text;
                if (depth == 1 && is_value) {
                    if (name == "message") return text;
                    if (name == "log") found = text;
                }
                at = end;
                break;
            }
            default: break;
        }
    }
    return found;
}

}  // namespace shuwei::parse
