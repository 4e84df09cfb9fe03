#include "judge/quality/drift/evidently_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "judge/quality/drift/distinguish_words.h"
#include "judge/quality/drift/evidently.h"
#include "judge/quality/drift/tfidf.h"

namespace monitorai::judge {
namespace {

using Texts = std::vector<std::string>;

constexpr const char* kSupport[] = {"password", "invoice", "refund", "login", "account", "order", "payment", "delivery", "crash", "update"};
constexpr const char* kCooking[] = {"pancakes", "oven", "garlic", "butter", "flour", "roast"};

Texts prompts(size_t count, double cooking, uint64_t seed) {
  std::mt19937_64 random(seed);
  Texts out;
  for (size_t i = 0; i < count; ++i) {
    std::string& text = out.emplace_back("how do I get the");
    for (size_t k = 0; k < 4; ++k)
      text += std::string(" ") + (static_cast<double>(random() % 1000) < 1000 * cooking ? kCooking[random() % 6] : kSupport[random() % 10]);
  }
  return out;
}

TEST(DistinguishWords, the_same_texts_are_not_told_apart) {
  const auto found = distinguish_words(prompts(400, 0.2, 1), prompts(200, 0.2, 2), {.permutations = 199});
  ASSERT_TRUE(found.has_value());
  EXPECT_NEAR(found->auc, 0.5, 0.06);
  EXPECT_GT(found->p, 0.05);
  EXPECT_LT(found->null_score_95, 0.2);
}

TEST(DistinguishWords, changed_texts_are_told_apart_and_by_which_words) {
  const auto found = distinguish_words(prompts(400, 0.0, 1), prompts(200, 0.5, 2), {.permutations = 199});
  ASSERT_TRUE(found.has_value());
  EXPECT_GT(found->auc, 0.9);
  EXPECT_DOUBLE_EQ(found->p, 0.005);
  const auto first = found->window_words.begin();
  for (const char* word : kCooking) EXPECT_NE(std::find(first, first + 6, word), first + 6) << word;
  ASSERT_EQ(found->baseline_words.size(), 8);
  for (const std::string& word : found->baseline_words) EXPECT_NE(std::find(std::begin(kSupport), std::end(kSupport), word), std::end(kSupport)) << word;
}

TEST(DistinguishWords, false_alarms_are_as_many_as_promised) {
  size_t alarms = 0;
  constexpr size_t kWindows = 200;
  for (uint64_t seed = 0; seed < kWindows; ++seed)
    alarms += distinguish_words(prompts(120, 0.3, 2 * seed), prompts(40, 0.3, 2 * seed + 1), {.permutations = 39, .seed = seed})->p <= 0.05;
  EXPECT_LE(alarms, 20);  // 10 expected: one such test in a thousand has more
  EXPECT_GE(alarms, 1);
}

TEST(DistinguishWords, bursts_are_exchanged_in_blocks) {
  // Every 20 prompts of a user hold a word of its own: rows by themselves look like news, runs of them do not.
  const auto traffic = [](size_t users, uint64_t seed) {
    Texts out;
    for (size_t user = 0; user < users; ++user)
      for (std::string& text : prompts(20, 0.3, seed + user)) out.push_back(text + " " + kSupport[(seed + user) % 5] + std::to_string((seed + user) % 7));
    return out;
  };
  const Texts baseline = traffic(20, 100), window = traffic(3, 200);
  const auto alone = distinguish_words(baseline, window, {.permutations = 199, .block = 1}), blocks = distinguish_words(baseline, window, {.permutations = 199, .block = 20});
  ASSERT_TRUE(alone && blocks);
  EXPECT_EQ(blocks->block, 20);
  EXPECT_GT(blocks->p, alone->p);
  EXPECT_GT(blocks->null_score_95, alone->null_score_95);
}

TEST(DistinguishWords, independent_texts_are_exchanged_one_by_one) {
  size_t alone = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) alone += distinguish_words(prompts(400, 0.2, 2 * seed), prompts(100, 0.2, 2 * seed + 1), {.permutations = 9})->block == 1;
  EXPECT_GE(alone, 7);
}

TEST(DistinguishWords, is_the_same_each_time) {
  const auto f = [] { return *distinguish_words(prompts(90, 0.1, 1), prompts(60, 0.3, 2), {.permutations = 99}); };
  EXPECT_EQ(f().p, f().p);
  EXPECT_EQ(f().auc, f().auc);
}

TEST(DistinguishWords, large_samples_are_thinned) {
  const auto found = distinguish_words(prompts(5000, 0.2, 1), prompts(3000, 0.2, 2), {.permutations = 9, .block = 1});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->baseline_rows, 2000);
  EXPECT_EQ(found->window_rows, 1000);
}

TEST(TextContent, nothing_to_learn_from_is_told) {
  const auto f = [](const Texts& baseline, const Texts& window) {
    EXPECT_FALSE(evidently_text_content(baseline, window).has_value());
    EXPECT_FALSE(distinguish_words(baseline, window, {.permutations = 9}).has_value());
    EXPECT_TRUE(evidently_of_texts(baseline, window).empty());
  };
  f(Texts(40, ""), Texts(40, ""));
  f(Texts(40, "the of and whereupon"), Texts(40, "is THE it"));
  f(Texts(40, "a b c 1 2 3"), Texts(40, "? ! \xff\xfe"));
  f(Texts(40, "hello"), Texts(40, "hello"));  // in more than half of the texts
  f({"one"}, {"other"});
}

TEST(TextContent, odd_texts_are_judged) {
  const auto f = [](const Texts& baseline, const Texts& window, double auc_min) {
    const auto found = distinguish_words(baseline, window, {.permutations = 19});
    ASSERT_TRUE(found.has_value());
    EXPECT_GE(found->auc, auc_min);
    EXPECT_TRUE(evidently_text_content(baseline, window).has_value());
  };
  f(Texts(40, "привет мир"), Texts(40, "東京タワー"), 1);
  f(Texts(40, "word"), Texts(40, ""), 1);
  f(Texts(40, "מה שלומך"), Texts(40, "\xff\xc3 کتاب \xe2\x82"), 1);
  std::string megabyte;
  for (size_t i = 0; megabyte.size() < 1'000'000; ++i) megabyte += "token" + std::to_string(i % 90'000) + " ";
  Texts large = prompts(20, 0, 3);
  large.push_back(megabyte);
  large.push_back(std::string(1'000'000, 'x'));
  f(prompts(30, 0.5, 4), large, 0.5);
}

TEST(WordCounts, words_are_cut_as_scikit_learn_does) {
  const auto f = [](const std::string& text, const Texts& want) { EXPECT_EQ(count_words(Texts{text}).words, want) << text; };
  f("", {});
  f("x The a_b A-BC 3.14 \xff" "cd", {"14", "a_b", "bc", "cd"});
  f("ÉCOLE école", {"école"});
  f("ΣΑΣ ΟΔΟΣ", {"οδος", "σας"});
  f("İstanbul", {"stanbul"});
  f("北京 東", {"北京"});
}

}  // namespace
}  // namespace monitorai::judge
