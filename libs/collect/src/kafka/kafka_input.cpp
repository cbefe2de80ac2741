#include "kafka_input.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "shuwei/base/log.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::collect {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr size_t kMaxMessages = 10'000;
constexpr size_t kMaxBytes = 1 << 20;  // appended all or none: small, that a spool nearly full still takes it
constexpr base::Duration kIdleWait = 200 * base::kMillisecond;
constexpr base::Duration kGatherTime = 20 * base::kMillisecond;  // after the first message: fewer syncs
constexpr base::Duration kLongestPause = 2 * base::kSecond;      // the group must go on seeing us
constexpr base::Duration kMeasureEvery = base::kSecond;
constexpr base::Duration kCloseTime = 5 * base::kSecond;
constexpr int kProbeMilliseconds = 1000;

KafkaPartitions assignment_of(rd_kafka_t& client) {
    rd_kafka_topic_partition_list_t* list = nullptr;
    if (rd_kafka_assignment(&client, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return nullptr;
    return KafkaPartitions(list);
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= spool::kMaxFrameSource && base::is_valid_utf8(text) &&
           std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
}

}  // namespace

Result<std::unique_ptr<Input>> KafkaInput::start(const InputSettings& settings, const InputPlace& place) {
    auto input = std::make_unique<KafkaInput>(settings, place);
    TRY(input->open());
    input->PollingInput::start();
    return input;
}

KafkaInput::KafkaInput(const InputSettings& settings, const InputPlace& place)
    : PollingInput(fmt::format("{}", fmt::join(settings.list("brokers"), " ")), place.sink, kLongestPause),
      settings_(settings),
      lag_(place.sink.metrics().gauge("shuwei_input_lag", "Messages that wait on the other side", {{"listener", place.listener.name}})),
      partitions_(place.sink.metrics().gauge("shuwei_input_partitions", "Partitions this consumer reads",
                                             {{"listener", place.listener.name}})),
      batch_(place, message_format_of(settings.text("format"))),
      key_names_source_(settings.text("source") == "key") {
    events_.rebalance = [this](auto& client, auto what, auto& partitions) { rebalance(client, what, partitions); };
}

KafkaInput::~KafkaInput() { stop(); }

void KafkaInput::stop() {
    finish();
    close();
}

Result<> KafkaInput::open() {
    TRY_ASSIGN(auto configuration, kafka_connection(settings_));
    const struct {
        const char* option;
        std::string value;
        std::string_view field;
    } options[] = {
        {"group.id", settings_.text("group"), "group"},
        {"auto.offset.reset", settings_.text("start_from"), "start_from"},
        {"enable.auto.offset.store", "false", "group"},  // ours, once the frames are on disk
        {"auto.commit.interval.ms", "100", "group"},      // and only then committed, so soon
        {"session.timeout.ms", "10000", "group"},         // after a crash the partitions wait no longer
        {"queued.max.messages.kbytes", "32768", "topics"},
        {"topic.metadata.refresh.interval.ms", "30000", "topics"},  // new topics of an expression
    };
    for (const auto& [option, value, field] : options) TRY(set_kafka_option(*configuration, option, value, field));
    TRY_ASSIGN(auto client, kafka_consumer(std::move(configuration), events_));
    rd_kafka_poll_set_consumer(client.get());
    const auto topics = settings_.list("topics");
    const KafkaPartitions wanted(rd_kafka_topic_partition_list_new(static_cast<int>(topics.size())));
    for (const std::string& topic : topics) rd_kafka_topic_partition_list_add(wanted.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    if (const auto error = rd_kafka_subscribe(client.get(), wanted.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return base::fail(Error(ErrorCode::invalid_argument, rd_kafka_err2str(error)).at("topics"));
    }
    client_ = std::move(client);
    return {};
}

Result<base::Duration> KafkaInput::turn() {
    gather();
    if (!batch_.empty()) {
        if (auto stored = store(); !stored) {
            pause();
            return base::fail(std::move(stored).error());
        }
        resume();
        events_.trouble.none();
    } else if (events_.trouble.of_connection()) {
        const rd_kafka_metadata_t* found = nullptr;
        if (rd_kafka_metadata(client_.get(), 0, nullptr, &found, kProbeMilliseconds) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            const KafkaOwned<const rd_kafka_metadata_t> owned(found);
            events_.trouble.connected();
        }
    }
    measure();
    if (events_.trouble.error()) return base::fail(*events_.trouble.error());
    return 0;
}

void KafkaInput::gather() {
    const base::Duration begun = base::monotonic_now();
    base::Duration end = begun + (paused_ ? 0 : kIdleWait);
    // A batch that is kept while the spool is full: one look, so that callbacks are served.
    while (paused_ || (messages_.size() < kMaxMessages && batch_.bytes() < kMaxBytes)) {
        const base::Duration left = std::max<base::Duration>(0, end - base::monotonic_now());
        KafkaOwned<rd_kafka_message_t> message(rd_kafka_consumer_poll(client_.get(), static_cast<int>(left / base::kMillisecond)));
        if (!message) return;
        if (messages_.empty()) end = std::min(end, base::monotonic_now() + kGatherTime);
        take(std::move(message));
        if (left == 0 || stopping().requested()) return;
    }
}

void KafkaInput::take(KafkaOwned<rd_kafka_message_t> message) {
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        const char* const detail = rd_kafka_message_errstr(message.get());
        if (message->err == RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED) {
            report(kafka_error(message->err, detail));
        } else {
            events_.trouble.note(message->err, detail);
        }
        return;
    }
    batch_.add({static_cast<const char*>(message->payload), message->len}, source_of(*message));
    messages_.push_back(std::move(message));
}

std::string_view KafkaInput::source_of(const rd_kafka_message_t& message) const {
    const std::string_view key{static_cast<const char*>(message.key), message.key_len};
    return key_names_source_ && is_name(key) ? key : std::string_view(rd_kafka_topic_name(message.rkt));
}

Result<> KafkaInput::store() {
    TRY(batch_.store());
    std::map<std::pair<rd_kafka_topic_t*, int32_t>, int64_t> next;
    for (const auto& message : messages_) {
        int64_t& offset = next[{message->rkt, message->partition}];
        offset = std::max(offset, message->offset + 1);
    }
    const KafkaPartitions offsets(rd_kafka_topic_partition_list_new(static_cast<int>(next.size())));
    for (const auto& [partition, offset] : next) {
        rd_kafka_topic_partition_list_add(offsets.get(), rd_kafka_topic_name(partition.first), partition.second)->offset = offset;
    }
    // Fails for partitions that are ours no more: their next reader gets these messages again.
    (void)rd_kafka_offsets_store(client_.get(), offsets.get());
    forget_batch();
    return {};
}

void KafkaInput::forget_batch() {
    batch_.clear();
    messages_.clear();
}

void KafkaInput::rebalance(rd_kafka_t& client, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t& partitions) {
    if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        rd_kafka_assign(&client, &partitions);
        if (partitions.cnt > 0) events_.trouble.none();
        partitions_.set(partitions.cnt);
        if (paused_) pause();
        return;
    }
    // All are taken from us. What we hold is stored if there is room, else left to the next reader.
    if (!batch_.empty() && !store()) forget_batch();
    paused_ = false;
    partitions_.set(0);
    lag_.set(0);
    rd_kafka_assign(&client, nullptr);  // commits what was stored
}

void KafkaInput::pause() {
    paused_ = true;
    if (const auto assigned = assignment_of(*client_)) rd_kafka_pause_partitions(client_.get(), assigned.get());
}

void KafkaInput::resume() {
    if (!paused_) return;
    paused_ = false;
    if (const auto assigned = assignment_of(*client_)) rd_kafka_resume_partitions(client_.get(), assigned.get());
}

void KafkaInput::measure() {
    const base::Duration now = base::monotonic_now();
    if (now - measured_ < kMeasureEvery) return;
    measured_ = now;
    const auto assigned = assignment_of(*client_);
    if (!assigned || rd_kafka_position(client_.get(), assigned.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
    int64_t lag = 0;
    for (int i = 0; i < assigned->cnt; ++i) {
        const auto& partition = assigned->elems[i];
        int64_t low = 0;
        int64_t high = 0;  // as the broker last said: nothing is asked
        if (partition.offset < 0 || rd_kafka_get_watermark_offsets(client_.get(), partition.topic, partition.partition, &low, &high) !=
                                        RD_KAFKA_RESP_ERR_NO_ERROR) {
            continue;
        }
        lag += std::max<int64_t>(0, high - partition.offset);
    }
    lag_.set(lag);
}

// Commits and leaves the group, as far as the brokers answer in time.
void KafkaInput::close() {
    if (!client_) return;
    if (!batch_.empty()) (void)store();
    const KafkaOwned<rd_kafka_queue_t> queue(rd_kafka_queue_new(client_.get()));
    const KafkaOwned<rd_kafka_error_t> refused(rd_kafka_consumer_close_queue(client_.get(), queue.get()));
    const base::Duration end = base::monotonic_now() + kCloseTime;
    while (!refused && rd_kafka_consumer_closed(client_.get()) == 0 && base::monotonic_now() < end) {
        rd_kafka_queue_poll_callback(queue.get(), 50);
    }
    forget_batch();
    client_.reset();
    partitions_.set(0);
}

}  // namespace shuwei::collect
