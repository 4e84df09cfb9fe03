// Alertmanager's API as strangers call it: requests, one after the other, on one notifier. An input is lines "METHOD TARGET" with the body
// after them, up to a byte 0x1e. Whatever comes, an answer is the caller's error at worst, and JSON.

#include <simdjson.h>

#include <string_view>

#include "net/target.h"
#include "serve/alertmanager/api.h"

namespace {

using namespace monitorai;

constexpr size_t kRequestsMax = 32;
constexpr std::string_view kConfig =
    "route: {receiver: a, group_by: [alertname], routes: [{matchers: [\"x=~\\\"b|c\\\"\"], receiver: b, continue: true}]}\n"
    "inhibit_rules: [{source_matchers: [severity=critical], target_matchers: [severity=warning], equal: [x]}]\n"
    "receivers: [{name: a, webhook_configs: [{url: \"http://u:p@h/x\"}]}, {name: b}]\n";

class NoTransport final : public forward::Transport {
 public:
  forward::TryOutcome deliver(const forward::DeliveryJob&, std::stop_token) override {
    return {.result = Error{Code::unavailable, "nobody is there"}};
  }
};

void check(const net::HttpResponse& response) {
  if (response.status >= 500) __builtin_trap();
  if (response.content_type != "application/json" || response.body.empty()) return;
  simdjson::dom::parser parser;
  if (parser.parse(response.body.data(), response.body.size()).error() != simdjson::SUCCESS) __builtin_trap();
}

net::HttpResponse ask(const net::Router& router, std::string_view method, std::string_view target, std::string_view body) {
  auto parsed = net::parse_target(target);
  if (!parsed) return net::HttpResponse::text(400, parsed.error().message);
  net::HttpRequest request{
      .method = std::string(method), .path = std::move(parsed->path), .query = std::move(parsed->query), .body = std::string(body)};
  return router.route(request);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const FakeClock clock({1'767'225'600'000});  // 2026-01-01
  auto read = forward::read_notify_config(kConfig, "f.yml");
  auto notifier =
      forward::Notifier::open(":memory:", std::move(read.config), "http://h", clock, [] { return std::make_unique<NoTransport>(); });
  if (!notifier) __builtin_trap();
  net::Router router;
  serve::add_alertmanager_api(router, **notifier);
  for (size_t i = 0; i < kRequestsMax && !text.empty(); ++i) {
    const std::string_view request = text.substr(0, text.find('\x1e'));
    text.remove_prefix(std::min(text.size(), request.size() + 1));
    const size_t line = std::min(request.find('\n'), request.size());
    const size_t space = std::min(request.find(' '), line);
    check(ask(router, request.substr(0, space), request.substr(std::min(space + 1, line), line - std::min(space + 1, line)),
              request.substr(std::min(line + 1, request.size()))));
  }
  // What was taken can be told again.
  for (const char* target : {"/api/v2/alerts", "/api/v2/alerts/groups", "/api/v2/silences", "/api/v2/status", "/api/v1/deliveries"}) {
    const net::HttpResponse answer = ask(router, "GET", target, {});
    if (answer.status != 200) __builtin_trap();
    check(answer);
  }
  return 0;
}
