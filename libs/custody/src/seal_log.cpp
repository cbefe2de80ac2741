// Growing and closing: the segments of the chains as events are committed.
#include "shuwei/custody/seal_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "rows.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::custody {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

void put_varint(std::string& to, uint64_t number) {
    while (number >= 0x80) {
        to += static_cast<char>(number | 0x80);
        number >>= 7;
    }
    to += static_cast<char>(number);
}

Result<> write_at(int file, std::string_view bytes, uint64_t offset) {
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fail(base::system_error(errno, "write tags"));
        bytes.remove_prefix(static_cast<size_t>(written));
        offset += static_cast<uint64_t>(written);
    }
    return {};
}

// The part of the file that is there; shorter than asked when the file is.
std::string read_at(const std::filesystem::path& path, uint64_t offset, uint64_t size) {
    const base::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string bytes;
    if (!file || size > (uint64_t{1} << 30)) return bytes;
    bytes.resize(size);
    size_t have = 0;
    while (have < size) {
        const ssize_t got = ::pread(file.get(), bytes.data() + have, size - have, static_cast<off_t>(offset + have));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        have += static_cast<size_t>(got);
    }
    bytes.resize(have);
    return bytes;
}

std::vector<SealLog::Tag> decode_tags(std::string_view bytes, uint64_t first_seq) {
    std::vector<SealLog::Tag> tags;
    uint64_t seq = first_seq;
    while (!bytes.empty()) {
        uint64_t step = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (bytes.empty()) return tags;
            const auto byte = static_cast<uint8_t>(bytes.front());
            bytes.remove_prefix(1);
            step |= uint64_t{byte & 0x7fu} << shift;
            if ((byte & 0x80) == 0) break;
        }
        SealLog::Tag tag;
        if (bytes.size() < tag.leaf.size()) return tags;
        seq += step;
        tag.seq = seq;
        std::copy_n(bytes.begin(), tag.leaf.size(), tag.leaf.begin());
        bytes.remove_prefix(tag.leaf.size());
        tags.push_back(tag);
    }
    return tags;
}

}  // namespace

Result<> SealLog::begin(ledger::Transaction& transaction, uint64_t checkpoint) const {
    TRY_ASSIGN(const auto origin, transaction.query_one("SELECT sealed_after FROM seal_origin"));
    if (origin) return {};
    TRY(transaction.execute("INSERT INTO seal_origin (only_row, sealed_after, mac) VALUES (1, ?, ?)",
                            {checkpoint, mac_of_origin(checkpoint)}));
    return {};
}

Result<> SealLog::append(ledger::Transaction& transaction, ChainKey chain, std::span<const Leaf> leaves) const {
    TRY_ASSIGN(OpenSegment open, open_segment(transaction, chain));
    while (!leaves.empty() && leaves.front().seq <= open.last_seq) leaves = leaves.subspan(1);
    while (!leaves.empty()) {
        const int64_t hour = hour_of(leaves.front().received);
        if (open.events > 0 && (open.events >= kSegmentEvents || hour_of(open.first_received) != hour)) {
            TRY(close_segment(transaction, open));
        }
        if (open.events == 0) {
            open.first_seq = leaves.front().seq;
            open.last_seq = open.first_seq;
            open.first_received = open.last_received = leaves.front().received;
            open.day = day_of(open.first_received);
            TRY_ASSIGN(open.tags_at, transaction.query_integer("SELECT coalesce(max(tags_at + tags_bytes), 0) FROM seal "
                                                               "WHERE tenant = ? AND class = ? AND day = ?",
                                                               {chain.tenant, chain.retention_class, open.day}));
            open.tags_bytes = 0;
        }
        size_t count = 0;
        while (count < leaves.size() && open.events + count < kSegmentEvents && hour_of(leaves[count].received) == hour) ++count;
        const auto some = leaves.first(count);
        TRY(write_tags(open, some));
        std::vector<crypto::Digest> digests;
        digests.reserve(count);
        for (const Leaf& leaf : some) {
            digests.push_back(leaf.digest);
            open.first_received = std::min(open.first_received, leaf.received);
            open.last_received = std::max(open.last_received, leaf.received);
        }
        open.tree.add(digests);
        open.events += count;
        open.last_seq = some.back().seq;
        leaves = leaves.subspan(count);
    }
    if (open.events >= kSegmentEvents) TRY(close_segment(transaction, open));
    return save(transaction, open);
}

Result<size_t> SealLog::close(ledger::Transaction& transaction, std::optional<base::Timestamp> now) const {
    TRY_ASSIGN(const auto rows, transaction.query("SELECT tenant, class, first_received FROM seal_open WHERE events > 0"));
    size_t closed = 0;
    for (const ledger::Row& row : rows) {
        if (now && hour_of(*now) <= hour_of(row.integer("first_received"))) continue;
        TRY_ASSIGN(OpenSegment open, open_segment(transaction, rows::chain_of(row)));
        TRY(close_segment(transaction, open));
        TRY(save(transaction, open));
        ++closed;
    }
    return closed;
}

// Written and on disk before the ledger says how far the file goes; what a crash left behind that is written again.
Result<> SealLog::write_tags(OpenSegment& open, std::span<const Leaf> leaves) const {
    std::string bytes;
    uint64_t previous = open.last_seq;
    for (const Leaf& leaf : leaves) {
        put_varint(bytes, leaf.seq - previous);
        previous = leaf.seq;
        bytes.append(reinterpret_cast<const char*>(leaf.digest.data()), Tag{}.leaf.size());
    }
    const auto path = tag_file(open.chain, open.day);
    base::FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    if (!file && errno == ENOENT) {
        std::error_code error;
        std::filesystem::create_directories(path.parent_path(), error);
        if (error) return fail(base::system_error(error.value(), "make " + path.parent_path().string()));
        file = base::FileDescriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    }
    if (!file) return fail(base::system_error(errno, "open " + path.string()));
    TRY(write_at(file.get(), bytes, open.tags_at + open.tags_bytes));
    if (::fdatasync(file.get()) != 0) return fail(base::system_error(errno, "sync " + path.string()));
    open.tags_bytes += bytes.size();
    return {};
}

Result<> SealLog::close_segment(ledger::Transaction& transaction, OpenSegment& open) const {
    Seal seal;
    static_cast<Segment&>(seal) = open;
    seal.root = open.tree.root();
    seal.tags = crypto::sm3(read_at(tag_file(open.chain, open.day), open.tags_at, open.tags_bytes));
    seal.previous = open.previous;
    seal.link = link_digest(seal.previous, content_digest(seal));
    TRY(transaction.execute(
        "INSERT INTO seal (tenant, class, number, first_seq, last_seq, events, first_received, last_received, day, tags_at, "
        "tags_bytes, root, tags, previous, link, mac) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {seal.chain.tenant, seal.chain.retention_class, seal.number, seal.first_seq, seal.last_seq, seal.events, seal.first_received,
         seal.last_received, seal.day, seal.tags_at, seal.tags_bytes, crypto::to_hex(seal.root), crypto::to_hex(seal.tags),
         crypto::to_hex(seal.previous), crypto::to_hex(seal.link), mac_of_link(seal.link)}));
    open.previous = seal.link;
    open.tree = {};
    open.events = 0;
    ++open.number;
    return {};
}

Result<OpenSegment> SealLog::open_segment(ledger::Reader& reader, ChainKey chain) const {
    TRY_ASSIGN(const auto row, reader.query_one("SELECT * FROM seal_open WHERE tenant = ? AND class = ?",
                                                {chain.tenant, chain.retention_class}));
    if (row) return rows::open_of(*row);
    OpenSegment open;
    open.chain = chain;
    open.number = 1;
    return open;
}

Result<> SealLog::save(ledger::Transaction& transaction, const OpenSegment& open) const {
    TRY(transaction.execute(
        "INSERT OR REPLACE INTO seal_open (tenant, class, number, first_seq, last_seq, events, first_received, last_received, day, "
        "tags_at, tags_bytes, subtrees, previous, mac) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {open.chain.tenant, open.chain.retention_class, open.number, open.first_seq, open.last_seq, open.events, open.first_received,
         open.last_received, open.day, open.tags_at, open.tags_bytes, open.tree.subtrees(), crypto::to_hex(open.previous),
         mac_of(open)}));
    return {};
}

std::filesystem::path SealLog::tag_file(ChainKey chain, uint32_t day) const {
    return folder_ / "seals" / fmt::format("{}-{}", chain.tenant, chain.retention_class) / fmt::format("{}.tags", day);
}

std::optional<std::vector<SealLog::Tag>> SealLog::tags(const Seal& seal) const {
    const std::string bytes = read_at(tag_file(seal.chain, seal.day), seal.tags_at, seal.tags_bytes);
    if (crypto::sm3(bytes) != seal.tags) return std::nullopt;
    return decode_tags(bytes, seal.first_seq);
}

std::vector<SealLog::Tag> SealLog::tags(const OpenSegment& open) const {
    return decode_tags(read_at(tag_file(open.chain, open.day), open.tags_at, open.tags_bytes), open.first_seq);
}

Result<> SealLog::remove_tags(ChainKey chain, uint32_t day) const {
    std::error_code error;
    std::filesystem::remove(tag_file(chain, day), error);
    if (error) return fail(base::system_error(error.value(), "remove " + tag_file(chain, day).string()));
    return {};
}

}  // namespace shuwei::custody
