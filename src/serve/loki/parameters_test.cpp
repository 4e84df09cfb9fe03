#include "serve/loki/parameters.h"

#include <gtest/gtest.h>

namespace monitorai::serve {
namespace {

constexpr TimeMs kNow{1'700'000'000'000};
constexpr int64_t kSecond = 1'000'000'000;

net::HttpRequest request(net::Parameters query) { return {.method = "GET", .path = "/", .query = std::move(query)}; }

template <class T>
std::string text_of(const Result<T, LokiError>& result, auto print) {
  return result ? print(*result) : fmt::format("{}: {}", result.error().status, result.error().text);
}

TEST(LokiTime, is_read_in_every_format_of_loki) {
  const auto f = [](std::string_view text, const std::string& want) {
    EXPECT_EQ(text_of(parse_loki_time(text), [](TimeNs time) { return std::to_string(time.ns); }), want) << text;
  };
  f("1700000000", "1700000000000000000");
  f("0", "0");
  f("1700000000.5", "1700000000500000000");
  f("1700000000.123456", "1700000000123000000");
  f("1700000000123456789", "1700000000123456789");
  f("2023-11-14T22:13:20Z", "1700000000000000000");
  f("2023-11-14T22:13:20.123456789Z", "1700000000123456789");
  f("2023-11-14T23:13:20.5+01:00", "1700000000500000000");
  f("yesterday", "400: strconv.ParseInt: parsing \"yesterday\": invalid syntax");
  f("2023-11-14", "400: strconv.ParseInt: parsing \"2023-11-14\": invalid syntax");
  f("2023-11-14T22:13:20.Z", "400: strconv.ParseInt: parsing \"2023-11-14T22:13:20.Z\": invalid syntax");
  f("1.2.3", "400: strconv.ParseInt: parsing \"1.2.3\": invalid syntax");
  f("99999999999999999999", "400: strconv.ParseInt: parsing \"99999999999999999999\": invalid syntax");
  f("", "400: strconv.ParseInt: parsing \"\": invalid syntax");
}

TEST(LokiRange, has_lokis_defaults) {
  const auto f = [](net::Parameters query, const std::string& want) {
    EXPECT_EQ(text_of(LokiParameters(request(std::move(query))).range(kNow), [](signals::LogRange range) { return fmt::format("{} {}", range.from.ns / kSecond, range.to.ns / kSecond); }), want);
  };
  f({}, "1699996400 1700000000");
  f({{"since", "5m"}}, "1699999700 1700000000");
  f({{"start", "1600000000"}}, "1600000000 1700000000");
  f({{"end", "1650000000"}}, "1649996400 1650000000");
  f({{"end", "1800000000"}}, "1699996400 1800000000");
  f({{"start", "1"}, {"end", "2"}, {"since", "3h"}}, "1 2");
  f({{"start", "-9223372036854775808"}, {"end", "9223372036854775807"}}, "-4611686018 4611686018");
  f({{"since", "1 day"}}, "400: could not parse 'since' parameter: not a valid duration string: \"1 day\"");
  f({{"start", "x"}}, "400: could not parse 'start' parameter: strconv.ParseInt: parsing \"x\": invalid syntax");
}

TEST(LokiParameters, limits_directions_and_steps_are_checked) {
  const auto limit = [](std::string text) { return text_of(LokiParameters(request({{"limit", std::move(text)}})).limit(), [](uint64_t n) { return std::to_string(n); }); };
  EXPECT_EQ(limit(""), "100");
  EXPECT_EQ(limit("7"), "7");
  EXPECT_EQ(limit("0"), "400: limit must be a positive value");
  EXPECT_EQ(limit("-1"), "400: limit must be a positive value");
  EXPECT_EQ(limit("ten"), "400: strconv.Atoi: parsing \"ten\": invalid syntax");
  const auto direction = [](std::string text) {
    return text_of(LokiParameters(request({{"direction", std::move(text)}})).direction(), [](signals::Direction d) { return std::string(d == signals::Direction::forward ? "f" : "b"); });
  };
  EXPECT_EQ(direction(""), "b");
  EXPECT_EQ(direction("FORWARD"), "f");
  EXPECT_EQ(direction("Backward"), "b");
  EXPECT_EQ(direction("up"), "400: invalid direction 'up'");
  const auto step = [](std::string text, int64_t seconds) {
    return text_of(LokiParameters(request({{"step", std::move(text)}})).step({{0}, {seconds * kSecond}}), [](std::chrono::milliseconds s) { return std::to_string(s.count()); });
  };
  EXPECT_EQ(step("", 3600), "14000");
  EXPECT_EQ(step("", 10), "1000");
  EXPECT_EQ(step("1.5", 10), "1500");
  EXPECT_EQ(step("1m", 10), "60000");
  EXPECT_EQ(step("0", 10), "400: zero or negative query resolution step widths are not accepted. Try a positive integer");
  EXPECT_EQ(step("-5s", 10), "400: cannot parse \"-5s\" to a valid duration");
  EXPECT_EQ(step("1e300", 10), "400: cannot parse \"1e300\" to a valid duration. It overflows int64");
}

}  // namespace
}  // namespace monitorai::serve
