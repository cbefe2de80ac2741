// Kafka by librdkafka: an idempotent producer with acks=all; the delivery report of each message acknowledges it. The only
// file of the library that sees librdkafka.
#include <librdkafka/rdkafka.h>

#include <vector>

#include "outlet.hpp"

namespace shuwei::forward {
namespace {

using base::ErrorCode;

struct Deleter {
    void operator()(rd_kafka_t* producer) const { rd_kafka_destroy(producer); }
    void operator()(rd_kafka_conf_t* settings) const { rd_kafka_conf_destroy(settings); }
};
using Producer = std::unique_ptr<rd_kafka_t, Deleter>;
using Settings = std::unique_ptr<rd_kafka_conf_t, Deleter>;

enum class Fate : uint8_t { open, acknowledged, refused, failed };

class KafkaOutlet final : public Outlet {
public:
    KafkaOutlet(Settings settings, std::string topic) : settings_(std::move(settings)), topic_(std::move(topic)) {}

    Delivered deliver(std::span<const Message> messages, std::stop_token stop) override {
        Delivered done;
        if (!producer_ && !connect(done)) return done;
        fates_.assign(messages.size(), Fate::open);
        failure_ = RD_KAFKA_RESP_ERR_NO_ERROR;
        open_ = 0;
        for (size_t i = 0; i < messages.size() && failure_ == RD_KAFKA_RESP_ERR_NO_ERROR && !stop.stop_requested(); ++i) {
            hand_over(messages[i], i);
        }
        // message.timeout.ms bounds this: every message gets its report.
        while (open_ > 0) {
            rd_kafka_poll(producer_.get(), 50);
            if (stop.stop_requested() || failure_ != RD_KAFKA_RESP_ERR_NO_ERROR) {
                rd_kafka_purge(producer_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
            }
        }
        while (done.count < fates_.size() && (fates_[done.count] == Fate::acknowledged || fates_[done.count] == Fate::refused)) {
            if (fates_[done.count] == Fate::refused) ++done.refused;
            ++done.count;
        }
        if (done.count < fates_.size()) {
            const bool known = failure_ != RD_KAFKA_RESP_ERR_NO_ERROR && failure_ != RD_KAFKA_RESP_ERR__PURGE_QUEUE;
            const char* reason = known ? rd_kafka_err2str(failure_) : "stopped";
            done.error = base::Error(ErrorCode::unavailable, "Kafka: " + (heard_.empty() || !known ? std::string(reason) : reason + (" (" + heard_ + ")")));
            producer_.reset();  // what was purged in flight leaves the producer's order in doubt
        }
        return done;
    }

private:
    bool connect(Delivered& done) {
        char error[512] = {};
        rd_kafka_conf_t* copy = rd_kafka_conf_dup(settings_.get());
        rd_kafka_conf_set_opaque(copy, this);
        rd_kafka_conf_set_dr_msg_cb(copy, [](rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
            static_cast<KafkaOutlet*>(self)->report(*message);
        });
        rd_kafka_conf_set_error_cb(copy, [](rd_kafka_t*, int, const char* reason, void* self) {
            static_cast<KafkaOutlet*>(self)->heard_ = std::string(reason).substr(0, 300);
        });
        rd_kafka_conf_set_log_cb(copy, [](const rd_kafka_t*, int, const char*, const char*) {});
        heard_.clear();
        producer_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, copy, error, sizeof error));
        if (producer_) return true;
        rd_kafka_conf_destroy(copy);
        done.error = base::Error(ErrorCode::invalid_argument, std::string("Kafka: ") + error);
        return false;
    }

    void hand_over(const Message& message, size_t index) {
        while (true) {
            const rd_kafka_resp_err_t error =
                rd_kafka_producev(producer_.get(), RD_KAFKA_V_TOPIC(topic_.c_str()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                  RD_KAFKA_V_VALUE(const_cast<char*>(message.bytes.data()), message.bytes.size()),
                                  RD_KAFKA_V_TIMESTAMP(message.received / base::kMillisecond),
                                  RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(index)), RD_KAFKA_V_END);
            if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
                ++open_;
                return;
            }
            if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
                rd_kafka_poll(producer_.get(), 50);
                continue;
            }
            if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) fates_[index] = Fate::refused;
            else failure_ = error;
            return;
        }
    }

    void report(const rd_kafka_message_t& message) {
        const auto index = reinterpret_cast<size_t>(message._private);
        --open_;
        if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            fates_[index] = Fate::acknowledged;
        } else if (message.err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
            fates_[index] = Fate::refused;
        } else {
            fates_[index] = Fate::failed;
            if (failure_ == RD_KAFKA_RESP_ERR_NO_ERROR) failure_ = message.err;
        }
    }

    Settings settings_;
    std::string topic_;
    std::vector<Fate> fates_;
    size_t open_ = 0;
    rd_kafka_resp_err_t failure_ = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::string heard_;  // what the library last said of its brokers
    Producer producer_;  // last: its end reports to the members above
};

}  // namespace

base::Result<std::unique_ptr<Outlet>> make_kafka_outlet(const TargetSettings& settings, const TargetSecrets& secrets) {
    Settings conf(rd_kafka_conf_new());
    std::optional<base::Error> wrong;
    const auto set = [&](const char* name, const std::string& value) {
        char error[512] = {};
        if (rd_kafka_conf_set(conf.get(), name, value.c_str(), error, sizeof error) != RD_KAFKA_CONF_OK && !wrong) {
            wrong.emplace(ErrorCode::invalid_argument, std::string("Kafka: ") + error);
        }
    };
    set("bootstrap.servers", settings.address);
    set("client.id", "shuwei");
    set("enable.idempotence", "true");
    set("acks", "all");
    set("linger.ms", "5");
    set("compression.type", "lz4");
    set("message.timeout.ms", std::to_string(kOutletTimeout / base::kMillisecond));
    const bool sasl = !settings.user.empty();
    set("security.protocol", std::string(sasl ? "sasl_" : "") + (settings.tls ? "ssl" : "plaintext"));
    if (sasl) {
        set("sasl.mechanism", settings.mechanism.empty() ? "SCRAM-SHA-256" : settings.mechanism);
        set("sasl.username", settings.user);
        set("sasl.password", secrets.password);
    }
    if (settings.tls) {
        if (!settings.authorities.empty()) set("ssl.ca.pem", settings.authorities);
        if (!settings.certificate.empty()) {
            set("ssl.certificate.pem", settings.certificate);
            set("ssl.key.pem", secrets.key);
        }
        const bool verified = settings.verification == Verification::peer;
        set("enable.ssl.certificate.verification", verified ? "true" : "false");
        set("ssl.endpoint.identification.algorithm", verified ? "https" : "none");
    }
    if (wrong) return base::fail(std::move(*wrong));
    return std::make_unique<KafkaOutlet>(std::move(conf), settings.topic);
}

}  // namespace shuwei::forward
