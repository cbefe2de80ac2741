// The Forwarder against receivers of the test: TCP, HTTP, UDP, and librdkafka's own cluster.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <poll.h>
#include <sys/socket.h>

#include <mutex>
#include <set>

#include "forward_fixture.hpp"
#include "outlet.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/net/http_server.hpp"
#include "shuwei/net/socket.hpp"

namespace shuwei::forward {
namespace {

uint64_t seq_in(std::string_view message) {
    for (const std::string_view mark : {std::string_view("seq=\""), std::string_view("\"shuwei.seq\":")}) {
        if (const size_t at = message.find(mark); at != std::string_view::npos) {
            const std::string_view rest = message.substr(at + mark.size());
            return base::parse_uint(rest.substr(0, rest.find_first_not_of("0123456789"))).value_or(0);
        }
    }
    return 0;
}

// Takes connections one after the other and reads octet-counted messages; hangs up once, after `patience` of them.
class SyslogReceiver {
public:
    explicit SyslogReceiver(size_t patience = SIZE_MAX, std::string address = "127.0.0.1:0") : patience_(patience) {
        auto listener = net::listen_tcp(*net::SocketAddress::parse(address));
        EXPECT_TRUE(listener);
        listener_ = std::move(*listener);
        thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
    }
    std::string address() const { return net::local_address(listener_.get()).to_string(); }
    std::vector<uint64_t> seqs() const {
        const std::lock_guard lock(mutex_);
        return seqs_;
    }
    size_t connections() const { return connections_; }

private:
    static bool readable(int fd, const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            pollfd ready{fd, POLLIN, 0};
            if (::poll(&ready, 1, 20) > 0) return true;
        }
        return false;
    }
    void serve(const std::stop_token& stop) {
        while (readable(listener_.get(), stop)) {
            const base::FileDescriptor peer(::accept(listener_.get(), nullptr, nullptr));
            ++connections_;
            std::string pending;
            size_t taken = 0;
            char bytes[65536];
            const size_t patience = connections_ == 1 ? patience_ : SIZE_MAX;
            while (taken < patience && readable(peer.get(), stop)) {
                const ssize_t got = ::recv(peer.get(), bytes, sizeof bytes, 0);
                if (got <= 0) break;
                pending.append(bytes, static_cast<size_t>(got));
                size_t used = 0;
                while (taken < patience) {
                    const size_t space = pending.find(' ', used);
                    if (space == std::string::npos) break;
                    const size_t size = *base::parse_uint(std::string_view(pending).substr(used, space - used));
                    if (pending.size() < space + 1 + size) break;
                    const std::lock_guard lock(mutex_);
                    seqs_.push_back(seq_in(std::string_view(pending).substr(space + 1, size)));
                    used = space + 1 + size;
                    ++taken;
                }
                pending.erase(0, used);
            }
        }
    }

    size_t patience_;
    base::FileDescriptor listener_;
    mutable std::mutex mutex_;
    std::vector<uint64_t> seqs_;
    std::atomic<size_t> connections_ = 0;
    std::jthread thread_;
};

std::vector<uint64_t> one_to(uint64_t last) {
    std::vector<uint64_t> all;
    for (uint64_t seq = 1; seq <= last; ++seq) all.push_back(seq);
    return all;
}

TargetSettings tcp(const std::string& address, std::string filter = {}) {
    return {.name = "siem", .kind = TargetKind::syslog_tcp, .format = Format::raw, .address = address, .filter = std::move(filter)};
}

class ForwarderTest : public ForwardTest {};

TEST_F(ForwarderTest, DeliversEverythingInOrderAndRemembersItsPlace) {
    SyslogReceiver receiver;
    committed = 5000;
    const auto target = add(tcp(receiver.address()));
    ASSERT_TRUE(target) << target.error().to_string();
    auto running = forwarder();
    ASSERT_TRUE(running->refresh());
    EXPECT_TRUE(until([&] { return receiver.seqs().size() >= 5000; }));
    committed = 5010;
    EXPECT_TRUE(until([&] { return receiver.seqs().size() >= 5010; }));
    EXPECT_EQ(receiver.seqs(), one_to(5010));
    EXPECT_TRUE(until([&] { return running->status(*target).state == TargetState::waiting; }));
    const TargetStatus status = running->status(*target);
    EXPECT_EQ(status.lag_events, 0U);
    EXPECT_EQ(status.lag, 0);
    EXPECT_EQ(status.delivered_events, 5010U);
    EXPECT_EQ(metrics.sum("shuwei_forwarded_total"), 5010);
    running->stop();
    EXPECT_EQ(find(target->id)->delivered_seq, 5010U);

    committed = 5020;
    running = forwarder();
    ASSERT_TRUE(running->refresh());
    EXPECT_TRUE(until([&] { return receiver.seqs().size() >= 5020; }));
    EXPECT_EQ(receiver.seqs(), one_to(5020)) << "after a restart nothing is sent twice";
}

TEST_F(ForwarderTest, LosesNothingWhileTheTargetIsAway) {
    std::string address;
    { address = SyslogReceiver().address(); }
    committed = 3000;
    const auto target = add(tcp(address));
    auto running = forwarder();
    ASSERT_TRUE(running->refresh());
    EXPECT_TRUE(until([&] { return running->status(*target).errors > 3; }));
    TargetStatus status = running->status(*target);
    EXPECT_EQ(status.state, TargetState::retrying);
    EXPECT_NE(status.last_error.find(address), std::string::npos) << status.last_error;
    EXPECT_EQ(status.lag_events, 3000U);
    EXPECT_GT(status.lag, 0);
    SyslogReceiver receiver(SIZE_MAX, address);
    EXPECT_TRUE(until([&] { return receiver.seqs().size() >= 3000; }));
    EXPECT_EQ(receiver.seqs(), one_to(3000));
}

TEST_F(ForwarderTest, RepeatsWhatAReceiverHadNotReadWhenItsConnectionBroke) {
    SyslogReceiver receiver(1500);  // its kernel has taken more by then, and resets the connection
    committed = 10'000;
    ASSERT_TRUE(add(tcp(receiver.address())));
    auto running = forwarder();
    ASSERT_TRUE(running->refresh());
    EXPECT_TRUE(until([&] { return !receiver.seqs().empty() && receiver.seqs().back() == 10'000; }));
    const auto seqs = receiver.seqs();
    EXPECT_EQ(std::vector(seqs.begin(), seqs.begin() + 1500), one_to(1500));
    EXPECT_LE(seqs[1500], 1501U);
    EXPECT_EQ(std::set(seqs.begin(), seqs.end()).size(), 10'000U);
    EXPECT_TRUE(std::is_sorted(seqs.begin() + 1500, seqs.end()));
}

TEST_F(ForwarderTest, RepeatsNothingWhenAReceiverEndsInOrder) {
    SyslogReceiver receiver(1000);
    committed = 1000;
    const auto target = add(tcp(receiver.address()));
    auto running = forwarder();
    ASSERT_TRUE(running->refresh());
    EXPECT_TRUE(until([&] { return receiver.seqs().size() == 1000 && running->status(*target).lag_events == 0; }));
    committed = 1100;
    EXPECT_TRUE(until([&] { return receiver.seqs().size() >= 1100; }));
    EXPECT_EQ(receiver.seqs(), one_to(1100));
}

TEST_F(ForwarderTest, PassesOnWhatTheFilterSelectsOfItsTenantAlone) {
    SyslogReceiver receiver;
    SyslogReceiver other;
    committed = 1000;
    const auto filtered = add(tcp(receiver.address(), "\"line 77\""));
    ASSERT_TRUE(add(tcp(other.address()), {}, 2));
    auto running = forwarder();
    ASSERT_TRUE(running->refresh());
    EXPECT_TRUE(until([&] { return receiver.seqs().size() >= 11 && running->status(*filtered).lag_events == 0; }));
    EXPECT_EQ(receiver.seqs(), (std::vector<uint64_t>{77, 770, 771, 772, 773, 774, 775, 776, 777, 778, 779}));
    EXPECT_TRUE(other.seqs().empty());
}

TEST_F(ForwarderTest, PausesResumesAndForgetsAsTheLedgerSays) {
    SyslogReceiver receiver;
    committed = 100;
    const auto target = add(tcp(receiver.address()));
    auto running = forwarder();
    ASSERT_TRUE(running->refresh());
    EXPECT_TRUE(until([&] { return receiver.seqs().size() == 100; }));
    const auto set_paused = [&](bool paused) {
        return ledger->transaction([&](ledger::Transaction& t) {
            return store->set_paused(t, ledger::TenantScope::only(1), target->id, paused, actor, ledger->audit());
        });
    };
    const auto paused = set_paused(true);
    ASSERT_TRUE(running->refresh());
    EXPECT_EQ(running->status(*paused).state, TargetState::paused);
    EXPECT_TRUE(until([&] { return find(target->id)->delivered_seq == 100; }));
    committed = 200;
    EXPECT_EQ(running->status(*find(target->id)).lag_events, 100U);
    ASSERT_TRUE(set_paused(false));
    EXPECT_TRUE(until([&] { return running->refresh() && receiver.seqs().size() == 200; }));
    EXPECT_EQ(receiver.seqs(), one_to(200));
}

TEST_F(ForwarderTest, DeliversByHttpAndTriesAgainUntilItIsAccepted) {
    std::mutex mutex;
    std::vector<uint64_t> seqs;
    std::vector<std::string> heads;
    size_t calls = 0;
    net::HttpServerOptions options;
    options.max_body_bytes = 8 << 20;
    auto server = net::HttpServer::start(*net::SocketAddress::parse("127.0.0.1:0"), options, [&](net::HttpRequest&& request, net::Responder responder) {
        const std::lock_guard lock(mutex);
        heads.push_back(request.target + " " + std::string(request.headers.get("Authorization").value_or("")));
        if (++calls % 2 == 1) return responder.send(net::HttpResponse::text(503, "later"));
        for (size_t at = 0, end = 0; (end = request.body.find('\n', at)) != std::string::npos; at = end + 1) {
            seqs.push_back(seq_in(std::string_view(request.body).substr(at, end - at)));
        }
        responder.send(net::HttpResponse::text(204, ""));
    });
    ASSERT_TRUE(server);
    committed = 2500;
    TargetSettings settings{.name = "hook", .kind = TargetKind::http, .format = Format::json,
                            .address = "http://" + (*server)->address().to_string() + "/in/?a=b"};
    const auto target = add(settings, {.password = "token", .key = {}});
    ASSERT_TRUE(target) << target.error().to_string();
    auto running = forwarder();
    ASSERT_TRUE(running->refresh());
    EXPECT_TRUE(until([&] { return running->status(*target).lag_events == 0; }));
    const std::lock_guard lock(mutex);
    EXPECT_EQ(seqs, one_to(2500));
    EXPECT_EQ(heads.front(), "/in/?a=b Bearer token");
    EXPECT_NE(running->status(*target).last_error.find("answered 503: later"), std::string::npos);
}

TEST_F(ForwarderTest, SendsDatagramsAndCutsThoseThatDoNotFit) {
    auto socket = net::bind_udp(*net::SocketAddress::parse("127.0.0.1:0"), 4 << 20);
    ASSERT_TRUE(socket);
    TargetSettings settings = tcp(net::local_address(socket->get()).to_string());
    settings.kind = TargetKind::syslog_udp;
    auto running = forwarder();
    ASSERT_TRUE(running->test(settings, {}, 1));
    settings.name = "x";
    auto outlet = make_outlet(settings, {}, "alpha");
    ASSERT_TRUE(outlet);
    const Message large{1, 0, std::string(100'000, 'x')};
    EXPECT_EQ((*outlet)->deliver({&large, 1}, {}).count, 1U);
    char bytes[70'000];
    pollfd ready{socket->get(), POLLIN, 0};
    ASSERT_EQ(::poll(&ready, 1, 10'000), 1);
    const ssize_t first = ::recv(socket->get(), bytes, sizeof bytes, 0);
    EXPECT_NE(std::string_view(bytes, static_cast<size_t>(first)).find("test of forwarding target siem"), std::string_view::npos);
    ASSERT_EQ(::poll(&ready, 1, 10'000), 1);
    EXPECT_EQ(::recv(socket->get(), bytes, sizeof bytes, 0), 65'000);
}

// A cluster of librdkafka's own, in this process.
class MockCluster {
public:
    MockCluster() {
        char error[256];
        rd_kafka_conf_t* settings = rd_kafka_conf_new();
        rd_kafka_conf_set(settings, "test.mock.num.brokers", "1", error, sizeof error);
        owner_ = rd_kafka_new(RD_KAFKA_PRODUCER, settings, error, sizeof error);
        cluster_ = rd_kafka_handle_mock_cluster(owner_);
        rd_kafka_mock_topic_create(cluster_, "logs", 1, 1);
    }
    ~MockCluster() { rd_kafka_destroy(owner_); }
    std::string brokers() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
    rd_kafka_mock_cluster_t* get() const { return cluster_; }

    // Reads from the beginning until `wanted` messages came or nothing comes for ten seconds.
    std::vector<uint64_t> seqs(size_t wanted) const {
        char error[256];
        rd_kafka_conf_t* settings = rd_kafka_conf_new();
        rd_kafka_conf_set(settings, "bootstrap.servers", brokers().c_str(), error, sizeof error);
        rd_kafka_conf_set(settings, "group.id", "test", error, sizeof error);
        rd_kafka_conf_set(settings, "auto.offset.reset", "earliest", error, sizeof error);
        rd_kafka_t* consumer = rd_kafka_new(RD_KAFKA_CONSUMER, settings, error, sizeof error);
        rd_kafka_poll_set_consumer(consumer);
        rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_list_add(list, "logs", 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
        rd_kafka_assign(consumer, list);
        rd_kafka_topic_partition_list_destroy(list);
        std::vector<uint64_t> seqs;
        while (seqs.size() < wanted) {
            rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, 10'000);
            if (message == nullptr) break;
            if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) seqs.push_back(seq_in({static_cast<const char*>(message->payload), message->len}));
            rd_kafka_message_destroy(message);
        }
        rd_kafka_consumer_close(consumer);
        rd_kafka_destroy(consumer);
        return seqs;
    }

private:
    rd_kafka_t* owner_ = nullptr;
    rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

TEST_F(ForwarderTest, DeliversToKafkaThroughErrorsOfTheCluster) {
    MockCluster cluster;
    // Produce requests (key 0) that fail for a while; the producer repeats them in order.
    rd_kafka_mock_push_request_errors(cluster.get(), 0, 3, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                                      RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
    committed = 3000;
    const auto target = add({.name = "bus", .kind = TargetKind::kafka, .format = Format::json, .address = cluster.brokers(), .topic = "logs"});
    ASSERT_TRUE(target) << target.error().to_string();
    auto running = forwarder();
    ASSERT_TRUE(running->refresh());
    EXPECT_TRUE(until([&] { return running->status(*target).lag_events == 0; })) << running->status(*target).last_error;
    const auto seqs = cluster.seqs(3000);
    EXPECT_EQ(std::set(seqs.begin(), seqs.end()).size(), 3000U);
    EXPECT_TRUE(std::is_sorted(seqs.begin(), seqs.end()));
}

TEST_F(ForwarderTest, PassesOverWhatKafkaCannotTake) {
    MockCluster cluster;
    TargetSettings settings{.name = "bus", .kind = TargetKind::kafka, .format = Format::json, .address = cluster.brokers(), .topic = "logs"};
    auto outlet = make_outlet(settings, {}, "alpha");
    ASSERT_TRUE(outlet) << outlet.error().to_string();
    const Message messages[] = {{1, 0, R"("shuwei.seq":1)"}, {2, 0, std::string(3 << 20, 'x')}, {3, 0, R"("shuwei.seq":3)"}};
    const Delivered done = (*outlet)->deliver(messages, {});
    EXPECT_EQ(done.count, 3U) << (done.error ? done.error->to_string() : "");
    EXPECT_EQ(done.refused, 1U);
    EXPECT_EQ(cluster.seqs(2), (std::vector<uint64_t>{1, 3}));
}

TEST_F(ForwarderTest, SaysWhyATestFailed) {
    auto running = forwarder();
    std::string address;
    { address = SyslogReceiver().address(); }
    EXPECT_EQ(running->test(tcp(address), {}, 1).error().code(), base::ErrorCode::unavailable);
    EXPECT_EQ(running->test(tcp("nowhere"), {}, 1).error().code(), base::ErrorCode::invalid_argument);
    TargetSettings nats{.name = "n", .kind = TargetKind::nats, .format = Format::json, .address = address, .topic = "logs"};
    EXPECT_EQ(running->test(nats, {}, 1).error().code(), base::ErrorCode::unavailable);
    SyslogReceiver receiver;
    EXPECT_TRUE(running->test(tcp(receiver.address()), {}, 1));
}

}  // namespace
}  // namespace shuwei::forward
