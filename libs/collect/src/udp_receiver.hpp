// Datagrams into frames, on one thread.
#pragma once

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

    base::FileDescriptor socket_;
    Listener listener_;
    FrameSink& sink_;
    ListenerCounters& counters_;
    base::Metric& dropped_by_kernel_;
    base::Metric& dropped_for_room_;
    base::Metric& dropped_empty_;
    const StopSignal& stop_;
    std::unique_ptr<Batch> batch_;
    uint32_t kernel_drops_ = 0;  // as the kernel counts them for this socket
};

}  // namespace shuwei::collect
