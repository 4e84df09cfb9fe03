#include "judge/rules/unit_test_file.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "base/text.h"
#include "text/go_time.h"

namespace monitorai::judge {
namespace {

using yaml::Problem;
using yaml::YamlEntry;
using yaml::YamlNode;

class Reader {
 public:
  Reader(const std::string& file, std::vector<Problem>& problems) : file_(file), problems_(problems) {}

  UnitTestFile file(const YamlNode& document) {
    UnitTestFile out;
    fields(document, "the file",
           {{"rule_files", [&](const YamlNode& v) { texts(v, out.rule_files); }},
            {"evaluation_interval", [&](const YamlNode& v) { duration(v, out.evaluation_interval); }},
            {"group_eval_order", [&](const YamlNode& v) { texts(v, out.group_eval_order); }},
            {"fuzzy_compare", [&](const YamlNode& v) { truth(v, out.fuzzy_compare); }},
            {"tests", [&](const YamlNode& v) { list(v, [&](const YamlNode& item) { out.tests.push_back(test(item)); }); }}});
    if (out.evaluation_interval.count() == 0) out.evaluation_interval = std::chrono::minutes(1);
    for (auto at = out.group_eval_order.begin(); at != out.group_eval_order.end(); ++at)
      if (std::find(out.group_eval_order.begin(), at, *at) != at)
        problem(document, fmt::format("group name repeated in evaluation order: {}", *at));
    for (TestGroup& group : out.tests)
      if (group.interval.count() == 0) group.interval = out.evaluation_interval;
    return out;
  }

 private:
  using Take = std::function<void(const YamlNode&)>;

  void problem(const YamlNode& node, std::string text) {
    problems_.push_back({fmt::format("{}:{}:{}", file_, node.line, node.column), std::move(text)});
  }

  void fields(const YamlNode& node, std::string_view what, const std::map<std::string, Take>& known) {
    if (node.kind == YamlNode::Kind::null) return;
    if (node.kind != YamlNode::Kind::map) return problem(node, fmt::format("{} is {}, not a map", what, yaml::kind_name(node.kind)));
    for (const YamlEntry& entry : node.entries) {
      const auto found = known.find(entry.key);
      if (found != known.end()) {
        found->second(entry.value);
        continue;
      }
      std::vector<std::string> names;
      for (const auto& [name, take] : known) names.push_back(name);
      const auto near = nearest(entry.key, names);
      problems_.push_back({fmt::format("{}:{}:{}", file_, entry.line, entry.column),
                           fmt::format("unknown key {} of {}: {}", entry.key, what,
                                       near ? fmt::format("did you mean {}?", *near) : "its keys are " + join(names, ", "))});
    }
  }
  void list(const YamlNode& node, const Take& take) {
    if (node.kind == YamlNode::Kind::null) return;
    if (node.kind != YamlNode::Kind::list) return problem(node, fmt::format("a list is expected, not {}", yaml::kind_name(node.kind)));
    for (const YamlNode& item : node.items) take(item);
  }
  void text(const YamlNode& node, std::string& out) {
    if (node.kind == YamlNode::Kind::scalar)
      out = node.text;
    else if (node.kind != YamlNode::Kind::null)
      problem(node, fmt::format("text is expected, not {}", yaml::kind_name(node.kind)));
  }
  void texts(const YamlNode& node, std::vector<std::string>& out) {
    list(node, [&](const YamlNode& item) { text(item, out.emplace_back()); });
  }
  void text_map(const YamlNode& node, TextMap& out) {
    if (node.kind == YamlNode::Kind::null) return;
    if (node.kind != YamlNode::Kind::map) return problem(node, fmt::format("a map is expected, not {}", yaml::kind_name(node.kind)));
    for (const YamlEntry& entry : node.entries) text(entry.value, out[entry.key]);
  }
  void truth(const YamlNode& node, bool& out) {
    std::string word;
    text(node, word);
    if (word != "true" && word != "false") return problem(node, fmt::format("\"{}\" is neither true nor false", word));
    out = word == "true";
  }
  void duration(const YamlNode& node, std::chrono::milliseconds& out) {
    if (node.kind == YamlNode::Kind::null) return;
    std::string word;
    text(node, word);
    const auto parsed = parse_duration(word);
    if (!parsed) return problem(node, parsed.error().message);
    out = *parsed;
  }
  void number(const YamlNode& node, double& out) {
    std::string word;
    text(node, word);
    const std::string low = lower(word);
    if (low == ".nan")
      out = std::numeric_limits<double>::quiet_NaN();
    else if (low == ".inf" || low == "+.inf")
      out = std::numeric_limits<double>::infinity();
    else if (low == "-.inf")
      out = -std::numeric_limits<double>::infinity();
    else if (const auto parsed = query::parse_go_number(word))
      out = *parsed;
    else if (node.kind == YamlNode::Kind::scalar)
      problem(node, fmt::format("\"{}\" is no number", word));
  }
  void time(const YamlNode& node, TimeMs& out) {
    std::string word;
    text(node, word);
    if (const auto seconds = parse_number(word); seconds && std::isfinite(*seconds) && std::abs(*seconds) < 1e15) {
      out = {static_cast<int64_t>(std::llround(*seconds * 1000))};
    } else if (const auto parsed = text::parse_time("2006-01-02T15:04:05Z07:00", word)) {
      out = {parsed->ns / 1'000'000};
    } else {
      problem(node, fmt::format("cannot parse \"{}\" to a valid timestamp", word));
    }
  }

  TestGroup test(const YamlNode& node) {
    TestGroup out;
    out.line = node.line;
    fields(node, "a test",
           {{"name", [&](const YamlNode& v) { text(v, out.name); }},
            {"interval", [&](const YamlNode& v) { duration(v, out.interval); }},
            {"input_series", [&](const YamlNode& v) { list(v, [&](const YamlNode& item) { series(item, out); }); }},
            {"alert_rule_test", [&](const YamlNode& v) { list(v, [&](const YamlNode& item) { alert_test(item, out); }); }},
            {"promql_expr_test", [&](const YamlNode& v) { list(v, [&](const YamlNode& item) { promql_test(item, out); }); }},
            {"external_labels", [&](const YamlNode& v) { text_map(v, out.external_labels); }},
            {"external_url", [&](const YamlNode& v) { text(v, out.external_url); }},
            {"start_timestamp", [&](const YamlNode& v) { time(v, out.start); }}});
    return out;
  }

  void series(const YamlNode& node, TestGroup& out) {
    std::string labels, values;
    fields(node, "a series",
           {{"series", [&](const YamlNode& v) { text(v, labels); }}, {"values", [&](const YamlNode& v) { text(v, values); }}});
    std::replace(values.begin(), values.end(), '\n', ' ');
    auto parsed = query::parse_series(labels + " " + values);
    if (!parsed) return problem(node, parsed.error().message);
    if (parsed->has_native_histograms) return problem(node, "native histograms are not supported");
    out.series.push_back(std::move(*parsed));
  }

  void alert_test(const YamlNode& node, TestGroup& out) {
    AlertTest one;
    one.line = node.line;
    fields(node, "an alert_rule_test",
           {{"eval_time", [&](const YamlNode& v) { duration(v, one.eval_time); }},
            {"alertname", [&](const YamlNode& v) { text(v, one.alertname); }},
            {"exp_alerts", [&](const YamlNode& v) {
               list(v, [&](const YamlNode& item) {
                 ExpectedAlert& alert = one.expected.emplace_back();
                 fields(item, "an expected alert",
                        {{"exp_labels", [&](const YamlNode& m) { text_map(m, alert.labels); }},
                         {"exp_annotations", [&](const YamlNode& m) { text_map(m, alert.annotations); }}});
               });
             }}});
    if (one.alertname.empty()) return problem(node, "an item under alert_rule_test misses required attribute alertname");
    out.alert_tests.push_back(std::move(one));
  }

  void promql_test(const YamlNode& node, TestGroup& out) {
    PromqlTest one;
    one.line = node.line;
    fields(node, "a promql_expr_test",
           {{"expr", [&](const YamlNode& v) { text(v, one.query); }},
            {"eval_time", [&](const YamlNode& v) { duration(v, one.eval_time); }},
            {"exp_samples", [&](const YamlNode& v) {
               list(v, [&](const YamlNode& item) {
                 ExpectedSample& sample = one.expected.emplace_back();
                 fields(item, "an expected sample",
                        {{"labels", [&](const YamlNode& m) { labels(m, sample.labels); }},
                         {"value", [&](const YamlNode& m) { number(m, sample.value); }},
                         {"histogram", [&](const YamlNode& m) { problem(m, "native histograms are not supported"); }}});
               });
             }}});
    out.promql_tests.push_back(std::move(one));
  }

  void labels(const YamlNode& node, signals::Labels& out) {
    std::string word;
    text(node, word);
    if (trim(word).empty()) return;
    auto parsed = query::parse_series(word);
    if (!parsed || !parsed->values.empty())
      return problem(node, fmt::format("labels \"{}\": {}", word, parsed ? "what stands behind them is no label" : parsed.error().message));
    out = std::move(parsed->labels);
  }

  const std::string& file_;
  std::vector<Problem>& problems_;
};

}  // namespace

UnitTestFile read_unit_tests(std::string_view text, const std::string& file, std::vector<Problem>& problems) {
  const YamlNode document = yaml::read_yaml(text, file, problems, {.bytes_max = kRuleFileBytesMax, .nodes_max = kRuleFileNodesMax});
  if (!problems.empty()) return {};
  return Reader(file, problems).file(document);
}

}  // namespace monitorai::judge
