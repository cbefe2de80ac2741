// A proof from anybody: any text ends in an error, or in a proof that is written as it was read.
#include <cstdint>

#include "shuwei/base/assert.hpp"
#include "shuwei/custody/inclusion_proof.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace shuwei;
    const auto proof = custody::InclusionProof::parse({reinterpret_cast<const char*>(data), size});
    if (!proof) return 0;
    (void)proof->check();
    const std::string text = proof->to_json();
    const auto again = custody::InclusionProof::parse(text);
    SHUWEI_ASSERT(again && again->to_json() == text);
    return 0;
}
