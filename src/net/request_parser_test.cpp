#include "net/request_parser.h"

#include <gtest/gtest.h>

namespace monitorai::net {
namespace {

using State = RequestParser::State;

/// Feeds bytes in pieces of this size, keeping what the parser did not take, as a connection does. Returns how many it took.
size_t feed_in_pieces(RequestParser& parser, std::string_view bytes, size_t piece) {
  size_t used = 0;
  for (size_t end = std::min(piece, bytes.size());; end = std::min(end + piece, bytes.size())) {
    used += parser.feed(bytes.substr(used, end - used));
    if (end == bytes.size() || parser.state() == State::complete || parser.state() == State::refused) return used;
  }
}

TEST(RequestParser, reads_the_same_whatever_the_pieces) {
  const std::string_view request =
      "\r\nPOST /a/../b%20c?x=1&y=%2B HTTP/1.1\r\nHost: localhost:9101\r\nX-Two:  spaced \r\nX-Two: again\r\nTransfer-Encoding: "
      "Chunked\r\n\r\n"
      "3;ext=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Trailer: late\r\n\r\n";
  for (size_t piece = 1; piece <= request.size(); ++piece) {
    const HttpLimits limits;
    RequestParser parser(limits);
    EXPECT_EQ(feed_in_pieces(parser, request, piece), request.size());
    ASSERT_EQ(parser.state(), State::complete) << piece << ": " << parser.refusal().text;
    EXPECT_TRUE(parser.keep_alive());
    const HttpRequest got = parser.take();
    EXPECT_EQ(got.method, "POST");
    EXPECT_EQ(got.path, "/b c");
    EXPECT_EQ(got.query, (Parameters{{"x", "1"}, {"y", "+"}}));
    EXPECT_EQ(got.header("x-two"), "spaced");
    EXPECT_EQ(got.header("x-trailer"), "");
    EXPECT_EQ(got.body, "abc0123456789");
  }
}

TEST(RequestParser, takes_no_byte_of_the_next_request) {
  const HttpLimits limits;
  RequestParser parser(limits);
  const std::string_view first = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab";
  const std::string two = std::string(first) + "GET /second HTTP/1.1\r\nHost: x\r\n\r\n";
  EXPECT_EQ(parser.feed(two), first.size());
  EXPECT_EQ(parser.state(), State::complete);
  parser.reset();
  EXPECT_EQ(parser.state(), State::waiting);
  EXPECT_EQ(parser.feed(std::string_view(two).substr(first.size())), two.size() - first.size());
  EXPECT_EQ(parser.take().path, "/second");
}

TEST(RequestParser, refuses_with_the_status_that_fits) {
  const auto f = [](std::string_view request, int status, Rejected reason) {
    for (const size_t piece : {size_t{1}, request.size()}) {
      const HttpLimits limits{.target_bytes_max = 100, .header_bytes_max = 500, .body_bytes_max = 10};
      RequestParser parser(limits);
      feed_in_pieces(parser, request, piece);
      ASSERT_EQ(parser.state(), State::refused) << request.substr(0, 200);
      EXPECT_EQ(parser.refusal().status, status) << request.substr(0, 200) << parser.refusal().text;
      EXPECT_EQ(parser.refusal().reason, reason) << request.substr(0, 200);
      EXPECT_FALSE(parser.refusal().text.empty());
      EXPECT_EQ(parser.refusal().text.find('\n'), std::string::npos);
    }
  };
  const std::string host = "Host: x\r\n";
  // Syntax.
  f("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello\r\n\r\n", 400, Rejected::bad_request);
  f("GET\r\n\r\n", 400, Rejected::bad_request);
  f("GET /\r\n\r\n", 400, Rejected::bad_request);
  f("GET  / HTTP/1.1\r\n" + host + "\r\n", 400, Rejected::bad_request);
  f("GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400, Rejected::bad_request);
  f("GET / HTTP/1.1\r\n: x\r\n\r\n", 400, Rejected::bad_request);
  f("GET / HTTP/1.1\r\n" + host +
        "X: a\x01"
        "b\r\n\r\n",
    400, Rejected::bad_request);
  f("GET / JUNK/1.1\r\n" + host + "\r\n", 400, Rejected::bad_request);
  f("GET /%2e%2e/etc/passwd HTTP/1.1\r\n" + host + "\r\n", 400, Rejected::bad_request);
  f("GET / HTTP/1.1\r\n\r\n", 400, Rejected::bad_request);
  f("GET / HTTP/1.1\r\n" + host + host + "\r\n", 400, Rejected::bad_request);
  f("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, Rejected::bad_request);
  f("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, Rejected::bad_request);
  // Versions and methods.
  f("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, Rejected::version);
  f("GET / HTTP/3.0\r\n" + host + "\r\n", 505, Rejected::version);
  f("BREW / HTTP/1.1\r\n" + host + "\r\n", 501, Rejected::method);
  f("TRACE / HTTP/1.1\r\n" + host + "\r\n", 501, Rejected::method);
  f("CONNECT a:80 HTTP/1.1\r\n" + host + "\r\n", 501, Rejected::method);
  // Sizes.
  f("GET /" + std::string(100, 'a') + " HTTP/1.1\r\n" + host + "\r\n", 414, Rejected::target_too_long);
  f("GET /" + std::string(1000, 'a'), 414, Rejected::target_too_long);
  f("GET / HTTP/1.1\r\n" + host + "X: " + std::string(480, 'a') + "\r\n\r\n", 431, Rejected::header_too_large);
  f("GET / HTTP/1.1\r\n" + host + "X: " + std::string(2000, 'a'), 431, Rejected::header_too_large);
  std::string many = "GET / HTTP/1.1\r\n" + host;
  for (int i = 0; i < 200; ++i) many += "X: 1\r\n";
  f(many, 431, Rejected::header_too_large);
  f("POST / HTTP/1.1\r\n" + host + "Content-Length: 11\r\n\r\n", 413, Rejected::body_too_large);
  f("POST / HTTP/1.1\r\n" + host + "Content-Length: 18446744073709551615\r\n\r\n", 413, Rejected::body_too_large);
  f("POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n5\r\n", 413, Rejected::body_too_large);
  f("POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(1000, 'x'), 400, Rejected::bad_request);
  f("POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + std::string(1000, 'x'), 400, Rejected::bad_request);
  f("POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400, Rejected::bad_request);
  f("POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n", 400, Rejected::bad_request);
  // Lengths that two parties could read differently.
  f("POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, Rejected::bad_request);
  f("POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400, Rejected::bad_request);
  f("POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400, Rejected::bad_request);
  f("POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400, Rejected::bad_request);
  f("POST / HTTP/1.1\r\n" + host + "Content-Length: 3, 3\r\n\r\nabc", 400, Rejected::bad_request);
  f("POST / HTTP/1.1\r\n" + host + "Content-Length: +3\r\n\r\nabc", 400, Rejected::bad_request);
  f("POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\nabc", 400, Rejected::bad_request);
  f("POST / HTTP/1.1\r\n" + host + "Content-Length: 0x3\r\n\r\nabc", 400, Rejected::bad_request);
  f("POST / HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999\r\n\r\n", 400, Rejected::bad_request);
  f("POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, Rejected::bad_request);
  f("POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, Rejected::transfer_encoding);
  f("POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: identity\r\n\r\n", 501, Rejected::transfer_encoding);
  f("POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n\r\n", 501, Rejected::transfer_encoding);
  f("POST / HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, Rejected::bad_request);
  f("POST / HTTP/1.1\r\n" + host + "Content-Encoding: gzip\r\n\r\n", 411, Rejected::length_required);
  f("POST / HTTP/1.1\r\n" + host + "Expect: 100-continue\r\n\r\n", 411, Rejected::length_required);
  f("POST / HTTP/1.1\r\n" + host + "Expect: a pony\r\nContent-Length: 1\r\n\r\na", 417, Rejected::expectation);
}

TEST(RequestParser, bare_line_feeds_end_no_line) {
  const HttpLimits limits;
  RequestParser parser(limits);
  parser.feed("GET / HTTP/1.1\nHost: x\n\n");
  EXPECT_EQ(parser.state(), State::refused);
}

TEST(RequestParser, empty_lines_before_a_request_are_limited_too) {
  const HttpLimits limits{.header_bytes_max = 100};
  RequestParser parser(limits);
  std::string lines;
  for (int i = 0; i < 200; ++i) lines += "\r\n";
  feed_in_pieces(parser, lines, 7);
  EXPECT_EQ(parser.state(), State::refused);
}

TEST(RequestParser, a_claimed_length_does_not_allocate) {
  const HttpLimits limits;
  RequestParser parser(limits);
  parser.feed("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 16000000\r\n\r\nab");
  EXPECT_EQ(parser.state(), State::body);
  EXPECT_EQ(parser.body_bytes(), 2);
  EXPECT_LT(parser.take().body.capacity(), 1000);
}

TEST(RequestParser, a_path_may_have_a_limit_of_its_own) {
  const HttpLimits limits{.body_bytes_max = 10};
  const auto f = [&](std::string_view path, size_t bytes, State want) {
    RequestParser parser(limits, [](std::string_view asked) -> size_t { return asked == "/large" ? 100 : 10; });
    for (int i = 0; i < 2; ++i) {
      parser.feed(fmt::format("POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}", path, bytes, std::string(bytes, 'x')));
      EXPECT_EQ(parser.state(), want) << path;
      EXPECT_TRUE(want != State::refused || parser.refusal().status == 413);
      parser.reset();
    }
  };
  f("/", 10, State::complete);
  f("/", 11, State::refused);
  f("/large?x=1", 100, State::complete);
  f("/large", 101, State::refused);
  f("/larger", 11, State::refused);
}

TEST(RequestParser, connections_live_as_the_version_and_the_field_say) {
  const auto f = [](std::string_view request, bool want) {
    const HttpLimits limits;
    RequestParser parser(limits);
    parser.feed(request);
    ASSERT_EQ(parser.state(), State::complete) << request;
    EXPECT_EQ(parser.keep_alive(), want) << request;
  };
  f("GET / HTTP/1.1\r\nHost: x\r\n\r\n", true);
  f("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", false);
  f("GET / HTTP/1.1\r\nHost: x\r\nConnection: Foo, CLOSE\r\n\r\n", false);
  f("GET / HTTP/1.0\r\n\r\n", false);
  f("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true);
  f("GET / HTTP/1.1\r\nHost: \r\n\r\n", true);
  f("GET http://x/a HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", true);
}

}  // namespace
}  // namespace monitorai::net
