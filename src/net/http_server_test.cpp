#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>

#include "net/content_encoding.h"
#include "net/http_server_for_test.h"

namespace monitorai::net {
namespace {

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

TEST_F(HttpServerTest, answers_on_a_socket_that_was_handed_over) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  ASSERT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(socket, 8), 0);
  HttpServer server;
  const uint16_t port = server.listen({.name = "given", .listening_socket = socket, .router = router()}).value();
  EXPECT_NE(port, 0);
  EXPECT_EQ(RawClient(port).ask(kHello).body, "hello");
  EXPECT_THAT(server.listen({.name = "none", .listening_socket = 999'999, .router = router()}).error().message,
              testing::HasSubstr("cannot listen on the socket handed over: Bad file descriptor"));
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
  for (const char c : std::string("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"))
    slow.send({&c, 1});
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
  EXPECT_EQ(one.ask(fmt::format("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n{}", packed.size(),
                                packed))
                .body,
            "hello in gzip");
  RawResponse text = one.ask("GET /text HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
  EXPECT_EQ(text.header("content-encoding"), "gzip");
  EXPECT_EQ(text.header("vary"), "Accept-Encoding");
  EXPECT_EQ(gunzip(text.body, 1 << 20).value_or(""), std::string(100'000, 'x'));
  text = one.ask("GET /text HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip;q=0, *\r\n\r\n");
  EXPECT_EQ(text.header("content-encoding"), "");
  EXPECT_EQ(text.body.size(), 100'000);
  EXPECT_EQ(one.ask("GET /hello HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n").header("content-encoding"), "")
      << "too short to gain by it";
}

TEST_F(HttpServerTest, bad_gzip_and_bombs_are_refused_and_the_connection_lives) {
  start({.body_bytes_max = 100'000});
  RawClient one = client();
  const auto post = [&](std::string_view body, std::string_view encoding = "gzip") {
    return one.ask(
        fmt::format("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Encoding: {}\r\nContent-Length: {}\r\n\r\n{}", encoding, body.size(), body));
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
  f("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /hello HTTP/1.1\r\nHost: "
    "x\r\n\r\n",
    400);
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
  for (const int status : {0, 99, 199, 600, -5})
    EXPECT_EQ(one.ask(fmt::format("GET /status/{} HTTP/1.1\r\nHost: x\r\n\r\n", status)).status, 500);
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

}  // namespace
}  // namespace monitorai::net
