#pragma once
// For tests: a server on a free port whose handlers do what tests need: echo, wait, stream without end, throw.

#include <gtest/gtest.h>

#include <condition_variable>
#include <latch>
#include <mutex>
#include <semaphore>
#include <thread>

#include "net/http_server.h"
#include "net/raw_client_for_test.h"

namespace monitorai::net {

using std::chrono::milliseconds;

inline constexpr std::string_view kHello = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";

/// Blocks until the request is cancelled.
inline void wait_for_cancel(const HttpRequest& request) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait(lock, request.cancelled, [] { return false; });
}

/// Waits, without sleeping for a fixed time, until the condition holds; false after a long while.
inline bool comes_true(const std::function<bool()>& condition) {
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
    out->add("GET", "/status/{code}",
             [](const HttpRequest& request) { return HttpResponse::text(std::stoi(std::string(request.path_parameter("code"))), "x"); });
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

}  // namespace monitorai::net
