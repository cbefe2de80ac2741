// The proof that one event was sealed: the line, its way up to the root of its segment, the seal, and the way to the head
// of the chain. A document that anybody can check without the server; docs/formats/seal.md. A value.
#pragma once

#include <string>
#include <vector>

#include "shuwei/base/result.hpp"
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
    std::string head_time_stamp;        // its RFC 3161 token, DER; may be empty

    std::string to_json() const;
    static base::Result<InclusionProof> parse(std::string_view json);  // invalid_argument

    // Recomputes everything from the line up to the head; invalid_argument with what does not fit. Whether the head is
    // the right one is for the reader: it is in seal.heads, with whoever was given a copy.
    base::Result<> check() const;
};

}  // namespace shuwei::custody
