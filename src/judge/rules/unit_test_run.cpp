#include "judge/rules/unit_test_run.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/files.h"
#include "base/text.h"
#include "judge/rules/group.h"
#include "query/promql/testing/memory_source.h"

namespace monitorai::judge {
namespace {

using signals::Labels;
using signals::Sample;

/// The store of a test: keeps what Prometheus would keep, in time order.
class TestStore final : public signals::MetricWriter {
 public:
  query::MemorySource source;

  void add(const Labels& labels, Sample sample) {
    if (keep(labels, sample) == Kept::yes) source.add(labels, {sample});
  }
  Result<signals::WriteOutcome> write(std::span<const signals::SeriesWrite> series, std::span<const signals::MetadataWrite>) override {
    signals::WriteOutcome out;
    for (const signals::SeriesWrite& one : series) {
      std::vector<signals::Label> labels;
      for (const signals::LabelView& label : one.labels) labels.push_back({std::string(label.name), std::string(label.value)});
      const Labels made = Labels::from(std::move(labels));
      for (const Sample& sample : one.samples) {
        switch (keep(made, sample)) {
          case Kept::yes:
            source.add(made, {sample});
            ++out.accepted;
            break;
          case Kept::duplicate:
            ++out.duplicates;
            break;
          case Kept::conflict:
            ++out.conflicts;
            out.first_problem = "duplicate sample for timestamp: " + made.text();
            break;
          case Kept::late:
            ++out.out_of_order;
            out.first_problem = "out of order sample: " + made.text();
            break;
        }
      }
    }
    return out;
  }

 private:
  enum class Kept { yes, duplicate, conflict, late };
  Kept keep(const Labels& labels, Sample sample) {
    const auto [last, fresh] = last_.try_emplace(labels, sample);
    if (fresh) return Kept::yes;
    if (sample.time < last->second.time) return Kept::late;
    if (sample.time == last->second.time)
      return std::bit_cast<uint64_t>(sample.value) == std::bit_cast<uint64_t>(last->second.value) ? Kept::duplicate : Kept::conflict;
    last->second = sample;
    return Kept::yes;
  }
  std::map<Labels, Sample> last_;
};

using LabelsAndAnnotations = std::pair<TextMap, TextMap>;

std::string text_of(const TextMap& texts) {
  std::string out = "{";
  for (const auto& [name, value] : texts) out += fmt::format("{}{}={}", out.size() > 1 ? ", " : "", name, json_string(value));
  return out + "}";
}
std::string text_of(const std::vector<LabelsAndAnnotations>& alerts) {
  if (alerts.empty()) return "[]";
  std::string out = "[";
  for (size_t i = 0; i < alerts.size(); ++i)
    out += fmt::format("\n              {}: Labels:{}\n                 Annotations:{}", i, text_of(alerts[i].first),
                       text_of(alerts[i].second));
  return out + "\n            ]";
}
std::string text_of(const std::vector<ExpectedSample>& samples) {
  if (samples.empty()) return "nil";
  std::vector<std::string> out;
  for (const ExpectedSample& sample : samples) out.push_back(fmt::format("{} {}", sample.labels.text(), format_number(sample.value)));
  return join(out, ", ");
}

class Running {
 public:
  Running(const UnitTestFile& file, const TestGroup& test, const std::vector<GroupSpec>& specs, UnitTestReport& report)
      : file_(file),
        test_(test),
        report_(report),
        pool_(1),
        engine_({}, pool_, {.subquery_step = file.evaluation_interval}),
        ports_{.query = promql_query(engine_, store_.source), .source = &store_.source, .writer = &store_, .notify = {}, .clock = &clock_} {
    RuleSettings settings;
    settings.interval = test.interval;
    settings.surroundings = {test.external_labels, test.external_url};
    for (const GroupSpec& spec : specs) groups_.push_back(std::make_unique<Group>(spec, settings, false));
    const auto order = [&](const std::unique_ptr<Group>& group) {
      const auto found = std::find(file.group_eval_order.begin(), file.group_eval_order.end(), group->spec().name);
      return found == file.group_eval_order.end() ? 0 : found - file.group_eval_order.begin();
    };
    std::stable_sort(groups_.begin(), groups_.end(), [&](const auto& a, const auto& b) { return order(a) < order(b); });
  }

  void all() {
    std::chrono::milliseconds last{0};
    for (const AlertTest& one : test_.alert_tests) last = std::max(last, one.eval_time);
    for (const PromqlTest& one : test_.promql_tests) last = std::max(last, one.eval_time);
    for (TimeMs time = test_.start; time <= test_.start + last; time = time + file_.evaluation_interval) {
      load_until(time);
      clock_.set(time);
      if (!evaluate(time)) return;
      for (const AlertTest& one : test_.alert_tests) {
        const TimeMs wanted = test_.start + one.eval_time;
        if (time <= wanted && wanted < time + file_.evaluation_interval) compare(one);
      }
    }
    for (const PromqlTest& one : test_.promql_tests) compare(one);
  }

 private:
  void fail(std::string_view what) {
    report_.failures.push_back(test_.name.empty() ? fmt::format("    {}", what) : fmt::format("    name: {},\n    {}", test_.name, what));
  }

  void load_until(TimeMs time) {
    for (; loaded_ <= static_cast<size_t>((time - test_.start) / test_.interval); ++loaded_) {
      const TimeMs at = test_.start + static_cast<int64_t>(loaded_) * test_.interval;
      for (const query::NotatedSeries& series : test_.series)
        if (loaded_ < series.values.size() && series.values[loaded_]) store_.add(series.labels, {at, *series.values[loaded_]});
    }
  }

  bool evaluate(TimeMs time) {
    bool good = true;
    for (const auto& group : groups_) {
      group->evaluate(time, ports_);
      for (const auto& rule : group->rules()) {
        if (rule->status.last_error.empty()) continue;
        good = false;
        fail(fmt::format("rule: {}, time: {}, err: {}", rule->spec().name, format_duration(time - TimeMs{0}), rule->status.last_error));
      }
    }
    return good;
  }

  void compare(const AlertTest& test) {
    ++report_.checks;
    std::vector<LabelsAndAnnotations> got, expected;
    for (const auto& group : groups_) {
      for (const auto& rule : group->rules()) {
        const auto* alerting = dynamic_cast<const AlertingRule*>(rule.get());
        if (alerting == nullptr || rule->spec().name != test.alertname) continue;
        for (const Alert& alert : alerting->active()) {
          if (alert.state != AlertState::firing) continue;
          TextMap labels;
          for (const signals::Label& label : alert.labels) labels[label.name] = label.value;
          got.emplace_back(std::move(labels), alert.annotations);
        }
      }
    }
    for (const ExpectedAlert& alert : test.expected) {
      expected.emplace_back(alert.labels, alert.annotations);
      expected.back().first["alertname"] = test.alertname;
    }
    std::sort(got.begin(), got.end());
    std::sort(expected.begin(), expected.end());
    if (got == expected) return;
    fail(fmt::format("line: {}, alertname: {}, time: {},\n        exp:{},\n        got:{}", test.line, test.alertname,
                     format_duration(test.eval_time), text_of(expected), text_of(got)));
  }

  bool equal(double a, double b) const {
    if (a == b) return true;
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    return file_.fuzzy_compare && (std::nextafter(a, kInfinity) == b || std::nextafter(a, -kInfinity) == b);
  }

  void compare(const PromqlTest& test) {
    ++report_.checks;
    const auto vector = ports_.query(test.query, test_.start + test.eval_time);
    const std::string head =
        fmt::format("line: {}, expr: {}, time: {},", test.line, json_string(test.query), format_duration(test.eval_time));
    if (!vector) return fail(fmt::format("{} err: {}", head, vector.error().message));
    std::vector<ExpectedSample> got, expected = test.expected;
    for (const VectorSample& sample : *vector) got.push_back({sample.labels, sample.value});
    const auto before = [](const ExpectedSample& a, const ExpectedSample& b) { return a.labels < b.labels; };
    std::stable_sort(got.begin(), got.end(), before);
    std::stable_sort(expected.begin(), expected.end(), before);
    const bool same =
        std::equal(got.begin(), got.end(), expected.begin(), expected.end(),
                   [&](const ExpectedSample& a, const ExpectedSample& b) { return a.labels == b.labels && equal(a.value, b.value); });
    if (!same) fail(fmt::format("{}\n        exp: {}\n        got: {}", head, text_of(expected), text_of(got)));
  }

  const UnitTestFile& file_;
  const TestGroup& test_;
  UnitTestReport& report_;
  FakeClock clock_;
  TestStore store_;
  Pool pool_;
  query::Engine engine_;
  RulePorts ports_;
  std::vector<std::unique_ptr<Group>> groups_;
  size_t loaded_ = 0;
};

}  // namespace

UnitTestReport run_unit_tests(const std::string& path) {
  UnitTestReport report;
  const auto text = read_file(path, kRuleFileBytesMax);
  if (!text) {
    report.failures.push_back(text.error().message);
    return report;
  }
  std::vector<yaml::Problem> problems;
  const UnitTestFile file = read_unit_tests(*text, path, problems);
  std::vector<std::string> globs;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  for (const std::string& glob : file.rule_files)
    globs.push_back(std::filesystem::path(glob).is_absolute() ? glob : (folder / glob).lexically_normal().native());
  std::vector<std::string> existing;
  for (const std::string& glob : globs) {
    std::vector<std::string> found = files_of({&glob, 1});
    std::erase_if(found, [](const std::string& name) { return !std::filesystem::exists(name); });
    if (found.empty()) report.warnings.push_back("no file match pattern " + glob);
    std::move(found.begin(), found.end(), std::back_inserter(existing));
  }
  ReadRules rules = read_rule_files(existing);
  std::move(rules.problems.begin(), rules.problems.end(), std::back_inserter(problems));
  for (const yaml::Problem& problem : problems) report.failures.push_back(problem.line());
  if (!problems.empty()) return report;
  for (const TestGroup& test : file.tests) Running(file, test, rules.groups, report).all();
  return report;
}

}  // namespace monitorai::judge
