// Counters and gauges of the program, printed in the Prometheus text format. A metric is created once by name and
// labels and lives as long as its registry; adding to it is one relaxed atomic operation, from any thread.
//
//   auto& received = metrics.counter("shuwei_received_total", "Frames received", {{"listener", "syslog-udp"}});
//   received.add(n);
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shuwei::base {

class Metric {
public:
    void add(int64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
    void set(int64_t value) { value_.store(value, std::memory_order_relaxed); }
    int64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<int64_t> value_{0};
};

using Labels = std::vector<std::pair<std::string, std::string>>;

class Metrics {
public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    // The same name and labels give the same metric. `help` of the first call is kept.
    Metric& counter(std::string_view name, std::string_view help, Labels labels = {});
    Metric& gauge(std::string_view name, std::string_view help, Labels labels = {});

    // Sum over all label sets of one name; 0 when unknown.
    int64_t sum(std::string_view name) const;

    // The whole registry in Prometheus text format 0.0.4, names sorted, label values escaped.
    std::string to_prometheus() const;

private:
    struct Registry;
    std::unique_ptr<Registry> registry_;
};

}  // namespace shuwei::base
