#include "worker_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "shuwei/base/log.hpp"
#include "shuwei/eventstore/worker.hpp"

extern char** environ;

namespace shuwei::eventstore {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::system_error;
namespace log = base::log;

namespace {

constexpr base::Duration kFirstBackOff = 100 * base::kMillisecond;
constexpr base::Duration kLongestBackOff = 5 * base::kSecond;
constexpr base::Duration kStartTimeout = 120 * base::kSecond;  // a large store takes its time to load
constexpr base::Duration kTelling = 300 * base::kMillisecond;  // between two looks at how far a query is
constexpr base::Duration kKillAgain = 200 * base::kMillisecond;
constexpr base::Duration kKillGrace = 10 * base::kSecond;      // for a stopped query to end; then its channel is given up

struct SpawnResources {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    SpawnResources() {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
    }
    ~SpawnResources() {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
};

Result<int> spawn(const EventStoreOptions& options, int control) {
    SpawnResources resources;
    posix_spawn_file_actions_addopen(&resources.actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&resources.actions, 2, 1);  // stdout is for results of the program
    posix_spawn_file_actions_adddup2(&resources.actions, control, kWorkerControlFd);
    posix_spawn_file_actions_addclosefrom_np(&resources.actions, kWorkerControlFd + 1);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&resources.attributes, &none);
    posix_spawnattr_setpgroup(&resources.attributes, 0);  // a terminal's Ctrl-C is for the parent alone
    posix_spawnattr_setflags(&resources.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    const std::string program = options.program.empty() ? "/proc/self/exe" : options.program.string();
    std::vector<std::string> words{program};
    words.insert(words.end(), options.worker_arguments.begin(), options.worker_arguments.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t pid = -1;
    const int error = posix_spawn(&pid, program.c_str(), &resources.actions, &resources.attributes, arguments.data(), environ);
    if (error != 0) return fail(system_error(error, "start " + program));
    return pid;
}

std::string describe_end(int status) {
    if (WIFSIGNALED(status)) return "ended by signal " + std::to_string(WTERMSIG(status));
    return "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

base::Error unpack_failure(std::string_view payload) {
    PayloadReader from(payload);
    const uint64_t code = from.number();
    std::string message(from.text());
    if (!from.ok() || code > static_cast<uint64_t>(ErrorCode::internal)) {
        return {ErrorCode::data_corrupt, "malformed answer of the event store worker"};
    }
    return {static_cast<ErrorCode>(code), std::move(message)};
}

}  // namespace

WorkerProcess::WorkerProcess(EventStoreOptions options, std::function<Result<>()> on_ready)
    : options_(std::move(options)), on_ready_(std::move(on_ready)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    // The thread that starts the worker lives as long as the store: PR_SET_PDEATHSIG follows the thread, not the process.
    supervisor_ = std::jthread([this](std::stop_token stop) { supervise(std::move(stop)); });
}

WorkerProcess::~WorkerProcess() {
    supervisor_.request_stop();
    const uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof one);
    changed_.notify_all();
    supervisor_.join();
}

Result<> WorkerProcess::wait_started(base::Duration timeout) {
    std::unique_lock lock(mutex_);
    const bool over = changed_.wait_for(lock, std::chrono::nanoseconds(timeout), [&] { return first_attempt_over_; });
    if (!over) return fail(ErrorCode::unavailable, "the event store worker has not come up in time");
    if (!ready_) return fail(ErrorCode::unavailable, "event store: " + last_error_);
    return {};
}

void WorkerProcess::supervise(std::stop_token stop) {
    base::Duration back_off = kFirstBackOff;
    while (!stop.stop_requested()) {
        const auto started = start_once();
        if (started) {
            int pid = -1;
            {
                const std::scoped_lock lock(mutex_);
                pid = pid_;
                ready_ = true;
                last_error_.clear();
                first_attempt_over_ = true;
            }
            back_off = kFirstBackOff;
            changed_.notify_all();
            log::info("event store worker is ready", {{"pid", std::to_string(pid)}});
            // Until it ends or the store is closed.
            pollfd watched[2] = {{control_.get(), 0, 0}, {wake_.get(), POLLIN, 0}};
            while (!stop.stop_requested() && ::poll(watched, 2, -1) < 0 && errno == EINTR) {
            }
        }
        const std::string end = end_worker(stop.stop_requested());
        if (stop.stop_requested()) return;
        const std::string reason = (started ? std::string() : started.error().to_string() + "; ") + end;
        log::error(started ? "event store worker is gone" : "event store worker did not start", {{"reason", reason}});
        std::unique_lock lock(mutex_);
        last_error_ = reason;
        first_attempt_over_ = true;
        changed_.notify_all();
        ++restarts_;
        changed_.wait_for(lock, stop, std::chrono::nanoseconds(back_off), [] { return false; });
        back_off = std::min(back_off * 2, kLongestBackOff);
    }
}

Result<> WorkerProcess::start_once() {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return fail(system_error(errno, "socketpair"));
    base::FileDescriptor ours(pair[0]);
    base::FileDescriptor theirs(pair[1]);
    TRY_ASSIGN(const int pid, spawn(options_, theirs.get()));
    theirs.close();
    {
        const std::scoped_lock lock(mutex_);
        pid_ = pid;
        ++generation_;
        control_ = std::move(ours);
    }
    WorkerConfiguration configuration;
    configuration.data_folder = options_.data_folder.string();
    configuration.archive_folder = options_.archive_folder.string();
    configuration.library = options_.library.string();
    configuration.memory_bytes = options_.memory_bytes;
    configuration.cache_bytes = options_.cache_bytes;
    configuration.folder_patience = options_.folder_patience;
    TRY(send_message(control_.get(), MessageKind::configure, configuration.pack()));
    auto answer = receive_message(control_.get(), base::monotonic_now() + kStartTimeout);
    if (!answer) return fail(std::move(answer).error());
    if (answer->kind == MessageKind::failed) return fail(unpack_failure(answer->payload));
    if (answer->kind != MessageKind::ready) return fail(ErrorCode::data_corrupt, "the worker gave an unknown answer");
    {
        const std::scoped_lock lock(mutex_);
        connected_ = true;
    }
    return on_ready_();
}

std::string WorkerProcess::end_worker(bool politely) {
    std::string end = "it was never started";
    int pid = -1;
    {
        const std::scoped_lock lock(mutex_);
        ready_ = false;
        connected_ = false;
        for (auto& channels : idle_) channels.clear();
        pid = pid_;
    }
    changed_.notify_all();
    if (pid > 0) {
        if (politely) (void)send_message(control_.get(), MessageKind::shut_down, {});
        // The end of the control socket ends it too; SIGKILL is for one that hangs, and one that runs is never left
        // behind, as the folder could not be opened again.
        const base::FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
        if (!politely || !process || !wait_readable(process.get(), base::monotonic_now() + 5 * base::kSecond)) {
            ::kill(pid, SIGKILL);
        }
        int status = 0;
        while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
        end = "it " + describe_end(status);
    }
    const std::scoped_lock lock(mutex_);
    pid_ = -1;
    control_.close();
    return end;
}

Result<WorkerProcess::Channel> WorkerProcess::open_channel_locked() {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return fail(system_error(errno, "socketpair"));
    Channel channel;
    channel.socket = base::FileDescriptor(pair[0]);
    const base::FileDescriptor theirs(pair[1]);
    channel.number = next_channel_++;
    channel.generation = generation_;
    PayloadWriter payload;
    payload.number(channel.number);
    TRY(send_message(control_.get(), MessageKind::open_channel, payload.bytes(), theirs.get()));
    return channel;
}

size_t WorkerProcess::capacity(Lane lane) const { return lane == Lane::read ? std::max<size_t>(1, options_.readers) : 1; }

Result<WorkerProcess::Channel> WorkerProcess::take(Lane lane, base::Timestamp deadline, std::stop_token stop) {
    const auto at = static_cast<size_t>(lane);
    std::unique_lock lock(mutex_);
    const auto served = [&] { return lane == Lane::care ? connected_ : ready_; };
    const auto settled = [&] { return !served() || lent_[at] < capacity(lane); };
    const base::Duration left = std::max<base::Duration>(0, deadline - base::monotonic_now());
    const bool free = changed_.wait_for(lock, std::move(stop), std::chrono::nanoseconds(left), settled);
    if (!free) {
        if (base::monotonic_now() < deadline) return fail(ErrorCode::cancelled, "the query was stopped");
        return fail(ErrorCode::deadline_exceeded, "all connections to the event store are busy");
    }
    if (!served()) {
        return fail(ErrorCode::unavailable, "the event store is not available" +
                                                (last_error_.empty() ? std::string() : ": " + last_error_));
    }
    if (idle_[at].empty()) {
        TRY_ASSIGN(Channel channel, open_channel_locked());
        ++lent_[at];
        return channel;
    }
    Channel channel = std::move(idle_[at].back());
    idle_[at].pop_back();
    ++lent_[at];
    return channel;
}

void WorkerProcess::give_back(Lane lane, Channel channel, bool usable) {
    const auto at = static_cast<size_t>(lane);
    {
        const std::scoped_lock lock(mutex_);
        --lent_[at];
        if (usable && channel.generation == generation_ && connected_) idle_[at].push_back(std::move(channel));
    }
    changed_.notify_all();
}

void WorkerProcess::send_kill(const Channel& channel, uint64_t tag) {
    PayloadWriter payload;
    payload.number(channel.number);
    payload.number(tag);
    const std::scoped_lock lock(mutex_);
    if (connected_ && channel.generation == generation_) (void)send_message(control_.get(), MessageKind::kill, payload.bytes());
}

void WorkerProcess::tell_progress(const Channel& channel, uint64_t tag, const QueryLimits& limits) {
    Query query;
    query.sql = "SELECT toUInt64(read_rows), toUInt64(total_rows_approx) FROM system.processes WHERE startsWith(query, '" +
                query_mark(channel.number, tag) + "')";
    QueryLimits short_limits;
    short_limits.time = kTelling;
    const auto answer = run(Lane::watch, query, short_limits);
    uint64_t rows[2] = {};
    if (!answer || answer->size() != sizeof rows) return;
    std::memcpy(rows, answer->data(), sizeof rows);
    if (rows[1] > 0) limits.progress(std::min(1.0, static_cast<double>(rows[0]) / static_cast<double>(rows[1])), rows[0]);
}

Result<> WorkerProcess::run(Lane lane, const Query& query, const QueryLimits& limits, const Receive& receive) {
    const base::Timestamp deadline = base::monotonic_now() + std::min<base::Duration>(limits.time, 24 * base::kHour);
    TRY_ASSIGN(Channel channel, take(lane, deadline, limits.stop));
    QueryMessage message;
    message.tag = channel.next_tag++;
    message.sql = query.sql;
    message.format = query.format;
    message.parameters = query.parameters;
    message.streamed = query.streamed;
    const int socket = channel.socket.get();
    if (auto sent = send_message(socket, MessageKind::query, message.pack(), query.descriptor); !sent) {
        give_back(lane, std::move(channel), false);
        return sent;
    }

    constexpr base::Duration kLook = 50 * base::kMillisecond;  // how often a stop is looked for
    std::optional<base::Error> ended;                          // why the query was ended before its end
    base::Timestamp next_kill = 0;
    base::Timestamp next_telling = 0;
    base::Timestamp give_up = kNever;
    const auto end = [&](ErrorCode code, std::string reason) {
        if (ended) return;
        ended.emplace(code, std::move(reason));
        give_up = base::monotonic_now() + kKillGrace;
    };
    while (true) {
        const base::Timestamp now = base::monotonic_now();
        if (limits.stop.stop_requested()) end(ErrorCode::cancelled, "the query was stopped");
        if (now >= deadline) end(ErrorCode::deadline_exceeded, "the query took longer than it may");
        if (ended && now >= give_up) {
            give_back(lane, std::move(channel), false);
            return fail(std::move(*ended));
        }
        if (ended && now >= next_kill) {
            send_kill(channel, message.tag);
            next_kill = now + kKillAgain;
        }
        if (limits.progress && !ended && now >= next_telling) {
            if (next_telling != 0) tell_progress(channel, message.tag, limits);
            next_telling = base::monotonic_now() + kTelling;
        }
        base::Timestamp look = ended ? next_kill : deadline;
        if (limits.progress && !ended) look = std::min(look, next_telling);
        if (!ended && limits.stop.stop_possible()) look = std::min(look, now + kLook);
        if (!wait_readable(socket, look)) continue;
        auto answer = receive_message(socket, base::monotonic_now() + 60 * base::kSecond);
        if (!answer) {
            give_back(lane, std::move(channel), false);
            return fail(std::move(answer).error());
        }
        switch (answer->kind) {
            case MessageKind::chunk:
                if (!ended && !receive(answer->payload)) end(ErrorCode::cancelled, "the receiver has enough");
                continue;
            case MessageKind::done:
                give_back(lane, std::move(channel), true);
                if (ended) return fail(std::move(*ended));
                return {};
            case MessageKind::failed:
                give_back(lane, std::move(channel), true);
                if (ended) return fail(std::move(*ended));
                return fail(unpack_failure(answer->payload));
            default:
                give_back(lane, std::move(channel), false);
                return fail(ErrorCode::data_corrupt, "the event store worker gave an unknown answer");
        }
    }
}

Result<std::string> WorkerProcess::run(Lane lane, const Query& query, const QueryLimits& limits) {
    std::string bytes;
    TRY(run(lane, query, limits, [&](std::string_view piece) {
        bytes.append(piece);
        return true;
    }));
    return bytes;
}

bool WorkerProcess::wait_ready(base::Duration timeout, std::stop_token stop) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::move(stop), std::chrono::nanoseconds(timeout), [&] { return ready_; });
}

WorkerState WorkerProcess::state() const {
    const std::scoped_lock lock(mutex_);
    return {ready_, pid_, restarts_, last_error_};
}

}  // namespace shuwei::eventstore
