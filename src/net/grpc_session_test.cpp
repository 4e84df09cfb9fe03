// GrpcSession without sockets: what a client says in bytes, what comes of it, and what each limit does.

#include "net/grpc_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http2_client_for_test.h"

namespace monitorai::net {
namespace {

using testing::HasSubstr;

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The header of a call: POST, http, "/", authority "x".
constexpr std::string_view kHead = "\x83\x86\x84\x41\x01x";

class GrpcSessionTest : public testing::Test {
 protected:
  GrpcSession& start(GrpcLimits limits = {}) {
    limits_ = limits;
    session_.emplace(limits_, counters_, bodies_bytes_, [this](GrpcCall call) { calls_.push_back(std::move(call)); }, now_);
    return *session_;
  }
  std::string output() {
    std::string out;
    session_->output(out, 1 << 20);
    return out;
  }
  /// Whether it still goes on.
  bool receive(std::string_view bytes) { return session_->receive(bytes, now_); }
  /// Says the preface and SETTINGS, then the frames.
  std::optional<GrpcEnd> after(GrpcLimits limits, const std::string& frames) {
    start(limits);
    (void)receive(Http2Client().take());
    (void)receive(frames);
    EXPECT_EQ(session_->finished(), session_->ended().has_value());
    return session_->ended();
  }

  GrpcTime now_{std::chrono::hours(1)};
  GrpcLimits limits_;
  GrpcCounters counters_;
  size_t bodies_bytes_ = 0;
  std::vector<GrpcCall> calls_;
  std::optional<GrpcSession> session_;
};

TEST_F(GrpcSessionTest, a_call_comes_whole_and_is_answered) {
  start();
  Http2Client client;
  const int32_t id = client.call("/a.B/C", grpc_framed("hello"), true, {{"grpc-timeout", "2S"}, {"grpc-encoding", "gzip"}, {"authorization", "Bearer x"}});
  const std::string bytes = client.take();
  for (const char byte : bytes) ASSERT_TRUE(receive({&byte, 1}));
  ASSERT_EQ(calls_.size(), 1u);
  const GrpcCall& call = calls_.front();
  EXPECT_EQ(call.id, id);
  EXPECT_EQ(call.path, "/a.B/C");
  EXPECT_EQ(call.encoding, "gzip");
  EXPECT_EQ(call.body, grpc_framed("hello"));
  EXPECT_EQ(call.deadline, now_ + std::chrono::seconds(2));
  EXPECT_THAT(call.headers, testing::Contains(std::pair<std::string, std::string>("authorization", "Bearer x")));
  EXPECT_EQ(bodies_bytes_, call.body.size()) << "until whoever took it gives it back";
  session_->answer(id, {.body = "there"});
  EXPECT_THAT(output(), HasSubstr(grpc_framed("there")));
  session_->answer(id, {.body = "again"});
  session_->answer(99, {.body = "nobody asked"});
  EXPECT_EQ(output().find("nobody"), std::string::npos);
}

TEST_F(GrpcSessionTest, floods_end_the_connection_and_are_told_apart) {
  const auto repeated = [](const std::string& frame, size_t times) {
    std::string out;
    for (size_t i = 0; i < times; ++i) out += frame;
    return out;
  };
  const auto resets = [](size_t times) {
    std::string out;
    for (uint32_t i = 0; i < times; ++i) out += http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 2 * i + 1, kHead) + http2_frame(NGHTTP2_RST_STREAM, 0, 2 * i + 1, std::string_view("\0\0\0\x08", 4));
    return out;
  };
  const std::string ping = http2_frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, "12345678");
  const std::string window = http2_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, std::string_view("\0\0\0\x01", 4));
  const std::string open = http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, kHead);
  const GrpcLimits small{.continuations_max = 8, .idle_frames_max = 100, .resets_max = 50};
  const auto f = [&](const std::string& what, const std::string& frames, std::optional<GrpcEnd> want) { EXPECT_EQ(after(small, frames), want) << what; };
  f("rapid reset", resets(51), GrpcEnd::resets);
  f("resets below the limit", resets(50), std::nullopt);
  f("endless CONTINUATION", endless_continuation(9), GrpcEnd::continuations);
  f("CONTINUATIONs below the limit", endless_continuation(8), std::nullopt);
  f("empty CONTINUATIONs", http2_frame(NGHTTP2_HEADERS, 0, 1, kHead) + repeated(http2_frame(NGHTTP2_CONTINUATION, 0, 1, ""), 9), GrpcEnd::continuations);
  f("pongs", repeated(ping, 101), GrpcEnd::idle_frames);
  f("pongs below the limit", repeated(ping, 90), std::nullopt);
  f("SETTINGS", repeated(http2_frame(NGHTTP2_SETTINGS, 0, 0, ""), 101), GrpcEnd::idle_frames);
  f("windows", repeated(window, 101), GrpcEnd::idle_frames);
  f("empty DATA", open + repeated(http2_frame(NGHTTP2_DATA, 0, 1, ""), 101), GrpcEnd::idle_frames);
  f("DATA that brings something", open + repeated(http2_frame(NGHTTP2_DATA, 0, 1, "x"), 500), std::nullopt);
  f("PRIORITY", repeated(http2_frame(NGHTTP2_PRIORITY, 0, 1, std::string_view("\0\0\0\0\0", 5)), 101), GrpcEnd::idle_frames);
  f("PINGs that are never read", repeated(http2_frame(NGHTTP2_PING, 0, 0, "12345678"), 95), std::nullopt);
  EXPECT_EQ(after({}, repeated(http2_frame(NGHTTP2_PING, 0, 0, "12345678"), 5000)), GrpcEnd::protocol) << "answers pile up: nghttp2's own limit";
  session_.reset();
  EXPECT_EQ(bodies_bytes_, 0u);
  EXPECT_EQ(counters_.connections_ended[static_cast<size_t>(GrpcEnd::idle_frames)], 5u);
}

TEST_F(GrpcSessionTest, a_flood_is_told_to_calm_down_and_nothing_is_read_after_it) {
  EXPECT_EQ(after({.continuations_max = 2}, endless_continuation(3)), GrpcEnd::continuations);
  const std::string said = output();
  EXPECT_THAT(said, HasSubstr(std::string("\0\0\0\x0b", 4))) << "ENHANCE_YOUR_CALM";
  EXPECT_FALSE(receive(http2_frame(NGHTTP2_PING, 0, 0, "12345678")));
  EXPECT_EQ(output(), "");
  EXPECT_EQ(counters_.connections_ended[static_cast<size_t>(GrpcEnd::continuations)], 1u);
}

TEST_F(GrpcSessionTest, what_is_no_http2_ends) {
  const auto f = [&](std::string_view bytes) {
    start();
    (void)receive(bytes);
    (void)output();
    EXPECT_EQ(session_->ended(), GrpcEnd::protocol) << bytes.substr(0, 40);
  };
  f("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  f(std::string(100, '\xff'));
  const std::string hello = Http2Client().take();
  f(hello + http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 2, kHead));                        // an even stream
  f(hello + http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, "\xff\xff\xff\xff\xff\xff"));  // HPACK
  f(hello + http2_frame(NGHTTP2_DATA, 0, 1, "x"));                                                    // of an idle stream
  f(hello + http2_frame(NGHTTP2_DATA, 0, 0, std::string(20'000, 'x')));                               // larger than agreed
  f(hello + http2_frame(NGHTTP2_SETTINGS, 0, 0, "12345"));
  f(hello + http2_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, std::string_view("\0\0\0\0", 4)));
  f(hello + http2_frame(NGHTTP2_PUSH_PROMISE, NGHTTP2_FLAG_END_HEADERS, 1, "12345678"));
  f(std::string(kPreface) + http2_frame(NGHTTP2_PING, 0, 0, "12345678"));                             // no SETTINGS
}

TEST_F(GrpcSessionTest, headers_and_messages_that_are_too_large_cost_their_call_alone) {
  start({.header_bytes_max = 1000, .message_bytes_max = 100, .bodies_bytes_max = 150});
  Http2Client client;
  client.call("/a.B/C", grpc_framed("x"), true, {{"large", std::string(1000, 'x')}});
  EXPECT_TRUE(receive(client.take()));
  EXPECT_EQ(counters_.calls_header_too_large, 1u);
  client.hear(output());
  client.call("/a.B/C", grpc_framed(std::string(101, 'x')).substr(0, 10), false);
  EXPECT_TRUE(receive(client.take()));
  EXPECT_EQ(counters_.calls_failed, 1u) << "refused at the length that its frame tells";
  EXPECT_THAT(output(), HasSubstr(http2_frame(NGHTTP2_RST_STREAM, 0, 3, std::string_view("\0\0\0\0", 4)))) << "the rest need not be sent";
  EXPECT_EQ(bodies_bytes_, 0u);
  client.call("/a.B/C", grpc_framed(std::string(90, 'x')));
  EXPECT_TRUE(receive(client.take()));
  ASSERT_EQ(calls_.size(), 1u);
  client.call("/a.B/C", grpc_framed(std::string(90, 'x')));
  EXPECT_TRUE(receive(client.take()));
  EXPECT_EQ(counters_.calls_failed, 2u) << "the first is not done yet";
  bodies_bytes_ -= calls_.front().body.size();
  client.call("/a.B/C", grpc_framed(std::string(90, 'x')));
  EXPECT_TRUE(receive(client.take()));
  EXPECT_EQ(calls_.size(), 2u);
}

TEST_F(GrpcSessionTest, half_open_connections_end) {
  start({.preface_timeout = std::chrono::seconds(10)});
  now_ += std::chrono::seconds(10);
  EXPECT_TRUE(session_->tick(now_));
  now_ += std::chrono::seconds(1);
  EXPECT_FALSE(session_->tick(now_));
  EXPECT_EQ(session_->ended(), GrpcEnd::preface);

  start({.ping_interval = std::chrono::seconds(60), .ping_timeout = std::chrono::seconds(20)});
  EXPECT_TRUE(receive(Http2Client().take()));
  (void)output();
  now_ += std::chrono::seconds(61);
  EXPECT_TRUE(session_->tick(now_));
  EXPECT_EQ(output(), http2_frame(NGHTTP2_PING, 0, 0, std::string(8, '\0')));
  now_ += std::chrono::seconds(10);
  EXPECT_TRUE(session_->tick(now_));
  EXPECT_EQ(output(), "") << "one ping";
  EXPECT_TRUE(receive(http2_frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, std::string(8, '\0'))));
  now_ += std::chrono::seconds(79);
  EXPECT_TRUE(session_->tick(now_));
  now_ += std::chrono::seconds(2);
  EXPECT_FALSE(session_->tick(now_));
  EXPECT_EQ(session_->ended(), GrpcEnd::silence);
}

TEST_F(GrpcSessionTest, a_call_that_does_not_go_on_is_reset) {
  start({.body_timeout = std::chrono::seconds(60)});
  Http2Client client;
  client.call("/a.B/C", "abc", false);
  EXPECT_TRUE(receive(client.take()));
  EXPECT_EQ(bodies_bytes_, 3u);
  now_ += std::chrono::seconds(61);
  EXPECT_TRUE(session_->tick(now_));
  EXPECT_THAT(output(), HasSubstr(http2_frame(NGHTTP2_RST_STREAM, 0, 1, std::string_view("\0\0\0\x08", 4))));
  EXPECT_EQ(counters_.calls_timed_out, 1u);
  EXPECT_EQ(bodies_bytes_, 0u);
}

TEST_F(GrpcSessionTest, more_calls_than_allowed_at_one_moment_are_refused) {
  start({.streams_max = 4});
  (void)receive(Http2Client().take());
  std::string frames;
  for (uint32_t i = 0; i < 10; ++i) frames += http2_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 2 * i + 1, kHead);
  EXPECT_TRUE(receive(frames));
  EXPECT_THAT(output(), HasSubstr(http2_frame(NGHTTP2_RST_STREAM, 0, 9, std::string_view("\0\0\0\x07", 4)))) << "REFUSED_STREAM";
}

TEST_F(GrpcSessionTest, a_goodbye_is_a_goodbye) {
  const std::string goodbye = http2_frame(NGHTTP2_GOAWAY, 0, 0, std::string(8, '\0'));
  start();
  (void)receive(Http2Client().take() + goodbye);
  (void)output();
  EXPECT_TRUE(session_->finished());
  EXPECT_EQ(session_->ended(), std::nullopt);
  Http2Client early, late;
  const auto called = [](Http2Client& client) {
    client.call("/a.B/C", grpc_framed("hello"));
    return client.take();
  };
  const std::string before = early.take() + called(early), after = late.take() + goodbye + called(late);
  start();
  EXPECT_TRUE(receive(before + goodbye));
  EXPECT_EQ(calls_.size(), 1u) << "it began before";
  session_->answer(1, {.body = "there"});
  EXPECT_THAT(output(), HasSubstr("there"));
  EXPECT_TRUE(session_->finished());
  start();
  (void)receive(after);
  EXPECT_EQ(calls_.size(), 1u) << "it began afterwards, in the same piece";
}

}  // namespace
}  // namespace monitorai::net
