// What a browser does to log in, against the file that keeps the sessions.
#include "app/serve/session_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "serve/login.h"
#include "serve/password.h"

namespace monitorai::app {
namespace {

using testing::HasSubstr;
using testing::Not;

class Login : public testing::Test {
 protected:
  Login() { start(); }
  void start(const std::string& password = "correct horse") {
    static const std::string right = *serve::hash_password("correct horse"), other = *serve::hash_password("another horse");
    auto sessions = SessionFile::open(folder_.path() / "sessions.db", clock_);
    ASSERT_TRUE(sessions) << sessions.error().message;
    settings_ = {.user = "admin", .password_hash = password == "correct horse" ? right : other, .tokens = {}};
    access_ = std::make_shared<serve::Access>(settings_, clock_, std::move(*sessions));
    router_ = net::Router();
    serve::add_login_endpoints(router_, access_);
    router_.add("", "/api/v1/thing", [](const net::HttpRequest&) { return net::HttpResponse::text(200, "the thing"); });
  }
  /// Through the guard, as the server does it. `site` is what browsers say in Sec-Fetch-Site.
  net::HttpResponse ask(std::string method, std::string path, net::Parameters headers = {}, std::string body = "") {
    net::HttpRequest request{.method = std::move(method), .path = std::move(path), .query = {}, .headers = {{"host", "box.example:3000"}}, .body = std::move(body), .path_parameters = {}};
    request.peer = "10.0.0.1:4711";
    request.headers.insert(request.headers.end(), headers.begin(), headers.end());
    if (auto refused = access_->check(request)) return std::move(*refused);
    return router_.route(request);
  }
  net::HttpResponse log_in(const std::string& password, const std::string& user = "admin") {
    return ask("POST", "/api/v1/login", {{"sec-fetch-site", "same-origin"}}, "user=" + user + "&password=" + password);
  }
  static std::string field(const net::HttpResponse& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
      if (key == name) return value;
    return {};
  }
  /// What the browser sends back.
  static net::Parameters cookie_of(const net::HttpResponse& response) {
    const std::string set = field(response, "Set-Cookie");
    return {{"cookie", "theme=dark; " + set.substr(0, set.find(';'))}};
  }
  static net::Parameters with(net::Parameters headers, std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return headers;
  }
  TemporaryDirectory folder_;
  FakeClock clock_;
  serve::AccessSettings settings_;
  std::shared_ptr<serve::Access> access_;
  net::Router router_;
};

TEST_F(Login, opens_a_session_that_a_restart_keeps) {
  EXPECT_EQ(ask("GET", "/api/v1/thing").status, 401);
  EXPECT_EQ(ask("GET", "/api/v1/session").body, R"({"needed":true,"user":null})");
  const net::Parameters cookie = cookie_of(log_in("correct+horse"));
  for (int i = 0; i < 2; ++i, start()) {
    EXPECT_EQ(ask("GET", "/api/v1/thing", cookie).body, "the thing");
    EXPECT_EQ(ask("GET", "/api/v1/session", cookie).body, R"({"needed":true,"user":"admin"})");
  }
  EXPECT_EQ(access_->counts().failed, 0u);
}

TEST_F(Login, gives_a_cookie_that_scripts_and_other_sites_cannot_use) {
  const std::string set = field(log_in("correct+horse"), "Set-Cookie");
  for (const std::string part : {"; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age=2592000"}) EXPECT_THAT(set, HasSubstr(part));
  EXPECT_THAT(set, Not(HasSubstr("Secure")));
  settings_.secure_cookies = true;
  access_->configure(settings_);
  EXPECT_THAT(field(log_in("correct+horse"), "Set-Cookie"), HasSubstr("; Secure"));
}

TEST_F(Login, refuses_what_is_wrong_and_makes_a_guesser_wait) {
  EXPECT_EQ(log_in("correct+horse", "root").status, 401);
  EXPECT_EQ(log_in("").status, 401);
  EXPECT_EQ(log_in(std::string(5000, 'x')).status, 401);
  EXPECT_EQ(ask("POST", "/api/v1/login", {}, "%%%=&&").status, 401);
  for (size_t i = 4; i < serve::kFailuresMax; ++i) EXPECT_EQ(log_in("guess").body, R"({"error":"this user name and password do not fit"})");
  EXPECT_EQ(log_in("guess").status, 429);
  EXPECT_EQ(log_in("correct+horse").status, 429) << "a guess that is right does not show";
  EXPECT_EQ(field(log_in("guess"), "Retry-After"), "60");
  clock_.advance(serve::kFailuresWindow + std::chrono::seconds{1});
  EXPECT_EQ(log_in("correct+horse").status, 200);
}

TEST_F(Login, takes_no_write_that_another_site_sends_with_the_cookie) {
  const net::Parameters cookie = cookie_of(log_in("correct+horse"));
  const auto f = [&](const std::string& name, const std::string& value) { return ask("POST", "/api/v1/thing", name.empty() ? cookie : with(cookie, name, value)).status; };
  EXPECT_EQ(f("sec-fetch-site", "same-origin"), 200);
  EXPECT_EQ(f("sec-fetch-site", "same-site"), 403);
  EXPECT_EQ(f("sec-fetch-site", "cross-site"), 403);
  EXPECT_EQ(f("sec-fetch-site", "none"), 403);
  EXPECT_EQ(f("origin", "http://box.example:3000"), 200);
  EXPECT_EQ(f("origin", "http://box.example:8080"), 403) << "another port shares the cookie";
  EXPECT_EQ(f("origin", "null"), 403);
  EXPECT_EQ(f("", ""), 403) << "a browser tells one of the two";
  EXPECT_EQ(ask("POST", "/api/v1/login", {{"sec-fetch-site", "cross-site"}}, "user=admin&password=correct+horse").status, 403);
}

TEST_F(Login, ends_at_a_logout_after_a_month_and_with_the_password) {
  const auto is_in = [&](const net::Parameters& cookie) { return ask("GET", "/api/v1/thing", cookie).status == 200; };
  net::Parameters cookie = cookie_of(log_in("correct+horse"));
  const net::Parameters other = cookie_of(log_in("correct+horse"));
  EXPECT_THAT(field(ask("POST", "/api/v1/logout", with(cookie, "sec-fetch-site", "same-origin")), "Set-Cookie"), HasSubstr("Max-Age=0"));
  EXPECT_FALSE(is_in(cookie));
  EXPECT_TRUE(is_in(other));
  clock_.advance(serve::kSessionLife - std::chrono::seconds{1});
  EXPECT_TRUE(is_in(other));
  clock_.advance(std::chrono::seconds{1});
  EXPECT_FALSE(is_in(other));
  cookie = cookie_of(log_in("correct+horse"));
  EXPECT_TRUE(is_in(cookie));
  start("another horse");
  EXPECT_FALSE(is_in(cookie));
}

TEST_F(Login, lets_no_made_up_cookie_in) {
  log_in("correct+horse");
  const auto f = [&](const std::string& cookie) { return ask("GET", "/api/v1/thing", {{"cookie", cookie}}).status; };
  EXPECT_EQ(f("monitorai_session="), 401);
  EXPECT_EQ(f("monitorai_session=0000"), 401);
  EXPECT_EQ(f("monitorai_session=' OR 1=1 --"), 401);
  EXPECT_EQ(f("monitorai_session"), 401);
  EXPECT_EQ(f(std::string(100'000, ';')), 401);
  EXPECT_EQ(access_->counts().failed, 0u);
}

TEST_F(Login, keeps_so_many_sessions_and_the_newest) {
  auto sessions = SessionFile::open(folder_.path() / "many.db", clock_);
  ASSERT_TRUE(sessions);
  const size_t count = serve::kSessionsMax + 5;
  for (size_t i = 0; i < count; ++i) {
    clock_.advance(std::chrono::milliseconds{1});
    ASSERT_TRUE((*sessions)->add(fmt::format("{}", i), {"admin", "", clock_.now() + serve::kSessionLife}));
  }
  const auto f = [&](size_t i) { return (*sessions)->find(fmt::format("{}", i)).value().has_value(); };
  EXPECT_FALSE(f(4));
  EXPECT_TRUE(f(5));
  EXPECT_TRUE(f(count - 1));
}

TEST_F(Login, holds_no_token_in_its_file) {
  const std::string token = cookie_of(log_in("correct+horse")).at(0).second.substr(std::string("theme=dark; monitorai_session=").size());
  ASSERT_EQ(token.size(), 64u);
  EXPECT_THAT(read_file(folder_.path() / "sessions.db", 1 << 24).value(), Not(HasSubstr(token)));
}

}  // namespace
}  // namespace monitorai::app
