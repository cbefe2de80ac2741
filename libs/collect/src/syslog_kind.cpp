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

constexpr InputField kRelpFields[] = {
    {.name = "address", .need = InputFieldNeed::required},
    {.name = "certificate", .type = InputFieldType::block},  // with it: TLS
    {.name = "key", .type = InputFieldType::secret},
    {.name = "client_authorities", .type = InputFieldType::block},
    {.name = "permitted_names", .type = InputFieldType::list},
};

constexpr InputField kFields[] = {
    {.name = "address", .need = InputFieldNeed::required},
    {.name = "transports", .type = InputFieldType::choice, .fallback = "udp_and_tcp", .choices = kTransports},
};

base::Result<> check_security(const InputSettings& settings) {
    const auto wants = [&](std::string_view field, std::string_view other) -> base::Result<> {
        if (settings.text(field).empty() || !settings.text(other).empty()) return {};
        return base::fail(base::Error(base::ErrorCode::invalid_argument, "needs " + std::string(other)).at(std::string(field)));
    };
    TRY(wants("certificate", "key"));
    TRY(wants("key", "certificate"));
    TRY(wants("client_authorities", "certificate"));
    return wants("permitted_names", "client_authorities");
}

base::Result<SyslogInputOptions> options_of(const InputSettings& settings) {
    SyslogInputOptions options;
    auto address = net::SocketAddress::parse(settings.text("address"));
    if (!address) return base::fail(std::move(address).error().at("address"));
    options.address = *address;
    TRY(check_security(settings));
    if (!settings.text("certificate").empty()) {
        options.transports = SyslogTransports::tcp;
        options.tls = {settings.text("certificate"), settings.text("key"), settings.text("client_authorities")};
        options.permitted_names = settings.list("permitted_names");
        return options;
    }
    const std::string& transports = settings.text("transports");
    options.transports = transports == "udp"   ? SyslogTransports::udp
                         : transports == "tcp" ? SyslogTransports::tcp
                                               : SyslogTransports::udp_and_tcp;
    return options;
}

base::Result<SyslogInputOptions> relp_options_of(const InputSettings& settings) {
    TRY_ASSIGN(auto options, options_of(settings));
    options.transports = SyslogTransports::relp;
    return options;
}

base::Result<std::unique_ptr<Input>> start(base::Result<SyslogInputOptions> options, const InputPlace& place) {
    if (!options) return base::fail(std::move(options).error());
    options->listener = place.listener;
    TRY_ASSIGN(auto input, SyslogInput::start(std::move(*options), place.sink));
    return input;
}

// Binds for a moment.
base::Result<InputTrial> test(const base::Result<SyslogInputOptions>& options) {
    if (!options) return base::fail(options.error());
    if (options->tls) TRY(net::TlsContext::server(*options->tls));
    const bool udp = options->transports == SyslogTransports::udp || options->transports == SyslogTransports::udp_and_tcp;
    if (udp) TRY(net::bind_udp(options->address));
    if (options->transports != SyslogTransports::udp) TRY(net::listen_tcp(options->address));
    return InputTrial{{options->address.to_string()}};
}

base::Result<std::unique_ptr<Input>> start_syslog(const InputSettings& settings, const InputPlace& place) {
    return start(options_of(settings), place);
}
base::Result<InputTrial> test_syslog(const InputSettings& settings) { return test(options_of(settings)); }

base::Result<std::unique_ptr<Input>> start_relp(const InputSettings& settings, const InputPlace& place) {
    return start(relp_options_of(settings), place);
}
base::Result<InputTrial> test_relp(const InputSettings& settings) { return test(relp_options_of(settings)); }

}  // namespace

const InputKind kSyslogKind{"syslog", kFields, start_syslog, test_syslog};
const InputKind kSyslogTlsKind{"syslog_tls", kTlsFields, start_syslog, test_syslog};
const InputKind kRelpKind{"relp", kRelpFields, start_relp, test_relp};

}  // namespace shuwei::collect
