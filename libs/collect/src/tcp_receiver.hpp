// Stream connections into frames, all of them on one thread: each gets one read per turn, so that a flood on one leaves
// the others their share. Nothing more is read until what was read is in the spool. Where the protocol acknowledges, one
// sync a turn serves all connections, and who does not take his answers is not read on.
#pragma once

#include <sys/epoll.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "listener_counters.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/collect/frame_sink.hpp"
#include "shuwei/net/socket.hpp"
#include "shuwei/net/tls.hpp"
#include "stop_signal.hpp"
#include "stream_reader.hpp"

namespace shuwei::collect {

struct TcpLimits {
    size_t connections = 10'000;
    size_t buffered_bytes = 256 << 20;
};

struct TcpSecurity {
    net::TlsContext context;
    std::vector<std::string> permitted_names;  // common names of client certificates; empty: all that verify
};

using StreamReaderMaker = std::unique_ptr<StreamReader> (*)();

class TcpReceiver {
public:
    // Without `security` in the clear. `refused` is told why a connection was refused, on the receiver's thread.
    TcpReceiver(base::FileDescriptor socket, Listener listener, TcpLimits limits, StreamReaderMaker make_reader, FrameSink& sink,
                const StopSignal& stop, std::optional<TcpSecurity> security = {}, std::function<void(const base::Error&)> refused = {});
    ~TcpReceiver();
    void run();  // until stopping; then takes what the kernel still holds

private:
    struct Connection {
        base::FileDescriptor fd;
        net::SocketAddress peer;
        std::unique_ptr<StreamReader> reader;
        std::string answers;        // not sent yet
        std::optional<net::TlsStream> tls;
        base::Duration handshake_until = 0;  // 0: there is none to wait for
        size_t memory = 0;         // as counted in buffered_
        uint64_t framing_errors = 0;  // as counted in the metric
        bool ended = false;        // the peer has closed, or we give it up
        bool in_turn = false;      // has frames in the batch
        bool bounded = false;      // not read for now
    };

    void accept_new();
    struct Read {
        size_t bytes = 0;
        bool ended = false;
    };
    bool read_from(Connection& connection);  // false when nothing was there
    Read receive(Connection& connection, std::span<char> room);
    Read receive_tls(Connection& connection, std::span<char> room);
    bool shake_hands(Connection& connection);  // true once both sides know each other
    void refuse(Connection& connection, std::string why);
    void end_silent_handshakes();
    bool bound(Connection& connection);
    bool go_on_sending(Connection& connection);
    enum class Sent : uint8_t { all, waits_for_reader, waits_for_writer, failed };
    Sent send(Connection& connection);
    void answer(Connection& connection);
    void let_go();
    void gather(Connection& connection);
    void flush();
    void settle();
    bool on_disk();
    void end_greediest();
    void drain();
    void add(const Connection& connection, spool::FrameView frame);

    base::FileDescriptor listener_socket_;
    base::FileDescriptor epoll_;
    Listener listener_;
    TcpLimits limits_;
    StreamReaderMaker make_reader_;
    FrameSink& sink_;
    ListenerCounters& counters_;
    const StopSignal& stop_;
    std::optional<TcpSecurity> security_;
    std::function<void(const base::Error&)> refused_;
    size_t shaking_ = 0;      // connections in their handshake
    bool filling_ = false;    // as the spool was when the turn began
    std::vector<int> bounded_;  // connections that are not read for now
    std::vector<int> again_;  // connections with bytes decrypted and not read, which no epoll tells of
    std::unordered_map<int, std::unique_ptr<Connection>> connections_;
    size_t buffered_ = 0;

    // The turn's frames and the connections whose buffers they view.
    std::vector<spool::FrameView> frames_;
    std::vector<Connection*> turn_;
    size_t frame_bytes_ = 0;
    uint64_t last_seq_ = 0;
    bool lost_ = false;       // frames of the turn could not be spooled
    base::Timestamp now_ = 0;
};

}  // namespace shuwei::collect
