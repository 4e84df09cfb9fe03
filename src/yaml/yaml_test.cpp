#include "yaml/yaml.h"

#include <gtest/gtest.h>

namespace monitorai::yaml {
namespace {

std::vector<std::string> problems_of(std::string_view text, YamlLimits limits = {}) {
  std::vector<Problem> problems;
  (void)read_yaml(text, "f.yml", problems, limits);
  std::vector<std::string> lines;
  for (const Problem& problem : problems) lines.push_back(problem.line());
  return lines;
}

TEST(Yaml, knows_where_values_and_keys_stand) {
  std::vector<Problem> problems;
  const YamlNode tree = read_yaml("a:\n  - b: one\n    cc:  'two'\n", "f.yml", problems);
  ASSERT_TRUE(problems.empty());
  const YamlNode& item = tree.entries.at(0).value.items.at(0);
  const auto f = [](int line, int column) { return std::pair(line, column); };
  EXPECT_EQ(f(item.line, item.column), f(2, 5));
  EXPECT_EQ(f(item.entries.at(0).line, item.entries[0].column), f(2, 5));
  EXPECT_EQ(f(item.entries.at(0).value.line, item.entries[0].value.column), f(2, 8));
  EXPECT_EQ(f(item.entries.at(1).line, item.entries[1].column), f(3, 5));
  EXPECT_EQ(f(item.entries.at(1).value.line, item.entries[1].value.column), f(3, 10));
}

TEST(Yaml, refuses_what_goes_over_a_limit) {
  const auto f = [](std::string_view text, YamlLimits limits) { return problems_of(text, limits).size(); };
  EXPECT_EQ(f("a: 1\n", {.bytes_max = 5, .nodes_max = 3}), 0u);
  EXPECT_EQ(f("a: 1\n", {.bytes_max = 4, .nodes_max = 3}), 1u);
  EXPECT_EQ(f("a: 1\n", {.bytes_max = 5, .nodes_max = 2}), 1u);
}

TEST(Yaml, says_what_is_wrong_and_where) {
  const auto f = [](std::string_view text) { return problems_of(text).at(0); };
  EXPECT_EQ(f("a: 1\na: 2\n"), "f.yml:2: key a stands here a second time (the first is in line 1)");
  EXPECT_EQ(f("a: 1\n---\nb: 2\n"), "f.yml:3: a second document (---): one file is one document");
  EXPECT_EQ(f("[a]: 1\n"), "f.yml:1: a key must be text, not a list or a map (is a bracket left open?)");
  EXPECT_TRUE(f("a: [1\n").starts_with("f.yml:")) << f("a: [1\n");
}

}  // namespace
}  // namespace monitorai::yaml
