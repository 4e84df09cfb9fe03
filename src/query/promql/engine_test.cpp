#include "query/promql/engine.h"

#include <gtest/gtest.h>

#include "query/promql/testing/memory_source.h"

namespace monitorai::query {
namespace {

using Kind = QueryError::Kind;

/// 200 series of 100 samples, one a second.
const MemorySource& source() {
  static const MemorySource filled = [] {
    MemorySource out;
    for (int i = 0; i < 200; ++i) {
      std::vector<signals::Sample> samples;
      for (int t = 0; t < 100; ++t) samples.push_back({{t * 1000}, static_cast<double>(t * i)});
      out.add({{"__name__", "requests_total"}, {"instance", fmt::format("i{:03}", i)}, {"group", i % 2 == 0 ? "even" : "odd"}}, samples);
    }
    return out;
  }();
  return filled;
}

TEST(Engine, errors_name_the_limit_they_hit) {
  Pool pool(2);
  const auto f = [&](Limits limits, std::string_view query, Kind kind, std::string_view message) {
    const auto result = Engine(limits, pool).range(source(), query, {{0}, {99'000}}, std::chrono::seconds(1));
    ASSERT_FALSE(result.has_value()) << query;
    EXPECT_EQ(result.error().kind, kind) << result.error().message;
    EXPECT_NE(result.error().message.find(message), std::string::npos) << result.error().message;
  };
  Limits few_samples;
  few_samples.samples_max = 1000;
  Limits few_steps;
  few_steps.steps_max = 99;
  Limits no_time;
  no_time.timeout = std::chrono::milliseconds(0);
  f(few_samples, "requests_total", Kind::limit, "(the limit samples per query is 1000)");
  f(few_samples, "vector(1)[1y:1ms] ", Kind::parse, "invalid expression type");
  f(few_samples, "sum_over_time(vector(1)[1y:1ms])", Kind::limit, "(the limit samples per query is 1000)");
  f(few_samples, "requests_total or requests_total", Kind::limit, "(the limit samples per query is 1000)");
  f(few_samples, "topk(1, requests_total)", Kind::limit, "(the limit samples per query is 1000)");
  f(few_steps, "1", Kind::limit, "exceeded maximum resolution of 99 points per timeseries");
  f(no_time, "requests_total", Kind::timeout, "query timed out in expression evaluation (the limit query timeout is 0 ms)");
}

TEST(Engine, an_aggregation_holds_groups_not_series) {
  Pool pool(2);
  Limits few;
  few.samples_max = 1000;
  const auto result =
      Engine(few, pool).range(source(), "sum by (group) (rate(requests_total[10s]))", {{0}, {99'000}}, std::chrono::seconds(1));
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(result->series.size(), 2u);
  EXPECT_EQ(result->statistics.samples_read, 200u * 100u);
  EXPECT_EQ(result->statistics.series_selected, 200u);
}

TEST(Engine, a_stopped_query_is_cancelled) {
  Pool pool(1);
  std::stop_source stop;
  stop.request_stop();
  const auto result = Engine({}, pool).instant(source(), "requests_total", {0}, stop.get_token());
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, Kind::cancelled);
}

TEST(Engine, a_single_long_row_ends_at_the_deadline) {
  Pool pool(1);
  MemorySource one;
  std::vector<signals::Sample> samples;
  for (int t = 0; t < 200'000; ++t) samples.push_back({{t}, static_cast<double>((t * 7919) % 1000)});
  one.add({{"__name__", "x"}}, samples);
  Limits limits;
  limits.timeout = std::chrono::milliseconds(200);
  const auto began = std::chrono::steady_clock::now();
  const auto result =
      Engine(limits, pool).range(one, "quantile_over_time(0.5, x[200s])", {{190'000}, {199'999}}, std::chrono::milliseconds(1));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, Kind::timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(30));
}

TEST(Engine, refuses_wrong_ranges) {
  Pool pool(1);
  const Engine engine({}, pool);
  const auto f = [&](std::string_view query, int64_t from, int64_t to, int64_t step, std::string_view message) {
    const auto result = engine.range(source(), query, {{from}, {to}}, std::chrono::milliseconds(step));
    ASSERT_FALSE(result.has_value()) << query;
    EXPECT_EQ(result.error().kind, Kind::parse);
    EXPECT_EQ(result.error().message, message);
  };
  f("1", 0, 1, 0, "zero or negative query resolution step widths are not accepted. Try a positive integer");
  f("1", 0, 1, -1, "zero or negative query resolution step widths are not accepted. Try a positive integer");
  f("1", 1, 0, 1, "end timestamp must not be before start time");
  f("a[5m]", 0, 1, 1, "invalid expression type \"range vector\" for range query, must be Scalar or instant Vector");
  f("\"a\"", 0, 1, 1, "invalid expression type \"string\" for range query, must be Scalar or instant Vector");
  f("1", INT64_MIN, INT64_MAX, 1, "cannot evaluate at a time that far away");
  f("a +", 0, 1, 1, "1:4: parse error: unexpected end of input");
}

TEST(Engine, times_at_the_end_of_the_scale_find_nothing) {
  Pool pool(1);
  EngineOptions options;
  options.parse = ParseOptions::everything();
  const Engine engine({}, pool, options);
  const auto f = [&](std::string_view query) {
    for (const int64_t time : {int64_t{-4'000'000'000'000'000'000}, int64_t{0}, int64_t{4'000'000'000'000'000'000}}) {
      const auto result = engine.instant(source(), query, {time});
      ASSERT_TRUE(result.has_value()) << query << ": " << result.error().message;
      EXPECT_TRUE(result->series.empty()) << query;
    }
  };
  f("requests_total @ 9.2e15");
  f("requests_total @ -9.2e15 offset 290y");
  f("rate(requests_total[290y] @ -9.2e15 offset 290y)");
  f("rate(requests_total[1h] offset -290y)");
  f("sum_over_time(requests_total[290y:200y] @ 9.2e15 offset -290y)");
  f("changes(requests_total[5m] @ 9.2e15 anchored offset -290y)");
}

TEST(Engine, the_number_of_threads_does_not_change_the_answer) {
  const auto f = [](std::string_view query) {
    std::string texts[3];
    for (size_t i = 0; i < 3; ++i) {
      Pool pool(i == 0 ? 1 : i * 3);
      const auto result = Engine({}, pool).range(source(), query, {{0}, {99'000}}, std::chrono::seconds(7));
      ASSERT_TRUE(result.has_value()) << result.error().message;
      for (const ResultSeries& series : result->series) {
        texts[i] += series.labels.text();
        for (const signals::Sample& s : series.samples) texts[i] += fmt::format(" {:.9g}", s.value);
      }
    }
    EXPECT_EQ(texts[0], texts[1]) << query;
    EXPECT_EQ(texts[0], texts[2]) << query;
  };
  f("rate(requests_total[10s])");
  f("sum by (group) (rate(requests_total[10s]))");
  f("avg by (instance) (requests_total)");
  f("stddev(requests_total)");
  f("topk by (group) (3, requests_total)");
  f("quantile by (group) (0.9, requests_total)");
  f("absent(requests_total)");
  f("requests_total / on (group) group_left sum by (group) (requests_total)");
}

TEST(Engine, names_are_removed_at_once_unless_asked_otherwise) {
  Pool pool(1);
  MemorySource two;
  two.add({{"__name__", "a"}, {"x", "1"}}, {{{0}, 1}});
  two.add({{"__name__", "b"}, {"x", "1"}}, {{{0}, 2}});
  const std::string_view query = "label_replace(abs({__name__=~\"a|b\"}), \"was\", \"$1\", \"__name__\", \"(.*)\")";
  const auto now = Engine({}, pool).instant(two, query, {0});
  ASSERT_FALSE(now.has_value());
  EXPECT_EQ(now.error().message, "vector cannot contain metrics with the same labelset");
  EngineOptions later;
  later.delayed_name_removal = true;
  const auto then = Engine({}, pool, later).instant(two, query, {0});
  ASSERT_TRUE(then.has_value()) << then.error().message;
  ASSERT_EQ(then->series.size(), 2u);
  EXPECT_EQ(then->series[0].labels.text(), "{was=\"a\", x=\"1\"}");
}

/// A source that is asked within a query and asks another query then.
class Asking final : public signals::MetricSource {
 public:
  explicit Asking(std::function<void()> ask) : ask_(std::move(ask)) {}
  Result<std::unique_ptr<signals::SeriesSet>> select(std::span<const signals::Matcher> matchers, TimeRange range) const override {
    ask_();
    return source().select(matchers, range);
  }
  Result<std::vector<std::string>> label_names(std::span<const signals::Matcher>, TimeRange, size_t) const override {
    return std::vector<std::string>{};
  }
  Result<std::vector<std::string>> label_values(std::string_view, std::span<const signals::Matcher>, TimeRange, size_t) const override {
    return std::vector<std::string>{};
  }
  Result<std::vector<signals::SeriesExemplars>> exemplars(std::span<const signals::Matcher>, TimeRange) const override {
    return std::vector<signals::SeriesExemplars>{};
  }
  std::vector<signals::Metadata> metadata() const override { return {}; }

 private:
  std::function<void()> ask_;
};

TEST(Engine, one_query_too_many_is_refused_and_the_place_is_given_back) {
  Pool pool(1);
  Limits limits;
  limits.concurrent_max = 1;
  const Engine engine(limits, pool);
  size_t asked = 0;
  const Asking asking([&] {
    ++asked;
    EXPECT_EQ(engine.running(), 1u);
    const auto second = engine.with(limits, {}).instant(source(), "1", {0});
    ASSERT_FALSE(second.has_value()) << "an engine made from this one shares its places";
    EXPECT_EQ(second.error().kind, Kind::busy);
    EXPECT_EQ(second.error().message, "too many queries run at once (the limit concurrent queries is 1): try again later");
    EXPECT_EQ(engine.range(source(), "1", {{0}, {1000}}, std::chrono::seconds(1)).error().kind, Kind::busy);
  });
  EXPECT_TRUE(engine.instant(asking, "requests_total", {0}).has_value());
  EXPECT_EQ(asked, 1u);
  EXPECT_EQ(engine.refused(), 2u);
  EXPECT_EQ(engine.running(), 0u);
  EXPECT_TRUE(engine.instant(source(), "1", {0}).has_value());
}

TEST(Engine, a_failing_source_is_a_storage_error) {
  class Broken final : public signals::MetricSource {
   public:
    Result<std::unique_ptr<signals::SeriesSet>> select(std::span<const signals::Matcher>, TimeRange) const override {
      return Error{Code::corrupt, "cannot read chunk 7: checksum"};
    }
    Result<std::vector<std::string>> label_names(std::span<const signals::Matcher>, TimeRange, size_t) const override {
      return std::vector<std::string>{};
    }
    Result<std::vector<std::string>> label_values(std::string_view, std::span<const signals::Matcher>, TimeRange, size_t) const override {
      return std::vector<std::string>{};
    }
    Result<std::vector<signals::SeriesExemplars>> exemplars(std::span<const signals::Matcher>, TimeRange) const override {
      return std::vector<signals::SeriesExemplars>{};
    }
    std::vector<signals::Metadata> metadata() const override { return {}; }
  };
  Pool pool(1);
  const auto result = Engine({}, pool).instant(Broken{}, "up", {0});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, Kind::storage);
  EXPECT_EQ(result.error().message, "cannot read chunk 7: checksum");
}

}  // namespace
}  // namespace monitorai::query
