#include "shuwei/base/metrics.hpp"

#include <algorithm>
#include <map>
#include <mutex>

#include "shuwei/base/assert.hpp"

namespace shuwei::base {

struct Family {
    std::string type;
    std::string help;
    std::map<Labels, std::unique_ptr<Metric>> metrics;
};

struct Metrics::Registry {
    mutable std::mutex mutex;
    std::map<std::string, Family, std::less<>> families;

    Metric& get(std::string_view type, std::string_view name, std::string_view help, Labels labels) {
        std::sort(labels.begin(), labels.end());
        const std::scoped_lock lock(mutex);
        auto family = families.find(name);
        if (family == families.end()) {
            family = families.emplace(std::string(name), Family{std::string(type), std::string(help), {}}).first;
        }
        SHUWEI_ASSERT(family->second.type == type);
        auto& slot = family->second.metrics[std::move(labels)];
        if (!slot) slot = std::make_unique<Metric>();
        return *slot;
    }
};

Metrics::Metrics() : registry_(std::make_unique<Registry>()) {}
Metrics::~Metrics() = default;

Metric& Metrics::counter(std::string_view name, std::string_view help, Labels labels) {
    return registry_->get("counter", name, help, std::move(labels));
}

Metric& Metrics::gauge(std::string_view name, std::string_view help, Labels labels) {
    return registry_->get("gauge", name, help, std::move(labels));
}

int64_t Metrics::sum(std::string_view name) const {
    const std::scoped_lock lock(registry_->mutex);
    const auto family = registry_->families.find(name);
    int64_t total = 0;
    if (family != registry_->families.end()) {
        for (const auto& [labels, metric] : family->second.metrics) total += metric->value();
    }
    return total;
}

std::string Metrics::to_prometheus() const {
    const std::scoped_lock lock(registry_->mutex);
    std::string text;
    for (const auto& [name, family] : registry_->families) {
        text += "# HELP " + name + ' ' + family.help + "\n# TYPE " + name + ' ' + family.type + '\n';
        for (const auto& [labels, metric] : family.metrics) {
            text += name;
            if (!labels.empty()) {
                text += '{';
                for (const auto& [label, value] : labels) {
                    if (text.back() != '{') text += ',';
                    text += label + "=\"";
                    for (const char c : value) {
                        if (c == '\n') {
                            text += "\\n";
                            continue;
                        }
                        if (c == '"' || c == '\\') text += '\\';
                        text += c;
                    }
                    text += '"';
                }
                text += '}';
            }
            text += ' ' + std::to_string(metric->value()) + '\n';
        }
    }
    return text;
}

}  // namespace shuwei::base
