#include "judge/rules/rule_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/files.h"

namespace monitorai::judge {
namespace {

std::vector<std::string> problems_of(std::string_view text) {
  std::vector<std::string> out;
  for (const yaml::Problem& problem : read_rules(text, "f.yml").problems) out.push_back(problem.line());
  return out;
}

constexpr std::string_view kGood = R"(groups:
- name: first
  interval: 30s
  query_offset: 1m
  limit: 10
  labels: {team: ml, severity: none}
  rules:
  - record: job:up:sum
    expr: sum by(job) (up)
  - alert: Down
    expr: |
      up
        == 0
    for: 5m
    keep_firing_for: 1h30m
    labels:
      severity: page
    annotations:
      summary: '{{ $labels.instance }} is down'
- name: second
  rules:
)";

TEST(RuleFile, reads_everything_a_group_has) {
  const ReadRules read = read_rules(kGood, "f.yml");
  ASSERT_TRUE(read.problems.empty()) << read.problems[0].line();
  ASSERT_EQ(read.groups.size(), 2u);
  const GroupSpec& group = read.groups[0];
  EXPECT_EQ(group.key(), "f.yml;first");
  EXPECT_EQ(group.interval, std::chrono::seconds(30));
  EXPECT_EQ(group.query_offset, std::chrono::minutes(1));
  EXPECT_EQ(group.limit, 10);
  ASSERT_EQ(group.rules.size(), 2u);
  EXPECT_EQ(group.rules[0].kind, RuleSpec::Kind::record);
  EXPECT_EQ(group.rules[0].name, "job:up:sum");
  EXPECT_EQ(group.rules[0].query, "sum by (job) (up)");
  EXPECT_EQ(group.rules[0].labels, (TextMap{{"team", "ml"}, {"severity", "none"}}));
  EXPECT_EQ(group.rules[1].query, "up == 0");
  EXPECT_EQ(group.rules[1].hold, std::chrono::minutes(5));
  EXPECT_EQ(group.rules[1].keep_firing_for, std::chrono::minutes(90));
  EXPECT_EQ(group.rules[1].labels, (TextMap{{"team", "ml"}, {"severity", "page"}}));
  EXPECT_EQ(group.rules[1].line, 10);
  EXPECT_TRUE(read.groups[1].rules.empty());
}

TEST(RuleFile, takes_what_prometheus_takes) {
  const auto f = [](std::string_view text) { EXPECT_EQ(problems_of(text), std::vector<std::string>{}) << text; };
  f("");
  f("groups:");
  f("groups: []");
  f("groups: [{name: a, rules: [{record: 'a:b', expr: '1'}]}]");
  f("groups: [{name: a, interval: 0s, rules: [{alert: 'any name, with spaces', expr: vector(1), for: 0s}]}]");
  f("groups: [{name: a, rules: [{alert: A, expr: vector(1), annotations: {a: '{{ with query \"up\" }}{{ . | first | value | humanize }}{{ "
    "end }}'}}]}]");
  f("groups: [{name: a, rules: [{record: http.server.duration, expr: '1'}]}]");
  f("groups: [{name: a, rules: [{alert: A, expr: '1', labels: {a: 5, b: true}}]}]");
}

TEST(RuleFile, every_problem_names_its_place) {
  const auto f = [](std::string_view text, std::string_view expected) {
    const auto found = problems_of(text);
    ASSERT_EQ(found.size(), 1u) << text << (found.empty() ? "" : "\n" + found[1]);
    EXPECT_EQ(found[0], expected);
  };
  const auto rule = [](std::string_view r) { return fmt::format("groups:\n- name: g\n  rules:\n  - {}\n", r); };
  f("- a", "f.yml:1:1: the file is a list, not a map");
  f("group: []", "f.yml:1:1: unknown key group: a rule file holds groups");
  f("groups: 5", "f.yml:1:9: groups is text, not a list");
  f("groups:\n- rules: []", "f.yml:2:3: Groupname must not be empty");
  f("groups:\n- {name: a}\n- {name: a}", "f.yml:3:3: groupname: \"a\" is repeated in the same file");
  f("groups:\n- {name: a, intervall: 5s}", "f.yml:2:13: group \"a\": unknown key intervall of a group: did you mean interval?");
  f("groups:\n- {name: a, limit: few}", "f.yml:2:20: group \"a\": limit is a whole number, not \"few\"");
  f("groups:\n- {name: a, labels: {__name__: x}}", "f.yml:2:21: group \"a\": invalid label name: __name__");
  f(rule("{alert: A, record: b, expr: '1'}"), "f.yml:4:13: group \"g\", rule 1, \"A\": only one of 'record' and 'alert' must be set");
  f(rule("{expr: '1'}"), "f.yml:4:5: group \"g\", rule 1, \"\": one of 'record' or 'alert' must be set");
  f(rule("{alert: A}"), "f.yml:4:5: group \"g\", rule 1, \"A\": field 'expr' must be set in rule");
  f(rule("{alert: A, expr: 'sum(up'}"),
    "f.yml:4:22: group \"g\", rule 1, \"A\": could not parse expression: 1:7: parse error: unclosed left parenthesis");
  f(rule("{record: a, expr: '1', annotations: {a: b}}"),
    "f.yml:4:14: group \"g\", rule 1, \"a\": invalid field 'annotations' in recording rule");
  f(rule("{record: a, expr: '1', for: 1m}"), "f.yml:4:14: group \"g\", rule 1, \"a\": invalid field 'for' in recording rule");
  f(rule("{record: a, expr: '1', keep_firing_for: 1m}"),
    "f.yml:4:14: group \"g\", rule 1, \"a\": invalid field 'keep_firing_for' in recording rule");
  f(rule("{record: 'a{b=\"c\"}', expr: '1'}"),
    "f.yml:4:14: group \"g\", rule 1, \"a{b=\"c\"}\": braces present in the recording rule name; should it be in expr?: a{b=\"c\"}");
  f(rule("{alert: A, expr: '1', annotation: 1m}"),
    "f.yml:4:27: group \"g\", rule 1, \"A\": unknown key annotation of a rule: did you mean annotations?");
  f(rule("{alert: A, expr: '1', labels: {__name__: x}}"), "f.yml:4:35: group \"g\", rule 1, \"A\": invalid label name: __name__");
  f(rule("{alert: A, expr: '1', annotations: {a: '{{ nope }}'}}"),
    "f.yml:4:44: group \"g\", rule 1, \"A\": annotation \"a\": template: __alert_A:1: function \"nope\" not defined");
  f(rule("{alert: A, expr: '1', labels: {a: '{{ if }}'}}"),
    "f.yml:4:39: group \"g\", rule 1, \"A\": label \"a\": template: __alert_A:1: missing value for if");
  f(rule("{alert: A, expr: '1', labels: [a]}"), "f.yml:4:35: group \"g\", rule 1, \"A\": labels is a list, not a map");
  f(rule("7"), "f.yml:4:5: group \"g\", rule 1: a rule is text, not a map");
}

TEST(RuleFile, a_file_with_a_problem_gives_no_groups_and_all_its_problems) {
  const ReadRules read = read_rules("groups: [{name: a, rules: [{alert: A, expr: '('}, {alert: B}, {record: c, expr: '1'}]}]", "f.yml");
  EXPECT_EQ(read.problems.size(), 2u);
  EXPECT_TRUE(read.groups.empty());
}

TEST(RuleFile, globs_are_sorted_and_what_has_no_wildcard_must_exist) {
  const TemporaryDirectory folder;
  const auto path = [&](std::string_view name) { return (folder.path() / name).native(); };
  for (const std::string_view name : {"b.yml", "a.yml"}) std::ofstream(path(name)) << "groups: [{name: g}]";
  const auto f = [&](std::vector<std::string> globs) {
    std::vector<std::string> out;
    for (const GroupSpec& group : read_rule_files(globs).groups) out.push_back(group.file);
    return out;
  };
  EXPECT_EQ(f({path("*.yml"), path("a.yml")}), (std::vector{path("a.yml"), path("b.yml")}));
  EXPECT_EQ(f({path("*.none")}), std::vector<std::string>{});
  const ReadRules missing = read_rule_files(std::vector{path("none.yml")});
  ASSERT_EQ(missing.problems.size(), 1u);
  EXPECT_NE(missing.problems[0].text.find("cannot"), std::string::npos);
}

TEST(RuleFile, rules_of_equal_name_and_labels_are_pointed_out) {
  const auto f = [](std::string_view text) { return duplicate_rules(read_rules(text, "f.yml").groups).size(); };
  EXPECT_EQ(f("groups: [{name: a, rules: [{alert: A, expr: '1'}, {alert: A, expr: '2'}]}]"), 1u);
  EXPECT_EQ(f("groups: [{name: a, rules: [{alert: A, expr: '1'}, {alert: A, expr: '2', labels: {a: b}}]}]"), 0u);
  EXPECT_EQ(f("groups: [{name: a, rules: [{alert: A, expr: '1'}]}, {name: b, rules: [{alert: A, expr: '1'}]}]"), 1u);
}

}  // namespace
}  // namespace monitorai::judge
