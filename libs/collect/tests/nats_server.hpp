// The real nats-server as a child, on a free port of loopback, with JetStream in a folder. Ends with the object.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <nats/nats.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace shuwei::collect {

class NatsServer {
public:
    static std::string program() {
        const std::string unpacked = std::string(SHUWEI_SOURCE_DIR) + "/build/peers/usr/sbin/nats-server";
        for (const std::string& path : {unpacked, std::string("/usr/sbin/nats-server")}) {
            if (::access(path.c_str(), X_OK) == 0) return path;
        }
        return {};
    }

    // `more`: lines of its configuration file.
    explicit NatsServer(std::filesystem::path folder, std::string more = {}) : folder_(std::move(folder)), more_(std::move(more)) {
        std::filesystem::create_directories(folder_);
    }
    ~NatsServer() { kill(); }
    NatsServer(const NatsServer&) = delete;
    NatsServer& operator=(const NatsServer&) = delete;

    // On the port of the last time, if any. True once it listens.
    bool start() {
        {
            std::ofstream file(folder_ / "server.conf");
            file << "host: 127.0.0.1\nport: " << (port_ == 0 ? -1 : port_) << "\nports_file_dir: \"" << folder_.string()
                 << "\"\njetstream { store_dir: \"" << (folder_ / "js").string() << "\", max_mem: 16M, max_file: 256M }\n" << more_ << '\n';
        }
        const std::string program_path = program();
        const std::string configuration = (folder_ / "server.conf").string();
        const std::string log = (folder_ / "server.log").string();
        child_ = ::fork();
        if (child_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
            ::dup2(out, 1);
            ::dup2(out, 2);
            ::execl(program_path.c_str(), "nats-server", "-c", configuration.c_str(), nullptr);
            ::_exit(127);
        }
        const auto ports = folder_ / ("nats-server_" + std::to_string(child_) + ".ports");
        const base::Duration deadline = base::monotonic_now() + kPatience;
        while (base::monotonic_now() < deadline) {
            std::ifstream file(ports);
            const std::string text{std::istreambuf_iterator<char>(file), {}};
            const size_t at = text.find("127.0.0.1:");
            if (at != std::string::npos && text.find(']') != std::string::npos) {
                port_ = std::stoi(text.substr(at + 10));
                return true;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return false;
    }
    void kill() {
        if (child_ <= 0) return;
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
        child_ = 0;
    }
    std::string address() const { return "nats://127.0.0.1:" + std::to_string(port_); }
    int port() const { return port_; }

private:
    std::filesystem::path folder_;
    std::string more_;
    int port_ = 0;
    pid_t child_ = 0;
};

// Makes streams and writes to them.
class NatsPublisher {
public:
    explicit NatsPublisher(const std::string& address) {
        EXPECT_EQ(NATS_OK, natsConnection_ConnectTo(&connection_, address.c_str())) << nats_GetLastError(nullptr);
        EXPECT_EQ(NATS_OK, natsConnection_JetStream(&context_, connection_, nullptr));
    }
    ~NatsPublisher() {
        jsCtx_Destroy(context_);
        natsConnection_Destroy(connection_);
    }
    NatsPublisher(const NatsPublisher&) = delete;
    NatsPublisher& operator=(const NatsPublisher&) = delete;

    void make_stream(const char* name, const char* subject) {
        jsStreamConfig wanted;
        jsStreamConfig_Init(&wanted);
        const char* subjects[] = {subject};
        wanted.Name = name;
        wanted.Subjects = subjects;
        wanted.SubjectsLen = 1;
        EXPECT_EQ(NATS_OK, js_AddStream(nullptr, context_, &wanted, nullptr, nullptr)) << nats_GetLastError(nullptr);
    }
    void publish(const std::string& subject, std::string_view body) {
        EXPECT_EQ(NATS_OK, js_PublishAsync(context_, subject.c_str(), body.data(), static_cast<int>(body.size()), nullptr));
    }
    void flush() { EXPECT_EQ(NATS_OK, js_PublishAsyncComplete(context_, nullptr)); }
    // Messages the consumer has not acknowledged or not even got; -1 without such a consumer.
    int64_t waiting(const char* stream, const char* consumer) {
        jsConsumerInfo* info = nullptr;
        if (js_GetConsumerInfo(&info, context_, stream, consumer, nullptr, nullptr) != NATS_OK) return -1;
        const int64_t count = static_cast<int64_t>(info->NumPending) + info->NumAckPending;
        jsConsumerInfo_Destroy(info);
        return count;
    }
    void delete_consumer(const char* stream, const char* consumer) {
        EXPECT_EQ(NATS_OK, js_DeleteConsumer(context_, stream, consumer, nullptr, nullptr));
    }

private:
    natsConnection* connection_ = nullptr;
    jsCtx* context_ = nullptr;
};

}  // namespace shuwei::collect
