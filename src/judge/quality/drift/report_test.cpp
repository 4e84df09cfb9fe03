#include "judge/quality/drift/report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace monitorai::judge {
namespace {

const LexicalEmbedder kEmbedder;
constexpr const char* kSupport[] = {"how do I reset my password",       "where is my invoice",
                                    "cancel my subscription please",    "the app does not start",
                                    "change the address of my account", "I forgot my login"};
constexpr const char* kCooking[] = {"a recipe for pancakes with blueberries", "how long do I boil an egg", "what to cook with chickpeas"};

/// Prompts of support; a share of them about cooking.
Dataset prompts(size_t rows, double cooking, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string text;
  for (size_t i = 0; i < rows; ++i) {
    const bool cooks = static_cast<double>(random() % 1000) < cooking * 1000;
    text += fmt::format("{{\"prompt\": \"{} {}\", \"tokens\": {}, \"route\": \"{}\"}}\n",
                        cooks ? kCooking[random() % 3] : kSupport[random() % 6], random() % 50, random() % 100 + (cooks ? 40 : 0),
                        random() % 3 == 0 ? "chat" : "api");
  }
  return parse_jsonl(text).value();
}

TEST(DriftReport, the_same_traffic_is_no_drift) {
  const auto report = compare(prompts(400, 0, 1), prompts(120, 0, 2), kEmbedder, {.null = {.permutations = 99}});
  ASSERT_TRUE(report.has_value());
  EXPECT_FALSE(report->drifted);
  EXPECT_EQ(report->score, 0);
  EXPECT_EQ(report->columns.size(), 5);
  EXPECT_TRUE(report->embedder.starts_with("lexical"));
}

TEST(DriftReport, a_new_topic_is_found_and_shown) {
  const auto report = compare(prompts(400, 0, 1), prompts(120, 0.5, 2), kEmbedder, {.evidently = true, .null = {.permutations = 199}});
  ASSERT_TRUE(report.has_value());
  EXPECT_TRUE(report->drifted);
  EXPECT_GT(report->score, 0.3);
  const auto named = [&](std::string_view name) -> const ColumnDrift& {
    return *std::find_if(report->columns.begin(), report->columns.end(), [&](const ColumnDrift& column) { return column.name == name; });
  };
  const ColumnDrift& first = named("prompt");
  EXPECT_EQ(first.verdict, DriftVerdict::drift);
  ASSERT_FALSE(first.examples.empty());
  for (const std::string& example : first.examples) {
    const bool cooks =
        std::any_of(std::begin(kCooking), std::end(kCooking), [&](const char* prompt) { return example.starts_with(prompt); });
    EXPECT_TRUE(cooks) << example;
  }
  EXPECT_GE(first.what_changed.size(), 3);
  EXPECT_FALSE(first.evidently.empty());
  const ColumnDrift& words = named("prompt (words)");
  EXPECT_EQ(words.verdict, DriftVerdict::drift);
  ASSERT_EQ(words.what_changed.size(), 3);
  EXPECT_TRUE(words.what_changed[1].starts_with("words that tell the window")) << words.what_changed[1];
  EXPECT_NE(words.what_changed[1].find("\"pancakes\""), std::string::npos) << words.what_changed[1];
  EXPECT_NE(words.what_changed[2].find("\"invoice\""), std::string::npos) << words.what_changed[2];
  ASSERT_EQ(words.evidently.size(), 2);
  EXPECT_TRUE(words.evidently[0].by_default);
  EXPECT_TRUE(words.evidently[0].drifted);
}

TEST(DriftReport, few_rows_get_no_verdict) {
  const auto report = compare(prompts(400, 0, 1), prompts(10, 1, 2), kEmbedder, {});
  ASSERT_TRUE(report.has_value());
  EXPECT_FALSE(report->drifted);
  for (const ColumnDrift& column : report->columns) EXPECT_EQ(column.verdict, DriftVerdict::too_few);
}

TEST(DriftReport, bad_input_is_told) {
  const auto f = [](std::string_view baseline, std::string_view window, std::string_view want, DriftOptions options = {}) {
    const auto report = compare(parse_jsonl(baseline).value(), parse_jsonl(window).value(), kEmbedder, options);
    ASSERT_FALSE(report.has_value()) << want;
    EXPECT_NE(report.error().message.find(want), std::string::npos) << report.error().message;
  };
  f("", "{\"a\":1}", "baseline has no rows");
  f("{\"a\":1}", "", "current file has no rows");
  f("{\"a\":1}", "{\"b\":1}", "lacks it");
  f("{\"a\":1}", "{\"a\":\"x\"}", "different kinds");
  f("{\"a\":[1,2]}", "{\"a\":[1,2,3]}", "2 numbers there and 3 here");
  f("{\"a\":1}", "{\"a\":1}", "baseline lacks it", {.columns = {"b"}});
}

TEST(DriftReport, constant_columns_and_a_baseline_of_three_are_no_drift) {
  std::string ones;
  for (int i = 0; i < 60; ++i) ones += "{\"a\": 1, \"v\": [1, 1, 1], \"c\": \"x\"}\n";
  const auto same = compare(parse_jsonl(ones).value(), parse_jsonl(ones).value(), kEmbedder, {.evidently = true});
  ASSERT_TRUE(same.has_value());
  EXPECT_FALSE(same->drifted);
  const auto three = compare(parse_jsonl("{\"a\":1}\n{\"a\":2}\n{\"a\":3}").value(), parse_jsonl(ones).value(), kEmbedder,
                             {.rows_min = 1, .evidently = true});
  ASSERT_TRUE(three.has_value());
  EXPECT_EQ(three->columns.size(), 1);
}

}  // namespace
}  // namespace monitorai::judge
