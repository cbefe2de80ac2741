#include "nats_kind.hpp"

#include <fmt/format.h>

#include "nats_input.hpp"

namespace shuwei::collect {

using base::Result;

namespace {

constexpr std::string_view kStarts[] = {"earliest", "latest"};

constexpr InputField kFields[] = {
    {.name = "servers", .type = InputFieldType::list, .need = InputFieldNeed::required},
    {.name = "stream", .need = InputFieldNeed::required},
    {.name = "subject"},
    {.name = "durable", .fallback = "shuwei"},
    {.name = "start_from", .type = InputFieldType::choice, .fallback = "earliest", .choices = kStarts},
    {.name = "format", .type = InputFieldType::choice, .fallback = "auto", .choices = kMessageFormats},
    {.name = "user"},
    {.name = "password", .type = InputFieldType::secret},
    {.name = "token", .type = InputFieldType::secret},
    {.name = "credentials", .type = InputFieldType::secret},
    {.name = "nkey"},
    {.name = "nkey_seed", .type = InputFieldType::secret},
    {.name = "tls", .type = InputFieldType::flag, .fallback = "false"},
    {.name = "authorities", .type = InputFieldType::block},
    {.name = "certificate", .type = InputFieldType::block},
    {.name = "key", .type = InputFieldType::secret},
};

Result<InputTrial> test(const InputSettings& settings) {
    TRY_ASSIGN(auto client, NatsClient::make(settings));
    TRY(client.connect());
    TRY_ASSIGN(const auto stream, client.stream(settings.text("stream")));
    InputTrial trial;
    trial.found.push_back(fmt::format("{}: {} messages, {} bytes", stream->Config->Name, stream->State.Msgs, stream->State.Bytes));
    for (int i = 0; i < stream->Config->SubjectsLen; ++i) trial.found.push_back(fmt::format("subject {}", stream->Config->Subjects[i]));
    const auto consumer = client.consumer(settings.text("stream"), settings.text("durable"));
    if (consumer) {
        trial.found.push_back(fmt::format("consumer {}: {} messages wait, {} unacknowledged", (*consumer)->Name, (*consumer)->NumPending,
                                          (*consumer)->NumAckPending));
    } else if (consumer.error().code() != base::ErrorCode::not_found) {
        return base::fail(consumer.error());
    }
    return trial;
}

}  // namespace

const InputKind kNatsKind{"nats", kFields, NatsInput::start, test};

}  // namespace shuwei::collect
