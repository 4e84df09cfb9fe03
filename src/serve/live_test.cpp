#include "serve/live.h"

#include <gtest/gtest.h>

#include <thread>

#include "net/http_server.h"
#include "net/web_socket_client.h"

namespace monitorai::serve {
namespace {

bool comes_true(const std::function<bool()>& condition) {
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > patience) return false;
    std::this_thread::yield();
  }
  return true;
}

std::shared_ptr<Observation> scan(int64_t seconds) {
  auto processes = std::make_shared<signals::ProcessSnapshot>();
  processes->time = {seconds * 1000};
  auto gpus = std::make_shared<signals::GpuSnapshot>();
  gpus->time = {seconds * 1000};
  auto out = std::make_shared<Observation>();
  out->time = {seconds * 1000};
  out->processes = std::move(processes);
  out->gpus = std::move(gpus);
  return out;
}

class LiveTest : public testing::Test {
 protected:
  LiveTest() {
    auto router = std::make_shared<net::Router>();
    live_.add_endpoint(*router);
    port_ = server_.listen({.name = "main", .router = router}).value();
  }
  std::unique_ptr<net::WebSocketClient> connect() { return net::WebSocketClient::connect({}, fmt::format("ws://127.0.0.1:{}/api/v1/live", port_)).value(); }
  void publish(int64_t seconds) {
    observations_->publish(scan(seconds));
    live_.publish(*observations_->read());
  }
  static std::string text(int64_t seconds) {
    return fmt::format("{{\"processes\":{{\"time\":{0},\"scanned\":0,\"processes\":[],\"services\":[]}}\n,\"gpus\":{{\"time\":{0},\"gpus\":[],\"processes\":[]}}\n}}", seconds);
  }
  std::shared_ptr<PublishedObservation> observations_ = std::make_shared<PublishedObservation>();
  Live live_{observations_};
  net::HttpServer server_;
  uint16_t port_ = 0;
};

TEST_F(LiveTest, sends_the_newest_scan_at_once_and_each_that_follows) {
  publish(1);
  auto one = connect();
  EXPECT_EQ(one->receive().value().value(), text(1));
  ASSERT_TRUE(comes_true([&] { return live_.open() == 1; }));
  publish(2);
  publish(3);
  EXPECT_EQ(one->receive().value().value(), text(2));
  EXPECT_EQ(one->receive().value().value(), text(3));
}

TEST_F(LiveTest, waits_for_the_first_scan_and_forgets_pages_that_left) {
  auto one = connect(), two = connect();
  ASSERT_TRUE(comes_true([&] { return live_.open() == 2; }));
  publish(7);
  EXPECT_EQ(one->receive().value().value(), text(7));
  EXPECT_EQ(two->receive().value().value(), text(7));
  one.reset();
  ASSERT_TRUE(comes_true([&] { return live_.open() == 1; }));
  publish(8);
  EXPECT_EQ(two->receive().value().value(), text(8));
}

TEST_F(LiveTest, is_no_plain_page) {
  net::HttpRequest request{.method = "GET", .path = "/api/v1/live", .query = {}, .headers = {}, .body = {}, .path_parameters = {}};
  net::Router router;
  live_.add_endpoint(router);
  EXPECT_EQ(router.route(request).status, 400);
}

}  // namespace
}  // namespace monitorai::serve
