// The server's side of RELP, rsyslog's reliable protocol, on one connection: `TXNR SP COMMAND SP DATALEN [SP DATA] LF`.
// A message is acknowledged by its number; what was not, the sender repeats on its next connection, so that an unfinished
// frame is not kept. Whatever does not keep to the protocol ends the session. No I/O; one owner.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cut_frame.hpp"
#include "stream_reader.hpp"

namespace shuwei::collect {

class RelpSession final : public StreamReader {
public:
    explicit RelpSession(size_t max_frame = spool::kMaxFramePayload) : max_frame_(max_frame) {}

    std::optional<spool::FrameView> next() override;
    std::optional<spool::FrameView> finish() override;
    void release() override;

    size_t memory() const override { return buffer_.memory() + cut_.memory() + answers_.size(); }
    uint64_t framing_errors() const override { return framing_errors_; }

    std::string take_answers() override;
    bool over() const override { return over_; }
    std::string_view farewell() const override;

private:
    struct Header {
        uint32_t number = 0;
        std::string_view command;
        uint64_t data_bytes = 0;
        size_t size = 0;  // of the header, the blank before the data included
    };
    enum class Parsed : uint8_t { header, incomplete, malformed };
    static Parsed parse(std::string_view text, Header& header);

    std::optional<spool::FrameView> take_cut();
    void open(uint32_t number, std::string_view offers);
    void answer(uint32_t number, std::string_view text);
    void refuse(uint32_t number, std::string_view why);
    void break_off();

    size_t max_frame_;
    bool open_ = false;
    bool over_ = false;
    bool holding_ = false;     // a cut frame was given: cut_ is in use
    uint32_t cut_number_ = 0;
    uint64_t cut_left_ = 0;    // bytes of its data still to come
    CutFrame cut_;
    std::string answers_;
    uint64_t framing_errors_ = 0;
};

}  // namespace shuwei::collect
