#include "serve/access.h"

#include <gtest/gtest.h>

#include "serve/password.h"

namespace monitorai::serve {
namespace {

const std::string kRight = "Basic YWRtaW46Y29ycmVjdCBob3JzZQ==";  // admin:correct horse
const std::string kWrong = "Basic YWRtaW46YWRtaW4=";              // admin:admin

net::HttpRequest request(const std::string& authorization, const std::string& peer = "10.0.0.1:1234") {
  net::HttpRequest out{
      .method = "GET", .path = "/metrics", .query = {}, .headers = {{"host", "gpu.example:3000"}}, .body = {}, .path_parameters = {}};
  if (!authorization.empty()) out.headers.emplace_back("authorization", authorization);
  out.peer = peer;
  return out;
}

AccessSettings with_password() {
  static const std::string hash = *hash_password("correct horse");
  return {.user = "admin", .password_hash = hash, .tokens = {{"ci", sha256_hex("token-of-ci")}}};
}

int status(Access& access, const net::HttpRequest& of) {
  const auto refused = access.check(of);
  return refused ? refused->status : 200;
}

TEST(Access, lets_in_whoever_has_the_password_or_a_token) {
  const FakeClock clock;
  Access access(with_password(), clock);
  const auto f = [&](const std::string& authorization) { return status(access, request(authorization)); };
  EXPECT_EQ(f(kRight), 200);
  EXPECT_EQ(f(kRight), 200);
  EXPECT_EQ(f("basic YWRtaW46Y29ycmVjdCBob3JzZQ=="), 200);
  EXPECT_EQ(f("Bearer token-of-ci"), 200);
  EXPECT_EQ(f(""), 401);
  EXPECT_EQ(f(kWrong), 401);
  EXPECT_EQ(f("Bearer "), 401);
  EXPECT_EQ(f("Bearer token-of-c"), 401);
  EXPECT_EQ(f("Basic !!!"), 401);
  EXPECT_EQ(f("Basic YWRtaW4="), 401);  // no colon
  EXPECT_EQ(f("Digest username=admin"), 401);
  EXPECT_EQ(f(std::string(100'000, 'x')), 401);
}

TEST(Access, leaves_health_checks_and_the_pages_own_files_open) {
  const FakeClock clock;
  Access access(with_password(), clock);
  const auto f = [&](const std::string& path) {
    net::HttpRequest asked = request("");
    asked.path = path;
    return status(access, asked);
  };
  for (const std::string path : {"/-/ready", "/-/healthy", "/", "/processes/4711", "/explore/logs", "/assets/index-1.js", "/favicon.svg", "/api/v1/session"}) EXPECT_EQ(f(path), 200) << path;
  for (const std::string path : {"/metrics", "/api/v1/processes", "/api/v1/query", "/loki/api/v1/labels", "/-/reload", "/api/v1/dashboards", "/processes/4711/x", "/api/v1/live"})
    EXPECT_EQ(f(path), 401) << path;
}

TEST(Access, a_token_that_may_only_read_sends_queries_and_no_more) {
  const FakeClock clock;
  AccessSettings settings = with_password();
  settings.tokens = {{"reader", sha256_hex("r"), Scope::read}, {"writer", sha256_hex("w"), Scope::write}};
  Access access(settings, clock);
  const auto f = [&](const std::string& token, const std::string& method, const std::string& path) {
    net::HttpRequest asked = request("Bearer " + token);
    asked.method = method;
    asked.path = path;
    return status(access, asked);
  };
  for (const std::string path : {"/api/v1/query", "/api/v1/query_range", "/api/v1/series", "/loki/api/v1/query_range", "/loki/api/v1/index/stats"}) EXPECT_EQ(f("r", "POST", path), 200) << path;
  for (const std::string path : {"/-/reload", "/loki/api/v1/push", "/api/v1/write", "/api/v1/login/x", "/api/v2/silences", "/api/v1/query/x"}) {
    EXPECT_EQ(f("r", "POST", path), 403) << path;
    EXPECT_EQ(f("w", "POST", path), 200) << path;
  }
  EXPECT_EQ(f("r", "GET", "/api/v1/dashboards/x"), 200);
  EXPECT_EQ(f("r", "PUT", "/api/v1/dashboards/x"), 403);
  EXPECT_EQ(f("r", "DELETE", "/api/v1/dashboards/x"), 403);
  EXPECT_EQ(access.counts().scope, 8u);
}

TEST(Access, only_prompts_browsers_that_open_an_address) {
  const FakeClock clock;
  Access access(with_password(), clock);
  const auto f = [&](net::Parameters headers) {
    net::HttpRequest asked = request("");
    asked.headers.insert(asked.headers.end(), headers.begin(), headers.end());
    const auto refused = access.check(asked);
    for (const auto& [name, value] : refused->headers)
      if (name == "WWW-Authenticate") return value.substr(0, value.find(' '));
    return std::string();
  };
  EXPECT_EQ(f({}), "Basic");
  EXPECT_EQ(f({{"user-agent", "curl/8"}, {"accept", "*/*"}}), "Basic");
  EXPECT_EQ(f({{"user-agent", "Mozilla/5.0 X"}, {"accept", "text/html,*/*"}}), "Basic");
  EXPECT_EQ(f({{"user-agent", "Mozilla/5.0 X"}, {"accept", "*/*"}}), "Session");
}

TEST(Access, refuses_web_sockets_that_pages_of_other_origins_open) {
  const FakeClock clock;
  Access closed(with_password(), clock), open({}, clock);
  const auto f = [&](Access& access, const std::string& host, const std::string& origin, const std::string& upgrade) {
    net::HttpRequest asked = request("Bearer token-of-ci");
    asked.headers[0].second = host;
    if (!origin.empty()) asked.headers.emplace_back("origin", origin);
    if (!upgrade.empty()) asked.headers.emplace_back("upgrade", upgrade);
    return status(access, asked);
  };
  for (Access* access : {&closed, &open}) {
    EXPECT_EQ(f(*access, "localhost:3000", "http://localhost:3000", "websocket"), 200);
    EXPECT_EQ(f(*access, "localhost:3000", "https://LOCALHOST:3000", "WebSocket"), 200);
    EXPECT_EQ(f(*access, "localhost:3000", "", "websocket"), 200) << "no browser";
    EXPECT_EQ(f(*access, "localhost:3000", "http://evil.example", "websocket"), 403);
    EXPECT_EQ(f(*access, "localhost:3000", "http://localhost:8080", "websocket"), 403);
    EXPECT_EQ(f(*access, "localhost:3000", "null", "websocket"), 403);
    EXPECT_EQ(f(*access, "localhost:3000", "http://evil.example", ""), 200) << "what CORS keeps from the page anyway";
  }
  EXPECT_EQ(open.counts().foreign, 3u);
}

TEST(Access, makes_a_guesser_wait_and_nobody_else) {
  FakeClock clock;
  Access access(with_password(), clock);
  for (size_t i = 0; i < kFailuresMax; ++i) EXPECT_EQ(status(access, request("Bearer guess")), 401);
  EXPECT_EQ(status(access, request("Bearer guess")), 429);
  EXPECT_EQ(status(access, request(kRight)), 429) << "a guess that is right does not show";
  EXPECT_EQ(status(access, request("Bearer token-of-ci")), 200) << "a token is no guess";
  EXPECT_EQ(status(access, request(kRight, "10.0.0.2:1")), 200);
  EXPECT_EQ(status(access, request(kRight)), 200) << "credentials that are known by now";
  clock.advance(kFailuresWindow + std::chrono::seconds{1});
  EXPECT_EQ(status(access, request("Bearer guess")), 401);
  EXPECT_EQ(access.counts().limited, 2u);
}

TEST(Access, asks_for_the_password_without_counting_it_as_a_failure) {
  const FakeClock clock;
  Access access(with_password(), clock);
  for (size_t i = 0; i < 3 * kFailuresMax; ++i) EXPECT_EQ(status(access, request("")), 401);
  EXPECT_EQ(access.counts().failed, 0u);
}

TEST(Access, remembers_only_so_many_guessers) {
  const FakeClock clock;
  Access access(with_password(), clock);
  for (size_t i = 0; i < kFailingPeersMax + 10; ++i)
    EXPECT_EQ(status(access, request("Bearer guess", fmt::format("10.0.{}.{}:1", i / 256, i % 256))), 401);
}

TEST(Access, forgets_the_old_password_when_it_changes) {
  const FakeClock clock;
  Access access(with_password(), clock);
  EXPECT_EQ(status(access, request(kRight)), 200);
  AccessSettings other = with_password();
  other.password_hash = *hash_password("another horse");
  other.tokens.clear();
  access.configure(other);
  EXPECT_EQ(status(access, request(kRight)), 401);
  EXPECT_EQ(status(access, request("Bearer token-of-ci")), 401);
}

TEST(Access, without_a_password_serves_only_requests_meant_for_this_machine) {
  const FakeClock clock;
  Access access({}, clock);
  const auto f = [&](const std::string& method, const std::string& host, const std::string& site) {
    net::HttpRequest of{.method = method, .path = "/", .query = {}, .headers = {{"host", host}}, .body = {}, .path_parameters = {}};
    if (!site.empty()) of.headers.emplace_back("sec-fetch-site", site);
    return status(access, of);
  };
  EXPECT_EQ(f("GET", "127.0.0.1:3000", ""), 200);
  EXPECT_EQ(f("GET", "localhost:3000", ""), 200);
  EXPECT_EQ(f("GET", "LOCALHOST", ""), 200);
  EXPECT_EQ(f("GET", "[::1]:3000", ""), 200);
  EXPECT_EQ(f("GET", "monitor.localhost:3000", ""), 200);
  EXPECT_EQ(f("GET", "gpu-box:3000", ""), 200);
  EXPECT_EQ(f("GET", "host.docker.internal:3000", ""), 200);
  EXPECT_EQ(f("GET", "rebound.example:3000", ""), 403);
  EXPECT_EQ(f("GET", "localhost.example", ""), 403);
  EXPECT_EQ(f("GET", "127.0.0.1.example", ""), 403);
  EXPECT_EQ(f("GET", "127.0.0.1:3000", "cross-site"), 200) << "a link on another page may lead here";
  EXPECT_EQ(f("POST", "127.0.0.1:3000", "cross-site"), 403);
  EXPECT_EQ(f("POST", "127.0.0.1:3000", "same-site"), 403);
  EXPECT_EQ(f("POST", "127.0.0.1:3000", "same-origin"), 200);
  EXPECT_EQ(f("POST", "127.0.0.1:3000", ""), 200) << "curl says nothing";
}

TEST(Access, without_fetch_metadata_the_origin_tells_whose_page_writes) {
  const FakeClock clock;
  Access open({}, clock), closed(with_password(), clock);
  const auto f = [&](Access& access, const std::string& origin) {
    net::HttpRequest asked = request("Bearer token-of-ci");
    asked.method = "POST";
    asked.path = "/api/v1/query";
    asked.headers[0].second = "localhost:3000";
    asked.headers.emplace_back("origin", origin);
    return status(access, asked);
  };
  for (Access* access : {&open, &closed}) {
    EXPECT_EQ(f(*access, "http://localhost:3000"), 200);
    EXPECT_EQ(f(*access, "http://localhost:8080"), 403);
    EXPECT_EQ(f(*access, "https://evil.example"), 403);
    EXPECT_EQ(f(*access, "null"), 403);
  }
}

TEST(Password, verifies_what_was_hashed_and_nothing_else) {
  const auto hash = hash_password("correct horse");
  ASSERT_TRUE(hash);
  EXPECT_TRUE(check_password_hash(*hash));
  EXPECT_TRUE(verify_password("correct horse", *hash));
  EXPECT_FALSE(verify_password("correct horsf", *hash));
  EXPECT_FALSE(verify_password("", *hash));
  EXPECT_NE(*hash, *hash_password("correct horse")) << "every hash has a salt of its own";
}

TEST(Password, has_the_values_of_rfc_7914) {
  // Section 12: scrypt("pleaseletmein", "SodiumChloride", 16384, 8, 1), the first 32 bytes.
  EXPECT_TRUE(verify_password(
      "pleaseletmein", "scrypt:16384:8:1:536f6469756d43686c6f72696465:7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"));
}

TEST(Password, refuses_hashes_that_are_none_or_cost_too_much) {
  const std::string salt(32, 'a'), hash(64, 'b');
  const auto f = [&](const std::string& text) { return check_password_hash(text).has_value(); };
  EXPECT_TRUE(f("scrypt:16384:8:1:" + salt + ":" + hash));
  EXPECT_FALSE(f(""));
  EXPECT_FALSE(f("admin"));
  EXPECT_FALSE(f("$2b$12$abcdef"));
  EXPECT_FALSE(f("scrypt:16384:8:1:" + salt));
  EXPECT_FALSE(f("scrypt:16383:8:1:" + salt + ":" + hash));
  EXPECT_FALSE(f("scrypt:1048576:32:1:" + salt + ":" + hash));
  EXPECT_FALSE(f("scrypt:16384:8:1000:" + salt + ":" + hash));
  EXPECT_FALSE(f("scrypt:16384:8:1:zz:" + hash));
  EXPECT_FALSE(f("scrypt:0:8:1:" + salt + ":" + hash));
}

TEST(Password, has_a_length_between_limits) {
  EXPECT_FALSE(hash_password("short"));
  EXPECT_FALSE(hash_password(std::string(kPasswordBytesMax + 1, 'x')));
}

TEST(Sha256, has_the_value_of_fips_180) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace monitorai::serve
