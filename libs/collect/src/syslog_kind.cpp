#include "syslog_kind.hpp"

#include "shuwei/collect/syslog_input.hpp"

namespace shuwei::collect {

namespace {

constexpr std::string_view kTransports[] = {"udp_and_tcp", "udp", "tcp"};

constexpr InputField kTlsFields[] = {
    {.name = "address", .need = InputFieldNeed::required},
    {.name = "certificate", .type = InputFieldType::block, .need = InputFieldNeed::required},
    {.name = "key", .type = InputFieldType::secret, .need = InputFieldNeed::required},
    {.name = "client_authorities", .type = InputFieldType::block},
    {.name = "permitted_names", .type = InputFieldType::list},
};

constexpr InputField kFields[] = {
    {.name = "address", .need = InputFieldNeed::required},
    {.name = "transports", .type = InputFieldType::choice, .fallback = "udp_and_tcp", .choices = kTransports},
};

base::Result<SyslogInputOptions> options_of(const InputSettings& settings) {
    SyslogInputOptions options;
    auto address = net::SocketAddress::parse(settings.text("address"));
    if (!address) return base::fail(std::move(address).error().at("address"));
    options.address = *address;
    if (!settings.text("certificate").empty()) {
        options.transports = SyslogTransports::tcp;
        options.tls = {settings.text("certificate"), settings.text("key"), settings.text("client_authorities")};
        options.permitted_names = settings.list("permitted_names");
        if (options.tls->client_authorities.empty() && !options.permitted_names.empty()) {
            return base::fail(base::Error(base::ErrorCode::invalid_argument, "needs client_authorities").at("permitted_names"));
        }
        return options;
    }
    const std::string& transports = settings.text("transports");
    options.transports = transports == "udp"   ? SyslogTransports::udp
                         : transports == "tcp" ? SyslogTransports::tcp
                                               : SyslogTransports::udp_and_tcp;
    return options;
}

base::Result<std::unique_ptr<Input>> start(const InputSettings& settings, const InputPlace& place) {
    TRY_ASSIGN(auto options, options_of(settings));
    options.listener = place.listener;
    TRY_ASSIGN(auto input, SyslogInput::start(std::move(options), place.sink));
    return input;
}

// Binds for a moment.
base::Result<InputTrial> test(const InputSettings& settings) {
    TRY_ASSIGN(const auto options, options_of(settings));
    if (options.tls) TRY(net::TlsContext::server(*options.tls));
    if (options.transports != SyslogTransports::tcp) TRY(net::bind_udp(options.address));
    if (options.transports != SyslogTransports::udp) TRY(net::listen_tcp(options.address));
    return InputTrial{{options.address.to_string()}};
}

}  // namespace

const InputKind kSyslogKind{"syslog", kFields, start, test};
const InputKind kSyslogTlsKind{"syslog_tls", kTlsFields, start, test};

}  // namespace shuwei::collect
