// The listeners that are built in: the protocols that come by HTTP, each counted by itself. Constant data and a pure function.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "shuwei/collect/http_ingest.hpp"

namespace shuwei::app {

// Numbers of what is built in; those of configured inputs follow (intake::InputRecord::listener).
inline constexpr uint32_t kHttpListener = 1;
inline constexpr uint32_t kElasticListener = 2;
inline constexpr uint32_t kSplunkListener = 3;
inline constexpr uint32_t kOtlpListener = 4;

inline const std::map<uint32_t, std::string> kHttpListeners{
    {kHttpListener, "http"}, {kElasticListener, "elastic"}, {kSplunkListener, "splunk"}, {kOtlpListener, "otlp"}};

inline uint32_t listener_of(collect::PushFormat format) {
    switch (format) {
        case collect::PushFormat::lines: return kHttpListener;
        case collect::PushFormat::elastic_bulk:
        case collect::PushFormat::elastic_document: return kElasticListener;
        case collect::PushFormat::splunk_events:
        case collect::PushFormat::splunk_raw: return kSplunkListener;
        case collect::PushFormat::otlp_json:
        case collect::PushFormat::otlp_protobuf: return kOtlpListener;
    }
    return kHttpListener;
}

}  // namespace shuwei::app
