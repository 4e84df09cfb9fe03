#include "query/logql/engine.h"

#include <gtest/gtest.h>

#include "query/logql/testing/memory_log_source.h"

namespace monitorai::query {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

/// The lines of the specification's file, one a second, and a JSON stream.
MemoryLogSource source(size_t lines_per_block = 3) {
  MemoryLogSource out(lines_per_block);
  out.add({{"job", "llm-model"}, {"level", "info"}},
          {{{1 * kSecond}, "2025-01-15 10:30:26,123 - INFO - [USER] Request #278: Hello", {}},
           {{3 * kSecond}, "2025-01-15 10:30:27,001 - INFO - [MODEL] Response #278: Hi", {}},
           {{5 * kSecond}, "2025-01-15 10:30:28,001 - INFO - loaded", {}}});
  out.add({{"job", "llm-model"}, {"level", "error"}},
          {{{2 * kSecond}, "2025-01-15 10:30:26,123 - ERROR - Failed to load model: error: Out of memory", {}}});
  out.add({{"job", "llm-model"}, {"format", "json"}},
          {{{4 * kSecond}, R"({"timestamp":"t4","message":"hi","model_name":"gpt2","latency_ms":12.5,"usage":{"tokens":7}})", {}},
           {{6 * kSecond}, R"({"timestamp":"t6","message":"yo","model_name":"llama","latency_ms":40})", {}},
           {{7 * kSecond}, "broken {", {}}});
  return out;
}

/// Lines as "time text" in the order of the answer, streams after each other.
std::string f(std::string_view query, LogQlRange range = {{0}, {100 * kSecond}}) {
  Pool pool(2);
  const LogQlEngine engine({}, pool);
  const auto answer = engine.range(source(), query, range);
  if (!answer) return answer.error().message;
  std::string out;
  for (const LogStream& stream : answer->streams)
    for (const LogEntry& entry : stream.entries) out += fmt::format("{}:{}|", entry.time.ns / kSecond, entry.line);
  for (const ResultSeries& series : answer->metric.series) {
    out += series.labels.text();
    for (const auto& sample : series.samples) out += fmt::format(" {}@{}", sample.value, sample.time.ms / 1000);
    out += "|";
  }
  return out;
}

TEST(LogQlEngine, queries_of_the_specification) {
  EXPECT_EQ(f(R"({job="llm-model"} |= "error")"), "2:2025-01-15 10:30:26,123 - ERROR - Failed to load model: error: Out of memory|");
  EXPECT_EQ(f(R"({job="llm-model"} | json | model_name="gpt2")"),
            R"(4:{"timestamp":"t4","message":"hi","model_name":"gpt2","latency_ms":12.5,"usage":{"tokens":7}}|)");
  EXPECT_EQ(f(R"({job="llm-model", format="json"} | json | __error__="" | line_format "{{.timestamp}} {{.message}}")"), "4:t4 hi|6:t6 yo|");
  EXPECT_EQ(f(R"({job="llm-model"} |~ "\\[USER\\]|\\[MODEL\\]")"),
            "3:2025-01-15 10:30:27,001 - INFO - [MODEL] Response #278: Hi|1:2025-01-15 10:30:26,123 - INFO - [USER] Request #278: Hello|");
  EXPECT_EQ(f(R"(count_over_time({job="llm-model"} |= "error" [10s]))", {{10 * kSecond}, {10 * kSecond}, std::chrono::seconds(1)}),
            R"({job="llm-model", level="error"} 1@10|)");
}

TEST(LogQlEngine, limit_direction_and_interval) {
  LogQlRange range{{0}, {100 * kSecond}};
  range.limit = 2;
  EXPECT_EQ(f(R"({level="info"})", range).substr(0, 2), "5:");
  range.direction = signals::Direction::forward;
  EXPECT_EQ(f(R"({level="info"})", range).substr(0, 2), "1:");
  range.limit = 100;
  range.interval = std::chrono::seconds(2);
  EXPECT_EQ(f(R"({job="llm-model"} | line_format "x")", range), "7:x|1:x|3:x|5:x|");
  range.limit = 5001;
  EXPECT_EQ(f(R"({job="llm-model"})", range), "max entries limit per query exceeded, limit > max_entries_limit (5001 > 5000)");
}

TEST(LogQlEngine, tail_runs_the_pipeline_line_by_line) {
  Pool pool(1);
  const LogQlEngine engine({}, pool);
  auto tail = engine.tail(R"({job="a"} |= "x" | logfmt | level="warn" | line_format "{{.msg}}")");
  ASSERT_TRUE(tail.has_value());
  EXPECT_EQ(tail->matchers().size(), 1u);
  const signals::Labels stream{{"job", "a"}};
  EXPECT_FALSE(tail->process(stream, {{1}, "level=warn msg=y"}).has_value());
  EXPECT_FALSE(tail->process(stream, {{1}, "level=info msg=x"}).has_value());
  const auto line = tail->process(stream, {{1}, "level=warn msg=xyz"});
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->entry.line, "xyz");
  EXPECT_EQ(line->labels.text(), R"({job="a", level="warn", msg="xyz"})");
  EXPECT_EQ(engine.tail(R"(rate({job="a"}[1m]))").error().message, "only log queries can be followed live");
}

TEST(LogQlEngine, limits_are_named) {
  const auto with = [](auto change, std::string_view query, std::chrono::milliseconds step = std::chrono::seconds(1)) {
    Pool pool(1);
    LogQlLimits limits;
    change(limits);
    const auto answer = LogQlEngine(limits, pool).range(source(), query, {{0}, {10 * kSecond}, step});
    return answer ? std::string("no error") : answer.error().message;
  };
  EXPECT_EQ(with([](LogQlLimits& l) { l.lines_scanned_max = 3; }, R"({job="llm-model"})"),
            "the query would read too many lines (the limit lines scanned is 3)");
  EXPECT_EQ(with([](LogQlLimits& l) { l.bytes_scanned_max = 3; }, R"({job="llm-model"})"),
            "the query would read too many bytes (the limit bytes scanned is 3)");
  EXPECT_EQ(with([](LogQlLimits& l) { l.series_max = 1; }, R"(count_over_time({job="llm-model"}[10s]))").substr(0, 60),
            "maximum number of series (1) reached for a single query (the");
  EXPECT_EQ(with([](LogQlLimits& l) { l.steps_max = 5; }, R"(count_over_time({job="llm-model"}[10s]))").substr(0, 42),
            "exceeded maximum resolution of 5 points pe");
  EXPECT_EQ(with([](LogQlLimits& l) { l.timeout = std::chrono::milliseconds(0); }, R"({job="llm-model"})"),
            "the query timed out (the limit query timeout is 0 ms)");
}

TEST(LogQlEngine, a_stopped_query_ends) {
  Pool pool(1);
  std::stop_source stop;
  stop.request_stop();
  const LogQlEngine engine({}, pool);
  const auto answer = engine.range(source(), R"({job="llm-model"})", {{0}, {10 * kSecond}}, stop.get_token());
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, QueryError::Kind::cancelled);
}

TEST(LogQlEngine, statistics_count_what_was_read) {
  Pool pool(1);
  const LogQlEngine engine({}, pool);
  const auto answer = engine.range(source(), R"({job="llm-model"} |= "INFO")", {{0}, {10 * kSecond}});
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->statistics.streams, 3u);
  EXPECT_EQ(answer->statistics.entries_returned, 3u);
  EXPECT_EQ(answer->statistics.lines_processed, 3u) << "blocks without the word are not read";
  EXPECT_GT(answer->statistics.bytes_processed, 100u);
}

}  // namespace
}  // namespace monitorai::query
