#pragma once
// The prompts of one series, now against a baseline: which of them are looked at, when the two are compared, and what came of it.
// Thread: whoever owns it; compare_prompts() is pure.

#include <deque>

#include "judge/quality/drift/report.h"
#include "judge/quality/drift/topics.h"
#include "judge/quality/watch/shelf.h"

namespace monitorai::judge {

struct DriftSettings {
  std::chrono::milliseconds window = std::chrono::minutes(30);
  std::chrono::milliseconds interval = std::chrono::minutes(5);  ///< between two comparisons
  size_t window_rows = 500;                                      ///< at most; evenly over the window where more come
  size_t baseline_rows = 1000;                                   ///< of the baseline that the first prompts make
  size_t rows_min = 50;                                          ///< of a window that is judged
  double level = 0.005;  ///< p from which on chance does not explain it. Strict: it is asked hundreds of times a day
  double score_max = 0.2;
  size_t permutations = 1299;  ///< the smallest p is 1 of 1300: with six columns it still reaches the level
};

/// One test of a comparison.
struct TestedColumn {
  std::string name;       ///< "prompt", "words", "length", "language", "score", "score of like prompts"
  std::string_view kind;  ///< embedding, TF-IDF, numbers, categories, scores against inputs
  double score = 0, p = 1, p_adjusted = 1;
  double null_score_95 = 0;  ///< what 95 of 100 windows without a change stay below
  std::vector<std::string> what_changed;
};

/// A window beside its baseline.
struct Comparison {
  TimeMs time;
  int64_t baseline = 0;
  std::string embedder;
  size_t baseline_rows = 0, window_rows = 0, block = 1;
  DriftVerdict verdict = DriftVerdict::too_few;
  double score = 0;                         ///< the largest of the columns that chance does not explain; 0 where it explains all
  double raw_score = 0, null_score_95 = 0;  ///< of the prompts' embeddings, whatever explains it
  double p = 1;                             ///< the smallest, adjusted for the number of columns (Benjamini-Hochberg)
  double share = 0;                         ///< of the components of the embedding that moved
  double cosine = 1;                        ///< between the mean embeddings of both
  std::vector<TestedColumn> columns;        ///< most changed first
  std::vector<TopicChange> topics;          ///< that have grown, most first; empty where nothing changed
  std::vector<std::string> what_changed;
  std::vector<std::string> examples;  ///< prompts that are least like the baseline
};

/// Words are compared where at least rows_min prompts of both sides have their text.
Comparison compare_prompts(const std::vector<PromptRow>& baseline, const std::vector<PromptRow>& window, const DriftSettings& settings);

/// What is shown of the drift of one series.
struct DriftView {
  std::optional<BaselineInfo> baseline;
  bool other_embedder = false;  ///< the baseline was made by another: nothing is compared until there is a new one
  size_t collected = 0;         ///< of baseline_rows, where there is no baseline yet
  size_t window_rows = 0;
  std::optional<TimeRange> window;
  std::optional<Comparison> newest;
  double score = 0;  ///< llm_drift_score: held up by every comparison of the last window
};

class DriftWindow {
 public:
  explicit DriftWindow(const DriftSettings& settings) : settings_(settings) {}

  /// Whether a prompt that comes now is looked at: all, until more come than the window may hold.
  bool admits(TimeMs now);
  void add(PromptRow row);
  void set_baseline(std::optional<BaselineInfo> baseline);
  const std::optional<BaselineInfo>& baseline() const { return baseline_; }
  /// Prompts since there is no baseline.
  size_t collected() const { return collected_; }
  void set_collected(size_t rows) { collected_ = rows; }

  /// The window: prompts of the last `window`, and none that the baseline was made of.
  std::vector<PromptRow> rows(TimeMs now) const;
  /// When the next comparison is due; nullopt: nothing is new, or there is no baseline.
  std::optional<TimeMs> due() const;
  void compared(Comparison comparison);
  /// Scores of comparisons before a restart, oldest first.
  void restore_scores(const std::vector<std::pair<TimeMs, double>>& scores) { scores_.assign(scores.begin(), scores.end()); }
  void put_off(TimeMs now) {
    last_comparison_ = now;
    news_ = 0;
  }

  DriftView view(TimeMs now, const std::string& embedder) const;

 private:
  /// The least score that the comparisons of the last window agree on.
  double confirmed_score(TimeMs now) const;
  void forget(TimeMs now);

  DriftSettings settings_;
  std::deque<PromptRow> rows_;
  std::optional<BaselineInfo> baseline_;
  size_t collected_ = 0;
  double allowance_ = 0;
  std::optional<TimeMs> allowed_at_;
  size_t news_ = 0;  ///< prompts since the last comparison
  std::optional<TimeMs> last_comparison_;
  std::deque<std::pair<TimeMs, double>> scores_;  ///< of the comparisons of the last window and the one before
  std::optional<Comparison> newest_;
};

}  // namespace monitorai::judge
