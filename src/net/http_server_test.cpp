#include "net/http_server.h"

#include <gtest/gtest.h>

#include "net/raw_client_for_test.h"

namespace monitorai::net {
namespace {

std::shared_ptr<const Router> router() {
  auto out = std::make_shared<Router>();
  out->add("GET", "/hello", [](const HttpRequest&) { return HttpResponse::text(200, "hello"); });
  out->add("POST", "/echo", [](const HttpRequest& request) { return HttpResponse::text(200, request.body); });
  return out;
}

TEST(HttpServer, answers_requests_on_one_connection) {
  HttpServer server;
  const auto port = server.listen({.name = "main", .router = router()});
  ASSERT_TRUE(port) << port.error().message;
  RawClient client(*port);
  for (int i = 0; i < 3; ++i) {
    const RawResponse response = client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "hello");
  }
  EXPECT_EQ(client.ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc").body, "abc");
  EXPECT_EQ(server.counts().responses[1], 4);
  EXPECT_EQ(server.counts().connections_open, 1);
}

}  // namespace
}  // namespace monitorai::net
