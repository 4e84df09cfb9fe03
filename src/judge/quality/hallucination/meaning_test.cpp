#include "judge/quality/hallucination/meaning.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "judge/quality/embed/bert_embedder.h"
#include "judge/quality/hallucination/score_model.h"

namespace monitorai::judge {
namespace {

using Words = std::vector<std::string>;

std::unique_ptr<BertEmbedder> tiny_bert() {
  return BertEmbedder::load(std::filesystem::path(MAI_SOURCE_DIR) / "tests/quality/reference/tiny_bert").value();
}

TEST(Meaning, an_answer_that_the_facts_hold_is_like_them) {
  const auto embedder = tiny_bert();
  MeaningReader reader(*embedder);
  const auto f = [&](std::string_view answer, const Words& facts) { return reader.compare(answer, facts); };
  const auto same = f("A cat sat on the mat.", {"Rain fell in May. A cat sat on the mat."});
  ASSERT_TRUE(same.has_value());
  EXPECT_NEAR(same->unlike_sentences, 0, 1e-5);
  EXPECT_NEAR(same->unlike_sentence_max, 0, 1e-5);
  EXPECT_NEAR(same->unaligned_words, 0, 1e-5);
  const auto half = f("A cat sat on the mat. Taxes were raised twice.", {"A cat sat on the mat."});
  EXPECT_GT(half->unlike_sentence_max, 1e-3);
  EXPECT_NEAR(half->unlike_sentences, half->unlike_sentence_max / 2, 1e-5) << "one of two sentences is there";
  EXPECT_GT(half->unaligned_words, 1e-3);
  EXPECT_FALSE(f("", {"A fact."}).has_value());
  EXPECT_FALSE(f("An answer.", {}).has_value());
  EXPECT_TRUE(f(std::string(1 << 20, 'x'), {std::string(1 << 20, 'y')}).has_value());
}

TEST(Meaning, is_read_the_same_whether_remembered_or_not) {
  const auto embedder = tiny_bert();
  MeaningReader remembers(*embedder), forgets(*embedder, 0);
  const Words texts{"one cat", "two dogs", "one cat"};
  for (int round = 0; round < 2; ++round) {
    const auto a = remembers.read(texts), b = forgets.read(texts);
    for (size_t i = 0; i < texts.size(); ++i) {
      ASSERT_EQ(a[i]->tokens.size(), b[i]->tokens.size());
      for (size_t k = 0; k < a[i]->tokens.size(); ++k) EXPECT_NEAR(a[i]->tokens[k], b[i]->tokens[k], 1e-5);
    }
    const Matrix rows = embedder->embed(texts);
    for (size_t k = 0; k < rows.columns; ++k) EXPECT_NEAR(a[1]->sentence[k], rows.row(1)[k], 1e-6);
  }
  EXPECT_EQ(remembers.read(texts)[0], remembers.read(texts)[0]) << "not read again";
}

TEST(Meaning, without_a_model_there_are_no_signs_of_it) {
  const LexicalEmbedder embedder;
  MeaningReader reader(embedder);
  Answer answer;
  answer.text = "A cat.";
  answer.facts = {"A cat."};
  EXPECT_FALSE(has_meaning(examine(answer, &reader).signs));
  EXPECT_FALSE(has_meaning(examine(answer).signs));
  const auto bert = tiny_bert();
  MeaningReader reads(*bert);
  EXPECT_TRUE(has_meaning(examine(answer, &reads).signs));
  EXPECT_GT(default_score_model(true).proof.auc, 0.7);
}

TEST(SemanticEntropy, counts_meanings_and_not_words) {
  const auto f = [](std::string_view answer, const Words& samples) { return semantic_entropy(answer, samples, nullptr); };
  EXPECT_FALSE(f("Paris", {}).has_value());
  EXPECT_FALSE(f("", {"Paris"}).has_value());
  EXPECT_FALSE(f("Paris", {" "}).has_value());
  EXPECT_EQ(f("It is Paris.", {"It is Paris", "it is paris!"}), 0);
  EXPECT_NEAR(f("It is Paris.", {"It is Paris", "Rome, surely", "Rome surely"}).value(), std::log(2), 1e-12);
  EXPECT_NEAR(f("built in 1889", {"built in 1989"}).value(), std::log(2), 1e-12) << "another number is another meaning";
  EXPECT_NEAR(f("It is open today", {"It is not open today"}).value(), std::log(2), 1e-12);
}

TEST(ShippedReader, is_known_by_what_it_says_and_not_by_its_name) {
  EXPECT_FALSE(is_shipped_reader(LexicalEmbedder()));
  EXPECT_FALSE(is_shipped_reader(*tiny_bert())) << "of the same shape";
  const char* folder = std::getenv("MAI_MINILM");
  if (folder == nullptr) GTEST_SKIP() << "set MAI_MINILM to the folder of all-MiniLM-L6-v2 for the rest";
  for (const Precision precision : {Precision::float32, Precision::int8})
    EXPECT_TRUE(is_shipped_reader(*BertEmbedder::load(folder, precision).value()));
}

}  // namespace
}  // namespace monitorai::judge
