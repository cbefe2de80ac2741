#include "native_format.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace shuwei::eventstore {

using base::fail;
using base::Result;
using base::system_error;

namespace {
constexpr size_t kCopyBelow = 4096;  // short parts are gathered, so that writev gets few pieces
}

void Bytes::grow(size_t wanted) {
    const size_t capacity = std::max(capacity_ * 2, std::max<size_t>(size_ + wanted, 4096));
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    if (size_ > 0) std::memcpy(larger.get(), data_.get(), size_);
    data_ = std::move(larger);
    capacity_ = capacity;
}

void NativeBlock::column(std::string_view name, std::string_view type, std::initializer_list<std::string_view> parts) {
    columns_.emplace_back(name, type);
    auto& kept = data_.emplace_back();
    for (const std::string_view part : parts) {
        if (part.size() < kCopyBelow) {
            kept.push_back(*copies_.emplace_back(std::make_unique<std::string>(part)));
        } else {
            kept.push_back(part);
        }
    }
}

Result<NativeBlock::Written> NativeBlock::write_to_memfd(const char* name) const {
    Written written;
    written.memfd = base::FileDescriptor(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!written.memfd) return fail(system_error(errno, "memfd_create"));

    std::vector<std::string> heads;  // must not move while views point at them
    heads.reserve(columns_.size());
    std::vector<iovec> pieces;
    const auto add = [&](std::string_view piece) {
        if (!piece.empty()) pieces.push_back({const_cast<char*>(piece.data()), piece.size()});
        written.bytes += piece.size();
    };
    Bytes counts;
    const auto put_count = [](Bytes& to, uint64_t count) {
        while (count >= 0x80) {
            to.put(static_cast<uint8_t>(count | 0x80));
            count >>= 7;
        }
        to.put(static_cast<uint8_t>(count));
    };
    put_count(counts, columns_.size());
    put_count(counts, rows_);
    add(counts.view());
    for (size_t i = 0; i < columns_.size(); ++i) {
        Bytes head;
        head.put_text(columns_[i].first);
        head.put_text(columns_[i].second);
        add(heads.emplace_back(head.view()));
        if (rows_ > 0) {
            for (const std::string_view part : data_[i]) add(part);
        }
    }
    if (::ftruncate(written.memfd.get(), static_cast<off_t>(written.bytes)) != 0) {
        return fail(system_error(errno, "ftruncate of a memfd"));
    }
    size_t next = 0;
    while (next < pieces.size()) {
        const int count = static_cast<int>(std::min<size_t>(pieces.size() - next, 512));
        ssize_t wrote = ::writev(written.memfd.get(), pieces.data() + next, count);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return fail(system_error(errno, "write to a memfd"));
        while (wrote > 0) {
            iovec& piece = pieces[next];
            const size_t used = std::min(static_cast<size_t>(wrote), piece.iov_len);
            piece.iov_base = static_cast<char*>(piece.iov_base) + used;
            piece.iov_len -= used;
            wrote -= static_cast<ssize_t>(used);
            if (piece.iov_len == 0) ++next;
        }
    }
    if (::fcntl(written.memfd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) {
        return fail(system_error(errno, "seal a memfd"));
    }
    return written;
}

}  // namespace shuwei::eventstore
