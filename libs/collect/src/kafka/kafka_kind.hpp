// Kafka topics as an input: a consumer of a group, offsets committed only for what is on disk.
#pragma once

#include "shuwei/collect/input.hpp"

namespace shuwei::collect {

extern const InputKind kKafkaKind;

}  // namespace shuwei::collect
