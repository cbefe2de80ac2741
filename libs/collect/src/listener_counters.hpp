// The counters of one listener's label. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "shuwei/base/metrics.hpp"

namespace shuwei::collect {

class ListenerCounters {
public:
    ListenerCounters(base::Metrics& metrics, std::string_view name);

    base::Metric& received;
    base::Metric& received_bytes;
    base::Metric& spooled;
    base::Metric& truncated;
    base::Metric& unterminated;
    base::Metric& framing_errors;
    base::Metric& bounded;
    base::Metric& connections;

    base::Metric& dropped(std::string_view reason) const;
    base::Metric& connections_refused(std::string_view reason) const;

private:
    base::Metrics& metrics_;
    std::string name_;
};

}  // namespace shuwei::collect
