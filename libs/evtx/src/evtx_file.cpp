#include "shuwei/evtx/evtx_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "checksum.hpp"
#include "chunk_reader.hpp"
#include "little_endian.hpp"
#include "shuwei/base/file.hpp"

namespace shuwei::evtx {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr size_t kFileHeaderBytes = 4096;
constexpr size_t kFlags = 120;
constexpr uint32_t kDirty = 1;

// A window over the file, a chunk wide.
class Window {
public:
    explicit Window(int fd) : fd_(fd), bytes_(kChunkBytes) {}
    explicit Window(std::string_view memory) : memory_(memory), bytes_(kChunkBytes) {}

    // Drops `passed` bytes at the front and fills up to `size`; shorter only at the end of the file.
    Result<std::span<const uint8_t>> advance(size_t passed, size_t size) {
        std::copy(bytes_.begin() + static_cast<ptrdiff_t>(passed), bytes_.begin() + static_cast<ptrdiff_t>(filled_), bytes_.begin());
        filled_ -= passed;
        offset_ += passed;
        while (filled_ < size) {
            TRY_ASSIGN(const size_t got, read_some(bytes_.data() + filled_, size - filled_));
            if (got == 0) break;
            filled_ += got;
        }
        return std::span<const uint8_t>(bytes_.data(), filled_);
    }

    uint64_t offset() const { return offset_; }

private:
    Result<size_t> read_some(uint8_t* to, size_t size) {
        if (fd_ < 0) {
            const size_t got = std::min(size, memory_.size());
            if (got > 0) std::memcpy(to, memory_.data(), got);
            memory_.remove_prefix(got);
            return got;
        }
        while (true) {
            const ssize_t got = ::read(fd_, to, size);
            if (got >= 0) return static_cast<size_t>(got);
            if (errno != EINTR) return base::fail(base::system_error(errno, "read"));
        }
    }

    int fd_ = -1;
    std::string_view memory_;
    std::vector<uint8_t> bytes_;
    size_t filled_ = 0;
    uint64_t offset_ = 0;
};

Result<EvtxCounts> read_all(Window& window, const EvtxVisitor& visit, const BrokenEvtxVisitor& broken, const EvtxLimits& limits) {
    TRY_ASSIGN(const auto head, window.advance(0, kFileHeaderBytes));
    if (!is_evtx({reinterpret_cast<const char*>(head.data()), head.size()})) {
        return base::fail(ErrorCode::data_corrupt, "is no Windows event log: it does not begin with ElfFile");
    }
    ChunkReader reader(visit, broken, limits);
    if (head.size() < kFileHeaderBytes) {
        TRY(reader.tell(Error(ErrorCode::data_corrupt, "the file ends inside its header")));
        return reader.counts();
    }
    if ((load32(head.data() + kFlags) & kDirty) != 0) reader.set_dirty();
    if (crc32_of(head.first(kFlags)) != load32(head.data() + kFlags + 4)) {
        TRY(reader.tell(Error(ErrorCode::data_corrupt, "the checksum of the file header is wrong")));
    }
    // How many chunks there are is known by reading them: the count in the header of a dirty file is old.
    size_t passed = head.size();
    while (true) {
        TRY_ASSIGN(const auto chunk, window.advance(passed, kChunkBytes));
        if (chunk.empty()) break;
        TRY_ASSIGN(passed, reader.read(chunk, window.offset()));
    }
    return reader.counts();
}

}  // namespace

bool is_evtx(int fd) {
    char beginning[kEvtxMagic.size()];
    ssize_t got;
    do {
        got = ::pread(fd, beginning, sizeof beginning, 0);
    } while (got < 0 && errno == EINTR);
    return got == static_cast<ssize_t>(sizeof beginning) && is_evtx(std::string_view(beginning, sizeof beginning));
}

Result<EvtxCounts> read_evtx(int fd, const EvtxVisitor& visit, const BrokenEvtxVisitor& broken, const EvtxLimits& limits) {
    Window window(fd);
    return read_all(window, visit, broken, limits);
}

Result<EvtxCounts> read_evtx(const std::filesystem::path& file, const EvtxVisitor& visit, const BrokenEvtxVisitor& broken,
                             const EvtxLimits& limits) {
    const base::FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return base::fail(base::system_error(errno, "open").at(file.string()));
    auto counts = read_evtx(fd.get(), visit, [&](const Error& error) { return broken(error.at(file.string())); }, limits);
    if (!counts) return base::fail(std::move(counts).error().at(file.string()));
    return counts;
}

Result<EvtxCounts> read_evtx_bytes(std::string_view bytes, const EvtxVisitor& visit, const BrokenEvtxVisitor& broken, const EvtxLimits& limits) {
    Window window(bytes);
    return read_all(window, visit, broken, limits);
}

}  // namespace shuwei::evtx
