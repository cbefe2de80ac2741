#include "line.hpp"

#include "shuwei/base/text.hpp"

namespace shuwei::collect {

spool::FrameKind kind_of_line(std::string_view line) {
    line = base::trim(line);
    return line.size() >= 2 && line.front() == '{' && line.back() == '}' ? spool::FrameKind::json : spool::FrameKind::line;
}

spool::FrameView frame_of_line(std::string_view line, std::deque<crypto::Digest>& digests) {
    spool::FrameView frame;
    frame.payload = line;
    frame.true_length = line.size();
    if (line.size() > spool::kMaxFramePayload) {
        const crypto::Digest& digest = digests.emplace_back(crypto::sm3(line));
        frame.payload = line.substr(0, spool::kMaxFramePayload);
        frame.flags = spool::kFrameTruncated;
        frame.sm3 = {reinterpret_cast<const char*>(digest.data()), digest.size()};
    }
    return frame;
}

}  // namespace shuwei::collect
