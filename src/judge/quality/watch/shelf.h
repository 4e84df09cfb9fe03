#pragma once
// Where the watcher keeps what must outlive it: prompts of the recent windows, baselines, tallies, answers to look at and their labels, and
// fitted weights. The embedded one is an SQLite file.

#include <memory>
#include <string>
#include <vector>

#include "judge/quality/watch/evaluation.h"
#include "judge/quality/watch/hallucination_meter.h"

namespace monitorai::judge {

/// A prompt as drift sees it.
struct PromptRow {
  TimeMs time;
  std::vector<float> vector;    ///< of the embedder named in its series or baseline
  double length = 0;            ///< characters
  std::string language;         ///< "en", "Cyrillic", "unknown" ...
  std::optional<double> score;  ///< of its answer
  std::string prompt;           ///< by the rule for content: "" where it is off
};

/// An answer that a person may look at and label.
struct KeptAnswer {
  int64_t id = 0;
  TimeMs time;
  SeriesKey series;
  TextSource source = TextSource::api;
  bool flagged = false;
  double score = 0;
  std::string answer_id, prompt, answer;  ///< texts by the rule for content
  std::vector<std::string> facts;
  std::vector<JudgedSentence> sentences;
  Signs signs;
  std::string trace_id, span_id;
  std::optional<bool> hallucinated;  ///< a person's label
};

struct KeptQuery {
  std::optional<SeriesKey> series;
  std::optional<bool> flagged;
  std::optional<bool> labelled;
  std::optional<int64_t> id;
  TimeMs from{0};
  int64_t before = INT64_MAX;  ///< ids below it
  bool worst_first = false;    ///< by score; else newest first
  size_t limit = 50;
};

struct BaselineInfo {
  int64_t id = 0;
  SeriesKey series;
  int64_t version = 1;  ///< counts up in its series
  std::string name;
  std::string made_by;  ///< "first", "window", "upload"
  std::string embedder;
  size_t rows = 0;
  TimeMs created, from, to;
  bool active = false;  ///< what its series is compared with
  bool pinned = false;  ///< stays active until a person chooses another
};

struct Baseline {
  BaselineInfo info;
  std::vector<PromptRow> rows;
};

struct LabelledSigns {
  Signs signs;
  double score = 0;
  bool hallucinated = false;
};

/// One comparison of a window, as it is shown.
struct StoredComparison {
  SeriesKey series;
  TimeMs time;
  double score = 0;
  std::string json;
};

/// What the watcher writes together.
struct ShelfBatch {
  struct Row {
    SeriesKey series;
    std::string embedder;
    PromptRow row;
  };
  struct Minute {
    SeriesKey series;
    MinuteTally tally;
  };
  std::vector<Row> rows;
  std::vector<Minute> minutes;  ///< replace those of the same minute
  std::vector<KeptAnswer> kept;
  bool empty() const { return rows.empty() && minutes.empty() && kept.empty(); }
};

struct ShelfLimits {
  size_t rows_max = 10'000;        ///< of each series
  size_t kept_max = 1'000;         ///< answers without a label; those with one count apart, ten times as many
  size_t baselines_max = 20;       ///< of each series; the oldest that is not active goes first
  size_t comparisons_max = 2'000;  ///< of each series
  std::chrono::milliseconds minutes_for = std::chrono::hours(8 * 24);
};

/// Thread: any; one at a time within. Every function that writes has written when it returns.
class QualityShelf {
 public:
  virtual ~QualityShelf() = default;
  virtual Result<void> append(const ShelfBatch& batch) = 0;
  virtual Result<std::vector<SeriesKey>> series() = 0;
  /// Of this embedder and time, the newest rows_max, oldest first.
  virtual Result<std::vector<PromptRow>> rows(const SeriesKey& series, const std::string& embedder, TimeRange range, size_t rows_max) = 0;
  virtual Result<std::vector<MinuteTally>> minutes(const SeriesKey& series, int64_t since_minute) = 0;

  virtual Result<std::vector<BaselineInfo>> baselines() = 0;
  /// Code::not_found.
  virtual Result<Baseline> baseline(int64_t id) = 0;
  /// Gives it its id and version. Where it is active, no other of its series is.
  virtual Result<BaselineInfo> add_baseline(Baseline baseline) = 0;
  /// Makes it the one that its series is compared with. Code::not_found.
  virtual Result<void> activate_baseline(int64_t id, bool pinned) = 0;
  virtual Result<void> remove_baseline(int64_t id) = 0;

  virtual Result<std::vector<KeptAnswer>> kept(const KeptQuery& query) = 0;
  virtual Result<int64_t> last_kept_id() = 0;
  /// Code::not_found. nullopt takes a label away.
  virtual Result<void> label(int64_t id, std::optional<bool> hallucinated) = 0;
  virtual Result<std::vector<LabelledSigns>> labelled() = 0;

  virtual Result<void> add_comparison(const StoredComparison& comparison) = 0;
  /// The newest, oldest first.
  virtual Result<std::vector<StoredComparison>> comparisons(const SeriesKey& series, size_t limit) = 0;

  /// "" where none were fitted.
  virtual Result<std::string> weights() = 0;
  virtual Result<void> set_weights(const std::string& json) = 0;
};

}  // namespace monitorai::judge
