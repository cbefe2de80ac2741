// librdkafka's own cluster of brokers as a program for tests, on free ports of loopback.
//
//   mock_kafka BROKERS TOPIC:PARTITIONS…
//
// Says "ready HOST:PORT,…". Then each line of its input, "TOPIC PARTITION TEXT", is produced; "flush" is answered "flushed N"
// once all N so far are kept by the brokers; "committed GROUP TOPIC PARTITIONS" by the sum of the group's offsets. Ends with
// its input.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

namespace {

rd_kafka_t* make(rd_kafka_type_t type, const std::string& brokers, const std::string& group) {
    char error[512] = "";
    rd_kafka_conf_t* const configuration = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(configuration, nullptr);
    if (!brokers.empty()) rd_kafka_conf_set(configuration, "bootstrap.servers", brokers.c_str(), error, sizeof error);
    if (!group.empty()) rd_kafka_conf_set(configuration, "group.id", group.c_str(), error, sizeof error);
    rd_kafka_t* const client = rd_kafka_new(type, configuration, error, sizeof error);
    if (client == nullptr) {
        std::cerr << error << '\n';
        std::exit(1);
    }
    return client;
}

int64_t committed(const std::string& brokers, const std::string& group, const std::string& topic, int partitions) {
    rd_kafka_t* const asker = make(RD_KAFKA_CONSUMER, brokers, group);
    rd_kafka_topic_partition_list_t* const list = rd_kafka_topic_partition_list_new(partitions);
    rd_kafka_topic_partition_list_add_range(list, topic.c_str(), 0, partitions - 1);
    int64_t sum = 0;
    if (rd_kafka_committed(asker, list, 10'000) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        for (int i = 0; i < list->cnt; ++i) sum += list->elems[i].offset > 0 ? list->elems[i].offset : 0;
    }
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(asker);
    return sum;
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 3) return 2;
    rd_kafka_t* const keeper = make(RD_KAFKA_PRODUCER, "", "");
    rd_kafka_mock_cluster_t* const cluster = rd_kafka_mock_cluster_new(keeper, std::atoi(arguments[1]));
    for (int i = 2; i < count; ++i) {
        const std::string topic = arguments[i];
        const size_t colon = topic.find(':');
        rd_kafka_mock_topic_create(cluster, topic.substr(0, colon).c_str(), std::atoi(topic.c_str() + colon + 1), 1);
    }
    const std::string brokers = rd_kafka_mock_cluster_bootstraps(cluster);
    rd_kafka_t* const producer = make(RD_KAFKA_PRODUCER, brokers, "");
    std::cout << "ready " << brokers << std::endl;
    uint64_t produced = 0;
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream words(line);
        std::string topic;
        words >> topic;
        if (topic == "flush") {
            rd_kafka_flush(producer, 60'000);
            std::cout << "flushed " << produced << std::endl;
            continue;
        }
        if (topic == "committed") {
            std::string group;
            int partitions = 0;
            words >> group >> topic >> partitions;
            std::cout << committed(brokers, group, topic, partitions) << std::endl;
            continue;
        }
        int partition = 0;
        words >> partition;
        std::string text;
        std::getline(words >> std::ws, text);
        while (rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
                                 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_VALUE(text.data(), text.size()),
                                 RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            rd_kafka_poll(producer, 100);
        }
        ++produced;
        rd_kafka_poll(producer, 0);
    }
    rd_kafka_destroy(producer);
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(keeper);
}
