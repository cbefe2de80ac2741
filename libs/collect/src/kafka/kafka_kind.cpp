#include "kafka_kind.hpp"

#include <fmt/format.h>
#include <regex.h>

#include <algorithm>

#include "kafka_input.hpp"

namespace shuwei::collect {

using base::ErrorCode;
using base::Result;

namespace {

constexpr std::string_view kStarts[] = {"earliest", "latest"};
constexpr std::string_view kProtocols[] = {"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"};
constexpr std::string_view kMechanisms[] = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"};
constexpr std::string_view kSources[] = {"topic", "key"};

constexpr InputField kFields[] = {
    {.name = "brokers", .type = InputFieldType::list, .need = InputFieldNeed::required},
    {.name = "topics", .type = InputFieldType::list, .need = InputFieldNeed::required},
    {.name = "group", .fallback = "shuwei"},
    {.name = "start_from", .type = InputFieldType::choice, .fallback = "earliest", .choices = kStarts},
    {.name = "format", .type = InputFieldType::choice, .fallback = "auto", .choices = kMessageFormats},
    {.name = "source", .type = InputFieldType::choice, .fallback = "topic", .choices = kSources},
    {.name = "security", .type = InputFieldType::choice, .fallback = "plaintext", .choices = kProtocols},
    {.name = "sasl_mechanism", .type = InputFieldType::choice, .fallback = "SCRAM-SHA-512", .choices = kMechanisms},
    {.name = "user"},
    {.name = "password", .type = InputFieldType::secret},
    {.name = "authorities", .type = InputFieldType::block},
    {.name = "certificate", .type = InputFieldType::block},
    {.name = "key", .type = InputFieldType::secret},
};

constexpr base::Duration kTrialTime = 12 * base::kSecond;
constexpr base::Duration kTroubledTrialTime = 3 * base::kSecond;  // no broker answered: asked again a few times
constexpr size_t kTopicsTold = 20;

// As librdkafka reads a subscription: an expression begins with ^.
bool topic_matches(const std::string& wanted, const char* topic) {
    if (!wanted.starts_with('^')) return wanted == topic;
    regex_t expression{};
    if (::regcomp(&expression, wanted.c_str(), REG_EXTENDED | REG_NOSUB) != 0) return false;
    const bool matches = ::regexec(&expression, topic, 0, nullptr, 0) == 0;
    ::regfree(&expression);
    return matches;
}

Result<KafkaOwned<const rd_kafka_metadata_t>> ask_for_topics(const InputSettings& settings) {
    KafkaEvents events;
    TRY_ASSIGN(auto configuration, kafka_connection(settings));
    TRY_ASSIGN(const auto client, kafka_consumer(std::move(configuration), events));
    const base::Duration begun = base::monotonic_now();
    while (true) {
        const rd_kafka_metadata_t* found = nullptr;
        const auto error = rd_kafka_metadata(client.get(), 1, nullptr, &found, 1000);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return KafkaOwned<const rd_kafka_metadata_t>(found);
        rd_kafka_poll(client.get(), 0);
        const base::Duration passed = base::monotonic_now() - begun;
        if (!events.trouble.will_not_mend() && passed < (events.trouble.error() ? kTroubledTrialTime : kTrialTime)) continue;
        return base::fail(events.trouble.error().value_or(kafka_error(error)));
    }
}

Result<InputTrial> test(const InputSettings& settings) {
    TRY_ASSIGN(const auto found, ask_for_topics(settings));
    InputTrial trial;
    for (const std::string& wanted : settings.list("topics")) {
        bool any = false;
        for (int i = 0; i < found->topic_cnt; ++i) {
            const auto& topic = found->topics[i];
            if (!topic_matches(wanted, topic.topic)) continue;
            any = true;
            if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR) return base::fail(kafka_error(topic.err, topic.topic));
            if (trial.found.size() < kTopicsTold) trial.found.push_back(fmt::format("{}: {} partitions", topic.topic, topic.partition_cnt));
        }
        if (!any) return base::fail(kafka_error(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, wanted).at("topics"));
    }
    return trial;
}

}  // namespace

const InputKind kKafkaKind{"kafka", kFields, KafkaInput::start, test};

}  // namespace shuwei::collect
