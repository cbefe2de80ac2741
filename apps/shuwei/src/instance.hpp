// One running Shuwei: every part built, wired and started in order, stopped in the opposite one. Used by `serve` and
// `demo`. start(), run_until_signal() and stop() are for one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "configuration.hpp"
#include "local_records.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/net/socket.hpp"
#include "shuwei/triage/triage.hpp"

namespace shuwei::app {

class Instance {
public:
    // Blocks SIGINT, SIGTERM and SIGHUP for the whole process, migrates, binds syslog, and listens on HTTP last. Errors:
    // conflict when another instance runs on the folder, else what the failing part says.
    static base::Result<std::unique_ptr<Instance>> start(Configuration configuration);
    ~Instance();  // stop()
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    // Does the housekeeping until SIGINT or SIGTERM comes or `finished` says so (asked once a second). SIGHUP has rules and
    // packs read anew.
    void run_until_signal(const std::function<bool()>& finished = {});

    // Stops taking, works off what was taken, closes. Idempotent.
    void stop();

    LocalRecords& records();
    triage::Triage& triage();
    net::SocketAddress http_address() const;
    net::SocketAddress syslog_address() const;  // of the first syslog input; port 0: there is none
    uint64_t waiting_events() const;            // received and not yet stored

private:
    struct Parts;
    explicit Instance(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace shuwei::app
