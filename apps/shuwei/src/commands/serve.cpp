#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "commands.hpp"
#include "exit_code.hpp"
#include "instance.hpp"
#include "shuwei/base/log.hpp"

namespace shuwei::app {
namespace {

// Tells systemd (Type=notify): one datagram to the socket it names. Does nothing elsewhere.
void notify_service_manager(const char* state) {
    const char* path = std::getenv("NOTIFY_SOCKET");
    if (path == nullptr || *path == 0) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const size_t length = std::strlen(path);
    if (length >= sizeof address.sun_path) return;
    std::memcpy(address.sun_path, path, length);
    if (address.sun_path[0] == '@') address.sun_path[0] = 0;
    const base::FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) return;
    ::sendto(socket.get(), state, std::strlen(state), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
             static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length));
}

base::Result<Configuration> configure(const ServeOptions& options) {
    Configuration configuration;
    if (!options.config.empty()) TRY(read_configuration(options.config, configuration));
    configuration.data = options.data;
    if (!options.http.empty()) configuration.http = options.http;
    if (!options.push.empty()) configuration.push = options.push;
    if (!options.syslog.empty()) replace_syslog(configuration, options.syslog);
    return configuration;
}

}  // namespace

int run_serve(const ServeOptions& options) {
    auto configuration = configure(options);
    if (!configuration) {
        report(configuration.error());
        return kWrongUsage;
    }
    auto instance = Instance::start(std::move(*configuration));
    if (!instance) return report(instance.error());
    std::printf("ready http://%s syslog %s\n", (*instance)->http_address().to_string().c_str(),
                (*instance)->syslog_address().to_string().c_str());
    std::fflush(stdout);
    notify_service_manager("READY=1");
    (*instance)->run_until_signal();
    base::log::info("stopping");
    notify_service_manager("STOPPING=1");
    (*instance)->stop();
    return kFine;
}

}  // namespace shuwei::app
