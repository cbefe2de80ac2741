// librdkafka's own cluster of brokers, which listen on loopback, and a producer that writes to it.
#pragma once

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace shuwei::collect {

enum class KafkaRequest : int16_t { fetch = 1, list_offsets = 2, metadata = 3, offset_commit = 8, find_coordinator = 10, join_group = 11 };

class MockKafka {
public:
    explicit MockKafka(int brokers = 1) {
        std::array<char, 512> error{};
        quiet_ = rd_kafka_new(RD_KAFKA_PRODUCER, silent(), error.data(), error.size());
        cluster_ = rd_kafka_mock_cluster_new(quiet_, brokers);
        rd_kafka_conf_t* const configuration = silent();
        rd_kafka_conf_set(configuration, "bootstrap.servers", addresses().c_str(), error.data(), error.size());
        rd_kafka_conf_set(configuration, "linger.ms", "1", error.data(), error.size());
        rd_kafka_conf_set(configuration, "message.max.bytes", "4000000", error.data(), error.size());
        producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, error.data(), error.size());
    }
    ~MockKafka() {
        rd_kafka_destroy(producer_);
        rd_kafka_mock_cluster_destroy(cluster_);
        rd_kafka_destroy(quiet_);
    }
    MockKafka(const MockKafka&) = delete;
    MockKafka& operator=(const MockKafka&) = delete;

    std::string addresses() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
    void make_topic(const char* name, int partitions) { rd_kafka_mock_topic_create(cluster_, name, partitions, 1); }

    void produce(const char* topic, int partition, std::string_view value, std::string_view key = {}) {
        const auto error = rd_kafka_producev(producer_, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
                                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key.data(), key.size()),
                                             RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()), RD_KAFKA_V_END);
        EXPECT_EQ(RD_KAFKA_RESP_ERR_NO_ERROR, error) << rd_kafka_err2str(error);
    }
    void flush() { EXPECT_EQ(RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_flush(producer_, 30'000)); }

    void deny_topic(const char* name, rd_kafka_resp_err_t error) { rd_kafka_mock_topic_set_error(cluster_, name, error); }

    // What the group has committed, of all partitions together.
    int64_t committed(const char* group, const char* topic, int partitions) {
        rd_kafka_conf_t* const configuration = silent();
        std::array<char, 512> error{};
        rd_kafka_conf_set(configuration, "bootstrap.servers", addresses().c_str(), error.data(), error.size());
        rd_kafka_conf_set(configuration, "group.id", group, error.data(), error.size());
        rd_kafka_t* const asker = rd_kafka_new(RD_KAFKA_CONSUMER, configuration, error.data(), error.size());
        rd_kafka_topic_partition_list_t* const list = rd_kafka_topic_partition_list_new(partitions);
        rd_kafka_topic_partition_list_add_range(list, topic, 0, partitions - 1);
        int64_t sum = 0;
        if (rd_kafka_committed(asker, list, 10'000) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            for (int i = 0; i < list->cnt; ++i) sum += std::max<int64_t>(0, list->elems[i].offset);
        }
        rd_kafka_topic_partition_list_destroy(list);
        rd_kafka_destroy(asker);
        return sum;
    }

    void fail_next(KafkaRequest request, rd_kafka_resp_err_t error, int times) {
        for (int i = 0; i < times; ++i) rd_kafka_mock_push_request_errors(cluster_, static_cast<int16_t>(request), 1, error);
    }
    void set_down(int broker) { rd_kafka_mock_broker_set_down(cluster_, broker); }
    void set_up(int broker) { rd_kafka_mock_broker_set_up(cluster_, broker); }

private:
    static rd_kafka_conf_t* silent() {
        rd_kafka_conf_t* const configuration = rd_kafka_conf_new();
        rd_kafka_conf_set_log_cb(configuration, nullptr);
        return configuration;
    }
    rd_kafka_t* quiet_ = nullptr;
    rd_kafka_mock_cluster_t* cluster_ = nullptr;
    rd_kafka_t* producer_ = nullptr;
};

}  // namespace shuwei::collect
