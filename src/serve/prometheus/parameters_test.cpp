#include "serve/prometheus/parameters.h"

#include <gtest/gtest.h>

namespace monitorai::serve {
namespace {

TEST(ApiParameters, read_times_as_prometheus_does) {
  const auto f = [](std::string_view text, int64_t ms) {
    const auto time = parse_api_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(time->ms, ms) << text;
  };
  f("0", 0);
  f("1435781451.781", 1'435'781'451'781);
  f("-1.5", -1500);
  f("2015-07-01T20:10:51.781Z", 1'435'781'451'781);
  f("2015-07-01T20:10:51+02:00", 1'435'774'251'000);
  f("1969-12-31T23:59:59Z", -1000);
  for (std::string_view bad : {"", "now", "2015-07-01", "2015-07-01T20:10:51", "2015-02-30T00:00:00Z", "2015-07-01T25:00:00Z", "1e300", "NaN", "2015-07-01T20:10:51Zx"})
    EXPECT_FALSE(parse_api_time(bad)) << bad;
}

TEST(ApiParameters, read_durations_in_seconds_or_prometheus_form) {
  EXPECT_EQ(parse_api_duration("15")->count(), 15'000);
  EXPECT_EQ(parse_api_duration("0.5")->count(), 500);
  EXPECT_EQ(parse_api_duration("1h30m")->count(), 5'400'000);
  EXPECT_FALSE(parse_api_duration("15 s"));
}

TEST(ApiParameters, refuse_with_the_parameters_name) {
  const auto f = [](const net::Parameters& query, std::string_view want) {
    const ApiParameters parameters(net::HttpRequest{.method = "GET", .path = "/", .query = query});
    const auto range = parameters.range();
    const auto limit = parameters.limit();
    const auto selectors = parameters.selectors();
    const std::string said = !range ? range.error().message : !limit ? limit.error().message : !selectors ? selectors.error().message : "";
    EXPECT_EQ(said.substr(0, want.size()), want) << said;
  };
  f({{"start", "x"}}, R"(invalid parameter "start": cannot parse "x" to a valid timestamp)");
  f({{"start", "2"}, {"end", "1"}}, R"(invalid parameter "end": end timestamp must not be before start time)");
  f({{"limit", "-1"}}, R"(invalid parameter "limit": limit must be non-negative)");
  f({{"match[]", "up{"}}, R"(invalid parameter "match[]": 1:4: parse error: )");
  f({{"match[]", "{a=\"\"}"}}, R"(invalid parameter "match[]": )");
}

TEST(ApiAnswers, spell_numbers_and_times_as_prometheus_does) {
  const auto value = [](double number) {
    std::string out;
    append_json_value(out, number);
    return out;
  };
  EXPECT_EQ(value(0.1), "0.1");
  EXPECT_EQ(value(1e20), "100000000000000000000");
  EXPECT_EQ(value(1e21), "1e+21");
  EXPECT_EQ(value(1e-7), "1e-07");
  const auto time = [](int64_t ms) {
    std::string out;
    append_json_time(out, {ms});
    return out;
  };
  EXPECT_EQ(time(1'435'781'451'781), "1435781451.781");
  EXPECT_EQ(time(1'435'781'451'700), "1435781451.7");
  EXPECT_EQ(time(1000), "1");
  EXPECT_EQ(time(1), "0.001");
  EXPECT_EQ(time(-500), "-0.5");
  EXPECT_EQ(rfc3339({1'435'781'451'781}), "2015-07-01T20:10:51.781Z");
}

TEST(ApiAnswers, errors_have_prometheus_status_codes) {
  EXPECT_EQ(error_answer({ApiErrorType::bad_data, "x"}).status, 400);
  EXPECT_EQ(error_answer({ApiErrorType::execution, "x"}).status, 422);
  EXPECT_EQ(error_answer({ApiErrorType::timeout, "x"}).status, 503);
  EXPECT_EQ(error_answer({ApiErrorType::bad_data, "a\"b"}).body, R"({"status":"error","errorType":"bad_data","error":"a\"b"})");
  EXPECT_EQ(success_answer("[]", {{"w"}, {"i"}}).body, R"({"status":"success","data":[],"warnings":["w"],"infos":["i"]})");
}

}  // namespace
}  // namespace monitorai::serve
