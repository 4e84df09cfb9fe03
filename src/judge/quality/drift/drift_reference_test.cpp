// Every statistic against the frozen answers of scipy, Evidently and scikit-learn (tests/quality/make_drift.py).

#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <numeric>

#include "base/files.h"
#include "judge/quality/drift/embedding_distance.h"
#include "judge/quality/drift/evidently.h"
#include "judge/quality/drift/evidently_model.h"
#include "judge/quality/drift/evidently_text.h"
#include "judge/quality/drift/frequencies.h"
#include "judge/quality/drift/kolmogorov.h"
#include "judge/quality/drift/tfidf.h"
#include "judge/quality/drift/two_samples.h"
#include "judge/quality/reference_folder.h"

namespace monitorai::judge {
namespace {

constexpr double kTolerance = 1e-9;

class Reference {
 public:
  explicit Reference(std::string_view name) {
    auto text = read_file(reference_folder() / name, size_t{16} << 20);
    EXPECT_TRUE(text.has_value());
    if (text) text_ = std::move(*text);
    EXPECT_EQ(parser_.parse_many(text_).get(rows_), simdjson::SUCCESS);
  }
  simdjson::dom::document_stream& rows() { return rows_; }

 private:
  std::string text_;
  simdjson::dom::parser parser_;
  simdjson::dom::document_stream rows_;
};

void expect_near(double got, double want, std::string_view what, std::string_view row) {
  EXPECT_NEAR(got, want, kTolerance * std::max(1.0, std::fabs(want))) << what << " of " << row;
}

std::vector<double> sorted_numbers(const simdjson::dom::element& list) {
  std::vector<double> out;
  for (const auto value : list.get_array()) out.push_back(value.get_double());
  std::sort(out.begin(), out.end());
  return out;
}

void check_numbers(const simdjson::dom::element& row) {
  const std::string_view name = row["name"];
  const auto a = sorted_numbers(row["baseline"]), b = sorted_numbers(row["window"]);
  const auto number = [&](std::string_view key) { return row[key].get_double().value(); };
  const auto expect_test = [&](std::string_view key, double statistic, double p) {
    expect_near(statistic, row[key].at(0).get_double(), key, name);
    expect_near(p, row[key].at(1).get_double(), std::string(key) + " p", name);
  };
  const double d = ks_distance(a, b);
  expect_test("ks", d, ks_p(a.size(), b.size(), {&d, 1})[0]);
  const TestResult ad = anderson_darling(a, b), cvm = cramer_von_mises(a, b);
  expect_test("anderson", ad.statistic, ad.p);
  expect_test("cramer_von_mises", cvm.statistic, cvm.p);
  const Counts counts = bin(a, b);
  expect_near(wasserstein(a, b), number("wasserstein_distance"), "wasserstein", name);
  expect_near(wasserstein_normed(a, b), number("wasserstein"), "normed wasserstein", name);
  expect_near(energy(a, b), number("ed"), "energy", name);
  expect_near(mmd_of_numbers(a, b), number("mmd_of_numbers"), "mmd", name);
  expect_near(psi(counts), number("psi"), "psi", name);
  expect_near(kl_divergence(counts), number("kl_div"), "kl", name);
  expect_near(jensen_shannon(counts), number("jensenshannon"), "js", name);
  expect_near(hellinger_of_numbers(a, b), number("hellinger"), "hellinger", name);
}

void check_categories(const simdjson::dom::element& row) {
  const std::string_view name = row["name"];
  const auto words = [&](std::string_view key) {
    std::vector<std::string> out;
    for (const auto value : row[key].get_array()) out.emplace_back(value.get_string().value());
    return out;
  };
  const Counts counts = count_categories(words("baseline"), words("window"));
  const auto number = [&](std::string_view key) { return row[key].get_double().value(); };
  expect_near(chi_square_of_shares(counts).p, number("chisquare"), "chi-square", name);
  expect_near(chi_square_of_table(counts).statistic, row["contingency"].at(0).get_double(), "contingency", name);
  expect_near(chi_square_of_table(counts).p, row["contingency"].at(1).get_double(), "contingency p", name);
  expect_near(psi(counts), number("psi"), "psi", name);
  expect_near(kl_divergence(counts), number("kl_div"), "kl", name);
  expect_near(jensen_shannon(counts), number("jensenshannon"), "js", name);
  expect_near(hellinger(counts), number("hellinger"), "hellinger", name);
  if (counts.baseline.size() == 2) expect_near(z_of_proportions(counts).p, number("z"), "z", name);
}

TEST(DriftStatistics, equal_scipy_and_evidently) {
  Reference reference("drift.jsonl");
  size_t rows = 0;
  for (const simdjson::dom::element row : reference.rows()) {
    row["kind"].get_string().value() == "numbers" ? check_numbers(row) : check_categories(row);
    ++rows;
  }
  EXPECT_EQ(rows, 16);
}

TEST(KolmogorovSmirnov, laws_equal_those_of_scipy) {
  Reference reference("ks_laws.jsonl");
  for (const simdjson::dom::element row : reference.rows()) {
    const double d = row["d"].get_double(), want = row["p"].get_double();
    if (row["law"].get_string().value() == "exact") {
      const size_t n1 = row["n1"].get_uint64(), n2 = row["n2"].get_uint64();
      EXPECT_NEAR(ks_exact_p(n1, n2, {&d, 1})[0], want, kTolerance) << n1 << " " << n2 << " " << d;
    } else {
      const size_t n = row["n"].get_uint64();
      EXPECT_NEAR(ks_limit_p(n, d), want, kTolerance) << n << " " << d;
    }
  }
}

Matrix matrix(const simdjson::dom::element& rows) {
  Matrix out;
  for (const auto row : rows.get_array()) {
    std::vector<double> numbers;
    for (const auto value : row.get_array()) numbers.push_back(value.get_double());
    out.append(numbers);
  }
  return out;
}

TEST(EmbeddingDistances, equal_evidently_and_scikit_learn) {
  Reference reference("embedding.jsonl");
  for (const simdjson::dom::element row : reference.rows()) {
    const Matrix a = matrix(row["baseline"]), b = matrix(row["window"]);
    const auto number = [&](std::string_view key) { return row[key].get_double().value(); };
    expect_near(distance_of_means(Metric::euclidean, a, b), number("euclidean"), "euclidean", "means");
    expect_near(distance_of_means(Metric::cosine, a, b), number("cosine"), "cosine", "means");
    expect_near(distance_of_means(Metric::cityblock, a, b), number("cityblock"), "cityblock", "means");
    expect_near(distance_of_means(Metric::chebyshev, a, b), number("chebyshev"), "chebyshev", "means");
    expect_near(share_of_moved_components(a, b), number("ratio"), "ratio", "components");
    expect_near(mmd(a, b), number("mmd"), "mmd", "rows");
    std::vector<double> scores;
    std::vector<uint8_t> positive;
    for (const auto* side : {&a, &b}) {
      for (const double value : side->column(0)) {
        scores.push_back(std::round(value * 10) / 10);
        positive.push_back(side == &b);
      }
    }
    expect_near(roc_auc(scores, positive), number("auc"), "auc", "scores");
  }
}

TEST(EvidentlyModel, equals_evidently_and_scikit_learn) {
  Reference reference("model.jsonl");
  size_t rows = 0;
  for (const simdjson::dom::element row : reference.rows()) {
    const std::string_view name = row["name"];
    const Matrix a = matrix(row["baseline"]), b = matrix(row["window"]);
    const auto found = evidently_model(a, b);
    ASSERT_TRUE(found.has_value()) << name;
    expect_near(found->auc, row["auc"].get_double(), "auc", name);
    expect_near(found->random_auc_95, row["random_auc_95"].get_double(), "percentile of random auc", name);
    const auto tests = evidently_of_embeddings(a, b);
    const auto model = std::find_if(tests.begin(), tests.end(), [](const NamedTest& test) { return test.name == "model"; });
    ASSERT_NE(model, tests.end());
    EXPECT_TRUE(model->by_default);
    EXPECT_EQ(model->value, found->auc);
    EXPECT_EQ(model->drifted, row["drifted"].get_bool().value()) << name;
    ++rows;
  }
  EXPECT_EQ(rows, 9);
}

std::vector<std::string> strings(const simdjson::dom::element& list) {
  std::vector<std::string> out;
  for (const auto value : list.get_array()) out.emplace_back(value.get_string().value());
  return out;
}

void check_tfidf(const simdjson::dom::element& row, const std::vector<std::string>& baseline, const std::vector<std::string>& window) {
  std::vector<std::string> texts = baseline;
  texts.insert(texts.end(), window.begin(), window.end());
  const WordCounts counts = count_words(texts);
  std::vector<size_t> taught(baseline.size());
  std::iota(taught.begin(), taught.end(), size_t{0});
  const TfIdf tfidf(counts, taught);
  EXPECT_EQ(tfidf.words_kept(), row["words"].get_uint64().value());
  size_t index = 0;
  for (const auto want : row["tfidf"].get_array()) {
    const simdjson::dom::object weights = want.get_object();
    const auto got = tfidf.row(index);
    EXPECT_EQ(got.size(), weights.size()) << texts[index];
    for (const auto& entry : got) {
      double weight = 0;
      EXPECT_EQ(weights[counts.words[entry.word]].get(weight), simdjson::SUCCESS) << counts.words[entry.word] << " in " << texts[index];
      expect_near(entry.weight, weight, counts.words[entry.word], texts[index]);
    }
    ++index;
  }
  EXPECT_TRUE(index == 0 || index == texts.size());
}

TEST(TextContent, equals_evidently_and_scikit_learn) {
  Reference reference("text.jsonl");
  size_t rows = 0;
  for (const simdjson::dom::element row : reference.rows()) {
    const std::string_view name = row["name"];
    const auto baseline = strings(row["baseline"]), window = strings(row["window"]);
    if (row["words"].get_uint64().value() > 0) check_tfidf(row, baseline, window);
    const auto found = evidently_text_content(baseline, window);
    ASSERT_TRUE(found.has_value()) << name;
    expect_near(found->auc, row["auc"].get_double(), "auc", name);
    expect_near(found->auc, row["auc_of_test"].get_double(), "perc_text_content_drift", name);
    expect_near(found->random_auc_95.value(), row["random_auc_95"].get_double(), "percentile of random auc", name);
    ++rows;
  }
  EXPECT_EQ(rows, 6);
}

}  // namespace
}  // namespace monitorai::judge
