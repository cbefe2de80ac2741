// A running consumer of Kafka topics. Messages are gathered into a batch; once its frames are on disk their offsets are
// stored, and what is stored the library commits within 100 ms and before partitions go to another consumer. While the spool
// is full the partitions are paused and the batch is kept, the group goes on seeing us.
#pragma once

#include <vector>

#include "kafka_client.hpp"
#include "message_batch.hpp"
#include "polling_input.hpp"

namespace shuwei::collect {

class KafkaInput : public PollingInput {
public:
    static base::Result<std::unique_ptr<Input>> start(const InputSettings& settings, const InputPlace& place);
    KafkaInput(const InputSettings& settings, const InputPlace& place);
    ~KafkaInput() override;
    void stop() override;

private:
    base::Result<> open();
    base::Result<base::Duration> turn() override;
    void gather();
    void take(KafkaOwned<rd_kafka_message_t> message);
    std::string_view source_of(const rd_kafka_message_t& message) const;
    base::Result<> store();  // the batch, then its offsets
    void forget_batch();
    void rebalance(rd_kafka_t& client, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t& partitions);
    void pause();
    void resume();
    void measure();
    void close();

    InputSettings settings_;
    base::Metric& lag_;
    base::Metric& partitions_;
    KafkaEvents events_;
    MessageBatch batch_;
    std::vector<KafkaOwned<rd_kafka_message_t>> messages_;  // of the batch
    KafkaOwned<rd_kafka_t> client_;
    bool key_names_source_;
    bool paused_ = false;
    base::Duration measured_ = 0;
};

}  // namespace shuwei::collect
