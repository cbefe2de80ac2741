// Traps and informs from a socket into the spool, on a thread of its own. An inform is answered once it is on disk; what
// cannot be spooled is not answered, so that its sender tries again.
#pragma once

#include <mutex>
#include <thread>

#include "listener_counters.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/collect/input.hpp"
#include "shuwei/net/socket.hpp"
#include "stop_signal.hpp"
#include "trap_reader.hpp"

namespace shuwei::collect {

class TrapReceiver : public Input {
public:
    TrapReceiver(base::FileDescriptor socket, const InputPlace& place, TrapReader reader, const std::vector<std::string>& mib_remarks);
    ~TrapReceiver() override { stop(); }

    void stop() override;
    InputStatus status() const override;

private:
    struct Batch;
    void run();
    size_t receive();  // one batch; how many datagrams came
    bool receive_one(Batch& batch);
    void note(const std::string& remark);
    void send(std::string_view answer, const net::SocketAddress& peer) const;

    base::FileDescriptor socket_;
    const Listener listener_;
    const std::string pack_;
    FrameSink& sink_;
    ListenerCounters& counters_;
    TrapReader reader_;
    std::string datagram_;
    uint32_t kernel_drops_ = 0;
    StopSignal stopping_;
    mutable std::mutex mutex_;
    InputStatus status_;
    std::thread thread_;
};

}  // namespace shuwei::collect
