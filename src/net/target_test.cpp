#include "net/target.h"

#include <gtest/gtest.h>

namespace monitorai::net {
namespace {

TEST(Target, paths_are_normalised) {
  const auto f = [](std::string_view raw, std::string_view want) {
    const auto target = parse_target(raw);
    ASSERT_TRUE(target) << raw << ": " << target.error().message;
    EXPECT_EQ(target->path, want) << raw;
  };
  f("/", "/");
  f("/metrics", "/metrics");
  f("/metrics?x=1", "/metrics");
  f("//metrics", "/metrics");
  f("/a//b///c", "/a/b/c");
  f("/a/./b", "/a/b");
  f("/a/../b", "/b");
  f("/a/b/../..", "/");
  f("/a/b/..", "/a/");
  f("/a/", "/a/");
  f("/a/.", "/a/");
  f("/a/%2e%2e/b", "/b");
  f("/a/%2E./b", "/b");
  f("/%61%62", "/ab");
  f("/a%20b", "/a b");
  f("/a+b", "/a+b");
  f("/gr%C3%BC%C3%9F", "/gr\xC3\xBC\xC3\x9F");
  f("/%252e%252e/x", "/%2e%2e/x");  // decoded once, and only once
  f("/...", "/...");
  f("http://example.com/a", "/a");
  f("HTTPS://example.com:9101/a/../b?q", "/b");
  f("http://example.com", "/");
  f("http://example.com?x=1", "/");
}

TEST(Target, tricks_are_refused) {
  const auto f = [](std::string_view raw) { EXPECT_FALSE(parse_target(raw)) << raw; };
  f("");
  f("*");
  f("metrics");
  f("example.com:80");
  f("ftp://example.com/a");
  f("/..");
  f("/a/../../etc/passwd");
  f("/%2e%2e/etc/passwd");
  f("/a/..%2f..%2fetc");
  f("/a%2Fb");
  f("/a%5cb");
  f("/a\\b");
  f("/a%00b");
  f("/a%0ab");
  f("/a%7fb");
  f(std::string_view("/a\0b", 4));
  f("/a\tb");
  f("/%");
  f("/%4");
  f("/%zz");
  f("/%ff");
  f("/%c0%af");
  f("/a#b");
  f("/?x=1#b");
  f("/?x=\x01");
}

TEST(Target, queries_are_decoded_in_order) {
  const auto target = parse_target("/q?query=up%7Ba%3D%22b%22%7D&match[]=a+b&match[]=&&flag&bad=%zz&e=1=2");
  ASSERT_TRUE(target);
  const Parameters want{{"query", "up{a=\"b\"}"}, {"match[]", "a b"}, {"match[]", ""}, {"flag", ""}, {"bad", "%zz"}, {"e", "1=2"}};
  EXPECT_EQ(target->query, want);
}

}  // namespace
}  // namespace monitorai::net
