#pragma once
// The judge of the running service: scores answers, counts them by series, keeps those that a person should see, and compares the prompts
// of the present with a baseline. Lazy: without anything to judge it holds nothing. Thread: any; one lock, under which nothing long
// happens (scoring, embedding and comparing do not hold it).

#include <atomic>
#include <functional>
#include <map>
#include <mutex>

#include "base/threads.h"
#include "judge/quality/embed/embedder.h"
#include "judge/quality/watch/drift_window.h"
#include "judge/quality/watch/shelf.h"
#include "signals/metric.h"

namespace monitorai::judge {

struct WatchSettings {
  size_t series_max = 100;
  TextRules text;  ///< at the start: see set_text()
  MeterSettings meter;
  DriftSettings drift;
};

struct WatchCounts {
  std::atomic<uint64_t> evaluated{0};
  std::atomic<uint64_t> over_series_max{0};  ///< counted as model "(other)"
  std::atomic<uint64_t> shelf_failures{0};
  std::atomic<uint64_t> comparisons{0};
  std::atomic<uint64_t> read_for_meaning{0}, unread_in_haste{0};  ///< the latter: too many answers waited
  std::atomic<uint64_t> prompts_taken{0}, prompts_thinned{0};  ///< for drift: over the pace of the window are left out
};

/// What is shown of one series.
struct SeriesView {
  SeriesKey key;
  uint64_t judged = 0, flagged = 0, unjudged = 0;
  std::array<uint64_t, HallucinationMeter::kBounds.size()> histogram{};
  HallucinationRate rate;
  std::vector<MinuteTally> minutes;
  DriftView drift;
};

class QualityWatcher {
 public:
  /// Continues where the shelf says that it was. The embedder is asked for at the first prompt; clock and shelf outlive this.
  static Result<std::unique_ptr<QualityWatcher>> open(WatchSettings settings, const Clock& clock, QualityShelf& shelf,
                                                      std::function<std::shared_ptr<const Embedder>()> embedder);

  /// Answers that wait, those asked for included, while each is read for meaning: reading takes milliseconds a sentence, the rest under
  /// one in all. While more wait they are judged by words and numbers.
  static constexpr size_t kReadWaitingMax = 256;
  /// Judges these answers and counts them, in order; `waiting` more wait behind them. What the shelf must know is written by flush().
  std::vector<Judgement> judge(std::vector<Submission> evaluations, size_t waiting = 0);
  /// Writes what came since the last time. Not an error of the caller: failures are counted, and tried again with the next.
  void flush();
  /// Compares the windows that are due. Takes up to seconds. One thread at a time.
  void compare_due();
  /// When the next comparison is due; nullopt: none is.
  std::optional<TimeMs> next_comparison() const;

  std::vector<SeriesView> view() const;
  void append_families(std::vector<signals::MetricFamily>& out);
  const WatchCounts& counts() const { return counts_; }
  /// The weights that answers are scored by at present: with meaning, where an embedder that sees it is in use.
  std::shared_ptr<const ScoreModel> model() const;
  bool weights_fitted() const { return weights_.read()->fitted; }
  /// An embedder that sees meaning is in use, but the shipped weights for meaning were not made with it: answers are scored by those without.
  bool weights_of_another_embedder() const;
  std::shared_ptr<const Embedder> embedder() const;
  const WatchSettings& settings() const { return settings_; }
  QualityShelf& shelf() { return shelf_; }
  /// What is kept of texts from now on.
  void set_text(TextRules rules) { text_.publish(std::make_shared<const TextRules>(std::move(rules))); }
  TextContent content() const { return text_.read()->content; }

  /// A person says whether a kept answer is hallucinated; on the shelf when it returns. Code::not_found.
  Result<void> label(int64_t kept, std::optional<bool> hallucinated);
  /// A person says that what an alarm held back is usual from now on. Code::not_found: no such series.
  Result<void> accept_usual(const SeriesKey& key);
  /// Fits the weights to all labels and judges by them from now on. Code::invalid: too few labels.
  Result<std::shared_ptr<const ScoreModel>> fit();
  /// Back to the weights that are shipped.
  Result<void> reset_weights();

  struct NewBaseline {
    SeriesKey series;
    std::string name;
    std::optional<TimeRange> range;    ///< of prompts that are kept; nullopt: all of them, but at most drift.baseline_rows
    std::vector<std::string> prompts;  ///< instead: these texts
    bool activate = true, pinned = true;
  };
  /// Code::invalid: too few prompts.
  Result<BaselineInfo> make_baseline(NewBaseline wanted);
  Result<void> activate_baseline(int64_t id, bool pinned);
  Result<void> remove_baseline(int64_t id);
  /// A baseline with another, or with the newest window of its series where `with` is nullopt. Code::invalid: of different embedders.
  Result<Comparison> compare_baselines(int64_t id, std::optional<int64_t> with);

 private:
  static constexpr size_t kKeptPromptBytesMax = size_t{2} << 10;  ///< of a prompt of a window or a baseline
  struct Series {
    explicit Series(const WatchSettings& settings) : meter(settings.meter), drift(settings.drift) {}
    HallucinationMeter meter;
    DriftWindow drift;
    std::optional<TimeMs> last_sound{};  ///< when a sound answer was kept
  };
  QualityWatcher(WatchSettings settings, const Clock& clock, QualityShelf& shelf,
                 std::function<std::shared_ptr<const Embedder>()> embedder);
  Result<void> restore();
  MeaningReader* reader() const;
  Weights shipped() const;
  Series& series_of(const SeriesKey& key);
  std::optional<PromptRow> prompt_row(const Submission& evaluation, TimeMs now);
  void count(const Submission& evaluation, Judgement& judgement, std::optional<PromptRow> row, TimeMs now);
  void keep(const SeriesKey& key, const Submission& evaluation, Judgement& judgement, TimeMs now);
  std::string allowed(std::string_view text, size_t bytes_max) const;
  void compare_series(const SeriesKey& key);
  Result<void> reload_baselines();

  const WatchSettings settings_;
  Published<TextRules> text_;
  const Clock& clock_;
  QualityShelf& shelf_;
  const std::function<std::shared_ptr<const Embedder>()> make_embedder_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Embedder> embedder_;
  mutable std::unique_ptr<MeaningReader> reader_;  ///< of embedder_, where that sees meaning
  mutable bool knows_reader_ = false;              ///< whether the shipped weights for meaning were made with it
  std::map<SeriesKey, std::unique_ptr<Series>> series_;
  ShelfBatch unwritten_;
  int64_t next_kept_ = 1;
  mutable Published<Weights> weights_;  ///< which of the shipped ones the embedder says
  WatchCounts counts_;
};

}  // namespace monitorai::judge
