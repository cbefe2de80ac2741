#include "syslog_kind.hpp"

#include "shuwei/collect/syslog_input.hpp"

namespace shuwei::collect {

namespace {

constexpr std::string_view kTransports[] = {"udp_and_tcp", "udp", "tcp"};

constexpr InputField kFields[] = {
    {.name = "address", .need = InputFieldNeed::required},
    {.name = "transports", .type = InputFieldType::choice, .fallback = "udp_and_tcp", .choices = kTransports},
};

class RunningSyslog : public Input {
public:
    explicit RunningSyslog(std::unique_ptr<SyslogInput> input) : input_(std::move(input)) {}
    void stop() override { input_->stop(); }
    InputStatus status() const override { return {.address = input_->address().to_string()}; }

private:
    std::unique_ptr<SyslogInput> input_;
};

base::Result<SyslogInputOptions> options_of(const InputSettings& settings) {
    SyslogInputOptions options;
    auto address = net::SocketAddress::parse(settings.text("address"));
    if (!address) return base::fail(std::move(address).error().at("address"));
    options.address = *address;
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
    return std::make_unique<RunningSyslog>(std::move(input));
}

// Binds for a moment.
base::Result<InputTrial> test(const InputSettings& settings) {
    TRY_ASSIGN(const auto options, options_of(settings));
    if (options.transports != SyslogTransports::tcp) TRY(net::bind_udp(options.address));
    if (options.transports != SyslogTransports::udp) TRY(net::listen_tcp(options.address));
    return InputTrial{{options.address.to_string()}};
}

}  // namespace

const InputKind kSyslogKind{"syslog", kFields, start, test};

}  // namespace shuwei::collect
