#include "judge/quality/drift/words_classifier.h"

#include <gtest/gtest.h>

#include <random>

#include "judge/quality/drift/embedding_distance.h"
#include "judge/quality/drift/persistence.h"

namespace monitorai::judge {
namespace {

constexpr size_t kWords = 12;

WordRows some_rows(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  WordRows out(count);
  for (auto& row : out)
    for (uint32_t word = 0; word < kWords; ++word)
      if (random() % 4 == 0) row.push_back({word, std::uniform_real_distribution<double>(0.1, 1)(random)});
  return out;
}

/// By the definition: one labelling, one half after the other.
double plain_auc(const WordRows& rows, size_t run, const std::vector<uint8_t>& in_window) {
  double out = 0;
  for (const size_t judged : {size_t{0}, size_t{1}}) {
    std::vector<double> sums[2] = {std::vector<double>(kWords, 0), std::vector<double>(kWords, 0)}, scores;
    double counts[2] = {0, 0};
    std::vector<uint8_t> labels;
    for (size_t i = 0; i < rows.size(); ++i) {
      if (i / run % 2 == judged) continue;
      counts[in_window[i]] += 1;
      for (const auto& entry : rows[i]) sums[in_window[i]][entry.word] += entry.weight;
    }
    for (size_t i = 0; i < rows.size(); ++i) {
      if (i / run % 2 != judged) continue;
      double score = 0;
      for (const auto& entry : rows[i])
        score += entry.weight * (sums[1][entry.word] / std::max(1.0, counts[1]) - sums[0][entry.word] / std::max(1.0, counts[0]));
      scores.push_back(score);
      labels.push_back(in_window[i]);
    }
    const double auc = roc_auc(scores, labels);
    out += (std::isnan(auc) ? 0.5 : auc) / 2;
  }
  return out;
}

TEST(WordsClassifier, every_labelling_is_judged_as_by_the_definition) {
  const auto f = [](size_t rows_count, size_t run, uint64_t share) {
    WordRows rows = some_rows(rows_count, run);
    for (size_t i = 0; i + 4 < rows.size(); i += 4) rows[i + 3] = rows[i];  // texts that come again tie
    std::mt19937_64 random(rows_count);
    WordsClassifier::Labels labels(rows_count, 0);
    std::vector<std::vector<uint8_t>> sides(WordsClassifier::kLabellings, std::vector<uint8_t>(rows_count, 0));
    for (size_t lane = 0; lane < sides.size(); ++lane)
      for (size_t i = 0; i < rows_count; ++i) {
        sides[lane][i] = random() % 10 < share;
        labels[i] |= static_cast<uint8_t>(sides[lane][i] << lane);
      }
    WordsClassifier classifier(rows, kWords, run);
    for (int again = 0; again < 2; ++again) {
      const auto got = classifier.aucs(labels);
      for (size_t lane = 0; lane < sides.size(); ++lane) EXPECT_NEAR(got[lane], plain_auc(rows, run, sides[lane]), 1e-12) << rows_count << " " << lane;
    }
  };
  f(200, 1, 5);
  f(201, 7, 2);
  f(90, 40, 8);
  f(3, 1, 5);
}

TEST(WordsClassifier, one_side_alone_tells_nothing) {
  const auto f = [](uint8_t labels) {
    const WordRows rows = some_rows(40, 1);
    for (const double auc : WordsClassifier(rows, kWords, 1).aucs(WordsClassifier::Labels(40, labels))) EXPECT_EQ(auc, 0.5);
  };
  f(0);
  f(0xff);
}

TEST(WordsClassifier, words_that_one_half_alone_knows_tell_nothing) {
  WordRows rows(20);
  for (uint32_t i = 0; i < 20; ++i) rows[i] = {{i, 1.0}};
  WordsClassifier::Labels labels(20, 0);
  std::fill(labels.begin() + 10, labels.end(), 0xff);
  for (const double auc : WordsClassifier(rows, 20, 1).aucs(labels)) EXPECT_EQ(auc, 0.5);
}

/// A topic stays for `stay` texts in the mean; each text has two of its words and one that any text may have.
std::vector<std::string> traffic(size_t texts, uint64_t stay, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::string> out;
  uint64_t topic = 0;
  for (size_t i = 0; i < texts; ++i) {
    if (random() % stay == 0) topic = random() % 6;
    std::string& text = out.emplace_back("any" + std::to_string(random() % 50));
    for (int k = 0; k < 2; ++k) text += " topic" + std::to_string(10 * topic + random() % 5);
  }
  return out;
}

TEST(PersistenceOfWords, texts_that_resemble_their_neighbours_are_found) {
  const auto f = [](size_t texts, uint64_t stay, double least, double most) {
    const double found = persistence_of_words(traffic(texts, stay, 3));
    EXPECT_GE(found, least) << texts << " " << stay;
    EXPECT_LE(found, most) << texts << " " << stay;
  };
  f(2000, 1, 1, 1.3);
  f(2000, 3, 2.5, 5.5);   // (2 - 1/3) / (1/3) = 5 for the topic itself
  f(2000, 10, 8, 25);    // 19
  f(60, 3, 1, 12);
}

TEST(PersistenceOfWords, nothing_to_measure_is_1) {
  const auto f = [](const std::vector<std::string>& texts) { EXPECT_EQ(persistence_of_words(texts), 1); };
  f({});
  f({"one"});
  f({"one", "two"});
  f(std::vector<std::string>(100, ""));
  f(std::vector<std::string>(100, "the same in each"));
  f(std::vector<std::string>(100, "\xff\xfe the of"));
}

}  // namespace
}  // namespace monitorai::judge
