#include "base/regex.h"

#include <gtest/gtest.h>

namespace monitorai {
namespace {

TEST(Regex, anchored_needs_the_whole_text) {
  const auto regex = Regex::anchored("a|bc");
  ASSERT_TRUE(regex);
  EXPECT_TRUE(regex->matches("a"));
  EXPECT_TRUE(regex->matches("bc"));
  EXPECT_FALSE(regex->matches("abc"));
  EXPECT_TRUE(Regex::anchored(".*")->matches("a\nb"));
}

TEST(Regex, what_does_not_compile_is_an_error_that_shows_the_pattern) {
  for (std::string_view bad : {"a(", "a)(b", "[", "(?=x)"}) {
    const auto regex = Regex::anchored(bad);
    ASSERT_FALSE(regex) << bad;
    EXPECT_NE(regex.error().message.find(bad), std::string::npos);
  }
}

TEST(Regex, expands_as_go_does) {
  const auto regex = Regex::anchored("(?P<host>[a-z]+):(\\d+)");
  const auto captured = regex->captures("box:9100");
  ASSERT_TRUE(captured);
  const auto f = [&](std::string_view replacement, std::string_view want) { EXPECT_EQ(regex->expand(replacement, *captured), want); };
  f("$1", "box");
  f("${1}x$2", "boxx9100");
  f("$1x", "");
  f("$host-${host}", "box-box");
  f("$$1 $9 $", "$1  $");
}

TEST(Regex, knows_literal_alternatives_and_prefixes) {
  const auto alternatives = [](std::string_view pattern) { return Regex::anchored(pattern)->literal_alternatives(); };
  EXPECT_EQ(alternatives("a|b\\.c|"), (std::vector<std::string>{"a", "b.c", ""}));
  EXPECT_EQ(alternatives("(a|b)"), (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(alternatives("a.b"));
  EXPECT_FALSE(alternatives("\\d"));
  EXPECT_EQ(Regex::anchored("api-.*")->literal_prefix(), "api-");
  EXPECT_EQ(Regex::anchored("apis?")->literal_prefix(), "api");
  EXPECT_EQ(Regex::anchored("a|b")->literal_prefix(), "");
}

}  // namespace
}  // namespace monitorai
