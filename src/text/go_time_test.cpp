#include "text/go_time.h"

#include <gtest/gtest.h>

namespace monitorai::text {
namespace {

TEST(GoTime, layouts_are_read_and_written) {
  const auto f = [](std::string_view layout, std::string_view text, int64_t ns) {
    const auto time = parse_time(layout, text);
    ASSERT_TRUE(time) << layout << " " << text;
    EXPECT_EQ(time->ns, ns) << layout << " " << text;
    EXPECT_EQ(format_time(*time, layout), text);
  };
  f("2006-01-02T15:04:05Z07:00", "2025-01-15T10:30:26Z", 1'736'937'026'000'000'000);
  f("2006-01-02T15:04:05.999999999Z07:00", "2025-01-15T10:30:26.5Z", 1'736'937'026'500'000'000);
  f("2006-01-02 15:04:05,000", "2025-01-15 10:30:26,123", 1'736'937'026'123'000'000);
  f("02/Jan/2006:15:04:05 -0700", "15/Jan/2025:11:30:26 +0100", 1'736'937'026'000'000'000);
  f("Mon Jan _2 15:04:05 2006", "Wed Jan 15 10:30:26 2025", 1'736'937'026'000'000'000);
}

TEST(GoTime, the_whole_range_of_times_is_written) {
  const auto f = [](int64_t ns, std::string_view text) { EXPECT_EQ(format_time({.ns = ns}, "2006-01-02 15:04:05.000000000"), text) << ns; };
  f(INT64_MIN, "1677-09-21 00:12:43.145224192");
  f(INT64_MIN + 1, "1677-09-21 00:12:43.145224193");
  f(-1'000'000'001, "1969-12-31 23:59:58.999999999");
  f(-1'000'000'000, "1969-12-31 23:59:59.000000000");
  f(-1, "1969-12-31 23:59:59.999999999");
  f(0, "1970-01-01 00:00:00.000000000");
  f(INT64_MAX, "2262-04-11 23:47:16.854775807");
}

TEST(GoTime, what_does_not_fit_the_layout_is_none) {
  for (const std::string_view text : {"", "2025-01-15", "2025-13-15 10:30:26,123", "2025-01-15 10:30:26,123 x"})
    EXPECT_FALSE(parse_time("2006-01-02 15:04:05,000", text)) << text;
}

TEST(GoTime, a_zone_of_the_system_is_used_where_the_text_has_none) {
  const auto time = parse_time("2006-01-02 15:04:05", "2025-07-15 12:30:26", "Europe/Berlin");
  if (in_zone(0, "Europe/Berlin").zone == "UTC") GTEST_SKIP() << "this system has no zone files";
  EXPECT_EQ(time->offset_seconds, 7200);
}

}  // namespace
}  // namespace monitorai::text
