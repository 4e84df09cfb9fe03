#include <algorithm>
#include <cmath>

#include "judge/quality/drift/concept_drift.h"
#include "judge/quality/drift/distinguish_words.h"
#include "judge/quality/drift/embedding_distance.h"
#include "judge/quality/drift/explain.h"
#include "judge/quality/drift/kolmogorov.h"
#include "judge/quality/drift/kolmogorov_columns.h"
#include "judge/quality/drift/permutation.h"
#include "judge/quality/watch/drift_window.h"

namespace monitorai::judge {
namespace {

constexpr size_t kExamplesMax = 5;
constexpr size_t kExampleBytesMax = 500;

Matrix vectors_of(const std::vector<PromptRow>& rows) {
  Matrix out;
  std::vector<double> values;
  for (const PromptRow& row : rows) {
    values.assign(row.vector.begin(), row.vector.end());
    out.append(values);
  }
  return out;
}

/// Correlated rows count as fewer: the p values are those of so many independent ones.
double moved_components(const Matrix& a, const Matrix& b, double correlation_time, double level) {
  const auto results = ks_by_columns(a.by_columns(), a.rows, b.by_columns(), b.rows);
  const double n = static_cast<double>(a.rows), m = static_cast<double>(b.rows),
               effective = std::max(1.0, n * m / (n + m) / correlation_time);
  std::vector<double> p;
  for (const KsResult& result : results)
    p.push_back(correlation_time > 1 ? ks_limit_p(static_cast<size_t>(effective), result.distance) : result.p);
  const auto adjusted = benjamini_hochberg(p);
  return static_cast<double>(std::count_if(adjusted.begin(), adjusted.end(), [&](double value) { return value <= level; })) /
         static_cast<double>(std::max<size_t>(1, p.size()));
}

TestedColumn tested(std::string name, std::string_view kind, const Distinguished& result) {
  return {.name = std::move(name), .kind = kind, .score = result.score, .p = result.p, .null_score_95 = result.null_score_95};
}

std::string example(const std::string& prompt) {
  if (prompt.size() <= kExampleBytesMax) return prompt;
  size_t end = kExampleBytesMax;
  while (end > 0 && (static_cast<uint8_t>(prompt[end]) & 0xc0) == 0x80) --end;
  return prompt.substr(0, end) + "...";
}

std::vector<std::string> texts_of(const std::vector<PromptRow>& rows) {
  std::vector<std::string> out;
  for (const PromptRow& row : rows)
    if (!row.prompt.empty()) out.push_back(row.prompt);
  return out;
}

std::vector<double> scores_of(const std::vector<PromptRow>& rows) {
  std::vector<double> out;
  for (const PromptRow& row : rows)
    if (row.score) out.push_back(*row.score);
  return out;
}

void test_words(Comparison& out, const std::vector<PromptRow>& baseline, const std::vector<PromptRow>& window, const DriftSettings& settings, const NullOptions& null) {
  const auto before = texts_of(baseline), now = texts_of(window);
  if (std::min(before.size(), now.size()) < settings.rows_min) return;
  const auto found = distinguish_words(before, now, null);
  if (!found) return;
  out.columns.emplace_back(tested("words", "TF-IDF", *found)).what_changed = explain_told_words(*found, settings.level);
}

/// Are answers to like prompts judged otherwise than before?
void test_concept(Comparison& out, const std::vector<PromptRow>& baseline, const std::vector<PromptRow>& window, const DriftSettings& settings, const NullOptions& null) {
  std::vector<PromptRow> scored[2];
  for (const size_t side : {size_t{0}, size_t{1}})
    for (const PromptRow& row : side == 0 ? baseline : window)
      if (row.score) scored[side].push_back(row);
  if (std::min(scored[0].size(), scored[1].size()) < settings.rows_min) return;
  const auto found = concept_drift(vectors_of(scored[0]), scores_of(scored[0]), vectors_of(scored[1]), scores_of(scored[1]), null);
  if (!found) return;
  TestedColumn& column = out.columns.emplace_back(tested("score of like prompts", "scores against inputs", *found));
  column.what_changed.push_back(found->what_changed);
}

void test_columns(Comparison& out, const std::vector<PromptRow>& baseline, const std::vector<PromptRow>& window,
                  const DriftSettings& settings, const NullOptions& null) {
  const auto numbers = [&](std::string name, const std::vector<double>& a, const std::vector<double>& b) {
    if (a.size() < settings.rows_min || b.size() < settings.rows_min) return;
    TestedColumn& column = out.columns.emplace_back(tested(std::move(name), "numbers", distinguish_numbers(a, b, null)));
    column.what_changed = explain_numbers(a, b);
  };
  std::vector<double> lengths[2];
  std::vector<std::string> languages[2];
  for (const size_t side : {size_t{0}, size_t{1}}) {
    for (const PromptRow& row : side == 0 ? baseline : window) {
      lengths[side].push_back(row.length);
      languages[side].push_back(row.language);
    }
  }
  numbers("length", lengths[0], lengths[1]);
  TestedColumn& language =
      out.columns.emplace_back(tested("language", "categories", distinguish_categories(languages[0], languages[1], null)));
  language.what_changed = explain_categories(languages[0], languages[1]);
  numbers("score", scores_of(baseline), scores_of(window));
  test_concept(out, baseline, window, settings, null);
}

void judge_columns(Comparison& out, const DriftSettings& settings) {
  std::vector<double> p;
  for (const TestedColumn& column : out.columns) p.push_back(column.p);
  const auto adjusted = benjamini_hochberg(p);
  out.verdict = DriftVerdict::same;
  for (size_t i = 0; i < adjusted.size(); ++i) {
    TestedColumn& column = out.columns[i];
    column.p_adjusted = adjusted[i];
    out.p = std::min(out.p, adjusted[i]);
    if (adjusted[i] > settings.level) continue;
    out.score = std::max(out.score, column.score);
    if (out.verdict != DriftVerdict::drift) out.verdict = column.score > settings.score_max ? DriftVerdict::drift : DriftVerdict::slight;
  }
  std::stable_sort(out.columns.begin(), out.columns.end(),
                   [](const TestedColumn& a, const TestedColumn& b) { return a.p_adjusted < b.p_adjusted; });
}

}  // namespace

Comparison compare_prompts(const std::vector<PromptRow>& baseline, const std::vector<PromptRow>& window, const DriftSettings& settings) {
  Comparison out{.baseline_rows = baseline.size(), .window_rows = window.size()};
  if (baseline.size() < settings.rows_min || window.size() < settings.rows_min) return out;
  const NullOptions null{.permutations = settings.permutations};
  const Matrix a = vectors_of(baseline), b = vectors_of(window);
  const DistinguishedEmbeddings embedded = distinguish_embeddings(a, b, null);
  out.raw_score = embedded.score;
  out.null_score_95 = embedded.null_score_95;
  out.block = embedded.block;
  out.columns.push_back(tested("prompt", "embedding", embedded));
  out.columns.back().what_changed.push_back(
      fmt::format("a classifier tells new prompts from old with AUC {:.3f} (p {:.3f}); MMD^2 {:.4f} (p {:.3f})", embedded.auc,
                  embedded.auc_p, embedded.mmd, embedded.mmd_p));
  test_words(out, baseline, window, settings, null);
  test_columns(out, baseline, window, settings, null);
  judge_columns(out, settings);
  out.share = moved_components(a, b, embedded.correlation_time, settings.level);
  if (const double distance = distance_of_means(Metric::cosine, a, b); std::isfinite(distance)) out.cosine = 1 - distance;
  if (out.verdict == DriftVerdict::same) return out;
  const auto before = texts_of(baseline), now = texts_of(window);
  if (!before.empty() && !now.empty()) out.what_changed = explain_words(before, now);
  out.topics = growing_topics(a, b);
  for (TopicChange& topic : out.topics)
    for (const size_t row : topic.nearest)
      if (std::string one = example(window[row].prompt);
          !one.empty() && std::find(topic.prompts.begin(), topic.prompts.end(), one) == topic.prompts.end())
        topic.prompts.push_back(std::move(one));
  for (const size_t row : embedded.least_alike) {
    if (window[row].prompt.empty() || out.examples.size() >= kExamplesMax) continue;
    // Ten users who ask the same are one thing to read.
    std::string one = example(window[row].prompt);
    if (std::find(out.examples.begin(), out.examples.end(), one) == out.examples.end()) out.examples.push_back(std::move(one));
  }
  return out;
}

}  // namespace monitorai::judge
