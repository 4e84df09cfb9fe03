#include "serve/ui/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/content_encoding.h"

namespace monitorai::serve {
namespace {

using testing::HasSubstr;

class Pages : public testing::Test {
 protected:
  Pages() {
    add_pages(router_, assets_);
    router_.add("GET", "/api/v1/status", [](const net::HttpRequest&) { return net::HttpResponse::json(200, "{}"); });
  }
  net::HttpResponse get(std::string path, net::Parameters headers = {{"accept-encoding", "gzip"}}) {
    net::HttpRequest request{.method = "GET", .path = std::move(path), .query = {}, .headers = std::move(headers), .body = {}, .path_parameters = {}};
    return router_.route(request);
  }
  static std::string field(const net::HttpResponse& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
      if (key == name) return value;
    return {};
  }
  const std::string page_ = "<html>page</html>", script_ = "run()";
  const std::string page_gzip_ = net::gzip(page_), script_gzip_ = net::gzip(script_);
  const std::vector<Asset> assets_{{"/index.html", "text/html; charset=utf-8", "aa", page_.size(), false, page_gzip_},
                                   {"/assets/index-1.js", "text/javascript; charset=utf-8", "bb", script_.size(), true, script_gzip_}};
  net::Router router_;
};

TEST_F(Pages, one_document_stands_behind_every_page) {
  const auto f = [&](const std::string& path) { return net::gunzip(get(path).body, 1000).value(); };
  for (const std::string path : {"/", "/index.html", "/dashboards", "/dashboards/gpu", "/processes", "/processes/4711", "/explore/metrics", "/explore/logs", "/traces", "/traces/85d9681aedc43fb26f925413bea3fa2b", "/traces/compare", "/quality", "/alerts", "/status"})
    EXPECT_EQ(f(path), page_) << path;
}

TEST_F(Pages, addresses_of_apis_are_never_pages) {
  const auto f = [&](const std::string& path) { return get(path).status; };
  EXPECT_EQ(f("/api/v1/nothing"), 404);
  EXPECT_EQ(f("/loki/api/v1/nothing"), 404);
  EXPECT_EQ(f("/assets/nothing.js"), 404);
  EXPECT_EQ(f("/assets"), 404);
  EXPECT_EQ(get("/api/v1/status").body, "{}");
}

TEST_F(Pages, hashed_files_are_kept_and_the_document_is_asked_for_again) {
  const auto f = [&](const std::string& path) { return field(get(path), "Cache-Control"); };
  EXPECT_EQ(f("/assets/index-1.js"), "public, max-age=31536000, immutable");
  EXPECT_EQ(f("/"), "no-cache");
}

TEST_F(Pages, a_known_tag_is_answered_without_a_body) {
  const auto f = [&](const std::string& tags) { return get("/", {{"accept-encoding", "gzip"}, {"if-none-match", tags}}); };
  for (const std::string tags : {"\"aa-gz\"", "W/\"aa-gz\"", "\"x\", \"aa-gz\"", "*"}) {
    EXPECT_EQ(f(tags).status, 304) << tags;
    EXPECT_EQ(f(tags).body, "");
    EXPECT_EQ(field(f(tags), "ETag"), "\"aa-gz\"");
  }
  for (const std::string tags : {"\"aa\"", "\"bb-gz\"", "aa-gz", ""}) EXPECT_EQ(f(tags).status, 200) << tags;
}

TEST_F(Pages, a_client_without_gzip_gets_the_plain_file) {
  const net::HttpResponse response = get("/assets/index-1.js", {});
  EXPECT_EQ(response.body, script_);
  EXPECT_EQ(field(response, "Content-Encoding"), "");
  EXPECT_EQ(field(response, "ETag"), "\"bb\"");
  EXPECT_EQ(field(response, "Vary"), "Accept-Encoding");
}

TEST_F(Pages, the_policy_lets_no_foreign_script_in) {
  const std::string policy = field(get("/"), "Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'none'; script-src 'self';"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_EQ(field(get("/"), "X-Content-Type-Options"), "nosniff");
}

TEST_F(Pages, a_damaged_file_is_an_error_not_an_empty_page) {
  net::Router router;
  const std::vector<Asset> broken{{"/index.html", "text/html", "aa", 10, false, "no gzip"}};
  add_pages(router, broken);
  net::HttpRequest request{.method = "GET", .path = "/", .query = {}, .headers = {}, .body = {}, .path_parameters = {}};
  EXPECT_EQ(router.route(request).status, 500);
}

}  // namespace
}  // namespace monitorai::serve
