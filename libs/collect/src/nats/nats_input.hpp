// A running pull consumer. Messages are fetched in batches; a message is acknowledged once its frames are on disk. While
// the spool is full nothing is fetched and the server is told that we are still at work on what we hold.
#pragma once

#include <vector>

#include "message_batch.hpp"
#include "nats_client.hpp"
#include "polling_input.hpp"

namespace shuwei::collect {

class NatsInput : public PollingInput {
public:
    static base::Result<std::unique_ptr<Input>> start(const InputSettings& settings, const InputPlace& place);
    NatsInput(const InputSettings& settings, const InputPlace& place, NatsClient client);
    ~NatsInput() override;
    void stop() override;

private:
    base::Result<base::Duration> turn() override;
    base::Result<> serve();
    base::Result<> connect();
    base::Result<NatsOwned<jsConsumerInfo>> find_or_make_consumer();
    base::Result<> fetch();
    void take(natsMsgList& list);
    base::Result<> measure();
    void begin_anew();  // what is held comes again

    InputSettings settings_;
    base::Metric& lag_;
    MessageBatch batch_;
    std::vector<NatsOwned<natsMsg>> messages_;  // of the batch
    NatsClient client_;
    NatsOwned<natsSubscription> subscription_;
    base::Duration measured_ = 0;
};

}  // namespace shuwei::collect
