// Answers of a time-stamping authority and tokens: any bytes end in a stamp or an error.
#include <cstdint>

#include "shuwei/base/assert.hpp"
#include "shuwei/crypto/time_stamp.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace shuwei;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    static const std::string request = crypto::time_stamp_request("hi\n", 42).value();
    if (const auto token = crypto::time_stamp_token(bytes, request)) SHUWEI_ASSERT(!token->empty());
    (void)crypto::read_time_stamp(bytes, "hi\n");
    return 0;
}
