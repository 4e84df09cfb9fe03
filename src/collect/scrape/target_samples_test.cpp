#include "collect/scrape/target_samples.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace monitorai::collect {
namespace {

using signals::Labels;

/// Writes down what it is given, one line a sample, `stale` for a marker.
class Recorder final : public signals::MetricWriter {
 public:
  Result<signals::WriteOutcome> write(std::span<const signals::SeriesWrite> series, std::span<const signals::MetadataWrite> metadata) override {
    if (refuse) return Error{Code::unavailable, "disk full"};
    for (const signals::SeriesWrite& one : series) {
      std::vector<signals::Label> labels;
      for (const auto& [name, value] : one.labels) labels.push_back({std::string(name), std::string(value)});
      for (const signals::Sample& sample : one.samples)
        lines.push_back(fmt::format("{} {} @{}", Labels::from(labels).text(), signals::is_stale(sample.value) ? "stale" : format_number(sample.value), sample.time.ms));
      exemplars += one.exemplars.size();
    }
    for (const signals::MetadataWrite& one : metadata) families.push_back(fmt::format("{} {}", one.family, one.help));
    return signals::WriteOutcome{};
  }
  /// Lines that are not of the scrape's own series, since the last call.
  std::vector<std::string> taken() {
    std::vector<std::string> out;
    for (const std::string& line : lines)
      if (!line.starts_with("scrape_")) out.push_back(line);
    lines.clear();
    return out;
  }
  std::vector<std::string> lines;
  std::vector<std::string> families;
  size_t exemplars = 0;
  bool refuse = false;
};

struct Scraped {
  explicit Scraped(ScrapeSettings settings = {.job_name = "j"})
      : job(std::make_shared<const ScrapeSettings>(std::move(settings))), samples(*make_target(*job, "box:1", {}).value(), job, recorder) {}
  ScrapeOutcome answer(std::string_view body, int64_t ms) { return samples.answer(body, "text/plain", {ms}, std::chrono::milliseconds(5)); }
  Recorder recorder;
  std::shared_ptr<const ScrapeSettings> job;
  TargetSamples samples;
};

using Lines = std::vector<std::string>;

TEST(TargetSamples, adds_the_targets_labels_and_says_that_it_is_up) {
  Scraped scraped;
  const ScrapeOutcome outcome = scraped.answer("# HELP a some help\na{x=\"1\",job=\"mine\"} 2\n", 1000);
  EXPECT_TRUE(outcome.up());
  EXPECT_EQ(outcome.samples_scraped, 1u);
  EXPECT_EQ(outcome.series_added, 1u);
  EXPECT_EQ(scraped.recorder.families, Lines{"a some help"});
  EXPECT_EQ(scraped.recorder.taken(), (Lines{R"(a{exported_job="mine", instance="box:1", job="j", x="1"} 2 @1000)", R"(up{instance="box:1", job="j"} 1 @1000)"}));
  EXPECT_EQ(scraped.answer("a{x=\"1\",job=\"mine\"} 2\n", 2000).series_added, 0u);
}

TEST(TargetSamples, honours_labels_and_timestamps_where_the_job_says_so) {
  Scraped honours({.job_name = "j", .honor_labels = true});
  honours.answer("a{job=\"mine\"} 2 777\n", 1000);
  EXPECT_EQ(honours.recorder.taken()[0], R"(a{instance="box:1", job="mine"} 2 @777)");
  Scraped ignores({.job_name = "j", .honor_timestamps = false});
  ignores.answer("a 2 777\n", 1000);
  EXPECT_EQ(ignores.recorder.taken()[0], R"(a{instance="box:1", job="j"} 2 @1000)");
}

TEST(TargetSamples, marks_what_is_no_longer_exposed_as_stale_once) {
  Scraped scraped;
  scraped.answer("a 1\nb 1\nc 1 500\n", 1000);
  scraped.recorder.taken();
  scraped.answer("a 2\n", 2000);
  EXPECT_EQ(scraped.recorder.taken(),
            (Lines{R"(a{instance="box:1", job="j"} 2 @2000)", R"(b{instance="box:1", job="j"} stale @2000)", R"(up{instance="box:1", job="j"} 1 @2000)"}))
      << "c had a timestamp of its own, so it gets no marker";
  scraped.answer("a 3\n", 3000);
  EXPECT_EQ(scraped.recorder.taken().size(), 2u);
}

TEST(TargetSamples, keeps_nothing_of_a_broken_answer_and_comes_back) {
  Scraped scraped;
  scraped.answer("a 1\n", 1000);
  scraped.recorder.taken();
  const ScrapeOutcome broken = scraped.answer("a 2\nnew 1\nb{ 1\n", 2000);
  EXPECT_EQ(broken.error, "cannot read line 3: the labels do not end");
  EXPECT_EQ(scraped.recorder.taken(), (Lines{R"(a{instance="box:1", job="j"} stale @2000)", R"(up{instance="box:1", job="j"} 0 @2000)"}));
  EXPECT_EQ(scraped.answer("a 3\n", 3000).series_added, 1u);
  EXPECT_EQ(scraped.recorder.taken()[0], R"(a{instance="box:1", job="j"} 3 @3000)");
}

TEST(TargetSamples, a_target_that_cannot_be_asked_is_down_and_one_that_ends_is_gone) {
  Scraped scraped;
  scraped.answer("a 1\n", 1000);
  scraped.recorder.taken();
  EXPECT_FALSE(scraped.samples.failure(Error{Code::unavailable, "connection refused"}, {2000}, {}).up());
  EXPECT_EQ(scraped.recorder.taken(), (Lines{R"(a{instance="box:1", job="j"} stale @2000)", R"(up{instance="box:1", job="j"} 0 @2000)"}));
  scraped.answer("a 1\n", 3000);
  scraped.recorder.taken();
  scraped.samples.end({4000});
  EXPECT_EQ(scraped.recorder.taken(), (Lines{R"(a{instance="box:1", job="j"} stale @4000)", R"(up{instance="box:1", job="j"} stale @4000)"}));
}

TEST(TargetSamples, a_limit_that_is_broken_fails_the_whole_scrape_by_name) {
  const auto f = [](ScrapeLimits limits, std::string_view want) {
    Scraped scraped({.job_name = "j", .limits = limits});
    EXPECT_NE(scraped.answer("a{x=\"12345\"} 1\nb 1\n", 1000).error.find(want), std::string::npos) << want;
    EXPECT_EQ(scraped.recorder.taken(), Lines{R"(up{instance="box:1", job="j"} 0 @1000)"});
  };
  f({.samples_max = 1}, "sample_limit 1");
  f({.labels_max = 3}, "label_limit exceeded (4 of at most 3)");
  f({.label_name_bytes_max = 4}, "label_name_length_limit");
  f({.label_value_bytes_max = 4}, "label_value_length_limit");
}

TEST(TargetSamples, metric_relabelling_drops_and_rewrites) {
  ScrapeSettings job{.job_name = "j"};
  job.metric_relabel_configs.push_back(std::move(RelabelRule::make({.source_labels = {"__name__"}, .regex = "go_.*", .action = "drop"})).value());
  job.metric_relabel_configs.push_back(std::move(RelabelRule::make({.regex = "x", .action = "labeldrop"})).value());
  Scraped scraped(std::move(job));
  const ScrapeOutcome outcome = scraped.answer("go_threads 1\na{x=\"1\"} 2\n", 1000);
  EXPECT_EQ(outcome.samples_scraped, 2u);
  EXPECT_EQ(outcome.samples_after_relabelling, 1u);
  EXPECT_EQ(scraped.recorder.taken()[0], R"(a{instance="box:1", job="j"} 2 @1000)");
}

TEST(TargetSamples, a_store_that_takes_nothing_is_in_the_outcome) {
  Scraped scraped;
  scraped.recorder.refuse = true;
  EXPECT_EQ(scraped.answer("a 1\n", 1000).error, "disk full");
}

TEST(TargetSamples, exemplars_come_with_their_samples) {
  Scraped scraped;
  const auto outcome = scraped.samples.answer("a_bucket{le=\"1\"} 1 # {trace_id=\"x\"} 0.5\n# EOF\n", "application/openmetrics-text", {1000}, {});
  EXPECT_TRUE(outcome.up()) << outcome.error;
  EXPECT_EQ(scraped.recorder.exemplars, 1u);
}

}  // namespace
}  // namespace monitorai::collect
