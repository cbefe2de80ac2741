#include "relp_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "stream_framer.hpp"

namespace shuwei::collect {

using spool::FrameView;

namespace {

constexpr size_t kMaxDigits = 9;       // of a transaction's number and of a length
constexpr size_t kMaxCommand = 32;
constexpr size_t kMaxOffers = 16 << 10;  // of everything that is no message

std::string_view without_line_end(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

// Length of the run of bytes for which `fits` holds; more than `most` when it is longer than that.
template <typename Fits>
size_t run_of(std::string_view text, size_t most, Fits fits) {
    size_t length = 0;
    while (length < text.size() && length <= most && fits(text[length])) ++length;
    return length;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

uint32_t number_of(std::string_view digits) {
    uint32_t value = 0;
    for (const char digit : digits) value = value * 10 + static_cast<uint32_t>(digit - '0');
    return value;
}

}  // namespace

RelpSession::Parsed RelpSession::parse(std::string_view text, Header& header) {
    size_t at = 0;
    const auto number = [&](uint32_t& value) {
        const size_t digits = run_of(text.substr(at), kMaxDigits, is_digit);
        if (digits > kMaxDigits) return Parsed::malformed;
        if (at + digits == text.size()) return Parsed::incomplete;
        if (digits == 0) return Parsed::malformed;
        value = number_of(text.substr(at, digits));
        at += digits;
        return Parsed::header;
    };
    if (const Parsed outcome = number(header.number); outcome != Parsed::header) return outcome;
    if (text[at++] != ' ') return Parsed::malformed;
    const size_t letters = run_of(text.substr(at), kMaxCommand, is_letter);
    if (letters > kMaxCommand) return Parsed::malformed;
    if (at + letters == text.size()) return Parsed::incomplete;
    if (letters == 0 || text[at + letters] != ' ') return Parsed::malformed;
    header.command = text.substr(at, letters);
    at += letters + 1;
    uint32_t length = 0;
    if (const Parsed outcome = number(length); outcome != Parsed::header) return outcome;
    if (length > kMaxOctetCount) return Parsed::malformed;
    header.data_bytes = length;
    // Without data the blank may be missing, too.
    if (text[at] == ' ') {
        ++at;
    } else if (length > 0 || text[at] != '\n') {
        return Parsed::malformed;
    }
    header.size = at;
    return Parsed::header;
}

std::optional<FrameView> RelpSession::next() {
    while (!holding_ && !over_) {
        if (cut_.begun()) return take_cut();
        const std::string_view text = buffer_.data();
        Header header;
        const Parsed parsed = parse(text, header);
        if (parsed == Parsed::incomplete) return std::nullopt;
        const bool message = parsed == Parsed::header && header.command == "syslog";
        if (parsed == Parsed::malformed || header.number == 0 || (!message && header.data_bytes > kMaxOffers)) {
            break_off();
            return std::nullopt;
        }
        if (message && !open_) {
            refuse(header.number, "open comes first");
            return std::nullopt;
        }
        if (header.data_bytes > max_frame_) {
            if (text.size() - header.size < max_frame_) return std::nullopt;
            cut_number_ = header.number;
            cut_left_ = header.data_bytes - max_frame_;
            cut_.begin(text.substr(header.size, max_frame_));
            buffer_.consume(header.size + max_frame_);
            continue;
        }
        if (text.size() < header.size + header.data_bytes + 1) return std::nullopt;
        const std::string_view data = text.substr(header.size, header.data_bytes);
        if (text[header.size + data.size()] != '\n') {
            break_off();
            return std::nullopt;
        }
        buffer_.consume(header.size + data.size() + 1);
        if (message) {
            answer(header.number, "200 OK");
            FrameView frame;
            frame.payload = without_line_end(data);
            frame.true_length = frame.payload.size();
            if (!frame.payload.empty()) return frame;
        } else if (header.command == "open" && !open_) {
            open(header.number, data);
        } else if (header.command == "close") {
            answer(header.number, "");
            answers_ += farewell();
            over_ = true;
        } else {
            refuse(header.number, "not expected");
        }
    }
    return std::nullopt;
}

std::optional<FrameView> RelpSession::take_cut() {
    const std::string_view text = buffer_.data();
    const auto more = text.substr(0, std::min<uint64_t>(cut_left_, text.size()));
    cut_.absorb(more);
    cut_left_ -= more.size();
    buffer_.consume(more.size());
    if (cut_left_ > 0 || more.size() == text.size()) return std::nullopt;
    if (text[more.size()] != '\n') {
        break_off();
        return std::nullopt;
    }
    buffer_.consume(1);
    holding_ = true;
    answer(cut_number_, "200 OK");
    return cut_.end(0);
}

// Lines of name=value. We speak version 0, which every sender can fall back to.
void RelpSession::open(uint32_t number, std::string_view offers) {
    while (!offers.empty()) {
        const std::string_view line = offers.substr(0, offers.find('\n'));
        offers.remove_prefix(std::min(line.size() + 1, offers.size()));
        constexpr std::string_view kCommands = "commands=";
        if (!line.starts_with(kCommands)) continue;
        if (fmt::format(",{},", line.substr(kCommands.size())).find(",syslog,") == std::string::npos) {
            return refuse(number, "the command syslog is not offered");
        }
    }
    open_ = true;
    answer(number, "200 OK\nrelp_version=0\nrelp_software=shuwei\ncommands=syslog");
}

void RelpSession::answer(uint32_t number, std::string_view text) {
    answers_ += text.empty() ? fmt::format("{} rsp 0\n", number) : fmt::format("{} rsp {} {}\n", number, text.size(), text);
}

void RelpSession::refuse(uint32_t number, std::string_view why) {
    answer(number, fmt::format("500 {}", why));
    answers_ += farewell();
    ++framing_errors_;
    over_ = true;
}

// Nothing tells where the next frame would begin.
void RelpSession::break_off() {
    ++framing_errors_;
    over_ = true;
}

std::optional<FrameView> RelpSession::finish() {
    buffer_.consume(buffer_.size());
    cut_ = {};
    return std::nullopt;
}

void RelpSession::release() {
    if (over_) (void)finish();
    if (holding_) cut_.forget();
    holding_ = false;
    buffer_.release();
}

std::string RelpSession::take_answers() { return std::exchange(answers_, {}); }

std::string_view RelpSession::farewell() const { return "0 serverclose 0\n"; }

}  // namespace shuwei::collect
