// What inputs of whole lines share. Pure functions.
#pragma once

#include <array>
#include <deque>
#include <string_view>

#include "shuwei/crypto/digest.hpp"
#include "shuwei/spool/frame.hpp"

namespace shuwei::collect {

// A line that looks like a JSON object is passed on as one; parsing finds out whether it is sound.
spool::FrameKind kind_of_line(std::string_view line);

// payload, true_length, flags and sm3 of a whole line; a digest that is needed goes to `digests`.
spool::FrameView frame_of_line(std::string_view line, std::deque<crypto::Digest>& digests);

}  // namespace shuwei::collect
