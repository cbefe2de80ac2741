// The text of one remote file on its way to the spool: compares the place where reading goes on with what is remembered,
// recognises a file that was renamed, and cuts the rest into lines. No connection here. One owner.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../stream_framer.hpp"
#include "remote_positions.hpp"
#include "shuwei/base/result.hpp"

namespace shuwei::collect {

class RemoteText {
public:
    enum class Outcome : uint8_t {
        read,       // whatever came was taken
        elsewhere,  // the file is known by another name: position() says where to go on
        differs,    // it is another file than the one remembered: read it from the beginning
        failed,     // the spool refused: error()
    };
    // Frames are given in order, to be spooled before it returns; false to stop.
    using Spool = std::function<bool(std::vector<spool::FrameView>& frames)>;
    // The position of the file under its former name, if any begins like this; asked once, at the beginning of a file
    // that is new.
    using Recognise = std::function<std::optional<RemotePosition>(std::string_view beginning)>;

    // Bytes will be fed from `stream_begin` on: at most position.offset - position.end_bytes().
    RemoteText(RemotePosition position, uint64_t stream_begin, Spool spool, Recognise recognise);

    bool feed(std::string_view bytes);   // false: no more is wanted
    enum class Rest : uint8_t { waits, is_taken };
    void finish(Rest rest);              // the stream's end was reached; `rest`: an unfinished last line

    Outcome outcome() const { return outcome_; }
    // offset and fingerprints are up to date; size, changed and complete are the caller's.
    const RemotePosition& position() const { return position_; }
    uint64_t seen_to() const { return stream_at_; }   // offset up to which bytes were fed

private:
    bool identify();
    bool skip(std::string_view& bytes);
    bool take(std::string_view bytes);
    bool take_frames();
    void set_offset();

    RemotePosition position_;
    Spool spool_;
    Recognise recognise_;
    Outcome outcome_ = Outcome::read;
    StreamFramer framer_{StreamFraming::lines};
    uint64_t stream_at_;
    bool from_beginning_;
    std::string head_;      // the beginning, while it is looked at; what waits to be framed
    std::string beginning_; // up to kFingerprintBytes, when read from the beginning
    std::string recent_;    // the last bytes fed: kFingerprintBytes and the latest piece
    bool verified_ = false;
};

}  // namespace shuwei::collect
