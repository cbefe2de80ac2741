#include "shuwei/custody/leaf.hpp"

#include <algorithm>

namespace shuwei::custody {
namespace {

// Lines hashed at once: bounded, as a line may have a megabyte.
constexpr size_t kLinesAtOnce = 256;

int64_t whole_microseconds(base::Timestamp time) {
    const int64_t whole = time / base::kMicrosecond;
    return time % base::kMicrosecond < 0 ? whole - 1 : whole;
}

void put_number(std::string& to, uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8) to += static_cast<char>(number >> shift);
}

// 0x00 ‖ seq ‖ received ‖ peer ‖ length of raw ‖ raw. The first byte keeps leaves apart from inner nodes.
void encode(const SealedLine& line, std::string& to) {
    to += '\0';
    put_number(to, line.seq);
    put_number(to, static_cast<uint64_t>(whole_microseconds(line.received)));
    to.append(reinterpret_cast<const char*>(line.peer.bytes.data()), line.peer.bytes.size());
    put_number(to, line.raw.size());
    to += line.raw;
}

}  // namespace

crypto::Digest leaf_digest(const SealedLine& line) {
    std::string text;
    encode(line, text);
    return crypto::sm3(text);
}

void append_leaves(std::span<const SealedLine> lines, std::vector<Leaf>& leaves) {
    std::string encoded;
    std::vector<size_t> ends;
    std::vector<std::string_view> messages;
    std::vector<crypto::Digest> digests;
    leaves.reserve(leaves.size() + lines.size());
    for (size_t at = 0; at < lines.size(); at += kLinesAtOnce) {
        const auto some = lines.subspan(at, std::min(kLinesAtOnce, lines.size() - at));
        encoded.clear();
        ends.clear();
        messages.clear();
        for (const SealedLine& line : some) {
            encode(line, encoded);
            ends.push_back(encoded.size());
        }
        size_t begin = 0;
        for (const size_t end : ends) {
            messages.emplace_back(encoded.data() + begin, end - begin);
            begin = end;
        }
        digests.resize(some.size());
        crypto::sm3_many(messages, digests);
        for (size_t i = 0; i < some.size(); ++i) leaves.push_back({some[i].seq, some[i].received, digests[i]});
    }
}

}  // namespace shuwei::custody
