#include "serve/alertmanager/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace monitorai::serve {
namespace {

using testing::HasSubstr;

class NoTransport final : public forward::Transport {
 public:
  forward::TryOutcome deliver(const forward::DeliveryJob&, std::stop_token) override {
    return {.result = Error{Code::unavailable, "nobody is there"}};
  }
};

struct Api {
  explicit Api(const Relay& relay = {}) {
    auto read = forward::read_notify_config("route: {receiver: a}\nreceivers: [{name: a}]\n", "f.yml");
    notifier = *forward::Notifier::open(":memory:", std::move(read.config), "http://h", clock, [] { return std::make_unique<NoTransport>(); });
    add_alertmanager_api(router, *notifier, relay);
  }
  std::string operator()(std::string method, std::string path, std::string body = {}) {
    net::HttpRequest request{.method = std::move(method), .path = std::move(path), .query = {}, .headers = {}, .body = std::move(body)};
    const net::HttpResponse response = router.route(request);
    return fmt::format("{} {}", response.status, response.body);
  }
  FakeClock clock{{1'767'225'600'000}};  // 2026-01-01
  std::unique_ptr<forward::Notifier> notifier;
  net::Router router;
};

TEST(AlertmanagerApi, acknowledgements_are_offered_listed_and_taken_back) {
  Api f;
  EXPECT_EQ(f("GET", "/api/v1/acknowledgements"), R"(200 {"offered":true,"acknowledgements":[]})");
  EXPECT_EQ(f("POST", "/api/v2/alerts", R"([{"labels":{"alertname":"A"}},{"labels":{"alertname":"B"}}])"), "200 ");
  const std::string id = forward::fingerprint_text(forward::fingerprint(signals::Labels{{"alertname", "A"}}));
  EXPECT_EQ(f("POST", "/api/v1/acknowledgements", fmt::format(R"({{"fingerprint":"{}","by":"me","comment":"on it"}})", id)), "200 {}");
  EXPECT_EQ(f("GET", "/api/v1/acknowledgements"),
            fmt::format(R"(200 {{"offered":true,"acknowledgements":[{{"fingerprint":"{}","labels":{{"alertname":"A"}},"by":"me","comment":"on it","at":"2026-01-01T00:00:00.000Z"}}]}})", id));
  EXPECT_EQ(f("DELETE", "/api/v1/acknowledgements/" + id), "200 {}");
  EXPECT_EQ(f("GET", "/api/v1/acknowledgements"), R"(200 {"offered":true,"acknowledgements":[]})");
  EXPECT_THAT(f("POST", "/api/v1/acknowledgements", R"({"fingerprint":"0123456789abcdef","by":"me"})"), HasSubstr("404 "));
  EXPECT_THAT(f("POST", "/api/v1/acknowledgements", R"({"fingerprint":"x","by":"me"})"), HasSubstr("400 "));
  EXPECT_THAT(f("PUT", "/api/v1/acknowledgements"), HasSubstr("405 "));
}

TEST(AlertmanagerApi, a_relay_answers_first) {
  Api f([](const net::HttpRequest& request) -> std::optional<net::HttpResponse> {
    if (request.path == "/api/v1/deliveries") return std::nullopt;
    return net::HttpResponse::json(200, R"({"offered":false})");
  });
  EXPECT_EQ(f("GET", "/api/v1/acknowledgements"), R"(200 {"offered":false})");
  EXPECT_EQ(f("GET", "/api/v1/deliveries"), R"(200 {"deliveries":[]})");
}

}  // namespace
}  // namespace monitorai::serve
