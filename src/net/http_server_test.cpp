#include "net/http_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <future>
#include <latch>
#include <semaphore>

#include "net/content_encoding.h"
#include "net/raw_client_for_test.h"

namespace monitorai::net {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kHello = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";

/// Blocks until the request is cancelled.
void wait_for_cancel(const HttpRequest& request) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait(lock, request.cancelled, [] { return false; });
}

/// Waits, without sleeping for a fixed time, until the condition holds; false after a long while.
bool comes_true(const std::function<bool()>& condition) {
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > patience) return false;
    std::this_thread::yield();
  }
  return true;
}

class HttpServerTest : public testing::Test {
 protected:
  std::shared_ptr<Router> router() {
    auto out = std::make_shared<Router>();
    out->add("GET", "/hello", [](const HttpRequest&) { return HttpResponse::text(200, "hello"); });
    out->add("POST", "/echo", [](const HttpRequest& request) { return HttpResponse::text(200, request.body); });
    out->add("GET", "/path/{rest...}", [](const HttpRequest& request) { return HttpResponse::text(200, request.path); });
    out->add("GET", "/text", [](const HttpRequest&) { return HttpResponse::text(200, std::string(100'000, 'x')); });
    out->add("GET", "/empty", [](const HttpRequest&) { return HttpResponse{204}; });
    out->add("GET", "/throws", [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("a secret of the inside"); });
    out->add("GET", "/status/{code}", [](const HttpRequest& request) { return HttpResponse::text(std::stoi(std::string(request.path_parameter("code"))), "x"); });
    out->add("GET", "/parts", [](const HttpRequest&) {
      HttpResponse response;
      response.stream = [](BodyWriter& body) {
        for (const std::string_view part : {"one ", "", "two ", "three"}) EXPECT_TRUE(body.write(part));
      };
      return response;
    });
    out->add("GET", "/endless", [this](const HttpRequest&) {
      HttpResponse response;
      response.stream = [this](BodyWriter& body) {
        const std::string part(10'000, 'x');
        while (body.write(part)) streamed_ += part.size();
        stream_ended_.count_down();
      };
      return response;
    });
    out->add("GET", "/breaks", [](const HttpRequest&) {
      HttpResponse response;
      response.stream = [](BodyWriter& body) {
        body.write("half");
        throw std::runtime_error("broken");
      };
      return response;
    });
    out->add("GET", "/waits", [this](const HttpRequest& request) {
      reached_.release();
      wait_for_cancel(request);
      cancelled_.count_down();
      return HttpResponse::text(200, "was cancelled");
    });
    out->add("GET", "/held", [this](const HttpRequest&) {
      reached_.release();
      release_.acquire();
      return HttpResponse::text(200, "released");
    });
    return out;
  }

  HttpServer& start(HttpLimits limits = {}) {
    server_ = std::make_unique<HttpServer>(limits);
    port_ = server_->listen({.name = "main", .router = router()}).value();
    return *server_;
  }

  RawClient client() const { return RawClient(port_); }
  bool rejected(Rejected reason, uint64_t times) {
    return comes_true([&] { return server_->counts().rejected_by(reason) == times; });
  }

  std::atomic<size_t> streamed_{0};
  std::latch stream_ended_{1};
  std::counting_semaphore<> reached_{0};
  std::counting_semaphore<> release_{0};
  std::latch cancelled_{1};
  std::unique_ptr<HttpServer> server_;
  uint16_t port_ = 0;
};

TEST_F(HttpServerTest, answers_requests_on_one_connection) {
  start();
  RawClient one = client();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(one.ask(kHello).body, "hello");
  constexpr std::string_view kPost = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
  EXPECT_EQ(one.ask(kPost).body, "abc");
  const HttpCounts counts = server_->counts();
  EXPECT_EQ(counts.responses[1], 4);
  EXPECT_EQ(counts.connections_accepted, 1);
  EXPECT_EQ(counts.connections_open, 1);
  EXPECT_EQ(counts.bytes_received, 3 * kHello.size() + kPost.size());
}

TEST_F(HttpServerTest, a_response_has_the_fields_that_http_asks_for) {
  start();
  const RawResponse response = client().ask(kHello);
  EXPECT_EQ(response.header("server"), "monitorai");
  EXPECT_EQ(response.header("content-length"), "5");
  EXPECT_EQ(response.header("connection"), "keep-alive");
  EXPECT_EQ(response.header("date").size(), 29);
}

TEST_F(HttpServerTest, bytes_may_come_one_by_one) {
  start();
  RawClient slow = client();
  for (const char c : std::string("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")) slow.send({&c, 1});
  EXPECT_EQ(slow.receive().body, "abcde");
}

TEST_F(HttpServerTest, pipelined_requests_are_answered_in_order) {
  start();
  RawClient pipe = client();
  std::string all;
  for (int i = 0; i < 200; ++i) all += fmt::format("GET /path/{} HTTP/1.1\r\nHost: x\r\n\r\n", i);
  all += "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nlast";
  pipe.send(all);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(pipe.receive().body, fmt::format("/path/{}", i));
  EXPECT_EQ(pipe.receive().body, "last");
}

TEST_F(HttpServerTest, head_gets_the_fields_and_no_body) {
  start();
  RawClient one = client();
  one.send("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\nHEAD /parts HTTP/1.1\r\nHost: x\r\n\r\nGET /empty HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(one.receive(true).header("content-length"), "5");
  EXPECT_EQ(one.receive(true).header("transfer-encoding"), "chunked");
  one.send(kHello);
  EXPECT_EQ(one.receive().status, 204);
  EXPECT_EQ(one.receive().body, "hello");
}

TEST_F(HttpServerTest, a_body_that_asks_first_is_told_to_come) {
  start();
  RawClient polite = client();
  EXPECT_EQ(polite.ask("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n").status, 100);
  EXPECT_EQ(polite.ask("abc").body, "abc");
  EXPECT_EQ(client().ask("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n").status, 413);
}

TEST_F(HttpServerTest, gzip_bodies_are_taken_and_given) {
  start();
  const std::string packed = gzip("hello in gzip");
  RawClient one = client();
  EXPECT_EQ(one.ask(fmt::format("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n{}", packed.size(), packed)).body,
            "hello in gzip");
  RawResponse text = one.ask("GET /text HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
  EXPECT_EQ(text.header("content-encoding"), "gzip");
  EXPECT_EQ(text.header("vary"), "Accept-Encoding");
  EXPECT_EQ(gunzip(text.body, 1 << 20).value_or(""), std::string(100'000, 'x'));
  text = one.ask("GET /text HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip;q=0, *\r\n\r\n");
  EXPECT_EQ(text.header("content-encoding"), "");
  EXPECT_EQ(text.body.size(), 100'000);
  EXPECT_EQ(one.ask("GET /hello HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n").header("content-encoding"), "") << "too short to gain by it";
}

TEST_F(HttpServerTest, bad_gzip_and_bombs_are_refused_and_the_connection_lives) {
  start({.body_bytes_max = 100'000});
  RawClient one = client();
  const auto post = [&](std::string_view body, std::string_view encoding = "gzip") {
    return one.ask(fmt::format("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Encoding: {}\r\nContent-Length: {}\r\n\r\n{}", encoding, body.size(), body));
  };
  EXPECT_EQ(post("not gzip").status, 400);
  EXPECT_EQ(post(gzip(std::string(100'001, '\0'))).status, 413);
  EXPECT_EQ(post("x", "gzip, gzip").status, 415);
  EXPECT_EQ(post(gzip(std::string(100'000, '\0'))).body.size(), 100'000);
  EXPECT_EQ(post("as it is", "snappy").body, "as it is");
  EXPECT_EQ(server_->counts().rejected_by(Rejected::content_encoding), 2);
  EXPECT_EQ(server_->counts().rejected_by(Rejected::body_too_large), 1);
}

TEST_F(HttpServerTest, http_1_0_gets_its_answer_and_the_end) {
  start();
  RawClient old = client();
  EXPECT_EQ(old.ask("GET /hello HTTP/1.0\r\n\r\n").header("connection"), "close");
  EXPECT_TRUE(old.at_end());
  RawClient streamed = client();
  streamed.send("GET /parts HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const std::string all = streamed.receive_rest();
  EXPECT_TRUE(all.ends_with("\r\n\r\none two three")) << all;
}

TEST_F(HttpServerTest, refusals_have_one_line_and_close_the_connection) {
  start({.body_bytes_max = 1000});
  const auto f = [&](std::string_view request, int status) {
    RawClient one = client();
    const RawResponse response = one.ask(request);
    EXPECT_EQ(response.status, status) << request.substr(0, 100);
    EXPECT_EQ(std::count(response.body.begin(), response.body.end(), '\n'), 1);
    EXPECT_TRUE(one.at_end());
  };
  f("nonsense\r\n\r\n", 400);
  f("GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 400);
  f("GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505);
  f("BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 501);
  f("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414);
  f("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n", 431);
  // The refusal can be read although the client is still sending the body that it is about.
  f("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + std::string(1'000'000, 'x'), 413);
  f("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n", 400);
}

TEST_F(HttpServerTest, what_is_not_served_keeps_the_connection) {
  start();
  RawClient one = client();
  EXPECT_EQ(one.ask("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n").status, 404);
  const RawResponse wrong_method = one.ask("DELETE /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(wrong_method.status, 405);
  EXPECT_EQ(wrong_method.header("allow"), "GET");
  EXPECT_EQ(one.ask(kHello).status, 200);
}

TEST_F(HttpServerTest, a_handler_that_fails_is_a_500_without_its_secrets) {
  start();
  RawClient one = client();
  const RawResponse failed = one.ask("GET /throws HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(failed.status, 500);
  EXPECT_EQ(failed.body.find("secret"), std::string::npos);
  for (const int status : {0, 99, 199, 600, -5}) EXPECT_EQ(one.ask(fmt::format("GET /status/{} HTTP/1.1\r\nHost: x\r\n\r\n", status)).status, 500);
  EXPECT_EQ(one.ask(kHello).status, 200);
  EXPECT_EQ(server_->counts().rejected_by(Rejected::handler_failed), 6);
}

TEST_F(HttpServerTest, the_guard_comes_before_the_router) {
  HttpServer server;
  const HttpGuard guard = [](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.header("authorization") == "Bearer right") return std::nullopt;
    HttpResponse refused = HttpResponse::text(401, "who are you?\n");
    refused.headers.emplace_back("WWW-Authenticate", "Bearer");
    return refused;
  };
  port_ = server.listen({.name = "main", .router = router(), .guard = guard}).value();
  RawClient one = client();
  EXPECT_EQ(one.ask("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n").status, 401);
  EXPECT_EQ(one.ask(kHello).header("www-authenticate"), "Bearer");
  EXPECT_EQ(one.ask("GET /hello HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer right\r\n\r\n").status, 200);
  EXPECT_EQ(server.counts().rejected_by(Rejected::guard), 2);
}

TEST_F(HttpServerTest, streamed_bodies_come_in_chunks) {
  start();
  RawClient one = client();
  const RawResponse streamed = one.ask("GET /parts HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(streamed.header("transfer-encoding"), "chunked");
  EXPECT_EQ(streamed.body, "one two three");
  EXPECT_EQ(one.ask(kHello).body, "hello");
}

TEST_F(HttpServerTest, a_stream_that_breaks_has_no_last_chunk) {
  start();
  RawClient one = client();
  one.send("GET /breaks HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string all = one.receive_rest();
  EXPECT_TRUE(all.ends_with("\r\n\r\n4\r\nhalf\r\n")) << all;
}

TEST_F(HttpServerTest, a_slow_reader_holds_the_writer_back) {
  start({.stream_bytes_waiting_max = 100'000});
  RawClient slow = client();
  slow.read_slowly();
  slow.send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n");
  // What the sockets hold differs from machine to machine; that it ends does not.
  size_t before = 0;
  int still = 0;
  ASSERT_TRUE(comes_true([&] {
    const size_t now = streamed_;
    still = now > 0 && now == before ? still + 1 : 0;
    before = now;
    return still > 10'000;
  }));
  const size_t held = streamed_;
  EXPECT_LT(held, 32u << 20);
  slow.read_fast();
  size_t read = 0;
  while (read < held + 1'000'000) read += slow.receive_some(1 << 20).size();
  EXPECT_GT(streamed_, held);
  slow.reset();
  stream_ended_.wait();
}

TEST_F(HttpServerTest, a_reader_that_stopped_is_given_up_on) {
  start({.write_timeout = milliseconds(50)});
  RawClient stuck = client();
  stuck.read_slowly();
  stuck.send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n");
  stream_ended_.wait();
  EXPECT_TRUE(rejected(Rejected::write_timeout, 1));
}

TEST_F(HttpServerTest, streams_do_not_use_up_the_workers) {
  start({.workers = 1, .streams_max = 2});
  RawClient first = client(), second = client(), third = client();
  for (RawClient* stream : {&first, &second}) {
    stream->read_slowly();
    stream->send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  ASSERT_TRUE(comes_true([&] { return server_->counts().streams_running == 2; }));
  EXPECT_EQ(third.ask(kHello).body, "hello");
  const RawResponse refused = third.ask("GET /parts HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.header("retry-after"), "5");
  first.reset();
  ASSERT_TRUE(comes_true([&] { return server_->counts().streams_running == 1; }));
  EXPECT_EQ(third.ask("GET /parts HTTP/1.1\r\nHost: x\r\n\r\n").body, "one two three");
}

TEST_F(HttpServerTest, a_client_that_leaves_cancels_its_request) {
  start();
  {
    RawClient leaves = client();
    leaves.send("GET /waits HTTP/1.1\r\nHost: x\r\n\r\n");
    reached_.acquire();
  }
  cancelled_.wait();
  EXPECT_TRUE(comes_true([&] { return server_->counts().clients_gone == 1 && server_->counts().connections_open == 0; }));
}

TEST_F(HttpServerTest, a_client_that_only_stops_sending_still_gets_its_answer) {
  start();
  RawClient half = client();
  half.send(kHello);
  half.finish_sending();
  EXPECT_EQ(half.receive().body, "hello");
  EXPECT_TRUE(half.at_end());
}

TEST_F(HttpServerTest, late_headers_and_bodies_are_408) {
  start({.header_timeout = milliseconds(30), .body_timeout = milliseconds(30)});
  RawClient loris = client();
  EXPECT_EQ(loris.ask("GET /hello HTT").status, 408);
  EXPECT_TRUE(loris.at_end());
  RawClient upload = client();
  EXPECT_EQ(upload.ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc").status, 408);
  EXPECT_EQ(server_->counts().rejected_by(Rejected::header_timeout), 1);
  EXPECT_EQ(server_->counts().rejected_by(Rejected::body_timeout), 1);
}

TEST_F(HttpServerTest, bytes_that_trickle_do_not_buy_time) {
  start({.header_timeout = milliseconds(50)});
  RawClient loris = client();
  loris.send("GET /hello HTTP/1.1\r\n");
  // A byte whenever the last one has gone out, until the server has had enough.
  while (loris.send("X") && server_->counts().rejected_by(Rejected::header_timeout) == 0 && server_->counts().rejected_by(Rejected::header_too_large) == 0)
    std::this_thread::yield();
  EXPECT_TRUE(comes_true([&] { return server_->counts().responses[3] == 1; }));
}

TEST_F(HttpServerTest, idle_connections_are_closed_without_a_word) {
  start({.idle_timeout = milliseconds(30)});
  RawClient idle = client();
  EXPECT_TRUE(idle.at_end());
  RawClient used = client();
  EXPECT_EQ(used.ask(kHello).status, 200);
  EXPECT_TRUE(used.at_end());
  EXPECT_EQ(server_->counts().rejected_by(Rejected::idle_timeout), 2);
}

TEST_F(HttpServerTest, one_connection_too_many_is_told_so) {
  start({.connections_max = 2});
  RawClient one = client(), two = client();
  EXPECT_EQ(one.ask(kHello).status, 200);
  EXPECT_EQ(two.ask(kHello).status, 200);
  RawClient three = client();
  const RawResponse full = three.receive();
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(full.header("retry-after"), "1");
  EXPECT_TRUE(three.at_end());
  one.reset();
  ASSERT_TRUE(comes_true([&] { return server_->counts().connections_open == 1; }));
  EXPECT_EQ(client().ask(kHello).status, 200);
  EXPECT_EQ(server_->counts().rejected_by(Rejected::connections_full), 1);
}

TEST_F(HttpServerTest, a_thousand_idle_connections_cost_nobody_anything) {
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = std::max<rlim_t>(limit.rlim_cur, std::min<rlim_t>(limit.rlim_max, 4096));
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_cur < 2200) GTEST_SKIP() << "only " << limit.rlim_cur << " descriptors allowed";
  start();
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < 1000; ++i) idle.push_back(std::make_unique<RawClient>(port_));
  ASSERT_TRUE(comes_true([&] { return server_->counts().connections_open == 1000; }));
  RawClient busy = client();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(busy.ask(kHello).status, 200);
  EXPECT_EQ(idle.back()->ask(kHello).status, 200);
  server_->stop();
  EXPECT_EQ(server_->counts().connections_open, 0);
  EXPECT_TRUE(idle.front()->at_end());
}

TEST_F(HttpServerTest, requests_beyond_the_queue_are_told_to_come_again) {
  start({.workers = 1, .requests_waiting_max = 1});
  RawClient running = client(), waiting = client(), refused = client();
  running.send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n");
  reached_.acquire();
  waiting.send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(comes_true([&] { return server_->counts().requests_waiting == 1; }));
  const RawResponse full = refused.ask(kHello);
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(full.header("retry-after"), "1");
  release_.release(2);
  EXPECT_EQ(running.receive().body, "released");
  EXPECT_EQ(waiting.receive().body, "released");
  EXPECT_EQ(refused.ask(kHello).body, "hello") << "the refused connection lives";
  EXPECT_EQ(server_->counts().rejected_by(Rejected::workers_full), 1);
}

TEST_F(HttpServerTest, bodies_together_have_a_limit_and_give_back_what_they_held) {
  start({.body_bytes_max = 100'000, .bodies_bytes_max = 150'000});
  const std::string head = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n";
  RawClient one = client(), two = client();
  one.send(head + std::string(99'999, 'x'));
  ASSERT_TRUE(comes_true([&] { return server_->counts().bytes_received == head.size() + 99'999; }));
  EXPECT_EQ(two.ask(head + std::string(99'999, 'x')).status, 503);
  EXPECT_EQ(one.ask("x").body.size(), 100'000);
  EXPECT_EQ(client().ask(head + std::string(100'000, 'x')).status, 200);
  EXPECT_EQ(server_->counts().rejected_by(Rejected::bodies_full), 1);
}

TEST_F(HttpServerTest, forms_with_too_many_pairs_are_refused) {
  start({.form_pairs_max = 3});
  const auto f = [&](std::string_view form) {
    return client().ask(fmt::format("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{}",
                                    form.size(), form)).status;
  };
  EXPECT_EQ(f("a=1&b=2&c=3"), 200);
  EXPECT_EQ(f("a=1&b=2&c=3&d=4"), 413);
}

TEST_F(HttpServerTest, a_taken_port_is_an_error_that_names_it_and_ends_nothing_else) {
  HttpServer& first = start();
  HttpServer other;
  const auto taken = other.listen({.name = "main", .port = port_, .router = router()});
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().message, fmt::format("cannot listen on 127.0.0.1:{}: Address already in use (errno 98)", port_));
  EXPECT_EQ(taken.error().code, Code::unavailable);
  EXPECT_EQ(client().ask(kHello).status, 200);
  const auto elsewhere = other.listen({.name = "main", .router = router()});
  ASSERT_TRUE(elsewhere);
  EXPECT_NE(*elsewhere, port_);
  EXPECT_EQ(first.listen({.name = "main", .router = router()}).error().code, Code::invalid) << "the name is taken";
}

TEST_F(HttpServerTest, hosts_that_are_none_are_refused) {
  HttpServer server;
  for (const std::string host : {"", "no.such.host.invalid", "999.1.1.1", "203.0.113.7"}) {
    const auto refused = server.listen({.name = "main", .host = host, .router = router()});
    ASSERT_FALSE(refused) << host;
    EXPECT_EQ(refused.error().code, Code::invalid) << refused.error().message;
  }
  EXPECT_TRUE(server.listen({.name = "main", .host = "localhost", .router = router()}));
}

TEST_F(HttpServerTest, a_listener_can_serve_something_else_from_the_next_request_on) {
  HttpServer& server = start();
  RawClient one = client();
  EXPECT_EQ(one.ask(kHello).body, "hello");
  auto replaced = std::make_shared<Router>();
  replaced->add("GET", "/hello", [](const HttpRequest&) { return HttpResponse::text(200, "again"); });
  EXPECT_TRUE(server.replace("main", replaced));
  EXPECT_EQ(one.ask(kHello).body, "again");
  EXPECT_EQ(server.replace("other", replaced).error().code, Code::not_found);
}

TEST_F(HttpServerTest, a_closed_listener_keeps_its_connections) {
  HttpServer& server = start();
  const uint16_t second = server.listen({.name = "second", .router = router()}).value();
  RawClient one(second);
  EXPECT_EQ(one.ask(kHello).status, 200);
  EXPECT_TRUE(server.close("second"));
  EXPECT_EQ(one.ask(kHello).status, 200);
  EXPECT_EQ(client().ask(kHello).status, 200);
  EXPECT_EQ(server.close("second").error().code, Code::not_found);
  EXPECT_TRUE(comes_true([&] { return server.listen({.name = "second", .port = second, .router = router()}).has_value(); }));
}

TEST_F(HttpServerTest, stopping_lets_a_running_request_finish_and_closes_idle_ones) {
  HttpServer& server = start({.stop_grace = std::chrono::minutes(1), .stop_timeout = std::chrono::minutes(1)});
  RawClient idle = client(), running = client();
  EXPECT_EQ(idle.ask(kHello).status, 200);
  running.send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n");
  reached_.acquire();
  std::jthread stopper([&] { server.stop(); });
  EXPECT_TRUE(idle.at_end());
  release_.release();
  const RawResponse last = running.receive();
  EXPECT_EQ(last.body, "released");
  EXPECT_EQ(last.header("connection"), "close");
  EXPECT_TRUE(running.at_end());
  stopper.join();
  EXPECT_FALSE(server.listen({.name = "late", .router = router()}));
}

TEST_F(HttpServerTest, stopping_cancels_what_does_not_finish_in_time) {
  HttpServer& server = start({.stop_grace = milliseconds(10), .stop_timeout = std::chrono::minutes(1)});
  RawClient running = client();
  running.send("GET /waits HTTP/1.1\r\nHost: x\r\n\r\n");
  reached_.acquire();
  server.stop();
  cancelled_.wait();
  EXPECT_EQ(running.receive().body, "was cancelled");
}

TEST_F(HttpServerTest, stopping_cuts_streams_short_and_says_so) {
  HttpServer& server = start({.stop_grace = milliseconds(10), .stop_timeout = milliseconds(20)});
  RawClient stuck = client();
  stuck.read_slowly();
  stuck.send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(comes_true([&] { return streamed_ > 0; }));
  server.stop();
  stream_ended_.wait();
  stuck.read_fast();
  EXPECT_FALSE(stuck.receive_rest().ends_with("0\r\n\r\n"));
  EXPECT_EQ(server.counts().connections_open, 0);
}

TEST_F(HttpServerTest, many_clients_at_once_get_their_own_answers) {
  start();
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      RawClient one = client();
      for (int i = 0; i < 200; ++i)
        ASSERT_EQ(one.ask(fmt::format("GET /path/{}/{} HTTP/1.1\r\nHost: x\r\n\r\n", t, i)).body, fmt::format("/path/{}/{}", t, i));
    });
  threads.clear();
  EXPECT_EQ(server_->counts().responses[1], 1600);
  EXPECT_EQ(server_->counts().requests_running, 0);
  EXPECT_EQ(server_->counts().requests_waiting, 0);
}

}  // namespace
}  // namespace monitorai::net
