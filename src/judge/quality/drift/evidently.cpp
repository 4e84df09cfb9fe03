#include "judge/quality/drift/evidently.h"

#include <algorithm>

#include "judge/quality/drift/embedding_distance.h"
#include "judge/quality/drift/evidently_model.h"
#include "judge/quality/drift/evidently_text.h"
#include "judge/quality/drift/frequencies.h"
#include "judge/quality/drift/kolmogorov.h"
#include "judge/quality/drift/two_samples.h"

namespace monitorai::judge {
namespace {

constexpr size_t kSmallBaseline = 1000;   // Evidently: up to it p values, over it distances
constexpr size_t kFewValues = 5;          // numbers of at most that many values count as categories
constexpr size_t kPairsMax = 25'000'000;  // for what compares all rows with all
constexpr size_t kTaughtNumbersMax = 20'000'000;  // of embeddings, for what reads them up to a thousand times
constexpr double kLevel = 0.05, kLevelOfRankTests = 0.1, kDistance = 0.1;

NamedTest p_value(std::string_view name, double p, double level) { return {name, p, level, p < level, false}; }
NamedTest distance(std::string_view name, double value, double threshold = kDistance) {
  return {name, value, threshold, value >= threshold, false};
}

std::vector<double> sorted(std::span<const double> values) {
  std::vector<double> out(values.begin(), values.end());
  std::sort(out.begin(), out.end());
  return out;
}

void mark_default(std::vector<NamedTest>& tests, std::string_view name) {
  for (NamedTest& test : tests) test.by_default = test.name == name;
}

std::string_view choice_of_categories(size_t rows, size_t different) {
  return rows > kSmallBaseline ? "jensenshannon" : different > 2 ? "chisquare" : "z";
}

}  // namespace

std::vector<NamedTest> evidently_of_numbers(std::span<const double> baseline, std::span<const double> window) {
  const auto a = sorted(baseline), b = sorted(window);
  const Counts counts = bin(a, b);
  const double d = ks_distance(a, b), p = ks_p(a.size(), b.size(), {&d, 1})[0];
  std::vector<NamedTest> out{{"ks", p, kLevel, p <= kLevel, false}};
  out.push_back(distance("wasserstein", wasserstein_normed(a, b)));
  out.push_back(distance("psi", psi(counts)));
  out.push_back(distance("kl_div", kl_divergence(counts)));
  out.push_back(distance("jensenshannon", jensen_shannon(counts)));
  out.push_back(distance("hellinger", hellinger_of_numbers(a, b)));
  out.push_back(distance("ed", energy(a, b)));
  out.push_back(p_value("anderson", anderson_darling(a, b).p, kLevelOfRankTests));
  if (a.size() > 1 && b.size() > 1) out.push_back(p_value("cramer_von_mises", cramer_von_mises(a, b).p, kLevelOfRankTests));
  std::vector<double> values = a;
  values.insert(values.end(), b.begin(), b.end());
  std::sort(values.begin(), values.end());
  const auto different = static_cast<size_t>(std::unique(values.begin(), values.end()) - values.begin());
  if (different <= kFewValues) {
    const Counts categories = bin(std::span(a), std::span(b));
    out.push_back(p_value("chisquare", chi_square_of_shares(categories).p, kLevel));
    if (different <= 2) out.push_back(p_value("z", z_of_proportions(categories).p, kLevel));
    mark_default(out, choice_of_categories(a.size(), different));
  } else {
    mark_default(out, a.size() > kSmallBaseline ? "wasserstein" : "ks");
  }
  return out;
}

std::vector<NamedTest> evidently_of_categories(std::span<const std::string> baseline, std::span<const std::string> window) {
  const Counts counts = count_categories(baseline, window);
  std::vector<NamedTest> out{p_value("chisquare", chi_square_of_shares(counts).p, kLevel)};
  if (counts.baseline.size() <= 2) out.push_back(p_value("z", z_of_proportions(counts).p, kLevel));
  out.push_back(distance("psi", psi(counts)));
  out.push_back(distance("kl_div", kl_divergence(counts)));
  out.push_back(distance("jensenshannon", jensen_shannon(counts)));
  out.push_back(distance("hellinger", hellinger(counts)));
  mark_default(out, choice_of_categories(baseline.size(), counts.baseline.size()));
  return out;
}

std::vector<NamedTest> evidently_of_texts(std::span<const std::string> baseline, std::span<const std::string> window) {
  constexpr double kAuc = 0.55;
  const auto found = evidently_text_content(baseline, window);
  if (!found) return {};
  std::vector<NamedTest> out;
  if (found->random_auc_95)
    out.push_back({"perc_text_content_drift", found->auc, *found->random_auc_95, found->auc > *found->random_auc_95, false});
  out.push_back({"abs_text_content_drift", found->auc, kAuc, found->auc > kAuc, false});
  mark_default(out, baseline.size() > kSmallBaseline ? "abs_text_content_drift" : "perc_text_content_drift");
  return out;
}

std::vector<NamedTest> evidently_of_embeddings(const Matrix& baseline, const Matrix& window) {
  constexpr double kMeans = 0.2, kShare = 0.2, kMmd = 0.015, kAuc = 0.55;
  const auto over = [](std::string_view name, double value, double threshold) {
    return NamedTest{name, value, threshold, value > threshold, false};
  };
  std::vector<NamedTest> out{over("distance (euclidean)", distance_of_means(Metric::euclidean, baseline, window), kMeans),
                             over("distance (cosine)", distance_of_means(Metric::cosine, baseline, window), kMeans),
                             over("ratio", share_of_moved_components(baseline, window), kShare)};
  const size_t pairs = (baseline.rows + window.rows) * (baseline.rows + window.rows);
  if (pairs <= kPairsMax && baseline.rows > 1 && window.rows > 1) out.push_back(over("mmd", mmd(baseline, window), kMmd));
  if (baseline.values.size() + window.values.size() > kTaughtNumbersMax) return out;
  if (const auto found = evidently_model(baseline, window))
    out.push_back(over("model", found->auc, baseline.rows < kSmallBaseline ? found->random_auc_95 : kAuc));
  mark_default(out, "model");
  return out;
}

}  // namespace monitorai::judge
