#include "net/grpc_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "net/certificate_for_test.h"
#include "net/content_encoding.h"
#include "net/http2_client_for_test.h"

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
  void start(GrpcLimits limits = {}, std::optional<TlsFiles> tls = {}) {
    scheme_ = tls ? "https" : "http";
    GrpcSettings settings{.tls = std::move(tls), .limits = limits, .now = now_};
    settings.methods["/test.Echo/Large"] = [](std::string) { return GrpcReply{.body = std::string(8 << 20, 'x')}; };
    settings.methods["/test.Echo/Echo"] = [](std::string message) { return GrpcReply{.body = "echo " + message}; };
    settings.methods["/test.Echo/Busy"] = [](std::string) { return GrpcReply{.status = GrpcStatus::unavailable, .message = "disk \xc3\xa4 full", .retry_after = std::chrono::seconds(5)}; };
    auto server = GrpcServer::start(std::move(settings));
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  /// The headers, the body and the trailers, as curl tells them.
  std::string call(const std::string& path, const std::string& body, const std::string& arguments = {}) {
    std::ofstream(folder_ / "body", std::ios::binary) << body;
    const std::string command = fmt::format("curl -s -i --max-time 60 {} -H 'Expect:' -H 'te: trailers' {} --data-binary @{}/body {}://127.0.0.1:{}{}",
                                            scheme_ == "https" ? "--http2" : "--http2-prior-knowledge", arguments.empty() ? "-H 'content-type: application/grpc'" : arguments, folder_.native(), scheme_, server_->port(), path);
    FILE* pipe = ::popen(command.c_str(), "r");
    std::string out;
    (void)read_to_end(::fileno(pipe), out, 64 << 20);
    ::pclose(pipe);
    return out;
  }
  /// A connection that bytes were sent on.
  Fd sent(const std::string& bytes) {
    Fd out(::socket(AF_INET, SOCK_STREAM, 0));
    const int socket = out.number();
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
    return out;
  }
  /// Reads until the server closes; true when it did.
  static bool closes(const Fd& socket) {
    char buffer[4096];
    ssize_t n = 0;
    while ((n = ::recv(socket.number(), buffer, sizeof buffer, 0)) > 0) {
    }
    return n == 0 || errno == ECONNRESET;
  }
  bool closes_after(const std::string& bytes) { return closes(sent(bytes)); }
  template <class Condition>
  static bool comes_true(Condition condition, std::chrono::seconds patience = std::chrono::seconds(60)) {
    for (const auto end = std::chrono::steady_clock::now() + patience; !condition(); ::poll(nullptr, 0, 10))
      if (std::chrono::steady_clock::now() > end) return false;
    return true;
  }

  std::filesystem::path folder_;
  std::string scheme_ = "http";
  std::function<std::chrono::steady_clock::time_point()> now_ = &std::chrono::steady_clock::now;
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

TEST_F(GrpcServerTest, floods_and_noise_end_their_connection_alone) {
  start({.resets_max = 50});
  EXPECT_TRUE(closes_after("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_TRUE(closes_after(std::string(100, '\xff')));
  Http2Client resets;
  for (int i = 0; i < 200; ++i) resets.call_and_reset();
  EXPECT_TRUE(closes_after(resets.take())) << "rapid reset";
  EXPECT_TRUE(closes_after(Http2Client().take() + endless_continuation(10'000)));
  EXPECT_EQ(server_->counts().ended(GrpcEnd::protocol), 2u);
  EXPECT_EQ(server_->counts().ended(GrpcEnd::resets), 1u);
  EXPECT_EQ(server_->counts().ended(GrpcEnd::continuations), 1u);
  EXPECT_THAT(call("/test.Echo/Echo", framed("still here")), HasSubstr("echo still here"));
}

TEST_F(GrpcServerTest, silent_connections_end) {
  start({.preface_timeout = std::chrono::milliseconds(10)});
  EXPECT_TRUE(closes_after(""));
  EXPECT_EQ(server_->counts().ended(GrpcEnd::preface), 1u);
  start({.ping_interval = std::chrono::milliseconds(10), .ping_timeout = std::chrono::milliseconds(10)});
  EXPECT_TRUE(closes_after(Http2Client().take())) << "half open: no pong comes";
  EXPECT_EQ(server_->counts().ended(GrpcEnd::silence), 1u);
}

TEST_F(GrpcServerTest, a_peer_that_never_reads_its_answers_is_given_up_on) {
  std::atomic<int> seconds{0};
  now_ = [&] { return std::chrono::steady_clock::time_point(std::chrono::hours(1) + std::chrono::seconds(seconds)); };
  start({.preface_timeout = std::chrono::seconds(20), .ping_interval = std::chrono::hours(10)});
  // A window for all that is asked for, so that the socket is what fills.
  Http2Client client;
  std::string bytes = client.take() + http2_frame(NGHTTP2_SETTINGS, 0, 0, std::string("\0\4\x7f\xff\xff\xff", 6)) + http2_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, std::string("\x7f\0\0\0", 4));
  constexpr uint64_t kCalls = 8;
  for (uint64_t i = 0; i < kCalls; ++i) client.call("/test.Echo/Large", framed("x"));
  const Fd unread = sent(bytes + client.take());
  ASSERT_TRUE(comes_true([&] { return server_->counts().calls == kCalls; }));
  const Fd silent = sent("");
  ASSERT_TRUE(comes_true([&] { return server_->counts().connections == 2; }));
  seconds = 25;
  EXPECT_TRUE(closes(silent));
  EXPECT_EQ(server_->counts().ended(GrpcEnd::unread), 0u) << "25 of 30 seconds have passed, and the server has looked";
  // What still fitted into the socket may have begun a write at this time.
  EXPECT_TRUE(comes_true([&] {
    seconds += 31;
    return comes_true([&] { return server_->counts().ended(GrpcEnd::unread) == 1; }, std::chrono::seconds(5));
  }));
  EXPECT_TRUE(closes(unread));
  EXPECT_EQ(server_->counts().ended_in_all(), 2u);
  EXPECT_THAT(call("/test.Echo/Echo", framed("still here")), HasSubstr("echo still here"));
  server_.reset();
}

TEST_F(GrpcServerTest, calls_come_through_tls) {
  const TlsFiles files = make_certificate(folder_, "a"), other = make_certificate(folder_, "b");
  start({}, files);
  const std::string trusted = kGrpc + " --cacert " + files.certificate;
  const std::string large(3 << 20, 'x');
  EXPECT_THAT(call("/test.Echo/Echo", framed("hello"), trusted), testing::AllOf(HasSubstr("HTTP/2 200"), HasSubstr(framed("echo hello")), HasSubstr("grpc-status: 0")));
  EXPECT_TRUE(call("/test.Echo/Echo", framed(large), trusted).find(large) != std::string::npos) << "more than a window";
  EXPECT_EQ(call("/test.Echo/Echo", framed("hello"), kGrpc + " --cacert " + other.certificate), "") << "a certificate that nobody vouches for";
  EXPECT_EQ(call("/test.Echo/Echo", framed("hello"), trusted + " --http1.1"), "") << "ALPN without h2";
  EXPECT_TRUE(closes_after(Http2Client().take())) << "no TLS";
  EXPECT_EQ(server_->counts().ended(GrpcEnd::tls), 3u);
  std::filesystem::copy_file(other.certificate, files.certificate, std::filesystem::copy_options::overwrite_existing);
  EXPECT_FALSE(server_->reload_tls()) << "the key is of the other certificate";
  std::filesystem::copy_file(other.key, files.key, std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(server_->reload_tls());
  EXPECT_THAT(call("/test.Echo/Echo", framed("renewed"), kGrpc + " --cacert " + other.certificate), HasSubstr("echo renewed"));
}

TEST_F(GrpcServerTest, a_client_ca_lets_its_clients_in_alone) {
  TlsFiles files = make_certificate(folder_, "a");
  const TlsFiles client = make_certificate(folder_, "client"), stranger = make_certificate(folder_, "stranger");
  files.client_ca = client.certificate;
  start({}, files);
  const auto f = [&](const std::string& shown) { return call("/test.Echo/Echo", framed("hello"), kGrpc + " --cacert " + files.certificate + shown); };
  EXPECT_THAT(f(" --cert " + client.certificate + " --key " + client.key), HasSubstr("echo hello"));
  EXPECT_THAT(f(" --cert " + stranger.certificate + " --key " + stranger.key), Not(HasSubstr("echo hello")));
  EXPECT_THAT(f(""), Not(HasSubstr("echo hello")));
}

TEST_F(GrpcServerTest, a_handshake_that_does_not_come_ends) {
  start({.preface_timeout = std::chrono::milliseconds(10)}, make_certificate(folder_, "a"));
  EXPECT_TRUE(closes_after(""));
  EXPECT_EQ(server_->counts().ended(GrpcEnd::preface), 1u);
}

TEST_F(GrpcServerTest, huge_headers_reset_the_call) {
  start();
  EXPECT_THAT(call("/test.Echo/Echo", framed("x"), kGrpc + " -H 'large: " + std::string(20'000, 'x') + "'"), Not(HasSubstr("grpc-status: 0")));
  EXPECT_THAT(call("/test.Echo/Echo", framed("still here")), HasSubstr("echo still here"));
}

TEST(GrpcServer, hosts_and_ports_that_cannot_be_had_are_errors) {
  auto first = GrpcServer::start({});
  ASSERT_TRUE(first);
  const auto second = GrpcServer::start({.port = (*first)->port()});
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("cannot listen on 127.0.0.1:"));
  for (const std::string host : {"", "no.such.host.invalid", "999.1.1.1", "203.0.113.7"}) {
    const auto refused = GrpcServer::start({.host = host});
    ASSERT_FALSE(refused) << host;
    EXPECT_EQ(refused.error().code, Code::invalid);
    EXPECT_THAT(refused.error().message, HasSubstr("cannot listen on " + host));
  }
  for (const std::string host : {"localhost", "127.0.0.1", "0.0.0.0"}) EXPECT_TRUE(GrpcServer::start({.host = host})) << host;
  const auto unreadable = GrpcServer::start({.tls = TlsFiles{"/no/such/file", "/no/such/key"}});
  ASSERT_FALSE(unreadable);
  EXPECT_EQ(unreadable.error().code, Code::invalid);
  EXPECT_THAT(unreadable.error().message, HasSubstr("cannot load the TLS certificate /no/such/file"));
}

}  // namespace
}  // namespace monitorai::net
