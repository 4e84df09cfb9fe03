#include "judge/quality/text/rouge.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <random>

#include "base/files.h"
#include "base/text.h"
#include "judge/quality/reference_folder.h"
#include "judge/quality/text/common_subsequence.h"
#include "judge/quality/text/porter_stemmer.h"

namespace monitorai::judge {
namespace {

std::string reference(std::string_view name) {
  auto text = read_file(reference_folder() / name, size_t{16} << 20);
  EXPECT_TRUE(text.has_value());
  return text ? std::move(*text) : "";
}

TEST(PorterStemmer, equals_nltk) {
  size_t words = 0;
  const std::string stems = reference("stems.txt");
  for (const std::string_view line : split(trim(stems), '\n')) {
    const auto parts = split(line, ' ');
    ASSERT_EQ(parts.size(), 2);
    EXPECT_EQ(porter_stem(parts[0]), parts[1]) << parts[0];
    ++words;
  }
  EXPECT_GT(words, 5000);
}

void expect_scores(const RougeScores& got, const simdjson::dom::array& want, std::string_view of) {
  const RougeScore scores[] = {got.rouge1, got.rouge2, got.rougeL, got.rougeLsum.value()};
  for (size_t kind = 0; kind < 4; ++kind) {
    const simdjson::dom::array row = want.at(kind).get_array();
    EXPECT_DOUBLE_EQ(scores[kind].precision, row.at(0).get_double()) << kind << " precision of " << of;
    EXPECT_DOUBLE_EQ(scores[kind].recall, row.at(1).get_double()) << kind << " recall of " << of;
    EXPECT_EQ(scores[kind].f, row.at(2).get_double().value()) << kind << " F of " << of;
  }
}

TEST(Rouge, equals_rouge_score_bit_by_bit) {
  simdjson::dom::parser parser;
  size_t rows = 0;
  const std::string file = reference("rouge.jsonl");
  simdjson::dom::document_stream lines;
  ASSERT_EQ(parser.parse_many(file).get(lines), simdjson::SUCCESS);
  for (const simdjson::dom::element row : lines) {
    const std::string_view target = row["target"], prediction = row["prediction"];
    expect_scores(rouge(target, prediction, WordCut::google, false), row["plain"], target);
    expect_scores(rouge(target, prediction, WordCut::google, true), row["stemmed"], target);
    ++rows;
  }
  EXPECT_GT(rows, 300);
}

TEST(Rouge, of_a_long_context_is_read_by_precision) {
  std::string context;
  for (int i = 0; i < 1000; ++i) context += fmt::format("word{} ", i);
  const RougeScores scores = rouge(context, "word100 word101 word102 word103");
  EXPECT_EQ(scores.rougeL.precision, 1);
  EXPECT_LT(scores.rougeL.f, 0.01);
}

TEST(Rouge, unicode_mode_reads_every_script) {
  const auto f = [](std::string_view target, std::string_view prediction, double want) {
    EXPECT_DOUBLE_EQ(rouge(target, prediction, WordCut::unicode).rouge1.f, want) << target << " | " << prediction;
  };
  f("Привет, мир", "привет МИР!", 1);
  f("日本語のテスト", "日本語のテスト", 1);
  f("日本語", "日本人", 2.0 / 3);
  f("Café naïve", "cafe naive", 1);
  f("cafe\xCC\x81", "café", 1);
  f("नमस्ते दुनिया", "नमस्ते", 2.0 / 3);
  f("Straße", "straße", 1);
  f("한국어 문장", "한국어", 2.0 / 3);
  f("\xFF\xFE", "a", 0);
  f("", "", 0);
}

/// The textbook's table: what the bits must equal.
size_t slow_common_subsequence(const std::vector<WordId>& a, const std::vector<WordId>& b) {
  std::vector<size_t> row(b.size() + 1, 0);
  for (const WordId word : a) {
    size_t diagonal = 0;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = word == b[j - 1] ? diagonal + 1 : std::max(row[j], row[j - 1]);
      diagonal = above;
    }
  }
  return row.back();
}

TEST(CommonSubsequence, equals_the_table_at_every_length) {
  std::mt19937 engine(5);
  const auto random = [&] { return static_cast<WordId>(engine()); };
  for (size_t size = 0; size < 200; size += 3) {
    std::vector<WordId> a, b;
    const WordId words = 2 + random() % 20;
    const size_t other = 1 + random() % 200;
    for (size_t i = 0; i < size; ++i) a.push_back(random() % words);
    for (size_t i = 0; i < other; ++i) b.push_back(random() % words);
    const size_t want = slow_common_subsequence(a, b);
    EXPECT_EQ(common_subsequence(a, b), want);
    EXPECT_EQ(common_subsequence(b, a), want);
    const auto places = common_places(a, b);
    EXPECT_EQ(places.size(), want);
    EXPECT_TRUE(std::is_sorted(places.begin(), places.end()));
  }
}

TEST(CommonSubsequence, long_texts_of_many_words_need_little_memory) {
  // 12,000 different words: masks of all of them would take 18 MB, so they are made word by word.
  std::vector<WordId> a(12000);
  for (size_t i = 0; i < a.size(); ++i) a[i] = static_cast<WordId>(i);
  std::vector<WordId> b(a.rbegin(), a.rend());
  EXPECT_EQ(common_subsequence(a, a), a.size());
  EXPECT_EQ(common_subsequence(a, b), 1);
}

TEST(Rouge, a_word_of_a_megabyte_and_a_million_lines_end) {
  const std::string word(size_t{1} << 20, 'y');
  EXPECT_EQ(rouge(word, word, WordCut::google, true).rouge1.f, 1);
  std::string lines;
  for (int i = 0; i < 5000; ++i) lines += "a\n";
  EXPECT_FALSE(rouge(lines, lines).rougeLsum.has_value());
}

}  // namespace
}  // namespace monitorai::judge
