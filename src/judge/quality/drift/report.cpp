#include "judge/quality/drift/report.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/text.h"
#include "judge/quality/drift/aligned_inputs.h"
#include "judge/quality/drift/concept_drift.h"
#include "judge/quality/drift/distinguish_words.h"
#include "judge/quality/drift/explain.h"
#include "judge/quality/drift/kolmogorov.h"
#include "judge/quality/drift/kolmogorov_columns.h"
#include "judge/quality/drift/permutation.h"

namespace monitorai::judge {
namespace {

constexpr size_t kCategoriesMax = 50;
constexpr size_t kCategoryBytesMax = 64;
constexpr double kOverlapLow = 0.5;   ///< of the window, with the like in the baseline: below it, this is said
constexpr double kMixedMax = 0.05;  ///< cells of another kind that a column may hold

enum class Kind { none, numbers, words, embedding };

Kind kind_of(const Column& column) {
  const size_t cells = column.cells();
  if (cells == 0) return Kind::none;
  const size_t others = column.numbers.size() + column.words.size() + column.rows.rows + column.odd - cells;
  if (static_cast<double>(others) > kMixedMax * static_cast<double>(cells + others)) return Kind::none;
  return cells == column.numbers.size() ? Kind::numbers : cells == column.words.size() ? Kind::words : Kind::embedding;
}

/// Few different short values are categories; everything else is text.
bool are_categories(const Column& baseline, const Column& window) {
  std::map<std::string_view, size_t> different;
  for (const Column* column : {&baseline, &window}) {
    for (const std::string& word : column->words) {
      if (word.size() > kCategoryBytesMax) return false;
      ++different[word];
      if (different.size() > kCategoriesMax) return false;
    }
  }
  return different.size() * 4 <= baseline.words.size() + window.words.size();
}

class Comparison {
 public:
  Comparison(const Embedder& embedder, const DriftOptions& options, DriftReport& report)
      : embedder_(embedder), options_(options), report_(report) {}

  /// How scores depend on the other columns: left out where there are no scores, or nothing that they could depend on.
  void scores(const Dataset& baseline, const Dataset& window, const std::vector<std::string>& inputs) {
    const auto rows = aligned_inputs(baseline, window, inputs, options_.scores, [&](const auto& texts) { return embedder_.embed(texts); });
    if (rows.used.empty() || std::min(rows.baseline.scores.size(), rows.window.scores.size()) < options_.rows_min) return;
    const auto found = concept_drift(rows.baseline.inputs, rows.baseline.scores, rows.window.inputs, rows.window.scores, options_.null);
    if (!found) return skip(options_.scores + " (against inputs)", "scores or inputs do not vary, or are too few");
    ColumnDrift& out = report_.columns.emplace_back();
    out.name = fmt::format("{} (against {})", options_.scores, join(rows.used, ", "));
    out.kind = "scores against inputs";
    out.baseline_rows = rows.baseline.scores.size();
    out.window_rows = rows.window.scores.size();
    out.result = *found;
    out.what_changed.push_back(found->what_changed);
    if (found->overlap < kOverlapLow)
      out.what_changed.push_back(fmt::format("{:.0f} % of the inputs have their like in the baseline: a change of the rest cannot be seen", 100 * found->overlap));
  }

  void column(const Column& baseline, const Column& window) {
    const Kind kind = kind_of(baseline), other = kind_of(window);
    if (kind == Kind::none || other == Kind::none) return skip(baseline.name, "its cells are empty or of different kinds");
    if (kind != other) return skip(baseline.name, "the two files hold different kinds of values in it");
    if (kind == Kind::numbers) return numbers(baseline, window, baseline.numbers, window.numbers, baseline.name);
    if (kind == Kind::embedding) {
      if (baseline.rows.columns != window.rows.columns)
        return skip(baseline.name,
                    fmt::format("its vectors have {} numbers there and {} here", baseline.rows.columns, window.rows.columns));
      return void(embedding(baseline, window, baseline.rows, window.rows, "embedding"));
    }
    if (are_categories(baseline, window)) return categories(baseline, window);
    text(baseline, window);
  }

 private:
  void skip(std::string_view name, std::string_view why) { report_.skipped.push_back(fmt::format("{}: {}", name, why)); }

  ColumnDrift& begin(const Column& baseline, const Column& window, std::string_view kind, size_t n, size_t m) {
    ColumnDrift& out = report_.columns.emplace_back();
    out.name = baseline.name;
    out.kind = kind;
    out.baseline_rows = n;
    out.window_rows = m;
    out.missing_baseline = baseline.missing;
    out.missing_window = window.missing;
    out.odd = baseline.odd + window.odd;
    if (std::min(n, m) < options_.rows_min) out.verdict = DriftVerdict::too_few;
    return out;
  }

  void numbers(const Column& baseline, const Column& window, const std::vector<double>& a, const std::vector<double>& b, std::string name) {
    ColumnDrift& out = begin(baseline, window, "numbers", a.size(), b.size());
    out.name = std::move(name);
    if (out.verdict != DriftVerdict::too_few) out.result = distinguish_numbers(a, b, options_.null);
    out.what_changed = explain_numbers(a, b);
    if (options_.evidently) out.evidently = evidently_of_numbers(a, b);
  }

  void categories(const Column& baseline, const Column& window) {
    ColumnDrift& out = begin(baseline, window, "categories", baseline.words.size(), window.words.size());
    if (out.verdict != DriftVerdict::too_few) out.result = distinguish_categories(baseline.words, window.words, options_.null);
    out.what_changed = explain_categories(baseline.words, window.words);
    if (options_.evidently) out.evidently = evidently_of_categories(baseline.words, window.words);
  }

  std::vector<size_t> embedding(const Column& baseline, const Column& window, const Matrix& a, const Matrix& b, std::string_view kind) {
    ColumnDrift& out = begin(baseline, window, kind, a.rows, b.rows);
    std::vector<size_t> unlike;
    if (out.verdict != DriftVerdict::too_few) {
      auto result = distinguish_embeddings(a, b, options_.null);
      unlike = std::move(result.least_alike);
      out.result = result;
      out.moved_components = moved_components(a, b, result.correlation_time);
      out.what_changed.push_back(fmt::format(
          "a classifier tells window from baseline with AUC {:.3f} (p {:.3f}); MMD^2 {:.4f} (p {:.3f}); {:.0f} % of {} components moved",
          result.auc, result.auc_p, result.mmd, result.mmd_p, 100 * *out.moved_components, a.columns));
    }
    if (options_.evidently) out.evidently = evidently_of_embeddings(a, b);
    return unlike;
  }

  /// Correlated rows count as fewer: the p values are those of so many independent ones.
  double moved_components(const Matrix& a, const Matrix& b, double correlation_time) const {
    const auto results = ks_by_columns(a.by_columns(), a.rows, b.by_columns(), b.rows);
    std::vector<double> p;
    const double n = static_cast<double>(a.rows), m = static_cast<double>(b.rows);
    for (const KsResult& result : results)
      p.push_back(correlation_time > 1 ? ks_limit_p(static_cast<size_t>(std::max(1.0, n * m / (n + m) / correlation_time)), result.distance)
                                       : result.p);
    const auto adjusted = benjamini_hochberg(p);
    const auto moved = std::count_if(adjusted.begin(), adjusted.end(), [&](double value) { return value <= options_.level; });
    return static_cast<double>(moved) / static_cast<double>(std::max<size_t>(1, p.size()));
  }

  void text(const Column& baseline, const Column& window) {
    report_.embedder = std::string(embedder_.name());
    const auto unlike = embedding(baseline, window, embedder_.embed(baseline.words), embedder_.embed(window.words), "text");
    ColumnDrift& out = report_.columns.back();
    for (std::string& sentence : explain_words(baseline.words, window.words)) out.what_changed.push_back(std::move(sentence));
    for (const size_t row : unlike) out.examples.push_back(window.words[row]);
    words(baseline, window);
    const auto lengths = [](const Column& column) {
      std::vector<double> all;
      for (const std::string& word : column.words) all.push_back(static_cast<double>(word.size()));
      return all;
    };
    numbers(baseline, window, lengths(baseline), lengths(window), baseline.name + " (length in bytes)");
  }

  void words(const Column& baseline, const Column& window) {
    const std::string name = baseline.name + " (words)";
    const bool enough = std::min(baseline.words.size(), window.words.size()) >= options_.rows_min;
    const auto result = enough ? distinguish_words(baseline.words, window.words, options_.null) : std::nullopt;
    if (enough && !result) return skip(name, "no word is in at most half of the texts");
    ColumnDrift& out = begin(baseline, window, "TF-IDF", baseline.words.size(), window.words.size());
    out.name = name;
    if (result) {
      out.result = *result;
      out.what_changed = explain_told_words(*result, options_.level);
    }
    if (options_.evidently) out.evidently = evidently_of_texts(baseline.words, window.words);
  }

  const Embedder& embedder_;
  const DriftOptions& options_;
  DriftReport& report_;
};

void judge_columns(DriftReport& report, const DriftOptions& options) {
  std::vector<double> p;
  std::vector<ColumnDrift*> judged;
  for (ColumnDrift& column : report.columns) {
    if (column.verdict == DriftVerdict::too_few) continue;
    p.push_back(column.result.p);
    judged.push_back(&column);
  }
  const auto adjusted = benjamini_hochberg(p);
  for (size_t i = 0; i < judged.size(); ++i) {
    ColumnDrift& column = *judged[i];
    column.p_adjusted = adjusted[i];
    report.p = std::min(report.p, adjusted[i]);
    if (adjusted[i] > options.level) continue;
    column.verdict = column.result.score >= options.score_min ? DriftVerdict::drift : DriftVerdict::slight;
    report.score = std::max(report.score, column.result.score);
    report.drifted |= column.verdict == DriftVerdict::drift;
  }
  std::stable_sort(report.columns.begin(), report.columns.end(), [](const ColumnDrift& a, const ColumnDrift& b) {
    const auto rank = [](const ColumnDrift& c) { return c.verdict == DriftVerdict::drift ? 0 : c.verdict == DriftVerdict::slight ? 1 : 2; };
    return rank(a) != rank(b) ? rank(a) < rank(b) : a.result.score > b.result.score;
  });
}

}  // namespace

std::string_view verdict_name(DriftVerdict verdict) {
  switch (verdict) {
    case DriftVerdict::same:
      return "same";
    case DriftVerdict::slight:
      return "slight change";
    case DriftVerdict::drift:
      return "drift";
    case DriftVerdict::too_few:
      return "too few rows";
  }
  return "";
}

Result<DriftReport> compare(const Dataset& baseline, const Dataset& window, const Embedder& embedder, const DriftOptions& options) {
  if (baseline.rows == 0 || window.rows == 0)
    return Error{Code::invalid, fmt::format("cannot compare: the {} has no rows", baseline.rows == 0 ? "baseline" : "current file")};
  for (const std::string& name : options.columns) {
    if (baseline.column(name) == nullptr || window.column(name) == nullptr)
      return Error{Code::invalid, fmt::format("cannot compare column {}: {} lacks it", json_string(name),
                                              baseline.column(name) == nullptr ? "the baseline" : "the current file")};
  }
  DriftReport out;
  Comparison comparison(embedder, options, out);
  std::vector<std::string> inputs;
  for (const Column& column : baseline.columns) {
    if (!options.columns.empty() && std::find(options.columns.begin(), options.columns.end(), column.name) == options.columns.end())
      continue;
    const Column* other = window.column(column.name);
    if (other == nullptr) {
      out.skipped.push_back(column.name + ": the current file lacks it");
    } else {
      comparison.column(column, *other);
      inputs.push_back(column.name);
    }
  }
  if (!options.scores.empty() && baseline.column(options.scores) != nullptr) comparison.scores(baseline, window, inputs);
  if (out.columns.empty()) {
    const std::string why = out.skipped.empty() ? "the baseline has no columns" : join(out.skipped, "; ");
    return Error{Code::invalid, fmt::format("cannot compare: no column can be ({})", why)};
  }
  judge_columns(out, options);
  return out;
}

}  // namespace monitorai::judge
