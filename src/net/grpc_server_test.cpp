#include "net/grpc_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "net/content_encoding.h"

namespace monitorai::net {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string framed(const std::string& message, bool compressed = false) {
  const auto size = static_cast<uint32_t>(message.size());
  std::string out{static_cast<char>(compressed ? 1 : 0), static_cast<char>(size >> 24), static_cast<char>(size >> 16), static_cast<char>(size >> 8), static_cast<char>(size)};
  return out + message;
}

class GrpcServerTest : public testing::Test {
 protected:
  GrpcServerTest() {
    std::string name = (std::filesystem::temp_directory_path() / "grpc-XXXXXX").native();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~GrpcServerTest() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }
  void start(GrpcLimits limits = {}) {
    GrpcSettings settings{.limits = limits};
    settings.methods["/test.Echo/Echo"] = [](std::string message) { return GrpcReply{.body = "echo " + message}; };
    settings.methods["/test.Echo/Busy"] = [](std::string) { return GrpcReply{.status = GrpcStatus::unavailable, .message = "disk \xc3\xa4 full", .retry_after = std::chrono::seconds(5)}; };
    auto server = GrpcServer::start(std::move(settings));
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  /// The headers, the body and the trailers, as curl tells them.
  std::string call(const std::string& path, const std::string& body, const std::string& arguments = {}) {
    std::ofstream(folder_ / "body", std::ios::binary) << body;
    const std::string command = fmt::format("curl -s -i --max-time 60 --http2-prior-knowledge -H 'Expect:' -H 'te: trailers' {} --data-binary @{}/body http://127.0.0.1:{}{}",
                                            arguments.empty() ? "-H 'content-type: application/grpc'" : arguments, folder_.native(), server_->port(), path);
    FILE* pipe = ::popen(command.c_str(), "r");
    std::string out;
    (void)read_to_end(::fileno(pipe), out, 64 << 20);
    ::pclose(pipe);
    return out;
  }
  /// Sends bytes and reads until the server closes; true when it did.
  bool closes_after(const std::string& bytes) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(server_->port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    timeval patience{60, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    for (size_t sent = 0; sent < bytes.size();) {
      const ssize_t n = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) break;
      sent += static_cast<size_t>(n);
    }
    char buffer[4096];
    ssize_t n = 0;
    while ((n = ::recv(socket, buffer, sizeof buffer, 0)) > 0) {
    }
    const bool closed = n == 0 || errno == ECONNRESET;
    ::close(socket);
    return closed;
  }

  std::filesystem::path folder_;
  std::unique_ptr<GrpcServer> server_;
};

const std::string kGrpc = "-H 'content-type: application/grpc'";

TEST_F(GrpcServerTest, calls_are_answered_with_a_message_and_trailers) {
  start();
  const std::string answer = call("/test.Echo/Echo", framed("hello"));
  EXPECT_THAT(answer, HasSubstr("HTTP/2 200"));
  EXPECT_THAT(answer, HasSubstr("content-type: application/grpc"));
  EXPECT_THAT(answer, HasSubstr(framed("echo hello")));
  EXPECT_THAT(answer, HasSubstr("grpc-status: 0"));
  EXPECT_THAT(call("/test.Echo/Echo", framed(gzip("squeezed"), true), kGrpc + " -H 'grpc-encoding: gzip'"), HasSubstr("echo squeezed"));
  EXPECT_THAT(call("/grpc.health.v1.Health/Check", framed("")), HasSubstr(std::string("\0\0\0\0\x02\x08\x01", 7)));
  const std::string large(3 << 20, 'x');
  EXPECT_EQ(call("/test.Echo/Echo", framed(large)).find(large) != std::string::npos, true) << "more than a window";
  EXPECT_EQ(server_->counts().calls, 4u);
  EXPECT_EQ(server_->counts().calls_failed, 0u);
}

TEST_F(GrpcServerTest, what_is_wrong_gets_a_status) {
  start({.message_bytes_max = 100'000});
  const auto f = [&](const std::string& path, const std::string& body, const std::string& arguments, const std::string& want) {
    EXPECT_THAT(call(path, body, arguments), HasSubstr(want)) << path;
  };
  f("/test.Echo/None", framed("x"), kGrpc, "grpc-status: 12");
  f("/test.Echo/Echo", "", kGrpc, "grpc-status: 3");
  f("/test.Echo/Echo", "abc", kGrpc, "grpc-message: cannot read the call: it has no message");
  f("/test.Echo/Echo", framed("hello").substr(0, 8), kGrpc, "its message says 5 bytes and has 3");
  f("/test.Echo/Echo", framed("x", true), kGrpc + " -H 'grpc-encoding: br'", "grpc-status: 12");
  f("/test.Echo/Echo", framed("not gzip", true), kGrpc + " -H 'grpc-encoding: gzip'", "grpc-status: 3");
  f("/test.Echo/Echo", framed(gzip(std::string(1 << 20, ' ')), true), kGrpc + " -H 'grpc-encoding: gzip'", "grpc-status: 8");
  f("/test.Echo/Echo", framed(std::string(1 << 20, ' ')), kGrpc, "grpc-status: 8");
  f("/test.Echo/Echo", framed("x"), "-H 'content-type: text/plain'", "HTTP/2 415");
  f("/test.Echo/Echo", framed("x"), kGrpc + " -H 'grpc-timeout: 0n'", "grpc-status: 4");
  f("/test.Echo/Busy", framed("x"), kGrpc, "grpc-message: disk %C3%A4 full");
  f("/test.Echo/Busy", framed("x"), kGrpc, "grpc-status-details-bin: CA4S");
  EXPECT_THAT(call("/test.Echo/Echo", framed("still here")), HasSubstr("echo still here"));
}

TEST_F(GrpcServerTest, the_guard_is_asked_first) {
  start();
  server_->set_guard([](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.header("authorization") == "Bearer right") return std::nullopt;
    return HttpResponse::text(401, "a token is needed\n");
  });
  EXPECT_THAT(call("/test.Echo/Echo", framed("x")), testing::AllOf(HasSubstr("grpc-status: 16"), HasSubstr("grpc-message: a token is needed")));
  EXPECT_THAT(call("/test.Echo/Echo", framed("x"), kGrpc + " -H 'authorization: Bearer right'"), HasSubstr("echo x"));
}

/// A client that says what it likes.
class RawClient {
 public:
  RawClient() {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_client_new(&session_, callbacks, nullptr);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  ~RawClient() { nghttp2_session_del(session_); }
  void call_and_reset() {
    const auto field = [](const char* name, const char* value) {
      return nghttp2_nv{reinterpret_cast<uint8_t*>(const_cast<char*>(name)), reinterpret_cast<uint8_t*>(const_cast<char*>(value)), std::strlen(name), std::strlen(value), NGHTTP2_NV_FLAG_NONE};
    };
    const nghttp2_nv head[] = {field(":method", "POST"), field(":scheme", "http"), field(":path", "/test.Echo/Echo"), field(":authority", "x"), field("content-type", "application/grpc")};
    nghttp2_data_provider provider{};
    provider.read_callback = [](nghttp2_session*, int32_t, uint8_t*, size_t, uint32_t*, nghttp2_data_source*, void*) -> ssize_t { return NGHTTP2_ERR_DEFERRED; };
    const int32_t id = nghttp2_submit_request(session_, nullptr, head, std::size(head), &provider, nullptr);
    flush();
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    flush();
  }
  void flush() {
    const uint8_t* data = nullptr;
    for (ssize_t n; (n = nghttp2_session_mem_send(session_, &data)) > 0;) bytes.append(reinterpret_cast<const char*>(data), static_cast<size_t>(n));
  }
  std::string bytes;

 private:
  nghttp2_session* session_ = nullptr;
};

TEST_F(GrpcServerTest, floods_and_noise_end_their_connection_alone) {
  start({.resets_max = 50});
  EXPECT_TRUE(closes_after("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_TRUE(closes_after(std::string(100, '\xff')));
  RawClient resets;
  for (int i = 0; i < 200; ++i) resets.call_and_reset();
  EXPECT_TRUE(closes_after(resets.bytes)) << "rapid reset";
  RawClient continuations;
  continuations.flush();
  std::string endless = continuations.bytes + std::string("\x00\x00\x01\x01\x00\x00\x00\x00\x01\x82", 10);  // HEADERS without END_HEADERS
  for (int i = 0; i < 10'000; ++i) endless += std::string("\x00\x00\x01\x09\x00\x00\x00\x00\x01\x84", 10);  // CONTINUATION, and so on
  EXPECT_TRUE(closes_after(endless));
  EXPECT_GE(server_->counts().connections_ended, 4u);
  EXPECT_THAT(call("/test.Echo/Echo", framed("still here")), HasSubstr("echo still here"));
}

TEST_F(GrpcServerTest, silent_connections_end) {
  start({.preface_timeout = std::chrono::milliseconds(10)});
  EXPECT_TRUE(closes_after(""));
  start({.ping_interval = std::chrono::milliseconds(10), .ping_timeout = std::chrono::milliseconds(10)});
  RawClient client;
  client.flush();
  EXPECT_TRUE(closes_after(client.bytes)) << "half open: no pong comes";
}

TEST_F(GrpcServerTest, huge_headers_reset_the_call) {
  start();
  EXPECT_THAT(call("/test.Echo/Echo", framed("x"), kGrpc + " -H 'large: " + std::string(20'000, 'x') + "'"), Not(HasSubstr("grpc-status: 0")));
  EXPECT_THAT(call("/test.Echo/Echo", framed("still here")), HasSubstr("echo still here"));
}

TEST(GrpcServer, a_taken_port_is_an_error) {
  auto first = GrpcServer::start({});
  ASSERT_TRUE(first);
  const auto second = GrpcServer::start({.port = (*first)->port()});
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("cannot listen on 127.0.0.1:"));
  EXPECT_FALSE(GrpcServer::start({.host = "no address"}));
}

}  // namespace
}  // namespace monitorai::net
