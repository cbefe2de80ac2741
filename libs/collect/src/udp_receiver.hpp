// Datagrams into frames, on one thread.
#pragma once

#include <map>

#include "listener_counters.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/collect/frame_sink.hpp"
#include "stop_signal.hpp"

namespace shuwei::collect {

class UdpReceiver {
public:
    UdpReceiver(base::FileDescriptor socket, Listener listener, FrameSink& sink, const StopSignal& stop);
    ~UdpReceiver();
    void run();  // until stopping; then takes what the kernel still holds

private:
    struct Batch;
    size_t receive();  // one batch; how many datagrams came
    void count_kernel_drops(uint32_t drops);

    base::FileDescriptor socket_;
    Listener listener_;
    FrameSink& sink_;
    ListenerCounters& counters_;
    base::Metric& dropped_by_kernel_;
    base::Metric& dropped_for_room_;
    base::Metric& dropped_for_share_;
    base::Metric& dropped_empty_;
    const StopSignal& stop_;
    std::unique_ptr<Batch> batch_;
    uint32_t kernel_drops_ = 0;  // as the kernel counts them for this socket
    // Since it was last told: who was read while datagrams were lost.
    std::map<base::IpAddress, uint64_t> talkers_;
    uint64_t talked_ = 0;
    uint64_t lost_ = 0;
    base::Duration told_ = 0;
};

}  // namespace shuwei::collect
