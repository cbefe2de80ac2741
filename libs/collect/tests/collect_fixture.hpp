// A spool and a sink of its own for each test, and raw senders.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "shuwei/base/file.hpp"
#include "shuwei/base/log.hpp"
#include "shuwei/collect/frame_sink.hpp"
#include "shuwei/collect/input.hpp"
#include "shuwei/net/socket.hpp"

namespace shuwei::collect {

constexpr base::Duration kPatience = 30 * base::kSecond;  // no test waits so long unless it fails

class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "shuwei-collect-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

// A frame that owns its bytes.
struct Got {
    uint64_t seq = 0;
    std::string payload;
    std::string source;
    std::string pack;
    std::string sm3;
    uint64_t true_length = 0;
    base::IpAddress peer;
    uint16_t peer_port = 0;
    uint32_t listener = 0;
    uint32_t tenant = 0;
    spool::FrameKind kind = spool::FrameKind::syslog;
    uint8_t flags = 0;
    base::Timestamp received = 0;
};

class CollectTest : public testing::Test {
protected:
    void SetUp() override {
        base::log::set_level(base::log::Level::off);
        open_spool();
    }

    void open_spool(spool::SpoolOptions options = {}) {
        sink.reset();
        reader.reset();
        spool.reset();
        options.sync_interval = 5 * base::kMillisecond;
        spool = spool::Spool::open(folder / "spool", options).value();
        sink = std::make_unique<FrameSink>(*spool, metrics, clock);
        reader = spool->reader(spool->written_seq() + 1);
    }

    // Waits for the next `count` frames.
    std::vector<Got> receive(size_t count) {
        std::vector<Got> got;
        const base::Duration deadline = base::monotonic_now() + kPatience;
        while (got.size() < count && base::monotonic_now() < deadline) {
            const auto frames = reader->next(count - got.size(), 64 << 20, kPatience);
            EXPECT_TRUE(frames);
            if (!frames || frames->empty()) break;
            for (const auto& f : *frames) {
                got.push_back({f.seq, std::string(f.payload), std::string(f.source), std::string(f.pack), std::string(f.sm3),
                               f.true_length, f.peer, f.peer_port, f.listener, f.tenant, f.kind, f.flags, f.received});
            }
        }
        EXPECT_EQ(got.size(), count);
        got.resize(count);
        return got;
    }

    std::vector<std::string> receive_lines(size_t count) {
        std::vector<std::string> lines;
        for (auto& frame : receive(count)) lines.push_back(std::move(frame.payload));
        return lines;
    }

    // Shows the frames that are there; true when there were none.
    bool nothing_more_of(const std::function<void(const spool::FrameView&)>& see) {
        const auto frames = reader->next(10'000, 64 << 20, 0);
        EXPECT_TRUE(frames);
        for (const auto& frame : *frames) see(frame);
        return frames->empty();
    }

    bool nothing_more() { return reader->next(1, 1, 0)->empty(); }

    // Waits until the condition holds.
    static bool eventually(const std::function<bool()>& condition) {
        const base::Duration deadline = base::monotonic_now() + kPatience;
        while (!condition()) {
            if (base::monotonic_now() > deadline) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return true;
    }

    int64_t metric(const std::string& line_beginning) {
        const std::string text = '\n' + metrics.to_prometheus();
        const size_t at = text.find('\n' + line_beginning + ' ');
        return at == std::string::npos ? -1 : std::stoll(text.substr(at + line_beginning.size() + 2));
    }

    // Counters follow the frames they count by a moment.
    void expect_metric(const std::string& line_beginning, int64_t value) {
        EXPECT_TRUE(eventually([&] { return metric(line_beginning) == value; })) << line_beginning << ' ' << metric(line_beginning);
    }

    std::unique_ptr<Input> start_input(const InputKind& kind, InputValues with, Listener listener) {
        const auto settings = InputSettings::check(kind, std::move(with));
        EXPECT_TRUE(settings) << settings.error().to_string();
        auto input = kind.start(*settings, {std::move(listener), *sink, folder.path(), "nginx"});
        EXPECT_TRUE(input) << input.error().to_string();
        return std::move(*input);
    }

    // What a trial found, a line each, or "error: " and why not.
    static std::string trial_of(const InputKind& kind, InputValues with) {
        const auto settings = InputSettings::check(kind, std::move(with));
        EXPECT_TRUE(settings) << settings.error().to_string();
        const auto found = kind.test(*settings);
        if (!found) return "error: " + found.error().to_string();
        std::string text;
        for (const std::string& line : found->found) text += line + '\n';
        return text;
    }

    TemporaryFolder folder;
    base::Metrics metrics;
    base::ManualClock clock;
    std::unique_ptr<spool::Spool> spool;
    std::unique_ptr<FrameSink> sink;
    std::unique_ptr<spool::Reader> reader;
};

// A socket that is connected to `address`; sends what it is told.
class Sender {
public:
    Sender(const net::SocketAddress& address, int type) : fd_(::socket(address.ip.is_v4() ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0)) {
        sockaddr_storage storage{};
        const socklen_t size = net::to_sockaddr(address, storage);
        EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&storage), size), 0);
    }
    bool send(std::string_view text) {
        if (text.empty()) return ::send(fd_.get(), "", 0, MSG_NOSIGNAL) == 0;
        while (!text.empty()) {
            const ssize_t sent = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            text.remove_prefix(static_cast<size_t>(sent));
        }
        return true;
    }
    void reset() {  // closes as a crashing program does
        const linger now{1, 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
        fd_.close();
    }
    void close() { fd_.close(); }
    int fd() const { return fd_.get(); }
    net::SocketAddress local() const { return net::local_address(fd_.get()); }

private:
    base::FileDescriptor fd_;
};

}  // namespace shuwei::collect
