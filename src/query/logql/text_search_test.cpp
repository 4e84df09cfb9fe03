#include "query/logql/text_search.h"

#include <gtest/gtest.h>

#include <random>

#include "query/logql/ip_ranges.h"
#include "query/logql/line_pattern.h"

namespace monitorai::query::logql {
namespace {

TEST(TextSearch, finds_what_std_string_finds) {
  constexpr unsigned kSeed = 7;
  std::mt19937 random(kSeed);
  for (int round = 0; round < 3000; ++round) {
    std::string text(random() % 200, ' ');
    for (char& c : text) c = static_cast<char>('a' + random() % 3);
    std::string literal(random() % 6, ' ');
    for (char& c : literal) c = static_cast<char>('a' + random() % 3);
    const Finder finder(literal);
    const size_t from = random() % (text.size() + 3);
    ASSERT_EQ(finder.find(text, from), text.find(literal, from)) << "seed " << kSeed << ": \"" << literal << "\" in \"" << text << "\" from " << from;
  }
}

TEST(TextSearch, finds_at_every_place) {
  for (size_t size = 1; size < 120; ++size) {
    for (const std::string literal : {"x", "xy", "xyz", "xabcdefghijklmnopqrz"}) {
      if (literal.size() > size) continue;
      for (size_t at = 0; at + literal.size() <= size; ++at) {
        std::string text(size, '.');
        text.replace(at, literal.size(), literal);
        ASSERT_EQ(Finder(literal).find(text), at);
      }
    }
  }
}

TEST(IpRanges, addresses_in_text) {
  const auto f = [](std::string_view range, std::string_view text) {
    const auto made = IpRange::parse(range);
    return !made ? "invalid" : made->found_in(text) ? "yes" : "no";
  };
  EXPECT_STREQ(f("10.0.0.1", "from 10.0.0.1:8080"), "yes");
  EXPECT_STREQ(f("10.0.0.1", "from 10.0.0.12"), "no");
  EXPECT_STREQ(f("10.0.0.0/8", "10.255.255.255"), "yes");
  EXPECT_STREQ(f("10.0.0.0/0", "1.2.3.4"), "yes");
  EXPECT_STREQ(f("10.0.0.0/31", "10.0.0.2"), "no");
  EXPECT_STREQ(f("10.0.0.250-10.0.1.5", "x=10.0.1.0"), "yes");
  EXPECT_STREQ(f("2001:db8::/33", "[2001:db8:7fff::1]"), "yes");
  EXPECT_STREQ(f("2001:db8::/33", "[2001:db8:8000::1]"), "no");
  EXPECT_STREQ(f("::1", "at ::1 end"), "yes");
  EXPECT_STREQ(f("::1", "1.2.3.4"), "no");
  EXPECT_STREQ(f("10.0.0.1", ""), "no");
  EXPECT_STREQ(f("10.0.0.1", "10."), "no");
  EXPECT_STREQ(f("10.0.0.0/33", ""), "invalid");
  EXPECT_STREQ(f("10.0.0.1-::1", ""), "invalid");
  EXPECT_STREQ(f("10.0.0.2-10.0.0.1", ""), "invalid");
  EXPECT_STREQ(f("", ""), "invalid");
}

TEST(LinePatterns, captures_and_forms) {
  const auto captures = [](std::string_view pattern, std::string_view line) {
    const auto made = LinePattern::parser(pattern);
    if (!made) return made.error();
    std::string out;
    made->captures(line, [&](std::string_view name, std::string_view value) { out += fmt::format("{}={};", name, value); });
    return out;
  };
  EXPECT_EQ(captures("<a> <b>", "x y z"), "a=x;b=y z;");
  EXPECT_EQ(captures("(<a>)", "(x)"), "a=x;");
  EXPECT_EQ(captures("(<a>)", "x"), "");
  EXPECT_EQ(captures("<a>,<_>,<b>", "1,2,3"), "a=1;b=3;");
  EXPECT_EQ(captures("<a>,<b>", "1"), "a=1;");
  EXPECT_EQ(captures("<1> <a>", "<1> x"), "a=x;");
  const auto form = [](std::string_view pattern, std::string_view line) { return LinePattern::filter(pattern)->matches(line); };
  EXPECT_TRUE(form("a<_>c", "abc"));
  EXPECT_FALSE(form("a<_>c", "ac"));
  EXPECT_FALSE(form("a<_>c", "abcd"));
  EXPECT_TRUE(form("<_>", "x"));
  EXPECT_FALSE(form("<_>", ""));
}

}  // namespace
}  // namespace monitorai::query::logql
