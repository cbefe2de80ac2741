#include "kafka_client.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <syslog.h>

#include <array>

#include "shuwei/base/log.hpp"

namespace shuwei::collect {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

void on_log(const rd_kafka_t*, int level, const char*, const char* text) {
    base::log::write(level <= LOG_WARNING ? base::log::Level::info : base::log::Level::debug, "kafka", {{"said", text}});
}

void on_error(rd_kafka_t* client, int error, const char* reason, void* events) {
    KafkaTrouble& trouble = static_cast<KafkaEvents*>(events)->trouble;
    std::array<char, 512> text{};
    const auto code = static_cast<rd_kafka_resp_err_t>(error);
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        trouble.note(rd_kafka_fatal_error(client, text.data(), text.size()), text.data());
    } else {
        trouble.note(code, reason);
    }
}

void on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* partitions, void* events) {
    const auto& rebalance = static_cast<KafkaEvents*>(events)->rebalance;
    if (rebalance) rebalance(*client, what, *partitions);
}

Result<> missing(std::string_view field, std::string_view because) {
    return base::fail(Error(ErrorCode::invalid_argument, fmt::format("is missing: {}", because)).at(std::string(field)));
}

bool refusal(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR__AUTHENTICATION || error == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED ||
           error == RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM || error == RD_KAFKA_RESP_ERR__SSL;
}

}  // namespace

void KafkaDeleter::operator()(rd_kafka_t* client) const { rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE); }

Error kafka_error(rd_kafka_resp_err_t error, std::string_view detail) {
    const auto said = [&](ErrorCode code, std::string_view words) {
        return Error(code, detail.empty() ? std::string(words) : fmt::format("{} ({})", words, detail));
    };
    switch (error) {
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
        case RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
        case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM: return said(ErrorCode::unauthenticated, "authentication failed");
        case RD_KAFKA_RESP_ERR__SSL: return said(ErrorCode::unavailable, "TLS failed");
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        case RD_KAFKA_RESP_ERR__TRANSPORT:
        case RD_KAFKA_RESP_ERR__TIMED_OUT:
        case RD_KAFKA_RESP_ERR__RESOLVE: return said(ErrorCode::unavailable, "no broker answers");
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: return said(ErrorCode::not_found, "unknown topic");
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
            return said(ErrorCode::permission_denied, "this user may not read the topic");
        case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
            return said(ErrorCode::permission_denied, "this user may not use the consumer group");
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
            return said(ErrorCode::permission_denied, "this user may not use the cluster");
        default: return said(ErrorCode::unavailable, rd_kafka_err2str(error));
    }
}

void KafkaTrouble::note(rd_kafka_resp_err_t error, std::string_view detail) {
    if (error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__RESOLVE) {  // one broker of several, perhaps
        last_detail_ = detail;
        return;
    }
    const bool of_connection = error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || refusal(error);
    if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        if (error_ && of_connection_) return;  // what is known says more
        detail = last_detail_;
    }
    error_ = kafka_error(error, detail);
    of_connection_ = of_connection;
    refused_ = refusal(error);
}

void KafkaTrouble::connected() {
    if (of_connection_) error_.reset();
}

Result<> set_kafka_option(rd_kafka_conf_t& configuration, const char* option, const std::string& value, std::string_view field) {
    std::array<char, 512> text{};
    if (rd_kafka_conf_set(&configuration, option, value.c_str(), text.data(), text.size()) == RD_KAFKA_CONF_OK) return {};
    // What the library says of a wrong value would repeat it.
    return base::fail(Error(ErrorCode::invalid_argument, fmt::format("librdkafka does not take it as {}", option)).at(std::string(field)));
}

Result<KafkaOwned<rd_kafka_conf_t>> kafka_connection(const InputSettings& settings) {
    KafkaOwned<rd_kafka_conf_t> owned(rd_kafka_conf_new());
    rd_kafka_conf_t& configuration = *owned;
    const auto set = [&](const char* option, std::string_view field) -> Result<> {
        const std::string& value = settings.text(field);
        return value.empty() ? Result<>{} : set_kafka_option(configuration, option, value, field);
    };
    const std::string& security = settings.text("security");
    TRY(set_kafka_option(configuration, "bootstrap.servers", fmt::format("{}", fmt::join(settings.list("brokers"), ",")), "brokers"));
    TRY(set_kafka_option(configuration, "client.id", "shuwei", "group"));
    TRY(set("security.protocol", "security"));
    if (security.starts_with("sasl")) {
        if (settings.text("user").empty()) TRY(missing("user", "the security protocol asks for one"));
        if (settings.text("password").empty()) TRY(missing("password", "the security protocol asks for one"));
        TRY(set("sasl.mechanisms", "sasl_mechanism"));
        TRY(set("sasl.username", "user"));
        TRY(set("sasl.password", "password"));
    }
    if (security.ends_with("ssl")) {
        if (settings.text("certificate").empty() != settings.text("key").empty()) {
            TRY(missing(settings.text("key").empty() ? "key" : "certificate", "certificate and key go together"));
        }
        TRY(set("ssl.ca.pem", "authorities"));
        TRY(set("ssl.certificate.pem", "certificate"));
        TRY(set("ssl.key.pem", "key"));
    }
    TRY(set_kafka_option(configuration, "log.connection.close", "false", "brokers"));
    TRY(set_kafka_option(configuration, "reconnect.backoff.max.ms", "5000", "brokers"));
    rd_kafka_conf_set_log_cb(&configuration, on_log);
    return owned;
}

Result<KafkaOwned<rd_kafka_t>> kafka_consumer(KafkaOwned<rd_kafka_conf_t> configuration, KafkaEvents& events) {
    rd_kafka_conf_set_opaque(configuration.get(), &events);
    rd_kafka_conf_set_error_cb(configuration.get(), on_error);
    if (events.rebalance) rd_kafka_conf_set_rebalance_cb(configuration.get(), on_rebalance);
    std::array<char, 512> text{};
    KafkaOwned<rd_kafka_t> client(rd_kafka_new(RD_KAFKA_CONSUMER, configuration.get(), text.data(), text.size()));
    if (!client) {
        const std::string_view said = text.data();
        const auto names = [&](std::string_view option) { return said.find(option) != std::string_view::npos; };
        Error error(ErrorCode::invalid_argument, std::string(said));
        if (names("ssl.ca.")) return base::fail(std::move(error).at("authorities"));
        if (names("ssl.certificate.")) return base::fail(std::move(error).at("certificate"));
        return base::fail(names("ssl.key.") ? std::move(error).at("key") : std::move(error));
    }
    (void)configuration.release();  // the client has it now
    return client;
}

}  // namespace shuwei::collect
