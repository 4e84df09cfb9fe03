#include "net/http.h"

#include <gtest/gtest.h>

namespace monitorai::net {
namespace {

HttpResponse ask(const Router& router, std::string method, std::string path) {
  HttpRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  return router.route(request);
}

/// Answers with its name and what its parameters took.
HttpHandler named(std::string name) {
  return [name](const HttpRequest& request) {
    std::string text = name;
    for (const auto& [key, value] : request.path_parameters) text += " " + key + "=" + value;
    return HttpResponse::text(200, text);
  };
}

TEST(Router, the_pattern_that_fits_best_answers) {
  Router router;
  router.add("GET", "/", named("root"));
  router.add("GET", "/api/v1/label/{name}/values", named("values"));
  router.add("GET", "/api/v1/{rest...}", named("api"));
  router.add("GET", "/api/v1/query", named("query"));
  router.add("POST", "/api/v1/query", named("post query"));
  router.add("", "/any", named("any"));
  const auto f = [&](std::string method, std::string path, std::string_view want) {
    EXPECT_EQ(ask(router, method, path).body, want) << method << path;
  };
  f("GET", "/", "root");
  f("GET", "/api/v1/label/job/values", "values name=job");
  f("GET", "/api/v1/query", "query");
  f("HEAD", "/api/v1/query", "query");
  f("POST", "/api/v1/query", "post query");
  f("GET", "/api/v1/other/x", "api rest=other/x");
  f("PATCH", "/any", "any");
}

TEST(Router, what_does_not_fit_is_404_or_405) {
  Router router;
  router.add("GET", "/a/{name}", named("a"));
  router.add("PUT", "/a/{name}", named("a"));
  EXPECT_EQ(ask(router, "GET", "/b").status, 404);
  EXPECT_EQ(ask(router, "GET", "/a/").status, 404);
  EXPECT_EQ(ask(router, "GET", "/a/b/c").status, 404);
  const HttpResponse refused = ask(router, "DELETE", "/a/b");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.headers, (Parameters{{"Allow", "GET, PUT"}}));
}

TEST(HttpRequest, form_bodies_count_as_parameters) {
  HttpRequest request;
  request.query = {{"a", "1"}};
  request.body = "a=2&b=x+y";
  EXPECT_EQ(request.parameters(), (Parameters{{"a", "1"}}));
  request.headers = {{"content-type", "application/x-www-form-urlencoded; charset=UTF-8"}};
  EXPECT_EQ(request.parameters(), (Parameters{{"a", "1"}, {"a", "2"}, {"b", "x y"}}));
}

}  // namespace
}  // namespace monitorai::net
