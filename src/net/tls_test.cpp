#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "net/certificate_for_test.h"
#include "net/http_client.h"
#include "net/http_server_for_test.h"

namespace monitorai::net {
namespace {

class TlsTest : public testing::Test {
 protected:
  std::shared_ptr<Router> router() {
    auto out = std::make_shared<Router>();
    out->add("GET", "/hello", [](const HttpRequest&) { return HttpResponse::text(200, "hello"); });
    out->add("GET", "/big", [](const HttpRequest&) { return HttpResponse{200, "application/octet-stream", std::string(5'000'000, 'x')}; });
    out->add("POST", "/echo", [](const HttpRequest& request) { return HttpResponse::text(200, request.body); });
    out->add("GET", "/parts", [](const HttpRequest&) {
      HttpResponse response;
      response.stream = [](BodyWriter& body) {
        for (int i = 0; i < 100; ++i) EXPECT_TRUE(body.write(std::string(10'000, 'x')));
      };
      return response;
    });
    return out;
  }
  void start(const TlsFiles& files, HttpLimits limits = {}) {
    server_ = std::make_unique<HttpServer>(limits);
    port_ = server_->listen({.name = "main", .router = router(), .tls = files}).value();
  }
  std::string url(std::string_view path) const { return fmt::format("https://127.0.0.1:{}{}", port_, path); }

  TemporaryDirectory directory_;
  std::unique_ptr<HttpServer> server_;
  uint16_t port_ = 0;
};

TEST_F(TlsTest, a_server_is_asked_and_certified_under_another_name) {
  const TlsFiles files = make_certificate(directory_.path(), "a", nullptr, "DNS:inference.example");
  auto routes = std::make_shared<Router>();
  routes->add("GET", "/host", [](const HttpRequest& request) { return HttpResponse::text(200, std::string(request.header("host"))); });
  routes->add("GET", "/away", [](const HttpRequest&) { return HttpResponse{.status = 302, .headers = {{"Location", "/host"}}}; });
  server_ = std::make_unique<HttpServer>(HttpLimits{});
  port_ = server_->listen({.name = "main", .router = routes, .tls = files}).value();
  const auto f = [&](std::string_view path, std::string server_name) {
    return HttpClient({.redirects_max = 2, .ca_file = files.certificate, .tls_server_name = std::move(server_name)}).get(url(path));
  };
  const auto answer = f("/host", "inference.example");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, fmt::format("127.0.0.1:{}", port_)) << "Host is the target's";
  EXPECT_EQ(answer->url, url("/host"));
  EXPECT_EQ(f("/away", "inference.example")->status, 200);
  EXPECT_EQ(f("/host", "other.example").error().code, Code::unavailable);
  EXPECT_EQ(f("/host", "").error().code, Code::unavailable) << "the certificate is not 127.0.0.1's";
}

TEST_F(TlsTest, everything_works_inside_tls) {
  const TlsFiles files = make_certificate(directory_.path(), "a");
  start(files);
  HttpClient client({.ca_file = files.certificate});
  const auto hello = client.get(url("/hello"));
  ASSERT_TRUE(hello) << hello.error().message;
  EXPECT_EQ(hello->body, "hello");
  EXPECT_EQ(client.get(url("/big"))->body.size(), 5'000'000);
  EXPECT_EQ(client.get(url("/parts"))->body.size(), 1'000'000);
  const std::string body(3'000'000, 'y');
  EXPECT_EQ(client.post(url("/echo"), body, "text/plain")->body, body);
  EXPECT_EQ(client.get(url("/hello"), {{"Connection", "close"}})->body, "hello");
  EXPECT_EQ(server_->counts().connections_accepted, 1);
  EXPECT_EQ(server_->counts().rejected_by(Rejected::tls), 0);
}

TEST_F(TlsTest, a_web_socket_works_inside_tls) {
  auto routes = std::make_shared<Router>();
  routes->add("GET", "/socket", [](const HttpRequest& request) {
    auto session = std::make_shared<std::shared_ptr<WebSocketSession>>();
    return accept_web_socket(request, {.on_open = [session](std::shared_ptr<WebSocketSession> opened) { *session = std::move(opened); },
                                       .on_message = [session](std::string_view message) { (*session)->send(std::string(message) + " yourself"); },
                                       .on_close = [session] { session->reset(); }});
  });
  HttpServer server;
  RawClient plain(server.listen({.name = "main", .router = routes, .tls = make_certificate(directory_.path(), "a")}).value());
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context.get()), &SSL_free);
  SSL_set_fd(tls.get(), plain.fd());
  ASSERT_EQ(SSL_connect(tls.get()), 1);
  const auto send = [&](std::string_view bytes) { EXPECT_EQ(SSL_write(tls.get(), bytes.data(), static_cast<int>(bytes.size())), static_cast<int>(bytes.size())); };
  const auto receive_until = [&](std::string_view end) {
    std::string got;
    char byte = 0;
    while (!got.ends_with(end) && SSL_read(tls.get(), &byte, 1) == 1) got += byte;
    return got;
  };
  send("GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  EXPECT_TRUE(receive_until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
  send(std::string_view("\x81\x85\0\0\0\0Hello", 11));
  EXPECT_EQ(receive_until("yourself"), "\x81\x0eHello yourself");
  send(std::string_view("\x88\x80\0\0\0\0", 6));
  EXPECT_EQ(receive_until("\x03\xe8"), "\x88\x02\x03\xe8");
}

TEST_F(TlsTest, a_certificate_that_nobody_vouches_for_is_refused_by_the_client) {
  start(make_certificate(directory_.path(), "a"));
  const auto refused = HttpClient().get(url("/hello"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unavailable);
  EXPECT_NE(refused.error().message.find("certificate"), std::string::npos) << refused.error().message;
  EXPECT_EQ(HttpClient({.insecure_skip_verify = true}).get(url("/hello"))->body, "hello");
}

TEST_F(TlsTest, plain_http_and_silence_do_not_get_through_the_handshake) {
  start(make_certificate(directory_.path(), "a"), {.header_timeout = milliseconds(30)});
  RawClient plain(port_);
  plain.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(plain.receive_rest().find("hello"), std::string::npos);
  RawClient silent(port_);
  EXPECT_TRUE(silent.at_end());
  EXPECT_TRUE(comes_true([&] { return server_->counts().rejected_by(Rejected::tls) == 2; }));
}

TEST_F(TlsTest, stopping_does_not_wait_for_a_handshake) {
  start(make_certificate(directory_.path(), "a"), {.stop_grace = std::chrono::minutes(1), .stop_timeout = std::chrono::minutes(1)});
  RawClient silent(port_);
  while (server_->counts().connections_open == 0) std::this_thread::yield();
  server_->stop();
  EXPECT_TRUE(silent.at_end());
}

TEST_F(TlsTest, a_renewed_certificate_is_used_for_new_connections_and_a_broken_one_is_not) {
  const TlsFiles files = make_certificate(directory_.path(), "a");
  start(files);
  const auto renewed = make_certificate(directory_.path(), "b");
  std::filesystem::copy_file(renewed.certificate, files.certificate, std::filesystem::copy_options::overwrite_existing);
  EXPECT_FALSE(server_->reload_tls("main")) << "the key is of the other certificate";
  std::filesystem::copy_file(renewed.key, files.key, std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(server_->reload_tls("main"));
  EXPECT_EQ(HttpClient({.ca_file = renewed.certificate}).get(url("/hello"))->body, "hello");
  EXPECT_EQ(server_->reload_tls("other").error().code, Code::not_found);
}

TEST_F(TlsTest, files_that_do_not_load_are_errors_that_name_them) {
  const TlsFiles good = make_certificate(directory_.path(), "a"), other = make_certificate(directory_.path(), "b");
  const TlsFiles locked = make_certificate(directory_.path(), "c", "a password");
  HttpServer server;
  const auto f = [&](const TlsFiles& files, const std::string& named) {
    const auto refused = server.listen({.name = "main", .router = router(), .tls = files});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::invalid);
    EXPECT_NE(refused.error().message.find(named), std::string::npos) << refused.error().message;
  };
  f({"/no/such/file", good.key}, "/no/such/file");
  f({good.certificate, "/no/such/key"}, "/no/such/key");
  f({good.certificate, other.key}, other.key);
  f({good.key, good.key}, good.key);
  f(locked, locked.key);
}

}  // namespace
}  // namespace monitorai::net
