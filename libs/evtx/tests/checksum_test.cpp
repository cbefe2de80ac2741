#include "checksum.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>
#include <vector>

namespace shuwei::evtx {
namespace {

TEST(Checksum, EqualsZlib) {
    std::mt19937 random(20261121);
    std::vector<uint8_t> bytes(3000);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    for (size_t size = 0; size <= bytes.size(); size += size < 400 ? 1 : 37) {
        for (const uint32_t begun : {0u, 1u, 0xFFFFFFFFu, 0xDEADBEEFu}) {
            for (const size_t offset : {size_t{0}, std::min<size_t>(3, size)}) {
                const std::span<const uint8_t> part(bytes.data() + offset, size - offset);
                ASSERT_EQ(::crc32(begun, part.data(), static_cast<uInt>(part.size())), crc32_of(part, begun)) << size << " " << begun;
            }
        }
    }
    EXPECT_EQ(0xCBF43926u, crc32_of(std::span(reinterpret_cast<const uint8_t*>("123456789"), 9)));
}

}  // namespace
}  // namespace shuwei::evtx
