#include "net/http_client.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <latch>
#include <thread>

#include "base/files.h"
#include "net/http_server.h"

namespace monitorai::net {
namespace {

using std::chrono::milliseconds;

/// A real server with what a client has to cope with.
class HttpClientTest : public testing::Test {
 protected:
  void SetUp() override {
    auto router = std::make_shared<Router>();
    router->add("GET", "/hello", [](const HttpRequest& request) {
      return HttpResponse::text(
          200, fmt::format("hello {}|{}|{}", request.header("authorization"), request.header("x-mine"), request.header("user-agent")));
    });
    router->add("GET", "/peer", [](const HttpRequest& request) { return HttpResponse::text(200, request.peer); });
    router->add("", "/echo", [](const HttpRequest& request) {
      return HttpResponse::text(200, fmt::format("{} {} {}", request.method, request.header("content-type"), request.body));
    });
    router->add("GET", "/big", [](const HttpRequest&) { return HttpResponse::text(200, std::string(1'000'000, 'x')); });
    router->add("GET", "/teapot", [](const HttpRequest&) { return HttpResponse::text(418, "short and stout"); });
    router->add("GET", "/again", [](const HttpRequest&) {
      HttpResponse response = HttpResponse::text(302, "");
      response.headers.emplace_back("Location", "/again");
      return response;
    });
    router->add("GET", "/moved", [](const HttpRequest&) {
      HttpResponse response = HttpResponse::text(302, "moved");
      response.headers.emplace_back("Location", "/hello");
      return response;
    });
    router->add("GET", "/header", [](const HttpRequest&) {
      HttpResponse response = HttpResponse::text(200, "");
      response.headers.emplace_back("X-Long", std::string(100'000, 'x'));
      return response;
    });
    router->add("GET", "/never", [this](const HttpRequest& request) {
      std::mutex mutex;
      std::condition_variable_any ended;
      std::unique_lock lock(mutex);
      reached_.count_down();
      ended.wait(lock, request.cancelled, [] { return false; });
      return HttpResponse::text(200, "");
    });
    port_ = server_.listen({.name = "main", .router = router}).value();
  }

  std::string url(std::string_view path) const { return fmt::format("http://127.0.0.1:{}{}", port_, path); }

  std::latch reached_{1};
  HttpServer server_;
  uint16_t port_ = 0;
};

TEST_F(HttpClientTest, gets_and_posts_and_keeps_its_connection) {
  HttpClient client;
  const auto hello = client.get(url("/hello"), {{"X-Mine", "yes"}});
  ASSERT_TRUE(hello) << hello.error().message;
  EXPECT_EQ(hello->status, 200);
  EXPECT_EQ(hello->body, "hello |yes|monitorai/" MAI_VERSION);
  EXPECT_EQ(hello->header("content-type"), "text/plain; charset=utf-8");
  const std::string peer = client.get(url("/peer"))->body;
  EXPECT_EQ(client.post(url("/echo"), "{}", "application/json")->body, "POST application/json {}");
  EXPECT_EQ(client.send("PUT", url("/echo"), "x")->body.substr(0, 4), "PUT ");
  EXPECT_EQ(client.send("DELETE", url("/echo"))->body, "DELETE  ");
  EXPECT_EQ(client.send("HEAD", url("/hello"))->body, "");
  EXPECT_EQ(client.get(url("/peer"))->body, peer);
  EXPECT_EQ(server_.counts().connections_accepted, 1);
}

TEST_F(HttpClientTest, any_status_is_a_response) {
  const auto teapot = HttpClient().get(url("/teapot"));
  ASSERT_TRUE(teapot);
  EXPECT_EQ(teapot->status, 418);
  EXPECT_EQ(teapot->body, "short and stout");
}

TEST_F(HttpClientTest, takes_gzip_and_counts_the_limit_after_it) {
  const auto whole = HttpClient().get(url("/big"));
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->body.size(), 1'000'000);
  EXPECT_EQ(whole->header("content-encoding"), "gzip");
  const auto cut = HttpClient({.body_bytes_max = 999'999}).get(url("/big"));
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, Code::exhausted);
  EXPECT_EQ(cut.error().message, fmt::format("cannot fetch {}: the body is larger than 999999 bytes", url("/big")));
}

TEST_F(HttpClientTest, limits_the_header_too) {
  const auto cut = HttpClient().get(url("/header"));
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, Code::exhausted);
}

TEST_F(HttpClientTest, follows_as_many_redirects_as_it_may) {
  EXPECT_EQ(HttpClient().get(url("/moved"))->status, 302);
  const auto followed = HttpClient({.redirects_max = 1}).get(url("/moved"));
  EXPECT_EQ(followed->status, 200);
  EXPECT_EQ(followed->url, url("/hello"));
  EXPECT_EQ(HttpClient({.redirects_max = 3}).get(url("/again")).error().code, Code::exhausted);
}

TEST_F(HttpClientTest, sends_credentials_and_does_not_print_them) {
  EXPECT_EQ(HttpClient({.user = "me", .password = "secret"}).get(url("/hello"))->body.substr(0, 25), "hello Basic bWU6c2VjcmV0|");
  EXPECT_EQ(HttpClient({.bearer_token = "t0ken"}).get(url("/hello"))->body.substr(0, 18), "hello Bearer t0ken");
  const auto failed = HttpClient().get("http://me:secret@127.0.0.1:1/x?y=1");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message.find("secret"), std::string::npos);
  EXPECT_TRUE(failed.error().message.starts_with("cannot fetch http://127.0.0.1:1/x?y=1: ")) << failed.error().message;
}

TEST_F(HttpClientTest, a_stop_ends_a_request_at_once) {
  std::stop_source stop;
  std::jthread stopper([&] {
    reached_.wait();
    stop.request_stop();
  });
  const auto cancelled = HttpClient({.total_timeout = std::chrono::minutes(1)}).get(url("/never"), {}, stop.get_token());
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code, Code::cancelled);
  EXPECT_EQ(HttpClient().get(url("/hello"), {}, stop.get_token()).error().code, Code::cancelled);
}

TEST_F(HttpClientTest, a_slow_peer_costs_the_timeout_and_no_more) {
  HttpClient client({.total_timeout = milliseconds(50)});
  const auto late = client.get(url("/never"));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::unavailable);
  EXPECT_EQ(client.get(url("/hello"))->status, 200);
}

TEST(HttpClient, bad_urls_and_headers_are_invalid) {
  const auto f = [](std::string_view url, const Parameters& headers = {}) {
    const auto response = HttpClient({.connect_timeout = milliseconds(100)}).get(url, headers);
    ASSERT_FALSE(response) << url;
    EXPECT_EQ(response.error().code, Code::invalid) << url << ": " << response.error().message;
  };
  f("");
  f("file:///etc/passwd");
  f("gopher://127.0.0.1/");
  f("http://127.0.0.1:99999/");
  f("http://127.0.0.1/\r\nX: y");
  f("http://127.0.0.1/", {{"X", "a\r\nHost: evil"}});
  f("http://127.0.0.1/", {{"X\n", "a"}});
}

/// A listening socket that answers the first connection with these bytes and closes it.
class Peer {
 public:
  explicit Peer(std::string answer) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(fd_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(fd_.number(), 8), 0);
    socklen_t size = sizeof address;
    getsockname(fd_.number(), reinterpret_cast<sockaddr*>(&address), &size);
    url = fmt::format("http://127.0.0.1:{}/", ntohs(address.sin_port));
    thread_ = std::jthread([this, answer = std::move(answer)] {
      const Fd client(accept(fd_.number(), nullptr, nullptr));
      char request[4096];
      EXPECT_GT(recv(client.number(), request, sizeof request, 0), 0);
      ::send(client.number(), answer.data(), answer.size(), MSG_NOSIGNAL);
    });
  }
  std::string url;

 private:
  Fd fd_;
  std::jthread thread_;
};

TEST(HttpClient, what_is_no_http_is_corrupt_and_what_is_cut_is_unavailable) {
  const auto f = [](std::string answer, Code want) {
    Peer peer(std::move(answer));
    const auto response = HttpClient().get(peer.url);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, want) << response.error().message;
  };
  f("SSH-2.0-OpenSSH_9.2\r\n", Code::corrupt);
  f("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd", Code::corrupt);
  f("", Code::unavailable);
  f("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", Code::unavailable);
  f("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", Code::unavailable);
}

TEST(HttpClient, nobody_there_names_the_address) {
  const auto refused = HttpClient().get("http://127.0.0.1:1/metrics");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unavailable);
  EXPECT_NE(refused.error().message.find("127.0.0.1"), std::string::npos);
}

}  // namespace
}  // namespace monitorai::net
