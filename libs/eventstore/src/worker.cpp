#include "shuwei/eventstore/worker.hpp"

#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "chdb_library.hpp"
#include "protocol.hpp"
#include "sandbox.hpp"
#include "shuwei/base/log.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::eventstore {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
namespace log = base::log;

constexpr size_t kChunkBytes = 1024 * 1024;  // of a result, in one message

// One socket on which queries come one after the other, with a connection and a thread of its own.
struct Channel {
    uint64_t number = 0;
    base::FileDescriptor socket;
    std::atomic<uint64_t> killed_tag{0};  // queries up to this one are not wanted any more
};

std::string failure_payload(const base::Error& error) {
    PayloadWriter to;
    to.number(static_cast<uint64_t>(error.code()));
    to.text(error.to_string());
    return to.bytes();
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
}

void serve_channel(const ChdbLibrary& library, const std::vector<std::string>& arguments, std::shared_ptr<Channel> channel) {
    auto connection = ChdbConnection::open(library, arguments);
    const int socket = channel->socket.get();
    while (true) {
        auto message = receive_message(socket);
        if (!message) return;
        auto query = QueryMessage::unpack(message->payload);
        Result<> outcome;
        if (!connection) {
            outcome = fail(connection.error());
        } else if (!query) {
            outcome = fail(query.error());
        } else if (query->tag <= channel->killed_tag.load()) {
            outcome = fail(ErrorCode::cancelled, "the query was stopped");
        } else {
            if (message->descriptor) {
                replace_all(query->sql, "$FD$", "/proc/self/fd/" + std::to_string(message->descriptor.get()));
            }
            const std::string sql = query_mark(channel->number, query->tag) + query->sql;
            bool peer_there = true;
            const auto pass_on = [&](std::string_view piece) {
                while (!piece.empty() && peer_there) {
                    if (query->tag <= channel->killed_tag.load()) return false;
                    const std::string_view part = piece.substr(0, kChunkBytes);
                    peer_there = send_message(socket, MessageKind::chunk, part).has_value();
                    piece.remove_prefix(part.size());
                }
                return peer_there;
            };
            if (query->streamed) {
                outcome = connection->stream(sql, query->format, query->parameters, pass_on);
            } else {
                auto result = connection->query(sql, query->format, query->parameters);
                if (!result) {
                    outcome = fail(std::move(result).error());
                } else if (!result->empty()) {
                    pass_on(*result);
                }
            }
            if (!peer_there) return;
        }
        const auto answered = outcome ? send_message(socket, MessageKind::done, {})
                                      : send_message(socket, MessageKind::failed, failure_payload(outcome.error()));
        if (!answered) return;
    }
}

std::string escape_xml(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            default: out += c;
        }
    }
    return out;
}

// Two volumes: the data folder and the archive. A table may be given the policy at any time, since its first volume is the
// default one; nothing moves by itself (move_factor 0).
std::string storage_configuration(const std::string& archive_folder) {
    if (archive_folder.empty()) return {};
    return "<storage_configuration><disks><archive><type>local</type><path>" + escape_xml(archive_folder) +
           "/</path></archive></disks><policies><" + std::string(kArchivePolicy) + "><volumes><default><disk>default</disk></default>"
           "<archive><disk>archive</disk></archive></volumes><move_factor>0</move_factor></" + std::string(kArchivePolicy) +
           "></policies></storage_configuration>\n";
}

// Server settings for a small machine: the defaults take several gigabytes of caches and dozens of threads.
std::string server_configuration(const WorkerConfiguration& configuration) {
    const std::string cache = std::to_string(configuration.cache_bytes);
    const std::string small_cache = std::to_string(configuration.cache_bytes / 4);
    return "<clickhouse>\n"
           "<max_server_memory_usage>" + std::to_string(configuration.memory_bytes) + "</max_server_memory_usage>\n"
           "<mark_cache_size>" + cache + "</mark_cache_size>\n"
           "<primary_index_cache_size>" + cache + "</primary_index_cache_size>\n"
           "<index_mark_cache_size>" + small_cache + "</index_mark_cache_size>\n"
           "<query_condition_cache_size>" + small_cache + "</query_condition_cache_size>\n"
           "<background_pool_size>2</background_pool_size>\n"
           "<background_fetches_pool_size>1</background_fetches_pool_size>\n"
           "<background_schedule_pool_size>4</background_schedule_pool_size>\n"
           "<max_thread_pool_size>500</max_thread_pool_size>\n" +
           storage_configuration(configuration.archive_folder) +
           "</clickhouse>\n";
}

// After a kill -9 of the server its worker dies with it, but a moment later, and ClickHouse refuses a folder that
// another process has locked. Waits for that lock; whether it was got is for ClickHouse to find out.
void wait_for_folder(const std::string& folder, base::Duration patience) {
    const base::FileDescriptor status(::open((folder + "/status").c_str(), O_RDWR | O_CLOEXEC));
    if (!status) return;  // a new folder
    const base::Timestamp end = base::monotonic_now() + patience;
    while (::flock(status.get(), LOCK_EX | LOCK_NB) != 0 && base::monotonic_now() < end) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    ::flock(status.get(), LOCK_UN);
}

class Worker {
public:
    explicit Worker(int control) : control_(control) {}

    Result<> start() {
        TRY_ASSIGN(Message first, receive_message(control_));
        if (first.kind != MessageKind::configure) return fail(ErrorCode::data_corrupt, "the first message is not the configuration");
        TRY_ASSIGN(configuration_, WorkerConfiguration::unpack(first.payload));
        const std::string settings = configuration_.data_folder + "/worker.xml";
        TRY(base::write_file_durably(settings, server_configuration(configuration_), 0600));
        TRY_ASSIGN(library_, ChdbLibrary::load(configuration_.library));
        // /proc for the memfds and memory figures; programs, libraries and their debug information, as ClickHouse reads
        // the symbols for the trace of any exception and aborts when it may not.
        SandboxPaths paths{{configuration_.data_folder},
                           {"/proc/self", "/proc/meminfo", "/proc/cpuinfo", "/proc/stat", "/proc/loadavg", "/proc/sys",
                            "/sys/fs/cgroup", "/sys/devices/system", "/etc/localtime", "/etc/timezone",
                            "/usr", "/lib", "/lib64", "/dev/urandom", "/dev/null"}};
        if (!configuration_.archive_folder.empty()) paths.writable.emplace_back(configuration_.archive_folder);
        std::error_code ignored;
        paths.readable.push_back(std::filesystem::read_symlink("/proc/self/exe", ignored));
        ::dl_iterate_phdr(
            [](dl_phdr_info* object, size_t, void* to) {
                if (object->dlpi_name != nullptr && object->dlpi_name[0] == '/') {
                    static_cast<SandboxPaths*>(to)->readable.emplace_back(object->dlpi_name);
                }
                return 0;
            },
            &paths);
        auto confined = confine_to(paths);
        if (confined) {
            log::info("event store worker confined by Landlock", {{"to", *confined}});
        } else {
            log::warning("event store worker runs without a sandbox", {{"reason", confined.error().to_string()}});
        }
        wait_for_folder(configuration_.data_folder + "/clickhouse", configuration_.folder_patience);
        arguments_ = {"--path=" + configuration_.data_folder + "/clickhouse", "--config-file=" + settings};
        TRY_ASSIGN(ChdbConnection connection, ChdbConnection::open(*library_, arguments_));
        connection_ = std::make_unique<ChdbConnection>(std::move(connection));
        TRY(connection_->query("CREATE DATABASE IF NOT EXISTS shuwei"));
        return {};
    }

    int serve() {
        if (auto started = start(); !started) {
            log::error("event store worker cannot start", {{"reason", started.error().to_string()}});
            (void)send_message(control_, MessageKind::failed, failure_payload(started.error()));
            return 3;
        }
        if (!send_message(control_, MessageKind::ready, {})) return 0;
        while (true) {
            auto message = receive_message(control_);
            if (!message) ::_exit(0);  // the store is gone; ClickHouse is made for sudden ends
            PayloadReader from(message->payload);
            switch (message->kind) {
                case MessageKind::open_channel: open_channel(from.number(), std::move(message->descriptor)); break;
                case MessageKind::kill: {
                    const uint64_t channel = from.number();
                    kill(channel, from.number());
                    break;
                }
                // Past the library's destructors, which take long and are of no use: merges begin again next time.
                case MessageKind::shut_down: ::_exit(0);
                default: log::warning("event store worker got an unknown message"); break;
            }
        }
    }

private:
    void open_channel(uint64_t number, base::FileDescriptor socket) {
        auto channel = std::make_shared<Channel>();
        channel->number = number;
        channel->socket = std::move(socket);
        const std::scoped_lock lock(mutex_);
        std::erase_if(channels_, [](const auto& entry) { return entry.second.expired(); });
        channels_[number] = channel;
        std::thread([this, channel = std::move(channel)]() mutable {
            serve_channel(*library_, arguments_, std::move(channel));
        }).detach();
    }

    void kill(uint64_t number, uint64_t tag) {
        const std::scoped_lock lock(mutex_);
        const auto found = channels_.find(number);
        const auto channel = found == channels_.end() ? nullptr : found->second.lock();
        if (channel == nullptr) return;
        channel->killed_tag.store(tag);
        const auto killed = connection_->query("KILL QUERY WHERE startsWith(query, '" + query_mark(number, tag) + "') ASYNC");
        if (!killed) log::warning("cannot stop a query", {{"reason", killed.error().to_string()}});
    }

    int control_;
    WorkerConfiguration configuration_;
    std::unique_ptr<ChdbLibrary> library_;
    std::vector<std::string> arguments_;
    std::unique_ptr<ChdbConnection> connection_;
    std::mutex mutex_;
    std::map<uint64_t, std::weak_ptr<Channel>> channels_;
};

}  // namespace

int worker_main(int control_fd) {
    // The end comes with the parent's, by the socket or by this; a terminal's or a manager's signal is for the parent.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::signal(SIGINT, SIG_IGN);
    ::signal(SIGTERM, SIG_IGN);
    ::signal(SIGHUP, SIG_IGN);
    ::signal(SIGPIPE, SIG_IGN);
    struct stat status {};
    if (::fstat(control_fd, &status) != 0 || !S_ISSOCK(status.st_mode)) {
        log::error("store-worker is started by the server, not by hand");
        return 2;
    }
    ::fcntl(control_fd, F_SETFD, FD_CLOEXEC);
    Worker worker(control_fd);
    return worker.serve();
}

}  // namespace shuwei::eventstore
