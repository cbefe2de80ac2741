// The proof that one event was sealed: the line, its way up to the root of its segment, the seal, and the way to the head
// of the chain. A document that anybody can check without the server; docs/formats/seal.md. A value.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/crypto/time_stamp.hpp"
#include "shuwei/custody/seal.hpp"

namespace shuwei::custody {

struct InclusionProof {
    uint64_t seq = 0;
    base::Timestamp received = 0;  // whole microseconds
    std::string peer;
    std::string raw;
    uint64_t index = 0;            // of the event in its segment
    std::vector<crypto::Digest> path;
    Seal seal;
    std::vector<crypto::Digest> later;  // content digests of the seals behind it, up to the head
    int64_t head_number = 0;
    crypto::Digest head{};              // link of the last of them
    int64_t stamped_number = 0;         // the first seal from this one on that bears a time stamp; 0: none yet
    std::string time_stamp;             // its RFC 3161 token, DER

    std::string to_json() const;
    static base::Result<InclusionProof> parse(std::string_view json);  // invalid_argument

    // Recomputes everything from the line up to the head; invalid_argument with what does not fit. Whether the head is
    // the right one is for the reader: it is in seal.heads, with whoever was given a copy. The time stamp, if there is one,
    // is checked against `authorities` (a PEM file); without them only that it is over its seal.
    base::Result<std::optional<crypto::TimeStamp>> check(const std::string& authorities = {}) const;
};

}  // namespace shuwei::custody
