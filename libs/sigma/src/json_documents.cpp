#include "shuwei/sigma/json_documents.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "shuwei/base/text.hpp"
#include "shuwei/event/batch.hpp"

namespace shuwei::sigma {

using base::Error;
using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

constexpr size_t kReadBytes = 256 * 1024;

// The bytes of the file as UTF-8, in pieces.
class Source {
public:
    explicit Source(std::istream& in) : in_(in) {}

    // The next piece, empty at the end.
    std::string_view next() {
        in_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
        std::string_view piece(buffer_.data(), static_cast<size_t>(in_.gcount()));
        if (first_) {
            first_ = false;
            choose_encoding(piece);
        }
        if (encoding_ == Encoding::utf8) return piece;
        converted_.clear();
        for (const char c : piece) {
            if (!half_) {
                first_byte_ = static_cast<uint8_t>(c);
                half_ = true;
                continue;
            }
            half_ = false;
            const uint32_t second = static_cast<uint8_t>(c);
            const uint32_t unit = encoding_ == Encoding::utf16_little ? first_byte_ | second << 8 : first_byte_ << 8 | second;
            if (high_ != 0 && (unit < 0xDC00 || unit >= 0xE000)) base::append_utf8(converted_, 0xFFFD);
            if (unit >= 0xD800 && unit < 0xDC00) {
                high_ = unit;
            } else if (unit >= 0xDC00 && unit < 0xE000) {
                base::append_utf8(converted_, high_ != 0 ? 0x10000 + ((high_ - 0xD800) << 10) + (unit - 0xDC00) : 0xFFFD);
                high_ = 0;
            } else {
                base::append_utf8(converted_, unit);
                high_ = 0;
            }
        }
        return converted_.empty() && !piece.empty() ? next() : std::string_view(converted_);
    }

private:
    enum class Encoding : uint8_t { utf8, utf16_little, utf16_big };

    // By the byte-order mark, or, since JSON begins with an ASCII character, by where the zero byte stands.
    void choose_encoding(std::string_view& piece) {
        if (piece.starts_with("\xEF\xBB\xBF")) {
            piece.remove_prefix(3);
        } else if (piece.starts_with("\xFF\xFE")) {
            piece.remove_prefix(2);
            encoding_ = Encoding::utf16_little;
        } else if (piece.starts_with("\xFE\xFF")) {
            piece.remove_prefix(2);
            encoding_ = Encoding::utf16_big;
        } else if (piece.size() >= 2 && (piece[0] == '{' || piece[0] == '[') && piece[1] == 0) {
            encoding_ = Encoding::utf16_little;
        } else if (piece.size() >= 2 && piece[0] == 0 && (piece[1] == '{' || piece[1] == '[')) {
            encoding_ = Encoding::utf16_big;
        }
    }

    std::istream& in_;
    std::vector<char> buffer_ = std::vector<char>(kReadBytes);
    std::string converted_;
    bool first_ = true;
    Encoding encoding_ = Encoding::utf8;
    bool half_ = false;
    uint32_t first_byte_ = 0;
    uint32_t high_ = 0;  // the first half of a character beyond the basic plane
};

// The grammar of one object, a character at a time outside of texts.
class Grammar {
public:
    void begin() {
        open_.assign(1, '{');
        expect_ = Expect::key_or_end;
        scalar_.clear();
    }

    size_t depth() const { return open_.size(); }

    // Takes the next character; '"' stands for a whole text. False when it cannot stand here; brackets are then counted
    // all the same.
    bool take(char c) {
        if (is_scalar(c)) {
            if (scalar_.empty() && expect_ != Expect::value && expect_ != Expect::value_or_end) return false;
            if (scalar_.size() < kLongestWord) scalar_ += c;
            expect_ = Expect::separator_or_end;
            return true;
        }
        const bool sound = scalar_.empty() || is_sound_scalar();
        scalar_.clear();
        return take_mark(c) && sound;
    }

private:
    enum class Expect : uint8_t { key, key_or_end, colon, value, value_or_end, separator_or_end };

    static bool is_scalar(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '+' || c == '.';
    }

    bool is_sound_scalar() const {
        const char first = scalar_.front();
        return (first >= '0' && first <= '9') || first == '-' || scalar_ == "true" || scalar_ == "false" || scalar_ == "null";
    }

    bool take_mark(char c) {
        const bool value = expect_ == Expect::value || expect_ == Expect::value_or_end;
        const char inner = open_.back();
        bool sound = false;
        switch (c) {
            case ' ':
            case '\t':
            case '\r':
            case '\n': return true;
            case '"':
                sound = value || expect_ == Expect::key || expect_ == Expect::key_or_end;
                expect_ = value ? Expect::separator_or_end : Expect::colon;
                return sound;
            case '{':
            case '[':
                open_ += c;
                expect_ = c == '{' ? Expect::key_or_end : Expect::value_or_end;
                return value;
            case '}':
                sound = inner == '{' && (expect_ == Expect::separator_or_end || expect_ == Expect::key_or_end);
                break;
            case ']':
                sound = inner == '[' && (expect_ == Expect::separator_or_end || expect_ == Expect::value_or_end);
                break;
            case ',':
                sound = expect_ == Expect::separator_or_end;
                expect_ = inner == '{' ? Expect::key : Expect::value;
                return sound;
            case ':':
                sound = expect_ == Expect::colon;
                expect_ = Expect::value;
                return sound;
            default: return false;
        }
        open_.pop_back();
        expect_ = Expect::separator_or_end;
        return sound;
    }

    static constexpr size_t kLongestWord = 8;  // of a number the beginning is enough
    std::string open_;                         // the open brackets
    Expect expect_ = Expect::key_or_end;
    std::string scalar_;                       // the beginning of a number or word not yet ended
};

// Finds where objects begin and end. What the grammar leaves open (the inside of texts and numbers) is for whoever
// parses them.
class Splitter {
public:
    Splitter(const JsonVisitor& visit, const BrokenJsonVisitor& broken, const JsonDocumentsLimits& limits)
        : visit_(visit), broken_(broken), limits_(limits) {}

    Result<> take(std::string_view piece) {
        again_budget_ += piece.size();
        return go_over(piece);
    }

    Result<> finish() {
        while (place_ == Place::inside) TRY(pass_over("the object is cut off at the end of the file"));
        if (in_array_ && counts_.broken == 0) TRY(tell(line_, offset_, "the array is not closed"));
        return {};
    }

    const JsonCounts& counts() const { return counts_; }

private:
    enum class Place : uint8_t {
        between,  // objects
        inside,   // an object
        passing,  // over what is broken, until a line begins an object
    };

    Result<> go_over(std::string_view piece) {
        size_t at = 0;
        while (at < piece.size()) {
            switch (place_) {
                case Place::between: TRY(between(piece[at])); break;
                case Place::inside: TRY(inside(piece, at)); continue;
                case Place::passing: TRY(passing(piece, at)); continue;
            }
            ++at;
            ++offset_;
        }
        return {};
    }

    Result<> tell(uint32_t line, uint64_t offset, std::string text, ErrorCode code = ErrorCode::data_corrupt) {
        ++counts_.broken;
        return broken_(Error(code, std::move(text)).at("byte " + std::to_string(offset)).at("line " + std::to_string(line)));
    }

    void next_line() {
        ++line_;
        column_ = 0;
        line_is_fresh_ = true;
    }

    void begin() {
        place_ = Place::inside;
        grammar_.begin();
        in_string_ = escaped_ = malformed_ = false;
        object_.assign(1, '{');
        start_offset_ = offset_;
        start_line_ = line_;
        indentation_ = column_;
        line_is_fresh_ = false;
    }

    static bool is_binary(char c) { return static_cast<uint8_t>(c) < 0x20 && c != '\t' && c != '\r' && c != '\n' && c != '\x1E'; }

    // A file in which no object was seen and whose bytes are none of a text's is not worth reading on.
    Result<> refuse_binary() const {
        return fail(Error(ErrorCode::data_corrupt, "not JSON: a binary file?").at("line " + std::to_string(line_)));
    }

    Result<> between(char c) {
        const bool strict = counts_.broken == 0;  // after a break nobody knows which brackets are open
        switch (c) {
            case '\n': next_line(); return {};
            case '{': begin(); return {};
            case ' ':
            case '\t':
            case ',': break;  // a comma between lines does no harm
            case '\r':
            case '\x1E': return {};                       // record separator of JSON text sequences
            case '\xEF': case '\xBB': case '\xBF': return {};  // byte-order mark of a file that was appended
            case '[':
                if (in_array_ && strict) return no_object(c);
                in_array_ = true;
                break;
            case ']':
                if (!in_array_ && strict) return no_object(c);
                in_array_ = false;
                break;
            default: return no_object(c);
        }
        if (line_is_fresh_) ++column_;
        return {};
    }

    Result<> no_object(char c) {
        if (is_binary(c) && counts_.objects == 0) return refuse_binary();
        place_ = Place::passing;
        indentation_ = column_;
        line_is_fresh_ = false;
        ++ordinal_;
        const bool readable = c > 0x20 && c < 0x7F;
        return tell(line_, offset_, "expected an object, found " + (readable ? "'" + std::string(1, c) + "'" : std::string("other bytes")));
    }

    // Goes on inside an object until it ends, breaks or the piece does.
    Result<> inside(std::string_view piece, size_t& at) {
        const size_t begin = at;
        const auto consume = [&] {
            offset_ += at - begin;
            object_.append(piece.substr(begin, at - begin));
        };
        for (; at < piece.size(); ++at) {
            const char c = piece[at];
            if (c == '\n' && (in_string_ || malformed_)) {
                consume();
                return pass_over(in_string_ && !malformed_ ? "the object is cut off inside a text" : malformed());
            }
            if (in_string_) {
                if (escaped_) {
                    escaped_ = false;
                } else if (c == '\\') {
                    escaped_ = true;
                } else if (c == '"') {
                    in_string_ = false;
                }
                continue;
            }
            if (!grammar_.take(c) && !malformed_) {
                malformed_ = true;
                malformed_line_ = line_;
                malformed_character_ = c;
                if (line_ != start_line_) {
                    consume();
                    return pass_over(malformed());
                }
            }
            if (c == '"') in_string_ = true;
            if (c == '\n') ++line_;
            if (grammar_.depth() == 0) {
                ++at;
                consume();
                return end();
            }
            if (grammar_.depth() > limits_.max_depth) {
                consume();
                return pass_over("nested too deeply", ErrorCode::too_large);
            }
        }
        consume();
        if (object_.size() > limits_.max_object_bytes) {
            return pass_over("the object is larger than " + std::to_string(limits_.max_object_bytes) + " bytes", ErrorCode::too_large);
        }
        return {};
    }

    std::string malformed() const {
        const char c = malformed_character_;
        std::string text = "the object is cut off or malformed: ";
        text += c == '\n' ? "the line end" : c > 0x20 && c < 0x7F ? "'" + std::string(1, c) + "'" : "a byte";
        return text + (malformed_line_ == start_line_ ? " does not fit" : " in line " + std::to_string(malformed_line_) + " does not fit");
    }

    Result<> end() {
        place_ = Place::between;
        if (line_ != start_line_) column_ = indentation_of_last_line();
        if (malformed_) {
            ++ordinal_;
            return tell(start_line_, start_offset_, malformed());
        }
        const size_t size = object_.size();
        if (size > limits_.max_object_bytes) {
            ++ordinal_;
            return tell(start_line_, start_offset_, "the object is larger than " + std::to_string(limits_.max_object_bytes) + " bytes", ErrorCode::too_large);
        }
        object_.append(event::kArenaPadding, '\0');
        ++counts_.objects;
        return visit_({std::string_view(object_.data(), size), ordinal_++, start_offset_, start_line_});
    }

    size_t indentation_of_last_line() const {
        const size_t line = object_.rfind('\n') + 1;
        return std::min(object_.find_first_not_of(" \t", line), object_.size()) - line;
    }

    // Tells the open object as broken and looks for the next, first in what was taken for its inside.
    Result<> pass_over(std::string why, ErrorCode code = ErrorCode::data_corrupt) {
        ++ordinal_;
        TRY(tell(start_line_, start_offset_, std::move(why), code));
        place_ = Place::passing;
        const std::string text = std::exchange(object_, {});
        // Reading again costs at most as much as reading: what nests on purpose to be read again and again is left.
        if (text.size() <= again_budget_) {
            again_budget_ -= text.size();
            line_ = start_line_;
            offset_ = start_offset_;
            line_is_fresh_ = false;
            return go_over(text);
        }
        const size_t line = text.rfind('\n') + 1;  // 0 in the line it began in
        line_is_fresh_ = line != 0 && text.find_first_not_of(" \t", line) == std::string::npos;
        column_ = text.size() - line;
        return {};
    }

    // On until a line begins an object no further in than the broken one.
    Result<> passing(std::string_view piece, size_t& at) {
        const size_t begin = at;
        bool found = false;
        for (; at < piece.size() && !found; ++at) {
            const char c = piece[at];
            if (counts_.objects == 0 && is_binary(c)) return refuse_binary();
            if (c == '\n') {
                next_line();
            } else if (line_is_fresh_) {
                if (c == '{' && column_ <= indentation_) {
                    found = true;
                    break;
                }
                if (c == ' ' || c == '\t') {
                    ++column_;
                } else {
                    line_is_fresh_ = kMayPrecede.find(c) != std::string_view::npos;
                }
            } else if (counts_.objects != 0) {
                at = std::min(piece.find('\n', at), piece.size()) - 1;
            }
        }
        offset_ += at - begin;
        if (found) place_ = Place::between;
        return {};
    }

    // What may stand before an object in its line: closing brackets of the one before, marks, zeros of a power cut.
    static constexpr std::string_view kMayPrecede{"[]},\r\x1E\xEF\xBB\xBF\0", 10};

    const JsonVisitor& visit_;
    const BrokenJsonVisitor& broken_;
    const JsonDocumentsLimits& limits_;
    Place place_ = Place::between;
    Grammar grammar_;
    std::string object_;  // the open one
    bool in_string_ = false;
    bool escaped_ = false;
    bool malformed_ = false;  // and its line not yet at its end
    char malformed_character_ = 0;
    uint32_t malformed_line_ = 0;
    bool in_array_ = false;
    uint64_t offset_ = 0;
    uint32_t line_ = 1;
    bool line_is_fresh_ = true;  // nothing yet but blanks and marks
    size_t column_ = 0;          // blanks (between objects, marks too) before the first object of the line
    uint64_t start_offset_ = 0;  // of the open object
    uint32_t start_line_ = 1;
    size_t indentation_ = 0;     // of the open or broken object
    uint64_t ordinal_ = 0;
    uint64_t again_budget_ = size_t{16} << 20;  // bytes that may yet be read a second time
    JsonCounts counts_;
};

}  // namespace

Result<JsonCounts> read_json_documents(std::istream& in, const JsonVisitor& visit, const BrokenJsonVisitor& broken,
                                       const JsonDocumentsLimits& limits) {
    Source source(in);
    Splitter splitter(visit, broken, limits);
    for (std::string_view piece = source.next(); !piece.empty(); piece = source.next()) TRY(splitter.take(piece));
    if (in.bad()) return fail(ErrorCode::io, "reading failed");
    TRY(splitter.finish());
    return splitter.counts();
}

Result<JsonCounts> read_json_documents(const std::filesystem::path& file, const JsonVisitor& visit, const BrokenJsonVisitor& broken,
                                       const JsonDocumentsLimits& limits) {
    std::error_code error;
    if (std::filesystem::is_directory(file, error)) return fail(Error(ErrorCode::io, "is a folder").at(file.string()));
    std::ifstream in(file, std::ios::binary);
    if (!in) return fail(base::system_error(errno, "open").at(file.string()));
    const auto told = [&](const Error& what) { return broken(what.at(file.string())); };
    auto counts = read_json_documents(in, visit, told, limits);
    if (!counts) return fail(std::move(counts).error().at(file.string()));
    return counts;
}

}  // namespace shuwei::sigma
