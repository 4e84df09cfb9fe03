#include "base/text.h"

#include <gtest/gtest.h>

#include <limits>

namespace monitorai {
namespace {

TEST(Text, numbers_print_as_prometheus_prints_them) {
  const auto f = [](double value, std::string_view want) { EXPECT_EQ(format_number(value), want); };
  f(0, "0");
  f(0.1, "0.1");
  f(1e6, "1000000");
  f(1e20, "100000000000000000000");
  f(1e21, "1e+21");
  f(0.0001, "0.0001");
  f(0.00001, "1e-05");
  f(-2.5, "-2.5");
  f(std::numeric_limits<double>::infinity(), "+Inf");
  f(-std::numeric_limits<double>::infinity(), "-Inf");
  f(std::numeric_limits<double>::quiet_NaN(), "NaN");
}

TEST(Text, numbers_need_the_whole_text) {
  EXPECT_EQ(parse_number("1.5"), 1.5);
  EXPECT_EQ(parse_number("+1e3"), 1000);
  EXPECT_EQ(parse_number("-inf"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_number("1e999"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_number("1e-999"), 0);
  EXPECT_FALSE(parse_number("1.5x"));
  EXPECT_FALSE(parse_number(""));
  EXPECT_FALSE(parse_number("--1"));
  EXPECT_FALSE(parse_number(" 1"));
}

TEST(Text, durations_read_and_print) {
  const auto f = [](std::string_view text, int64_t ms) {
    const auto parsed = parse_duration(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->count(), ms);
    EXPECT_EQ(parse_duration(format_duration(*parsed))->count(), ms);
  };
  f("15s", 15'000);
  f("1h30m", 5'400'000);
  f("200h", 720'000'000);
  f("100ms", 100);
  f("1w", 604'800'000);
  f("0", 0);
  for (std::string_view bad : {"", "5", "s", "1m1h", "1s1s", "1x", "99999999999999999999s", "9999999999999y"}) EXPECT_FALSE(parse_duration(bad)) << bad;
}

TEST(Text, bad_utf8_is_replaced_byte_by_byte) {
  EXPECT_TRUE(valid_utf8("gr\xC3\xBC\xC3\x9F"));
  EXPECT_FALSE(valid_utf8("\xC0\xAF"));
  EXPECT_FALSE(valid_utf8("\xED\xA0\x80"));
  EXPECT_EQ(to_valid_utf8("a\xFF" "b"), "a\xEF\xBF\xBD" "b");
  EXPECT_EQ(json_string("a\"\n\x01\xFF"), "\"a\\\"\\n\\u0001\xEF\xBF\xBD\"");
}

TEST(Text, a_typo_finds_its_key_and_nonsense_does_not) {
  const std::vector<std::string> keys{"interval", "retention", "listen"};
  EXPECT_EQ(nearest("intervall", keys), "interval");
  EXPECT_EQ(nearest("retenton", keys), "retention");
  EXPECT_FALSE(nearest("zzzz", keys));
}

TEST(Text, bytes_for_people) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1536), "1.5 KiB");
  EXPECT_EQ(format_bytes(80.0 * 1024 * 1024 * 1024), "80 GiB");
}

}  // namespace
}  // namespace monitorai
