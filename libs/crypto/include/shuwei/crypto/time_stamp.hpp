// Time stamps of a third party (RFC 3161): the request, the token out of the answer, and the check of a token. All of it DER;
// who carries it to the authority is the caller's business. Pure functions but for the file of authorities; thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"

namespace shuwei::crypto {

struct TimeStamp {
    base::Timestamp time = 0;  // that the authority vouches for
    std::string signer;        // subject of the certificate that signed, as "CN=…, O=…"; empty: not in the token
};

// Asks for a stamp over SHA-256 of the bytes, which every authority takes, and for the certificate.
base::Result<std::string> time_stamp_request(std::string_view bytes, uint64_t nonce);

// The token of an answer that was granted and belongs to the request; unavailable with the authority's words when it was
// refused, data_corrupt when it is no answer to it.
base::Result<std::string> time_stamp_token(std::string_view answer, std::string_view request);

// What a token says, with no check but that it stamps these bytes; data_corrupt.
base::Result<TimeStamp> read_time_stamp(std::string_view token, std::string_view bytes);

// The same, and that a certificate chain of `authorities` (a PEM file), valid at the time of the stamp, signed it. That the
// certificate has run out since takes nothing from it. data_corrupt; not_found when the file cannot be read.
base::Result<TimeStamp> check_time_stamp(std::string_view token, std::string_view bytes, const std::string& authorities);

}  // namespace shuwei::crypto
