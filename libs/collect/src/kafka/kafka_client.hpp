// librdkafka's handles owned, its configuration from an input's settings, its errors in words.
#pragma once

#include <librdkafka/rdkafka.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "shuwei/base/result.hpp"
#include "shuwei/collect/input.hpp"

namespace shuwei::collect {

struct KafkaDeleter {
    void operator()(rd_kafka_conf_t* configuration) const { rd_kafka_conf_destroy(configuration); }
    void operator()(rd_kafka_topic_partition_list_t* list) const { rd_kafka_topic_partition_list_destroy(list); }
    void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
    void operator()(const rd_kafka_metadata_t* metadata) const { rd_kafka_metadata_destroy(metadata); }
    void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
    void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
    void operator()(rd_kafka_t* client) const;  // a consumer that is closed, or is to vanish without a word
};
template <typename T>
using KafkaOwned = std::unique_ptr<T, KafkaDeleter>;
using KafkaPartitions = KafkaOwned<rd_kafka_topic_partition_list_t>;

// What is wrong between us and the brokers, as far as the library has said. One owner, asked on the thread that polls.
class KafkaTrouble {
public:
    // As error_cb gives it. A broker that does not answer is none while others do.
    void note(rd_kafka_resp_err_t error, std::string_view detail);
    // What concerns connections, if that is all there is.
    void connected();
    void none() { error_.reset(); }
    const std::optional<base::Error>& error() const { return error_; }
    bool of_connection() const { return error_ && of_connection_; }
    bool will_not_mend() const { return error_ && refused_; }  // authentication or TLS: asking again soon is of no use

private:
    std::optional<base::Error> error_;
    bool of_connection_ = false;
    bool refused_ = false;
    std::string last_detail_;
};

base::Error kafka_error(rd_kafka_resp_err_t error, std::string_view detail = {});

// Where the brokers are and how we show who we are. invalid_argument with the setting as its place.
base::Result<KafkaOwned<rd_kafka_conf_t>> kafka_connection(const InputSettings& settings);
base::Result<> set_kafka_option(rd_kafka_conf_t& configuration, const char* option, const std::string& value, std::string_view field);

// What a consumer hears, on the thread that polls it.
struct KafkaEvents {
    KafkaTrouble trouble;
    std::function<void(rd_kafka_t& client, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t& partitions)> rebalance = {};
};

// Connecting begins in the background. `events` must outlive the consumer.
base::Result<KafkaOwned<rd_kafka_t>> kafka_consumer(KafkaOwned<rd_kafka_conf_t> configuration, KafkaEvents& events);

}  // namespace shuwei::collect
