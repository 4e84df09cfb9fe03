#include "net/web_socket.h"

#include "base/text.h"
#include "base/threads.h"
#include "net/http_server_for_test.h"
#include "net/web_socket_client.h"
#include "net/web_socket_frames.h"

namespace monitorai::net {
namespace {

using Kind = WebSocketReader::Event::Kind;

constexpr std::string_view kUpgrade =
    "GET /socket HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A frame as a client sends it: masked. `first` is FIN, reserved bits and the opcode.
std::string masked(int first, std::string_view payload) {
  std::string frame;
  append_frame(frame, WebSocketOpcode::text, payload);
  const size_t head = frame.size() - payload.size();
  std::string out = frame.substr(0, head);
  out[0] = static_cast<char>(first);
  out[1] = static_cast<char>(out[1] | 0x80);
  constexpr unsigned char kMask[4] = {0x37, 0xfa, 0x21, 0x3d};
  for (const unsigned char byte : kMask) out += static_cast<char>(byte);
  for (size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(static_cast<unsigned char>(payload[i]) ^ kMask[i % 4]);
  return out;
}
std::string text(std::string_view payload) { return masked(0x81, payload); }
std::string closing(int code, std::string_view reason) {
  return masked(0x88, std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)} + std::string(reason));
}

/// Every event of these bytes, fed in pieces of `piece` bytes: "message:Hello ping:x failed:1002".
std::string events(const std::string& bytes, size_t piece, size_t message_bytes_max = 1000) {
  WebSocketReader reader(message_bytes_max);
  std::string out;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    std::string_view part = std::string_view(bytes).substr(at, piece);
    while (!part.empty()) {
      const auto event = reader.next(part);
      if (event.kind == Kind::none) break;
      if (!out.empty()) out += ' ';
      switch (event.kind) {
        case Kind::message: out += "message:" + event.payload; break;
        case Kind::ping: out += "ping:" + event.payload; break;
        case Kind::pong: out += "pong:" + event.payload; break;
        case Kind::closed: return out + fmt::format("closed:{}:{}", event.code, event.payload);
        case Kind::failed: return out + fmt::format("failed:{}", event.code);
        case Kind::none: break;
      }
    }
  }
  return out;
}

TEST(WebSocketReader, reads_frames_in_whatever_pieces_they_come) {
  const auto f = [](const std::string& bytes, const std::string& want) {
    for (const size_t piece : {size_t{1}, size_t{2}, size_t{7}, size_t{100'000}}) EXPECT_EQ(events(bytes, piece), want) << piece;
  };
  f("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", "message:Hello");  // RFC 6455 section 5.7
  f(text("a") + text("") + text("b"), "message:a message: message:b");
  f(masked(0x01, "Hel") + masked(0x80, "lo"), "message:Hello");
  f(masked(0x01, "Hel") + masked(0x89, "now") + masked(0x00, "l") + masked(0x80, "o"), "ping:now message:Hello");
  f(masked(0x02, "\xff") + masked(0x80, "\xfe"), "message:\xff\xfe");
  f(masked(0x01, "\xc3") + masked(0x80, "\xa4"), "message:\xc3\xa4");
  f(masked(0x8a, ""), "pong:");
  f(text(std::string(126, 'x')), "message:" + std::string(126, 'x'));
  f(closing(1000, "bye"), "closed:1000:bye");
  f(closing(4321, ""), "closed:4321:");
  f(masked(0x88, ""), "closed:1005:");
}

TEST(WebSocketReader, refuses_what_breaks_the_protocol) {
  const auto f = [](const std::string& bytes, const std::string& want) {
    for (const size_t piece : {size_t{1}, size_t{100'000}}) EXPECT_EQ(events(bytes, piece), want);
  };
  std::string unmasked;
  append_frame(unmasked, WebSocketOpcode::text, "Hello");
  f(unmasked, "failed:1002");
  f(masked(0xC1, "x"), "failed:1002");
  f(masked(0x83, "x"), "failed:1002");
  f(masked(0x8B, "x"), "failed:1002");
  f(masked(0x09, "x"), "failed:1002");
  f(masked(0x89, std::string(126, 'x')), "failed:1002");
  f(masked(0x80, "x"), "failed:1002");
  f(masked(0x01, "a") + text("b"), "failed:1002");
  f(masked(0x88, "x"), "failed:1002");
  f(closing(999, ""), "failed:1002");
  f(closing(1005, ""), "failed:1002");
  f(closing(1006, ""), "failed:1002");
  f(closing(5000, ""), "failed:1002");
  f(closing(1000, "\xff"), "failed:1007");
  f(text("\xff"), "failed:1007");
  f(text(std::string(1001, 'x')), "failed:1009");
  f(masked(0x01, std::string(600, 'x')) + masked(0x80, std::string(401, 'x')), "failed:1009");
  f(std::string("\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10) + "mask", "failed:1002");
  f(std::string("\x81\xfe\x00\x05", 4) + "mask" + "Hello", "failed:1002");
}

TEST(WebSocketFrames, are_those_of_the_rfc) {
  EXPECT_EQ(web_socket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  const auto head = [](size_t size) {
    std::string out;
    append_frame(out, WebSocketOpcode::text, std::string(size, 'x'));
    return out.substr(0, out.size() - size);
  };
  EXPECT_EQ(head(5), "\x81\x05");
  EXPECT_EQ(head(125), "\x81\x7d");
  EXPECT_EQ(head(126), std::string("\x81\x7e\x00\x7e", 4));
  EXPECT_EQ(head(65536), std::string("\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10));
  std::string close;
  append_close_frame(close, WebSocketClose::policy, std::string(122, 'x') + "\xc3\xa4");
  EXPECT_EQ(close, std::string("\x88\x7c\x03\xf0", 4) + std::string(122, 'x')) << "a reason is cut at a character's end";
}

class WebSocketTest : public HttpServerTest {
 protected:
  /// /socket echoes in capitals and keeps the session in `session_`.
  void open_server(HttpLimits limits = {}) {
    auto routes = router();
    routes->add("GET", "/socket", [this](const HttpRequest& request) {
      return accept_web_socket(request, {.on_open =
                                             [this](std::shared_ptr<WebSocketSession> session) {
                                               const std::lock_guard lock(mutex_);
                                               session_ = std::move(session);
                                             },
                                         .on_message =
                                             [this](std::string_view message) {
                                               const std::lock_guard lock(mutex_);
                                               session_->send("echo " + std::string(message));
                                             },
                                         .on_close = [this] { ++closed_; }});
    });
    start(limits);
    port_ = server_->listen({.name = "sockets", .router = routes}).value();
  }
  void TearDown() override { server_.reset(); }  // before what its handlers refer to
  std::shared_ptr<WebSocketSession> session() {
    EXPECT_TRUE(comes_true([&] {
      const std::lock_guard lock(mutex_);
      return session_ != nullptr;
    }));
    const std::lock_guard lock(mutex_);
    return session_;
  }
  /// Reads until this many bytes came; fewer at the end of the connection.
  static std::string receive(RawClient& client, size_t bytes) {
    std::string out;
    while (out.size() < bytes) {
      const std::string part = client.receive_some(bytes - out.size());
      if (part.empty()) break;
      out += part;
    }
    return out;
  }
  static std::string frame(std::string_view payload) {
    std::string out;
    append_frame(out, WebSocketOpcode::text, payload);
    return out;
  }
  static std::string close_frame(WebSocketClose code, std::string_view reason = {}) {
    std::string out;
    append_close_frame(out, code, reason);
    return out;
  }

  std::mutex mutex_;
  std::shared_ptr<WebSocketSession> session_;
  std::atomic<int> closed_{0};
};

TEST_F(WebSocketTest, takes_the_connection_over_and_talks_both_ways) {
  open_server();
  RawClient one = client();
  const RawResponse upgraded = one.ask(kUpgrade);
  EXPECT_EQ(upgraded.status, 101) << upgraded.head;
  EXPECT_EQ(upgraded.header("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(upgraded.header("connection"), "Upgrade");
  EXPECT_EQ(upgraded.header("upgrade"), "websocket");
  one.send(text("Hello"));
  EXPECT_EQ(receive(one, frame("echo Hello").size()), frame("echo Hello"));
  EXPECT_TRUE(session()->send("from another thread"));
  EXPECT_EQ(receive(one, frame("from another thread").size()), frame("from another thread"));
  one.send(masked(0x89, "are you there"));
  std::string pong;
  append_frame(pong, WebSocketOpcode::pong, "are you there");
  EXPECT_EQ(receive(one, pong.size()), pong);
  EXPECT_EQ(server_->counts().web_sockets_open, 1u);
  one.send(closing(1000, ""));
  EXPECT_EQ(one.receive_rest(), close_frame(WebSocketClose::normal));
  EXPECT_TRUE(comes_true([&] { return closed_ == 1 && server_->counts().web_sockets_open == 0; }));
  EXPECT_FALSE(session()->send("too late"));
}

TEST_F(WebSocketTest, takes_frames_that_came_with_the_request) {
  open_server();
  RawClient one = client();
  one.send(std::string(kUpgrade) + text("early"));
  EXPECT_EQ(one.receive().status, 101);
  EXPECT_EQ(receive(one, frame("echo early").size()), frame("echo early"));
}

TEST_F(WebSocketTest, closes_when_the_handler_says_so_after_what_is_queued) {
  open_server();
  RawClient one = client();
  one.ask(kUpgrade);
  const auto socket = session();
  EXPECT_TRUE(socket->send("last words"));
  socket->close(WebSocketClose::policy, "enough");
  EXPECT_FALSE(socket->send("behind"));
  const std::string want = frame("last words") + close_frame(WebSocketClose::policy, "enough");
  EXPECT_EQ(receive(one, want.size()), want);
  one.send(closing(1008, ""));
  EXPECT_TRUE(one.at_end());
  EXPECT_TRUE(comes_true([&] { return closed_ == 1; }));
}

TEST_F(WebSocketTest, refuses_what_is_no_upgrade) {
  open_server();
  const auto f = [&](std::string_view without, std::string_view instead, int status) {
    std::string request(kUpgrade);
    request.replace(request.find(without), without.size(), instead);
    RawClient one = client();
    EXPECT_EQ(one.ask(request).status, status) << instead;
  };
  f("Connection: keep-alive, Upgrade\r\n", "", 400);
  f("Upgrade: websocket\r\n", "", 400);
  f("Upgrade: websocket\r\n", "Upgrade: h2c\r\n", 400);
  f("Version: 13", "Version: 8", 426);
  f("Key: dGhlIHNhbXBsZSBub25jZQ==", "Key: short", 400);
  f("Key: dGhlIHNhbXBsZSBub25jZQ==", "Key: ::::::::::::::::::::::==", 400);
  f("GET /socket HTTP/1.1", "GET /socket HTTP/1.0", 400);
  f("GET /socket", "POST /socket", 405);
  EXPECT_EQ(closed_, 0);
}

TEST_F(WebSocketTest, tells_a_client_that_breaks_the_protocol_why) {
  open_server({.web_socket_message_bytes_max = 10});
  const auto f = [&](const std::string& bytes, const std::string& want) {
    RawClient one = client();
    EXPECT_EQ(one.ask(kUpgrade).status, 101);
    one.send(bytes);
    EXPECT_EQ(receive(one, want.size()), want);
  };
  f(text(std::string(11, 'x')), close_frame(WebSocketClose::too_large, "messages have at most 10 bytes"));
  f(text("\xff"), close_frame(WebSocketClose::invalid_text, "a text message is not UTF-8"));
  f(masked(0x80, "x"), close_frame(WebSocketClose::protocol_error, "a message begins with its continuation"));
  EXPECT_TRUE(rejected(Rejected::web_socket, 3));
  EXPECT_TRUE(comes_true([&] { return closed_ == 3; }));
}

TEST_F(WebSocketTest, drops_messages_of_a_client_that_does_not_read_and_counts_them) {
  open_server({.web_socket_bytes_waiting_max = 100'000});
  RawClient one = client();
  one.read_slowly();
  one.ask(kUpgrade);
  const auto socket = session();
  const std::string message(10'000, 'x');
  size_t sent = 0;
  EXPECT_TRUE(comes_true([&] { return !(socket->send(message) && ++sent > 0); }));
  EXPECT_LE(socket->bytes_waiting(), 110'000u);
  EXPECT_EQ(server_->counts().web_socket_messages_dropped, 1u);
  one.read_fast();
  const size_t want = sent * frame(message).size();
  EXPECT_EQ(receive(one, want).size(), want) << "what was accepted comes";
  EXPECT_TRUE(socket->send("and it goes on"));
  EXPECT_EQ(receive(one, frame("and it goes on").size()), frame("and it goes on"));
}

TEST_F(WebSocketTest, closes_on_a_client_that_does_not_take_its_bytes) {
  open_server({.web_socket_bytes_waiting_max = 64 << 20, .write_timeout = milliseconds{50}});
  RawClient one = client();
  one.read_slowly();
  one.ask(kUpgrade);
  EXPECT_TRUE(session()->send(std::string(32 << 20, 'x')));
  EXPECT_TRUE(rejected(Rejected::write_timeout, 1));
  EXPECT_TRUE(comes_true([&] { return closed_ == 1; }));
}

TEST_F(WebSocketTest, pings_a_silent_client_and_gives_up_on_one_that_does_not_answer) {
  open_server({.web_socket_ping_interval = milliseconds{20}, .web_socket_silence_max = milliseconds{100}});
  RawClient one = client();
  one.ask(kUpgrade);
  std::string ping;
  append_frame(ping, WebSocketOpcode::ping, "");
  EXPECT_EQ(receive(one, ping.size()), ping);
  EXPECT_TRUE(rejected(Rejected::web_socket_silent, 1));
  EXPECT_TRUE(comes_true([&] { return closed_ == 1; }));
}

TEST_F(WebSocketTest, knows_when_a_client_is_gone) {
  open_server();
  RawClient one = client();
  one.ask(kUpgrade);
  session();
  one.reset();
  EXPECT_TRUE(comes_true([&] { return closed_ == 1; }));
  RawClient two = client();
  two.ask(kUpgrade);
  two.finish_sending();
  EXPECT_TRUE(comes_true([&] { return closed_ == 2; }));
}

TEST_F(WebSocketTest, has_a_limit_of_sockets) {
  open_server({.web_sockets_max = 1});
  RawClient one = client();
  EXPECT_EQ(one.ask(kUpgrade).status, 101);
  RawClient two = client();
  EXPECT_EQ(two.ask(kUpgrade).status, 503);
  EXPECT_EQ(two.ask(kHello).status, 200) << "the connection goes on without one";
  one.reset();
  EXPECT_TRUE(comes_true([&] { return server_->counts().web_sockets_open == 0; }));
  EXPECT_EQ(two.ask(kUpgrade).status, 101);
}

TEST_F(WebSocketTest, says_going_away_when_the_server_stops) {
  open_server();
  RawClient one = client();
  one.ask(kUpgrade);
  const auto socket = session();
  server_->stop();
  EXPECT_EQ(one.receive_rest(), close_frame(WebSocketClose::going_away, "the server stops"));
  EXPECT_EQ(closed_, 1);
  server_.reset();
  EXPECT_FALSE(socket->send("nobody is there")) << "a session may outlive the server";
}

TEST_F(WebSocketTest, our_own_client_talks_to_it) {
  open_server({.web_socket_ping_interval = milliseconds{10}});
  const std::string base = fmt::format("http://127.0.0.1:{}", port_);
  const auto refused = WebSocketClient::connect({}, base + "/hello");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "hello");
  EXPECT_EQ(WebSocketClient::connect({}, "ftp://127.0.0.1").error().code, Code::invalid);
  EXPECT_EQ(WebSocketClient::connect({}, "http://127.0.0.1:1/").error().code, Code::unavailable);
  auto connected = WebSocketClient::connect({}, base + "/socket");
  ASSERT_TRUE(connected) << connected.error().message;
  ASSERT_TRUE((*connected)->send("Hello"));
  EXPECT_EQ((*connected)->receive().value(), "echo Hello");
  const std::string large(300'000, 'x');
  EXPECT_TRUE(session()->send(large));
  EXPECT_EQ((*connected)->receive().value(), large);
  session()->close(WebSocketClose::normal, "");
  EXPECT_EQ((*connected)->receive().value(), std::nullopt);
  auto again = WebSocketClient::connect({}, base + "/socket");
  ASSERT_TRUE(again);
  server_->stop();
  EXPECT_EQ((*again)->receive().error().message, "the server closed the connection (1001): the server stops");
}

/// What a page's live view needs when it does not need a WebSocket.
TEST_F(HttpServerTest, streams_events_as_they_happen_and_learns_that_the_client_left) {
  auto routes = router();
  Mailbox<std::string> waiting(8, WhenFull::reject_new);
  std::latch ended{1};
  routes->add("GET", "/events", [&](const HttpRequest& request) {
    HttpResponse response{.content_type = "text/event-stream"};
    response.stream = [&, cancelled = request.cancelled](BodyWriter& body) {
      while (const auto event = waiting.take(cancelled))
        if (!body.write("data: " + *event + "\n\n")) break;
      ended.count_down();
    };
    return response;
  });
  start();
  RawClient one(server_->listen({.name = "events", .router = routes}).value());
  one.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto receive = [&](const std::string& want) {
    std::string got;
    while (got.find(want) == std::string::npos) {
      const std::string part = one.receive_some(1000);
      if (part.empty()) break;
      got += part;
    }
    EXPECT_NE(got.find(want), std::string::npos) << got;
  };
  receive("Content-Type: text/event-stream");
  waiting.post("first");
  receive("data: first\n\n");
  waiting.post("second");
  receive("data: second\n\n");
  one.reset();
  ended.wait();
  server_.reset();
}

}  // namespace
}  // namespace monitorai::net
