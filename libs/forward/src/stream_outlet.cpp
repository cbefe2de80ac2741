// Syslog over TCP and TLS (RFC 6587, RFC 5425): octet counting. The protocol acknowledges nothing; a slice counts as
// delivered when the other machine's kernel has acknowledged its last byte. A connection that ends in any other way than in
// order leaves in doubt what that kernel held, so it is sent again.
#include "outlet.hpp"
#include "shuwei/net/client_stream.hpp"

namespace shuwei::forward {
namespace {

class StreamOutlet final : public Outlet {
public:
    StreamOutlet(std::string address, net::ClientStreamOptions options) : address_(std::move(address)), options_(std::move(options)) {}

    // More than a receiving kernel holds unread: Linux grows the buffer of a connection to 6 MiB.
    size_t resend_bytes() const override { return size_t{8} << 20; }

    Delivered deliver(std::span<const Message> messages, std::stop_token stop) override {
        Delivered done;
        if (auto sent = send(messages, std::move(stop)); !sent) {
            done.in_doubt = stream_ && !stream_->closed_in_order() && sent.error().code() != base::ErrorCode::cancelled;
            stream_.reset();
            done.error = std::move(sent).error();
        } else {
            done.count = messages.size();
        }
        return done;
    }

private:
    base::Result<> send(std::span<const Message> messages, std::stop_token stop) {
        if (stream_) TRY(stream_->drain());  // nothing is queued: tells whether the peer has ended it meanwhile
        if (!stream_ || stream_->closed_in_order()) {
            TRY_ASSIGN(stream_, net::ClientStream::connect(address_, options_, std::move(stop)));
        }
        for (const Message& message : messages) {
            frames_ += std::to_string(message.bytes.size());
            frames_ += ' ';
            frames_ += message.bytes;
            if (frames_.size() >= kPiece) TRY(flush());
        }
        TRY(flush());
        return stream_->drain();
    }

    base::Result<> flush() {
        const auto written = stream_->write(frames_);
        frames_.clear();
        return written;
    }

    static constexpr size_t kPiece = 256 * 1024;
    std::string address_;
    net::ClientStreamOptions options_;
    std::optional<net::ClientStream> stream_;
    std::string frames_;
};

}  // namespace

base::Result<std::unique_ptr<Outlet>> make_stream_outlet(const TargetSettings& settings, const TargetSecrets& secrets) {
    net::ClientStreamOptions options;
    options.connect_timeout = kOutletConnectTimeout;
    options.write_timeout = kOutletTimeout;
    if (settings.kind == TargetKind::syslog_tls) {
        const auto verification = settings.verification == Verification::peer ? net::TlsVerification::name_and_chain : net::TlsVerification::none;
        options.tls = net::TlsClientOptions{settings.authorities, settings.certificate, secrets.key, verification};
    }
    return std::make_unique<StreamOutlet>(settings.address, std::move(options));
}

}  // namespace shuwei::forward
