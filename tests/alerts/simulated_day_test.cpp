// A day of rules under a simulated clock: our group evaluator over the real metric store, and promtool (Debian's Prometheus) over the same
// series. Each alert has the same labels, state and times at every five minutes, and the same annotations while it fires.
// Samples never fall on an edge of a range: there Debian's Prometheus 2.42 still counts a sample that is as old as the range, and we, as
// Prometheus 3, do not.

#include <gtest/gtest.h>

#include <random>

#include "judge/rules/group.h"
#include "query/promql/engine.h"
#include "started_program.h"
#include "store/metrics/metric_store.h"

namespace monitorai::tests {
namespace {

using judge::AlertState;
using signals::Labels;
using std::chrono::minutes;

/// The whole day with MAI_SLOW, its first hours without.
const bool kWholeDay = std::getenv("MAI_SLOW") != nullptr;
const int kMinutes = (kWholeDay ? 24 : 3) * 60;
constexpr int kEvery = 5;   ///< minutes between comparisons of states
constexpr int kAlertsEvery = 15;  ///< and of annotations
constexpr int64_t kSampleMs = 61'001;
const int kSamples = static_cast<int>(kMinutes * 60'000 / kSampleMs) + 1;
constexpr uint64_t kSeed = 7;

constexpr std::string_view kRules = R"(
groups:
- name: made
  rules:
  - {record: "job:up:sum", expr: sum by (job) (up)}
  - {alert: NoFor, expr: made_value > 50, annotations: {says: '{{ $labels.instance }} is {{ $value | humanize }}'}}
  - {alert: For, expr: made_value > 50, for: 7m, labels: {severity: '{{ if gt $value 80.0 }}page{{ else }}ticket{{ end }}', team: ml}}
  - {alert: Keeps, expr: made_value > 60, for: 3m, keep_firing_for: 10m, annotations: {says: 'since {{ $value }}'}}
  - {alert: Flaps, expr: 'changes(made_value[5m]) > 3 and made_value > 40', keep_firing_for: 4m}
  - {alert: Absent, expr: 'absent(made_value{instance="c"})', for: 2m, labels: {severity: info}}
  - {alert: OnAlert, expr: 'count by (instance) (ALERTS{alertname="For", alertstate="firing"}) > 0', for: 1m}
  - {alert: Half, expr: 'job:up:sum < 2', annotations: {says: '{{ range query "up == 0" | sortByLabel "instance" }}{{ .Labels.instance }} {{ end }}'}}
)";

/// A sample about a minute: a level that jumps between low and high, noise on it, and gaps. NaN stands for no sample.
struct Course {
  Labels labels;
  std::vector<double> values;
};

class Courses {
 public:
  std::vector<Course> all;

  /// `low` and `high` last for some minutes each; of 200 samples one begins a gap.
  void level(Labels labels, double low, double high, double noise, double low_minutes, double high_minutes, bool gaps = true) {
    Course course{std::move(labels), {}};
    bool is_high = false;
    int left = duration(low_minutes), gap = 0;
    for (int i = 0; i < kSamples; ++i) {
      if (left-- == 0) {
        is_high = !is_high;
        left = duration(is_high ? high_minutes : low_minutes);
      }
      if (gap == 0 && gaps && uniform() < 0.005) gap = duration(14);
      const double value = std::round(((is_high ? high : low) + noise * (2 * uniform() - 1)) * 1000) / 1000;
      course.values.push_back(gap > 0 || i == 0 ? NAN : value);
      if (gap > 0) --gap;
    }
    all.push_back(std::move(course));
  }
  /// A counter of events whose rate a minute is low or high.
  void counter(Labels labels, double low, double high, double low_minutes, double high_minutes) {
    level(std::move(labels), low, high, 0, low_minutes, high_minutes, false);
    double sum = 0;
    for (double& value : all.back().values)
      if (!std::isnan(value)) value = sum += value;
  }
  /// Cumulative: a bucket of a histogram whose slow requests are of the last one alone.
  void histogram(const std::string& name, const Labels& labels, double slow_minutes) {
    counter(labels.with("__name__", name).with("le", "+Inf"), 60, 60, 1, 1);
    Course fast = all.back();
    level(labels, 60, 40, 0, 90, slow_minutes, false);
    double sum = 0;
    for (size_t i = 1; i < fast.values.size(); ++i) fast.values[i] = sum += all.back().values[i];
    all.pop_back();
    fast.labels = labels.with("__name__", name).with("le", "0.1");
    Course middle = all.back();
    middle.labels = labels.with("__name__", name).with("le", "1");
    all.push_back(std::move(fast));
    all.push_back(std::move(middle));
  }

 private:
  double uniform() { return static_cast<double>(random_() >> 11U) * 0x1.0p-53; }
  int duration(double mean) { return 1 + static_cast<int>(-std::log(1 - uniform()) * mean); }
  std::mt19937_64 random_{kSeed};
};

std::vector<Course> courses() {
  Courses out;
  for (const char* instance : {"a", "b", "c", "d"}) {
    out.level({{"__name__", "made_value"}, {"instance", instance}, {"job", "m"}}, 30, 75, 20, 40, 15);
    out.level({{"__name__", "up"}, {"instance", instance}, {"job", *instance < 'c' ? "m" : "n"}}, 1, 0, 0, 150, 12);
  }
  const Labels model{{"model_name", "m"}, {"service", "s"}};
  out.histogram("llm_inference_latency_seconds_bucket", model, 25);
  out.counter(model.with("__name__", "llm_requests_total").with("status", "success"), 60, 60, 1, 1);
  out.counter(model.with("__name__", "llm_requests_total").with("status", "error"), 0, 3, 60, 8);
  out.counter(model.with("__name__", "vllm:num_preemptions_total"), 0, 2, 120, 10);
  out.level(model.with("__name__", "llm_requests_waiting"), 2, 30, 5, 60, 20);
  out.level(model.with("__name__", "llm_kv_cache_usage_ratio"), 0.5, 0.97, 0.03, 90, 15);
  out.level({{"__name__", "llm_service_orphan"}, {"service", "s"}}, 0, 1, 0, 200, 5);
  for (const char* gpu : {"gpu0", "gpu1"}) {
    const Labels labels{{"gpu", gpu}};
    out.level(labels.with("__name__", "nvidia_gpu_memory_total_bytes"), 100, 100, 0, 1, 1, false);
    out.level(labels.with("__name__", "nvidia_gpu_memory_used_bytes"), 50, 94, 3, 240, 180);
    out.level(labels.with("__name__", "nvidia_gpu_temperature"), 70, 88, 4, 90, 15);
    out.level(labels.with("__name__", "nvidia_gpu_utilization"), 98, 60, 10, 120, 90);
    out.level(labels.with("__name__", "llm_process_gpu_memory_bytes").with("pid", "7").with("model_name", "m"), 40, 80, 8, 200, 150);
    out.counter(labels.with("__name__", "nvidia_gpu_xid_errors_total").with("xid", "79"), 0, 1, 400, 1);
  }
  return out.all;
}

std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}
std::string map_text(const auto& pairs) {
  std::string out;
  for (const auto& [name, value] : pairs)
    if (name != "alertname") out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", name, in_quotes(value));
  return "{" + out + "}";
}

/// Our side: groups over the real store, a clock that jumps from minute to minute, and what promtool has to find.
class OurDay {
 public:
  explicit OurDay(const std::vector<std::string>& rule_files) : engine_({}, pool_, {}) {
    store::Settings settings;
    settings.folder = folder_.path() / "data";
    settings.background = false;
    auto opened = store::MetricStore::open(settings, clock_, files_);
    MAI_CHECK(opened.has_value());
    store_ = std::move(*opened);
    judge::ReadRules read = judge::read_rule_files(rule_files);
    MAI_CHECK(read.problems.empty());
    for (judge::GroupSpec& spec : read.groups) groups_.push_back(std::make_unique<judge::Group>(std::move(spec), rules_, false));
  }

  void run(const std::vector<Course>& courses) {
    const judge::RulePorts ports{.query = judge::promql_query(engine_, *store_), .source = store_.get(), .writer = store_.get(), .notify = {}, .clock = &clock_};
    size_t sample = 0;
    for (int minute = 0; minute <= kMinutes; ++minute) {
      const TimeMs slot{int64_t{minute} * 60'000};
      for (; static_cast<int64_t>(sample) * kSampleMs <= slot.ms; ++sample) {
        clock_.set({static_cast<int64_t>(sample) * kSampleMs});
        for (const Course& course : courses) write(course.labels, course.values[sample]);
      }
      clock_.set(slot);
      for (const auto& group : groups_) group->evaluate(clock_.now(), ports);
      if (minute % 60 == 0) MAI_CHECK(store_->maintain().has_value());
      if (minute % kEvery == 0) note(minute);
    }
  }
  /// As entries of promql_expr_test and alert_rule_test.
  const std::string& expressions() const { return expressions_; }
  const std::string& alerts() const { return alerts_; }
  size_t samples() const { return samples_; }
  const std::map<std::string, size_t>& fired() const { return fired_; }
  size_t pending() const { return pending_; }

 private:
  void write(const Labels& labels, double value) {
    if (std::isnan(value)) return;
    std::vector<signals::LabelView> views;
    for (const signals::Label& label : labels) views.push_back({label.name, label.value});
    const signals::Sample sample{clock_.now(), value};
    const signals::SeriesWrite one{views, {&sample, 1}};
    const auto written = store_->write({&one, 1});
    MAI_CHECK(written.has_value() && written->accepted == 1);
  }
  void note(int minute) {
    for (const char* metric : {"ALERTS", "ALERTS_FOR_STATE"}) {
      const auto found = engine_.instant(*store_, metric, clock_.now());
      MAI_CHECK(found.has_value());
      expressions_ += fmt::format("      - expr: {}\n        eval_time: {}m\n        exp_samples: [", metric, minute);
      for (const query::ResultSeries& series : found->series) {
        expressions_ += fmt::format("\n          {{labels: {}, value: {}}},", in_quotes(series.labels.text()), series.samples.at(0).value);
        ++samples_;
        pending_ += series.labels.value("alertstate") == "pending";
        if (series.labels.value("alertstate") == "firing") ++fired_[std::string(series.labels.value("alertname"))];
      }
      expressions_ += "]\n";
    }
    if (minute == 0 || minute % kAlertsEvery != 0) return;  // promtool looks for alerts after the first evaluation
    for (const auto& group : groups_) {
      for (const judge::RuleView& rule : group->view().rules) {
        if (rule.spec.kind != judge::RuleSpec::Kind::alert) continue;
        alerts_ += fmt::format("      - eval_time: {}m\n        alertname: {}\n        exp_alerts: [", minute, rule.spec.name);
        for (const judge::Alert& alert : rule.alerts) {
          if (alert.state != AlertState::firing) continue;
          std::vector<std::pair<std::string, std::string>> labels;
          for (const signals::Label& label : alert.labels) labels.emplace_back(label.name, label.value);
          alerts_ += fmt::format("\n          {{exp_labels: {}, exp_annotations: {}}},", map_text(labels), map_text(alert.annotations));
        }
        alerts_ += "]\n";
      }
    }
  }

  TemporaryDirectory folder_;
  FakeClock clock_{{0}};
  store::PosixFileSystem files_;
  std::unique_ptr<store::MetricStore> store_;
  Pool pool_{1};
  query::Engine engine_;
  const judge::RuleSettings rules_{.interval = minutes(1)};
  std::vector<std::unique_ptr<judge::Group>> groups_;
  std::string expressions_, alerts_;
  std::map<std::string, size_t> fired_;
  size_t samples_ = 0, pending_ = 0;
};

std::string test_file(const std::vector<std::string>& rule_files, const std::vector<Course>& courses, const OurDay& day) {
  std::string out = "rule_files:\n";
  for (const std::string& file : rule_files) out += fmt::format("- {}\n", file);
  out += "evaluation_interval: 1m\ngroup_eval_order: [made, llm-thresholds, llm-service, llm-process, llm-gpu, monitorai]\ntests:\n  - interval: 1m1s1ms\n    input_series:\n";
  for (const Course& course : courses) {
    out += fmt::format("      - series: {}\n        values: '", in_quotes(course.labels.text()));
    for (const double value : course.values) out += std::isnan(value) ? "_ " : fmt::format("{} ", value);
    out += "'\n";
  }
  return out + "    promql_expr_test:\n" + day.expressions() + "    alert_rule_test:\n" + day.alerts();
}

/// rules/llm.yml; what is recorded falls on edges of ranges, so these are half a minute shorter.
std::string shipped_rules() {
  std::string text = *read_file(MAI_SOURCE_DIR "/rules/llm.yml", 1 << 20);
  const auto replace = [&](std::string_view what, std::string_view with) {
    size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    for (; at != std::string::npos; at = text.find(what, at + with.size())) text.replace(at, what.size(), with);
  };
  replace("used_ratio[1h]", "used_ratio[59m30s]");
  replace("used_ratio[2h]", "used_ratio[1h59m30s]");
  return text;
}

TEST(SimulatedDay, has_the_alerts_labels_states_and_times_of_prometheus) {
  const TemporaryDirectory folder;
  const std::string made = folder.path() / "made.yml", shipped = folder.path() / "llm.yml", test = folder.path() / "day_test.yml";
  ASSERT_TRUE(write_file_atomically(made, std::string(kRules)));
  ASSERT_TRUE(write_file_atomically(shipped, shipped_rules()));
  const std::vector<std::string> rule_files{made, shipped};
  const std::vector<Course> series = courses();
  OurDay day(rule_files);
  day.run(series);
  ASSERT_TRUE(write_file_atomically(test, test_file(rule_files, series, day)));

  // The day is worth comparing: most alerts were seen in more than one state, at many times.
  std::string unseen;
  for (const char* name : {"NoFor", "For", "Keeps", "Flaps", "Absent", "OnAlert", "Half", "LLMLatencyP95High", "LLMErrorRateHigh", "LLMTargetDown", "LLMVRAMFullForLong", "LLMGPUHot", "LLMKVCacheFull"})
    if (kWholeDay && !day.fired().contains(name)) unseen += fmt::format(" {}", name);
  EXPECT_EQ(unseen, "");
  EXPECT_GT(day.pending(), kWholeDay ? 200U : 20U);
  fmt::print("{} series, {} samples of ALERTS and ALERTS_FOR_STATE, {} alerts that fired (seed {})\n", series.size(), day.samples(), day.fired().size(), kSeed);

  const CommandOutput ours = run_command(fmt::format("{} test rules {} 2>&1", MAI_BINARY, test));
  EXPECT_EQ(ours.code, 0) << ours.text.substr(0, 4000);
  if (run_command("promtool --version >/dev/null 2>&1").code != 0) GTEST_SKIP() << "there is no promtool: compared with monitorai test rules alone";
  const CommandOutput theirs = run_command(fmt::format("promtool test rules {} 2>&1", test));
  EXPECT_EQ(theirs.code, 0) << theirs.text.substr(0, 4000);

  // And it would be noticed: one minute later for one alert is a difference.
  std::string wrong = *read_file(test, 64 << 20);
  const size_t at = wrong.find("value: ", wrong.find("ALERTS_FOR_STATE{", wrong.size() / 8));
  ASSERT_NE(at, std::string::npos);
  wrong.replace(at + 7, 1, "9");
  ASSERT_TRUE(write_file_atomically(test, wrong));
  EXPECT_NE(run_command(fmt::format("promtool test rules {} 2>&1", test)).code, 0);
}

}  // namespace
}  // namespace monitorai::tests
