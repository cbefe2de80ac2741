#include "shuwei/net/http_server.hpp"

#include <gmock/gmock.h>
#include <signal.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <thread>

#include "raw_connection.hpp"
#include "shuwei/base/log.hpp"
#include "shuwei/net/gzip.hpp"
#include "shuwei/net/http_client.hpp"

namespace shuwei::net {
namespace {

using base::ErrorCode;
using testing::HasSubstr;
using testing::StartsWith;

const SocketAddress kLoopback = *SocketAddress::parse("127.0.0.1:0");

// What the handler saw, as text.
HttpResponse echo(const HttpRequest& request) {
    std::string text = std::string(to_string(request.method)) + ' ' + request.path + '\n';
    for (const auto& [name, value] : request.query) text += name + '=' + value + '\n';
    text += "body " + std::to_string(request.body.size()) + ' ' + request.body.substr(0, 100);
    return HttpResponse::text(200, text);
}

std::unique_ptr<HttpServer> serve(HttpHandler handler, HttpServerOptions options = {}) {
    base::log::set_level(base::log::Level::off);
    return HttpServer::start(kLoopback, std::move(options), std::move(handler)).value();
}

std::unique_ptr<HttpServer> serve_echo(HttpServerOptions options = {}) {
    return serve([](HttpRequest&& request, Responder responder) { responder.send(echo(request)); }, std::move(options));
}

HttpClient client_of(const HttpServer& server, HttpClientOptions options = {}) {
    return HttpClient::create("http://" + server.address().to_string(), std::move(options)).value();
}

std::string say(const HttpServer& server, std::string_view text) {
    RawConnection connection(server.address());
    connection.send(text);
    return connection.read_to_end();
}

TEST(HttpServer, AnswersRequestsOnOneConnection) {
    auto server = serve_echo();
    auto client = client_of(*server);
    for (int i = 0; i < 20; ++i) {
        const auto response = client.get("/events/%E7%99%BB?q=a%20b&limit=5");
        ASSERT_TRUE(response) << response.error().to_string();
        EXPECT_EQ(response->status, 200);
        EXPECT_EQ(response->body, "GET /events/登\nq=a b\nlimit=5\nbody 0 ");
        EXPECT_FALSE(response->headers.get("X-Request-Id").value_or("").empty());
    }
    const auto posted = client.post("/x", std::string(900'000, 'y'));
    ASSERT_TRUE(posted) << posted.error().to_string();
    EXPECT_THAT(posted->body, HasSubstr("body 900000 yyy"));
}

TEST(HttpServer, SendsTheHeaderAloneToHead) {
    auto server = serve_echo();
    auto client = client_of(*server);
    HttpClientRequest request;
    request.method = HttpMethod::head;
    for (int i = 0; i < 2; ++i) {
        const auto response = client.send(request);
        ASSERT_TRUE(response) << response.error().to_string();
        EXPECT_EQ(response->status, 200);
        EXPECT_EQ(response->headers.get("Content-Length"), "14");
        EXPECT_EQ(response->body, "");
    }
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
    auto server = serve_echo();
    const std::string all = say(*server,
                                "GET /one HTTP/1.1\r\nHost: a\r\n\r\nPOST /two HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                                "GET /three HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(count_of(all, "HTTP/1.1 200 OK"), 3U);
    EXPECT_LT(all.find("/one"), all.find("/two"));
    EXPECT_LT(all.find("body 3 abc"), all.find("/three"));
}

TEST(HttpServer, RefusesWhatIsMalformed) {
    auto server = serve_echo();
    const std::pair<std::string, int> cases[] = {
        {"\x16\x03\x01\x02 TLS hello\r\n\r\n", 400},
        {"GET / HTTP/9.9\r\nHost: a\r\n\r\n", 400},
        {"GET /../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET /a/%2e%2e/b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET /a%00b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET /a%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET /?q=%f HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET no-slash HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999\r\n\r\n", 413},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", 413},
        {"GET / HTTP/1.1\r\nHost: a\r\nX-Large: " + std::string(40'000, 'x') + "\r\n\r\n", 431},
    };
    for (const auto& [request, status] : cases) {
        const std::string answer = say(*server, request);
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + std::to_string(status))) << request.substr(0, 100);
        EXPECT_THAT(answer, HasSubstr("\"request_id\":")) << request.substr(0, 100);
    }
}

TEST(HttpServer, LimitsBodiesByRoute) {
    HttpServerOptions options;
    options.body_limit = [](HttpMethod method, std::string_view path) -> size_t {
        return method == HttpMethod::post && path == "/ingest" ? 3 << 20 : 10;
    };
    auto server = serve_echo(std::move(options));
    auto client = client_of(*server);
    EXPECT_EQ(client.post("/ingest?tenant=a", std::string(3 << 20, 'x'))->status, 200);
    EXPECT_EQ(client.post("/other", std::string(10, 'x'))->status, 200);
    EXPECT_EQ(client.post("/other", std::string(11, 'x'))->status, 413);
    EXPECT_EQ(client.post("/ingest", std::string((3 << 20) + 1, 'x'))->status, 413);
    EXPECT_THAT(say(*server, "POST /other HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n8\r\n12345678\r\n0\r\n\r\n"),
                StartsWith("HTTP/1.1 413"));
    EXPECT_THAT(say(*server, "POST /other HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n0\r\n\r\n"),
                HasSubstr("body 8 12345678"));
}

TEST(HttpServer, TellsAClientThatExpectsItToContinue) {
    auto server = serve_echo();
    RawConnection connection(server->address());
    connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(connection.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 100 Continue"));
    connection.send("hello");
    EXPECT_THAT(connection.read_to_end(), HasSubstr("body 5 hello"));
    EXPECT_THAT(say(*server, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\nExpect: 100-continue\r\n\r\n"),
                StartsWith("HTTP/1.1 413"))
        << "not asked to send what will be refused";
}

TEST(HttpServer, SpeaksHttp10) {
    auto server = serve_echo();
    const std::string answer = say(*server, "GET /old HTTP/1.0\r\n\r\n");
    EXPECT_THAT(answer, HasSubstr("GET /old"));
    EXPECT_THAT(answer, HasSubstr("Connection: close"));
}

TEST(HttpServer, GzipsTextForThoseWhoAcceptIt) {
    const std::string page(10'000, 'p');
    auto server = serve([&](HttpRequest&& request, Responder responder) {
        HttpResponse response = HttpResponse::text(200, page, request.path == "/image" ? "image/png" : "text/html; charset=utf-8");
        if (request.path == "/small") response.body = "small";
        responder.send(std::move(response));
    });
    const auto ask = [&](const char* path, const char* accept) {
        return say(*server, std::string("GET ") + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAccept-Encoding: " + accept + "\r\n\r\n");
    };
    EXPECT_THAT(ask("/", "br, gzip;q=0.5"), HasSubstr("Content-Encoding: gzip"));
    for (const auto& [path, accept] : {std::pair{"/", "gzip;q=0"}, {"/", "br"}, {"/image", "gzip"}, {"/small", "gzip"}}) {
        EXPECT_THAT(ask(path, accept), testing::Not(HasSubstr("Content-Encoding"))) << path << accept;
    }
    EXPECT_EQ(client_of(*server).get("/")->body, page) << "the client inflates";
}

TEST(HttpServer, SendsStaticBytesWithoutCopying) {
    static const std::string file(3'000'000, 's');
    auto server = serve([&](HttpRequest&&, Responder responder) {
        HttpResponse response;
        response.static_body = file;
        responder.send(std::move(response));
    });
    EXPECT_EQ(client_of(*server).get("/")->body, file);
}

TEST(HttpServer, LetsNoHeaderValueBeginAnotherHeader) {
    auto server = serve([&](HttpRequest&&, Responder responder) {
        HttpResponse response = HttpResponse::text(200, "x");
        response.headers.add("Content-Disposition", "attachment; filename=a\r\nSet-Cookie: evil=1");
        responder.send(std::move(response));
    });
    EXPECT_FALSE(client_of(*server).get("/")->headers.has("Set-Cookie"));
}

TEST(HttpServer, Answers500WhenAHandlerThrowsOrForgets) {
    auto server = serve([&](HttpRequest&& request, Responder responder) {
        if (request.path == "/throw") throw std::runtime_error("broken");
        const Responder forgotten(std::move(responder));
    });
    auto client = client_of(*server);
    EXPECT_EQ(client.get("/throw")->status, 500);
    EXPECT_EQ(client.get("/forget")->status, 500);
}

TEST(HttpServer, CanBeAnsweredLaterFromAnotherThread) {
    std::promise<Responder> promise;
    auto server = serve([&](HttpRequest&&, Responder responder) { promise.set_value(std::move(responder)); });
    std::thread later([&] { promise.get_future().get().send(HttpResponse::text(202, "later")); });
    EXPECT_EQ(client_of(*server).get("/")->status, 202);
    later.join();
}

TEST(HttpServer, Answers503WhenAllWorkersAreBusy) {
    std::promise<void> release;
    const std::shared_future<void> released = release.get_future().share();
    std::atomic<int> inside = 0;
    HttpServerOptions options;
    options.worker_threads = 1;
    options.worker_queue = 1;
    auto server = serve([&](HttpRequest&&, Responder responder) {
        ++inside;
        released.wait();
        responder.send(HttpResponse::text(200, "done"));
    }, std::move(options));
    RawConnection first(server->address());
    first.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    while (inside == 0) std::this_thread::yield();
    // One more waits in the queue; which of these two it is does not matter.
    RawConnection second(server->address());
    RawConnection third(server->address());
    second.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    third.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    pollfd ready[] = {{second.fd(), POLLIN, 0}, {third.fd(), POLLIN, 0}};
    ASSERT_GE(::poll(ready, 2, 30'000), 1);
    EXPECT_THAT((ready[0].revents ? second : third).read_to_end(), HasSubstr("Retry-After: 1"));
    release.set_value();
    EXPECT_THAT(first.read_to_end(), HasSubstr("done"));
    EXPECT_THAT((ready[0].revents ? third : second).read_to_end(), HasSubstr("done"));
}

TEST(HttpServer, TellsAHandlerThatTheClientHasGone) {
    std::promise<bool> told;
    const auto server = serve([&](HttpRequest&& request, Responder responder) {
        if (request.path == "/slow") {
            std::mutex mutex;
            std::condition_variable_any hung_up;
            std::unique_lock lock(mutex);
            hung_up.wait_for(lock, request.gone, std::chrono::nanoseconds(kPatience), [] { return false; });
            told.set_value(request.gone.stop_requested());
        }
        responder.send(HttpResponse::text(200, request.gone.stop_requested() ? "gone" : "here"));
    });
    {
        RawConnection connection(server->address());
        connection.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\nGET /second HTTP/1.1\r\nHost: a\r\n\r\n");
        connection.read_until("here");
        connection.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    EXPECT_TRUE(told.get_future().get());
}

TEST(HttpServer, HangsUpOnSlowAndIdleClients) {
    HttpServerOptions options;
    options.header_timeout = options.body_timeout = options.idle_timeout = 20 * base::kMillisecond;
    auto server = serve_echo(std::move(options));
    for (const char* beginning : {"", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\nX: ", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"}) {
        RawConnection connection(server->address());
        connection.send(beginning);
        EXPECT_EQ(connection.read_to_end(), "") << beginning;
    }
}

TEST(HttpServer, KeepsToItsConnectionLimit) {
    base::Metrics metrics;
    HttpServerOptions options;
    options.max_connections = 2;
    options.metrics = &metrics;
    auto server = serve_echo(std::move(options));
    RawConnection one(server->address());
    RawConnection two(server->address());
    for (RawConnection* connection : {&one, &two}) {
        connection->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_THAT(connection->read_until("body 0"), HasSubstr("200 OK"));
    }
    RawConnection three(server->address());
    three.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(three.read_to_end(), "");
    EXPECT_EQ(metrics.sum("shuwei_http_connections"), 2);
    EXPECT_EQ(metrics.sum("shuwei_http_requests_total"), 2);
}

TEST(HttpStreaming, PushesFromAnyThreadUntilItEnds) {
    std::thread pusher;
    auto server = serve([&](HttpRequest&&, Responder responder) {
        HttpResponse head;
        head.headers.add("Content-Type", "text/event-stream");
        HttpStream stream = responder.open_stream(std::move(head));
        pusher = std::thread([stream]() mutable {
            for (int i = 0; i < 5'000; ++i) {
                if (stream.push_waiting("data: " + std::to_string(i) + "\n\n", kPatience) != StreamPush::ok) break;
            }
            stream.end();
            EXPECT_EQ(stream.push("late"), StreamPush::closed);
        });
    });
    std::string all;
    const auto response = client_of(*server).send_streaming({}, [&](std::string_view chunk) {
        all += chunk;
        return true;
    });
    pusher.join();
    ASSERT_TRUE(response) << response.error().to_string();
    EXPECT_EQ(response->headers.get("Content-Type"), "text/event-stream");
    std::string expected;
    for (int i = 0; i < 5'000; ++i) expected += "data: " + std::to_string(i) + "\n\n";
    EXPECT_EQ(all, expected);
}

TEST(HttpStreaming, BeatsItsHeartAndNoticesTheClientLeaving) {
    std::promise<void> closed;
    std::promise<HttpStream> opened;
    auto server = serve([&](HttpRequest&&, Responder responder) {
        HttpStreamOptions options;
        options.heartbeat = base::kMillisecond;
        HttpStream stream = responder.open_stream({}, options);
        stream.on_closed([&] { closed.set_value(); });
        opened.set_value(stream);
    });
    RawConnection connection(server->address());
    connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(connection.read_until(": \n\n\r\n4\r\n: \n\n"), HasSubstr("Transfer-Encoding: chunked"));
    HttpStream stream = opened.get_future().get();
    EXPECT_FALSE(stream.closed());
    connection.close();
    closed.get_future().wait();
    EXPECT_TRUE(stream.closed());
    EXPECT_EQ(stream.push("x"), StreamPush::closed);
    bool told = false;
    stream.on_closed([&] { told = true; });
    EXPECT_TRUE(told);
}

TEST(HttpStreaming, SaysWhenAClientDoesNotKeepUp) {
    std::promise<HttpStream> opened;
    auto server = serve([&](HttpRequest&&, Responder responder) {
        HttpStreamOptions options;
        options.queue_bytes = 100'000;
        opened.set_value(responder.open_stream({}, options));
    });
    RawConnection connection(server->address());
    connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    HttpStream stream = opened.get_future().get();
    const std::string chunk(50'000, 'c');
    size_t pushed = 0;
    StreamPush outcome = StreamPush::ok;
    while (outcome == StreamPush::ok) {  // until the kernel's buffers and ours are full
        outcome = stream.push_waiting(chunk, 20 * base::kMillisecond);
        if (outcome == StreamPush::ok) ++pushed;
    }
    EXPECT_EQ(outcome, StreamPush::full);
    std::thread reader([&] { EXPECT_GT(connection.read_to_end().size(), (pushed + 1) * chunk.size()) << "nothing that was taken is lost"; });
    EXPECT_EQ(stream.push_waiting(chunk, kPatience), StreamPush::ok);
    stream = {};  // the last copy: the stream ends
    reader.join();
}

TEST(HttpStreaming, EndsByClosingForHttp10AndIsEmptyForHead) {
    auto server = serve([](HttpRequest&&, Responder responder) {
        HttpResponse head;
        head.body = "first,";
        HttpStream stream = responder.open_stream(std::move(head));
        stream.push("second");
    });
    EXPECT_THAT(say(*server, "GET / HTTP/1.0\r\n\r\n"), testing::EndsWith("\r\n\r\nfirst,second"));
    EXPECT_THAT(say(*server, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"), testing::EndsWith("\r\n\r\n"));
}

TEST(HttpServer, StopsCleanlyWithEveryKindOfConnection) {
    std::promise<HttpStream> opened;
    std::promise<Responder> kept;
    std::promise<void> in_slow;
    std::promise<void> release;
    auto server = serve([&](HttpRequest&& request, Responder responder) {
        if (request.path == "/stream") opened.set_value(responder.open_stream({}));
        if (request.path == "/keep") kept.set_value(std::move(responder));
        if (request.path == "/slow") {
            in_slow.set_value();
            release.get_future().wait();
            responder.send(HttpResponse::text(200, "finished"));
        }
    }, [] {
        HttpServerOptions options;
        options.drain_timeout = 50 * base::kMillisecond;  // the kept responder is never answered in time
        return options;
    }());
    RawConnection idle(server->address());
    RawConnection streaming(server->address());
    RawConnection waiting(server->address());
    RawConnection slow(server->address());
    streaming.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    waiting.send("GET /keep HTTP/1.1\r\nHost: a\r\n\r\n");
    slow.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    HttpStream stream = opened.get_future().get();
    Responder responder = kept.get_future().get();
    in_slow.get_future().wait();
    std::thread releaser([&] { release.set_value(); });
    server->stop();
    releaser.join();
    EXPECT_EQ(idle.read_to_end(), "");
    EXPECT_THAT(streaming.read_to_end(), testing::EndsWith("0\r\n\r\n"));
    EXPECT_THAT(slow.read_to_end(), HasSubstr("finished"));
    EXPECT_EQ(waiting.read_to_end(), "");
    EXPECT_TRUE(stream.closed());
    EXPECT_EQ(HttpClient::create("http://" + server->address().to_string())->get("/").error().code(), ErrorCode::unavailable);
    server.reset();
    responder.send(HttpResponse::text(200, "too late"));
    EXPECT_EQ(stream.push("too late"), StreamPush::closed);
}

TEST(HttpServer, ManyClientsAtOnce) {
    auto server = serve_echo();
    std::atomic<int> answered = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&, t] {
            auto client = client_of(*server);
            for (int i = 0; i < 100; ++i) {
                const std::string mark = std::to_string(t) + "-" + std::to_string(i);
                const auto response = client.post("/" + mark, mark);
                ASSERT_TRUE(response) << response.error().to_string();
                ASSERT_THAT(response->body, HasSubstr("POST /" + mark + "\nbody"));
                ++answered;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(answered, 800);
}

TEST(HttpServer, RefusesATakenPort) {
    auto server = serve_echo();
    const auto second = HttpServer::start(server->address(), {}, [](HttpRequest&&, Responder) {});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), ErrorCode::already_exists);
}

TEST(HttpClient, RefusesAddressesItCannotUse) {
    for (const char* wrong : {"", "127.0.0.1:80", "ftp://a/", "http://", "http://a:0", "http://a:99999", "http://user@a/", "http://a b/"}) {
        EXPECT_FALSE(HttpClient::create(wrong)) << wrong;
    }
}

TEST(HttpClient, PutsThePrefixBeforeEveryTarget) {
    auto server = serve_echo();
    auto client = HttpClient::create("http://" + server->address().to_string() + "/soc/").value();
    EXPECT_THAT(client.get("/api/v1/version")->body, HasSubstr("GET /soc/api/v1/version"));
}

TEST(HttpClient, ConnectsAgainWhenAKeptConnectionWasClosed) {
    auto first = serve_echo();
    const SocketAddress address = first->address();
    auto client = client_of(*first);
    ASSERT_EQ(client.get("/")->status, 200);
    first.reset();
    auto second = HttpServer::start(address, {}, [](HttpRequest&& request, Responder responder) { responder.send(echo(request)); });
    if (!second) GTEST_SKIP() << "skipped: another process took the port";
    const auto response = client.post("/", "x");
    ASSERT_TRUE(response) << response.error().to_string();
    EXPECT_EQ(response->status, 200);
}

TEST(HttpClient, GivesUpWithAReason) {
    auto server = serve([](HttpRequest&& request, Responder responder) {
        static std::vector<Responder> never_answered;
        if (request.path == "/never") {
            never_answered.push_back(std::move(responder));
        } else {
            responder.send(HttpResponse::text(200, std::string(2000, 'x')));
        }
    }, [] {
        HttpServerOptions impatient;
        impatient.drain_timeout = base::kMillisecond;
        return impatient;
    }());
    HttpClientOptions options;
    options.timeout = 10 * base::kMillisecond;
    EXPECT_EQ(client_of(*server, options).get("/never").error().code(), ErrorCode::deadline_exceeded);
    options = {};
    options.max_body_bytes = 1000;
    EXPECT_EQ(client_of(*server, options).get("/").error().code(), ErrorCode::too_large);
    HttpClientRequest evil;
    evil.headers.add("X", "a\r\nY: b");
    EXPECT_EQ(client_of(*server).send(evil).error().code(), ErrorCode::invalid_argument);

    const auto listener = listen_tcp(kLoopback).value();
    std::thread liar([&] {
        pollfd ready{listener.get(), POLLIN, 0};
        ::poll(&ready, 1, 30'000);
        const base::FileDescriptor peer(::accept(listener.get(), nullptr, nullptr));
        EXPECT_TRUE(base::write_all(peer.get(), "220 mail.example ESMTP\r\n\r\n"));
        char buffer[1000];
        while (::read(peer.get(), buffer, sizeof buffer) > 0) {}
    });
    {
        auto client = HttpClient::create("http://" + local_address(listener.get()).to_string()).value();
        EXPECT_EQ(client.get("/").error().code(), ErrorCode::data_corrupt);
    }
    liar.join();
}

}  // namespace
}  // namespace shuwei::net
