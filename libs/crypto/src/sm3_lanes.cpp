// SM3 (GB/T 32905-2016) over eight messages at once. One lane holds one message; a lane that has finished takes the next
// message, so that lines of any lengths keep all lanes busy.
#include <bit>
#include <cstring>

#include "shuwei/base/assert.hpp"
#include "shuwei/crypto/digest.hpp"

namespace shuwei::crypto {
namespace {

constexpr size_t kLanes = 8;
constexpr size_t kBlock = 64;
using Lanes = uint32_t __attribute__((vector_size(kLanes * sizeof(uint32_t)), may_alias));

constexpr uint32_t kInitial[8] = {0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600,
                                  0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e};

template <typename Word>
inline Word rotate(Word x, unsigned by) {
    return (x << by) | (x >> (32 - by));
}

// The constants of the 64 rounds, rotated as round j wants them.
struct RoundConstants {
    uint32_t at[64];
    constexpr RoundConstants() : at() {
        for (unsigned j = 0; j < 64; ++j) at[j] = std::rotl(j < 16 ? 0x79cc4519u : 0x7a879d8au, static_cast<int>(j % 32));
    }
};
constexpr RoundConstants kRound;

void compress(Lanes state[8], const Lanes block[16]) {
    Lanes w[68];
    for (unsigned j = 0; j < 16; ++j) w[j] = block[j];
    for (unsigned j = 16; j < 68; ++j) {
        const Lanes mixed = w[j - 16] ^ w[j - 9] ^ rotate(w[j - 3], 15);
        w[j] = mixed ^ rotate(mixed, 15) ^ rotate(mixed, 23) ^ rotate(w[j - 13], 7) ^ w[j - 6];
    }
    Lanes a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
    const auto round = [&](unsigned j, const Lanes& ff, const Lanes& gg) {
        const Lanes a12 = rotate(a, 12);
        const Lanes ss1 = rotate(a12 + e + kRound.at[j], 7);
        const Lanes tt1 = ff + d + (ss1 ^ a12) + (w[j] ^ w[j + 4]);
        const Lanes tt2 = gg + h + ss1 + w[j];
        d = c;
        c = rotate(b, 9);
        b = a;
        a = tt1;
        h = g;
        g = rotate(f, 19);
        f = e;
        e = tt2 ^ rotate(tt2, 9) ^ rotate(tt2, 17);
    };
    for (unsigned j = 0; j < 16; ++j) round(j, a ^ b ^ c, e ^ f ^ g);
    for (unsigned j = 16; j < 64; ++j) round(j, (a & b) | (a & c) | (b & c), (e & f) | (~e & g));
    const Lanes after[8] = {a, b, c, d, e, f, g, h};
    for (unsigned i = 0; i < 8; ++i) state[i] ^= after[i];
}

struct Lane {
    const char* next = nullptr;
    size_t whole_blocks = 0;  // that are still to be read from the message itself
    size_t tail_blocks = 0;   // of `tail`, behind them
    size_t message = 0;
    bool busy = false;
    char tail[2 * kBlock];    // the message's end with its padding
    size_t tail_at = 0;

    void begin(std::string_view text, size_t number) {
        message = number;
        busy = true;
        next = text.data();
        whole_blocks = text.size() / kBlock;
        const size_t left = text.size() % kBlock;
        tail_blocks = left + 9 <= kBlock ? 1 : 2;
        tail_at = 0;
        std::memset(tail, 0, sizeof tail);
        if (left > 0) std::memcpy(tail, text.data() + whole_blocks * kBlock, left);
        tail[left] = static_cast<char>(0x80);
        const uint64_t bits = __builtin_bswap64(static_cast<uint64_t>(text.size()) * 8);
        std::memcpy(tail + tail_blocks * kBlock - sizeof bits, &bits, sizeof bits);
    }

    const char* take_block() {
        const char* block = next;
        if (whole_blocks > 0) {
            --whole_blocks;
            next += kBlock;
            return block;
        }
        block = tail + tail_at;
        tail_at += kBlock;
        --tail_blocks;
        return block;
    }
    bool finished() const { return whole_blocks == 0 && tail_blocks == 0; }
};

}  // namespace

void sm3_many(std::span<const std::string_view> messages, std::span<Digest> digests) {
    SHUWEI_ASSERT(messages.size() == digests.size());
    alignas(32) static constexpr char kNothing[kBlock] = {};
    Lane lanes[kLanes];
    alignas(32) uint32_t state[8][kLanes] = {};
    alignas(32) uint32_t block[16][kLanes];
    size_t given = 0;
    size_t busy = 0;
    const auto fill = [&](size_t lane) {
        lanes[lane].busy = false;
        if (given == messages.size()) return;
        lanes[lane].begin(messages[given], given);
        for (size_t word = 0; word < 8; ++word) state[word][lane] = kInitial[word];
        ++given;
        ++busy;
    };
    for (size_t lane = 0; lane < kLanes; ++lane) fill(lane);
    while (busy > 0) {
        for (size_t lane = 0; lane < kLanes; ++lane) {
            const char* bytes = lanes[lane].busy ? lanes[lane].take_block() : kNothing;
            for (size_t word = 0; word < 16; ++word) {
                uint32_t value;
                std::memcpy(&value, bytes + word * 4, sizeof value);
                block[word][lane] = __builtin_bswap32(value);
            }
        }
        compress(reinterpret_cast<Lanes*>(state), reinterpret_cast<const Lanes*>(block));
        for (size_t lane = 0; lane < kLanes; ++lane) {
            if (!lanes[lane].busy || !lanes[lane].finished()) continue;
            Digest& digest = digests[lanes[lane].message];
            for (size_t word = 0; word < 8; ++word) {
                const uint32_t value = __builtin_bswap32(state[word][lane]);
                std::memcpy(digest.data() + word * 4, &value, sizeof value);
            }
            --busy;
            fill(lane);
        }
    }
}

}  // namespace shuwei::crypto
