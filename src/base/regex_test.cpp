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

TEST(Regex, a_match_behind_a_place_sees_what_stands_before_it) {
  const auto regex = Regex::searching(R"(\bab)");
  const std::string_view text = "abab ab";
  EXPECT_EQ((*regex->captures_from(text, 2))[0].data() - text.data(), 5) << "\\b is no word's inside";
  EXPECT_FALSE(regex->captures_from(text, 6));
}

TEST(RegexSet, names_the_patterns_that_match) {
  const std::vector<std::string> patterns{"a+", "b", "^c"};
  const auto set = RegexSet::make(patterns);
  EXPECT_EQ(set->matching("xxaab"), (std::vector<int>{0, 1}));
  EXPECT_EQ(set->matching("c"), std::vector<int>{2});
  EXPECT_TRUE(set->matching("xc").empty());
  EXPECT_FALSE(RegexSet::make(std::vector<std::string>{"a("}));
  EXPECT_TRUE(RegexSet::make({})->matching("a").empty());
}

}  // namespace
}  // namespace monitorai
