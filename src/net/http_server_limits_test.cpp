#include <sys/resource.h>

#include "net/http_server_for_test.h"

namespace monitorai::net {
namespace {

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
  while (loris.send("X") && server_->counts().rejected_by(Rejected::header_timeout) == 0 &&
         server_->counts().rejected_by(Rejected::header_too_large) == 0)
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
    return client()
        .ask(
            fmt::format("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{}",
                        form.size(), form))
        .status;
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
  EXPECT_TRUE(comes_true([&] { return server_->counts().requests_running == 0; }));
  EXPECT_EQ(server_->counts().requests_waiting, 0);
}

}  // namespace
}  // namespace monitorai::net
