#pragma once
// What the judge of the service keeps, in one SQLite file of the data folder: prompts of the windows, baselines, tallies, answers with
// their labels, comparisons, fitted weights. docs/formats/quality.md describes it. A damaged row is left out and counted, a damaged file
// is an error. Thread: any; one at a time.

#include <filesystem>
#include <mutex>

#include "judge/quality/watch/shelf.h"
#include "store/disk/sqlite.h"

namespace monitorai::app {

class QualityFile final : public judge::QualityShelf {
 public:
  /// Makes the file when it is missing.
  static Result<std::unique_ptr<QualityFile>> open(const std::filesystem::path& path, const Clock& clock, judge::ShelfLimits limits);

  Result<void> append(const judge::ShelfBatch& batch) override;
  Result<std::vector<judge::SeriesKey>> series() override;
  Result<std::vector<judge::PromptRow>> rows(const judge::SeriesKey& series, const std::string& embedder, TimeRange range,
                                             size_t rows_max) override;
  Result<std::vector<judge::MinuteTally>> minutes(const judge::SeriesKey& series, int64_t since_minute) override;
  Result<std::vector<judge::BaselineInfo>> baselines() override;
  Result<judge::Baseline> baseline(int64_t id) override;
  Result<judge::BaselineInfo> add_baseline(judge::Baseline baseline) override;
  Result<void> activate_baseline(int64_t id, bool pinned) override;
  Result<void> remove_baseline(int64_t id) override;
  Result<std::vector<judge::KeptAnswer>> kept(const judge::KeptQuery& query) override;
  Result<int64_t> last_kept_id() override;
  Result<void> label(int64_t id, std::optional<bool> hallucinated) override;
  Result<std::vector<judge::LabelledSigns>> labelled() override;
  Result<void> add_comparison(const judge::StoredComparison& comparison) override;
  Result<std::vector<judge::StoredComparison>> comparisons(const judge::SeriesKey& series, size_t limit) override;
  Result<std::string> weights() override;
  Result<void> set_weights(const std::string& json) override;

  /// Rows that could not be read since the start.
  uint64_t damaged() const { return damaged_; }

 private:
  QualityFile(store::Database database, const Clock& clock, judge::ShelfLimits limits)
      : database_(std::move(database)), clock_(clock), limits_(limits) {}
  /// Runs `write` in one transaction: all of it, or nothing.
  Result<int64_t> series_id(const judge::SeriesKey& series);
  Result<int64_t> count_of(std::string_view sql);
  Result<std::vector<judge::BaselineInfo>> list_baselines(std::optional<int64_t> id);
  Result<void> append_rows(const judge::ShelfBatch& batch);
  Result<void> append_kept(const judge::ShelfBatch& batch);
  Result<void> prune();

  std::mutex mutex_;
  store::Database database_;
  const Clock& clock_;
  const judge::ShelfLimits limits_;
  uint64_t writes_ = 0;
  std::atomic<uint64_t> damaged_{0};
};

}  // namespace monitorai::app
