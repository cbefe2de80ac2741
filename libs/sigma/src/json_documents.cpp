#include "shuwei/sigma/json_documents.hpp"

#include <cstring>
#include <fstream>
#include <string>
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

void append_utf8(std::string& out, uint32_t code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | code >> 6);
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0 | code >> 12);
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | code >> 18);
        out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    }
}

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
            if (piece.starts_with("\xEF\xBB\xBF")) {
                piece.remove_prefix(3);
            } else if (piece.starts_with("\xFF\xFE")) {
                piece.remove_prefix(2);
                utf16_ = true;
            }
        }
        if (!utf16_) return piece;
        converted_.clear();
        for (const char c : piece) {
            if (!half_) {
                low_ = static_cast<uint8_t>(c);
                half_ = true;
                continue;
            }
            half_ = false;
            const uint32_t unit = low_ | static_cast<uint32_t>(static_cast<uint8_t>(c)) << 8;
            if (unit >= 0xD800 && unit < 0xDC00) {
                high_ = unit;
            } else if (unit >= 0xDC00 && unit < 0xE000) {
                append_utf8(converted_, high_ != 0 ? 0x10000 + ((high_ - 0xD800) << 10) + (unit - 0xDC00) : 0xFFFD);
                high_ = 0;
            } else {
                append_utf8(converted_, unit);
                high_ = 0;
            }
        }
        return converted_.empty() && !piece.empty() ? next() : std::string_view(converted_);
    }

private:
    std::istream& in_;
    std::vector<char> buffer_ = std::vector<char>(kReadBytes);
    std::string converted_;
    bool first_ = true;
    bool utf16_ = false;
    bool half_ = false;
    uint32_t low_ = 0;
    uint32_t high_ = 0;
};

// Finds where objects begin and end; whether they are sound is for whoever parses them.
class Splitter {
public:
    Splitter(const JsonVisitor& visit, const JsonDocumentsLimits& limits) : visit_(visit), limits_(limits) {}

    Result<> take(std::string_view piece) {
        size_t at = 0;
        while (at < piece.size()) {
            if (depth_ == 0) {
                TRY(between(piece[at]));
                ++at;
                ++offset_;
            } else {
                TRY(inside(piece, at));
            }
        }
        return {};
    }

    Result<> finish() const {
        if (depth_ > 0) {
            return fail(place(start_line_, start_offset_, "the object is cut off at the end of the file"));
        }
        if (in_array_) return fail(place(line_, offset_, "the array is not closed"));
        return {};
    }

    uint64_t count() const { return count_; }

private:
    static Error place(uint32_t line, uint64_t offset, std::string text, ErrorCode code = ErrorCode::data_corrupt) {
        return Error(code, std::move(text)).at("byte " + std::to_string(offset)).at("line " + std::to_string(line));
    }

    Result<> between(char c) {
        switch (c) {
            case '\n': ++line_; return {};
            case ' ':
            case '\t':
            case '\r': return {};
            case '{':
                depth_ = 1;
                in_string_ = false;
                escaped_ = false;
                object_.assign(1, '{');
                start_offset_ = offset_;
                start_line_ = line_;
                return {};
            case '[':
                if (in_array_) break;
                in_array_ = true;
                return {};
            case ']':
                if (!in_array_) break;
                in_array_ = false;
                return {};
            case ',':
                return {};  // between objects of an array; between lines it does no harm
            default: break;
        }
        const auto byte = static_cast<uint8_t>(c);
        if (byte == 0 || (byte < 0x20 && byte != 0x1E)) return fail(place(line_, offset_, "not JSON: a binary file?"));
        if (byte == 0x1E) return {};  // record separator of JSON text sequences
        return fail(place(line_, offset_, std::string("expected an object, found '") + (byte < 0x7F ? std::string(1, c) : "?") + "'"));
    }

    // Goes on inside an object until it ends or the piece does.
    Result<> inside(std::string_view piece, size_t& at) {
        const size_t begin = at;
        bool ended = false;
        for (; at < piece.size() && !ended; ++at) {
            const char c = piece[at];
            if (c == '\n') {
                if (in_string_) {
                    return fail(place(line_, offset_ + (at - begin), "a line end inside a text: the object that begins in line " +
                                                                         std::to_string(start_line_) + " is cut off"));
                }
                ++line_;
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
            if (c == '"') {
                in_string_ = true;
            } else if (c == '{' || c == '[') {
                if (++depth_ > limits_.max_depth) {
                    return fail(place(line_, offset_ + (at - begin), "nested too deeply", ErrorCode::too_large));
                }
            } else if (c == '}' || c == ']') {
                ended = --depth_ == 0;
            }
        }
        offset_ += at - begin;
        object_.append(piece.substr(begin, at - begin));
        if (object_.size() > limits_.max_object_bytes) {
            return fail(place(start_line_, start_offset_, "the object is larger than " + std::to_string(limits_.max_object_bytes) + " bytes",
                              ErrorCode::too_large));
        }
        if (!ended) return {};
        const size_t size = object_.size();
        object_.append(event::kArenaPadding, '\0');
        const JsonDocument document{std::string_view(object_.data(), size), count_++, start_offset_, start_line_};
        return visit_(document);
    }

    const JsonVisitor& visit_;
    const JsonDocumentsLimits& limits_;
    std::string object_;
    size_t depth_ = 0;
    bool in_string_ = false;
    bool escaped_ = false;
    bool in_array_ = false;
    uint64_t offset_ = 0;
    uint32_t line_ = 1;
    uint64_t start_offset_ = 0;
    uint32_t start_line_ = 1;
    uint64_t count_ = 0;
};

}  // namespace

Result<uint64_t> read_json_documents(std::istream& in, const JsonVisitor& visit, const JsonDocumentsLimits& limits) {
    Source source(in);
    Splitter splitter(visit, limits);
    for (std::string_view piece = source.next(); !piece.empty(); piece = source.next()) TRY(splitter.take(piece));
    if (in.bad()) return fail(ErrorCode::io, "reading failed");
    TRY(splitter.finish());
    return splitter.count();
}

Result<uint64_t> read_json_documents(const std::filesystem::path& file, const JsonVisitor& visit, const JsonDocumentsLimits& limits) {
    std::error_code error;
    if (std::filesystem::is_directory(file, error)) return fail(Error(ErrorCode::io, "is a folder").at(file.string()));
    std::ifstream in(file, std::ios::binary);
    if (!in) return fail(Error(ErrorCode::not_found, "cannot be opened").at(file.string()));
    auto count = read_json_documents(in, visit, limits);
    if (!count) return fail(std::move(count).error().at(file.string()));
    return count;
}

}  // namespace shuwei::sigma
