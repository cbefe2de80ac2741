// A NATS JetStream stream as an input: a durable pull consumer, each message acknowledged once it is on disk.
#pragma once

#include "shuwei/collect/input.hpp"

namespace shuwei::collect {

extern const InputKind kNatsKind;

}  // namespace shuwei::collect
