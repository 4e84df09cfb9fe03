#include "store/metrics/batch_sink.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace monitorai::store {
namespace {

using signals::Labels;

class Recorder final : public signals::MetricWriter {
 public:
  Result<signals::WriteOutcome> write(std::span<const signals::SeriesWrite> series, std::span<const signals::MetadataWrite> metadata) override {
    if (refuse) return Error{Code::unavailable, "disk full"};
    for (const signals::SeriesWrite& one : series) {
      std::vector<signals::Label> labels;
      for (const auto& [name, value] : one.labels) labels.push_back({std::string(name), std::string(value)});
      lines.push_back(fmt::format("{} {}", Labels::from(labels).text(), signals::is_stale(one.samples[0].value) ? "stale" : format_number(one.samples[0].value)));
    }
    families += metadata.size();
    return signals::WriteOutcome{};
  }
  std::vector<std::string> taken() { return std::exchange(lines, {}); }
  std::vector<std::string> lines;
  size_t families = 0;
  bool refuse = false;
};

std::shared_ptr<const signals::Batch> batch(std::string source, std::vector<std::pair<std::string, double>> pids) {
  signals::MetricFamily cpu{.name = "cpu_seconds", .help = "CPU", .type = signals::MetricType::counter};
  for (const auto& [pid, value] : pids) cpu.counter({{"pid", pid}}, value);
  auto out = std::make_shared<signals::Batch>();
  *out = {std::move(source), {1000}, {std::move(cpu)}};
  return out;
}

using Lines = std::vector<std::string>;

TEST(BatchSink, writes_points_with_the_jobs_labels_and_ends_what_is_gone) {
  Recorder recorder;
  BatchSink sink(recorder, {{"job", "llm-monitor"}, {"instance", "box"}});
  ASSERT_TRUE(sink.accept(batch("process", {{"1", 5}, {"2", 6}})));
  EXPECT_EQ(recorder.taken(), (Lines{R"(cpu_seconds_total{instance="box", job="llm-monitor", pid="1"} 5)", R"(cpu_seconds_total{instance="box", job="llm-monitor", pid="2"} 6)"}));
  EXPECT_EQ(recorder.families, 1u);
  ASSERT_TRUE(sink.accept(batch("process", {{"1", 7}})));
  EXPECT_EQ(recorder.taken(), (Lines{R"(cpu_seconds_total{instance="box", job="llm-monitor", pid="1"} 7)", R"(cpu_seconds_total{instance="box", job="llm-monitor", pid="2"} stale)"}));
  ASSERT_TRUE(sink.accept(batch("process", {{"1", 8}})));
  EXPECT_EQ(recorder.taken().size(), 1u) << "a marker is written once";
}

TEST(BatchSink, sources_do_not_end_each_others_series) {
  Recorder recorder;
  BatchSink sink(recorder, {});
  ASSERT_TRUE(sink.accept(batch("process", {{"1", 5}})));
  ASSERT_TRUE(sink.accept(batch("gpu", {{"9", 5}})));
  EXPECT_EQ(recorder.taken().size(), 2u);
}

TEST(BatchSink, a_refused_batch_is_an_error_and_its_markers_come_with_the_next) {
  Recorder recorder;
  BatchSink sink(recorder, {});
  ASSERT_TRUE(sink.accept(batch("process", {{"1", 5}, {"2", 5}})));
  recorder.taken();
  recorder.refuse = true;
  EXPECT_EQ(sink.accept(batch("process", {{"1", 6}})).error().message, "cannot store a batch of process: disk full");
  recorder.refuse = false;
  ASSERT_TRUE(sink.accept(batch("process", {{"1", 7}})));
  EXPECT_EQ(recorder.taken(), (Lines{R"(cpu_seconds_total{pid="1"} 7)", R"(cpu_seconds_total{pid="2"} stale)"}));
}

TEST(BatchSink, equal_points_are_one_sample) {
  Recorder recorder;
  BatchSink sink(recorder, {});
  ASSERT_TRUE(sink.accept(batch("process", {{"1", 5}, {"1", 6}})));
  EXPECT_EQ(recorder.taken(), Lines{R"(cpu_seconds_total{pid="1"} 5)"});
}

}  // namespace
}  // namespace monitorai::store
