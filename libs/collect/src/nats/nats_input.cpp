#include "nats_input.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace shuwei::collect {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr int kBatchMessages = 1000;
constexpr int64_t kBatchBytes = 1 << 20;  // appended all or none: small, that a spool nearly full still takes it
constexpr int64_t kMaxAckPending = 5000;
constexpr int64_t kAckWait = 30 * base::kSecond;
constexpr int64_t kIdleMilliseconds = 300;
constexpr int64_t kFlushMilliseconds = 2000;
constexpr base::Duration kLongestPause = 2 * base::kSecond;  // far below the time to acknowledge
constexpr base::Duration kMeasureEvery = base::kSecond;

}  // namespace

Result<std::unique_ptr<Input>> NatsInput::start(const InputSettings& settings, const InputPlace& place) {
    if (settings.text("durable").find_first_of(". *>/\\\t") != std::string::npos) {
        return base::fail(Error(ErrorCode::invalid_argument, "a consumer's name holds none of . * > / \\ and no blanks").at("durable"));
    }
    TRY_ASSIGN(auto client, NatsClient::make(settings));
    auto input = std::make_unique<NatsInput>(settings, place, std::move(client));
    input->PollingInput::start();
    return input;
}

NatsInput::NatsInput(const InputSettings& settings, const InputPlace& place, NatsClient client)
    : PollingInput(fmt::format("{}", fmt::join(settings.list("servers"), " ")), place.sink, kLongestPause),
      settings_(settings),
      lag_(place.sink.metrics().gauge("shuwei_input_lag", "Messages that wait on the other side", {{"listener", place.listener.name}})),
      batch_(place, message_format_of(settings.text("format"))),
      client_(std::move(client)) {}

NatsInput::~NatsInput() { stop(); }

void NatsInput::stop() {
    finish();
    for (const auto& message : messages_) (void)natsMsg_Nak(message.get(), nullptr);  // to somebody else, at once
    if (client_.connected()) (void)natsConnection_FlushTimeout(client_.connection(), kFlushMilliseconds);
    begin_anew();
}

void NatsInput::begin_anew() {
    batch_.clear();
    messages_.clear();
    subscription_.reset();
    client_.disconnect();
}

Result<base::Duration> NatsInput::turn() {
    if (!client_.connected()) begin_anew();
    auto served = serve();
    if (served) return 0;
    // A batch that does not fit yet is kept; anything else is between us and the server.
    if (batch_.empty() || !client_.connected()) begin_anew();
    return base::fail(std::move(served).error());
}

Result<> NatsInput::serve() {
    if (!subscription_) TRY(connect());
    if (batch_.empty()) TRY(fetch());
    if (!batch_.empty()) {
        if (auto stored = batch_.store(); !stored) {
            for (const auto& message : messages_) (void)natsMsg_InProgress(message.get(), nullptr);
            return stored;
        }
        for (const auto& message : messages_) (void)natsMsg_Ack(message.get(), nullptr);
        batch_.clear();
        messages_.clear();
    }
    return measure();
}

Result<> NatsInput::connect() {
    TRY(client_.connect());
    TRY_ASSIGN(const auto consumer, find_or_make_consumer());
    if (consumer->Config->DeliverSubject != nullptr || consumer->Config->AckPolicy != js_AckExplicit) {
        return base::fail(Error(ErrorCode::conflict, "the server has a consumer of this name that is not pulled from, or not acknowledged message by message").at("durable"));
    }
    jsSubOptions options;
    jsSubOptions_Init(&options);
    options.Stream = settings_.text("stream").c_str();
    options.Consumer = settings_.text("durable").c_str();
    natsSubscription* subscription = nullptr;
    jsErrCode error{};
    const auto status = js_PullSubscribe(&subscription, client_.jetstream(), consumer->Config->FilterSubject, options.Consumer, nullptr,
                                         &options, &error);
    if (status != NATS_OK) return base::fail(nats_error(status, error));
    subscription_.reset(subscription);
    measured_ = 0;
    return {};
}

Result<NatsOwned<jsConsumerInfo>> NatsInput::find_or_make_consumer() {
    const std::string& stream = settings_.text("stream");
    const std::string& durable = settings_.text("durable");
    const std::string& subject = settings_.text("subject");
    auto found = client_.consumer(stream, durable);
    if (found || found.error().code() != ErrorCode::not_found || found.error().where().front() == "stream") return found;
    jsConsumerConfig wanted;
    jsConsumerConfig_Init(&wanted);
    wanted.Durable = durable.c_str();
    wanted.Description = "Shuwei";
    wanted.FilterSubject = subject.empty() ? nullptr : subject.c_str();
    wanted.DeliverPolicy = settings_.text("start_from") == "latest" ? js_DeliverNew : js_DeliverAll;
    wanted.AckPolicy = js_AckExplicit;
    wanted.AckWait = kAckWait;
    wanted.MaxAckPending = kMaxAckPending;
    jsConsumerInfo* made = nullptr;
    jsErrCode error{};
    const auto status = js_AddConsumer(&made, client_.jetstream(), stream.c_str(), &wanted, nullptr, &error);
    if (status != NATS_OK) return base::fail(nats_error(status, error, subject));
    return NatsOwned<jsConsumerInfo>(made);
}

// One message, waiting for it, then what else is there, within limits: a message larger than those comes as the one.
Result<> NatsInput::fetch() {
    natsMsgList list{};
    const auto status = natsSubscription_Fetch(&list, subscription_.get(), 1, kIdleMilliseconds, nullptr);
    take(list);
    if (messages_.empty()) return status == NATS_OK || status == NATS_TIMEOUT || status == NATS_NOT_FOUND ? Result<>{} : base::fail(nats_error(status));
    jsFetchRequest rest;
    jsFetchRequest_Init(&rest);
    rest.Batch = kBatchMessages;
    rest.MaxBytes = kBatchBytes;
    rest.NoWait = true;
    rest.Expires = kIdleMilliseconds * base::kMillisecond;
    (void)natsSubscription_FetchRequest(&list, subscription_.get(), &rest);  // what lasts shows in the next turn
    take(list);
    return {};
}

void NatsInput::take(natsMsgList& list) {
    for (int i = 0; i < list.Count; ++i) {
        NatsOwned<natsMsg> message(std::exchange(list.Msgs[i], nullptr));
        batch_.add({natsMsg_GetData(message.get()), static_cast<size_t>(natsMsg_GetDataLength(message.get()))},
                   natsMsg_GetSubject(message.get()));
        messages_.push_back(std::move(message));
    }
    natsMsgList_Destroy(&list);
    list = {};
}

Result<> NatsInput::measure() {
    const base::Duration now = base::monotonic_now();
    if (now - measured_ < kMeasureEvery) return {};
    measured_ = now;
    TRY_ASSIGN(const auto consumer, client_.consumer(settings_.text("stream"), settings_.text("durable")));
    lag_.set(static_cast<int64_t>(consumer->NumPending) + consumer->NumAckPending);
    return {};
}

}  // namespace shuwei::collect
