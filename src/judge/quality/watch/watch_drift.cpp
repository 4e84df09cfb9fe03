// The part of the watcher that compares prompts with baselines.

#include <algorithm>

#include "judge/quality/text/language.h"
#include "judge/quality/watch/comparison_json.h"
#include "judge/quality/watch/watcher.h"

namespace monitorai::judge {
namespace {

constexpr size_t kUploadRowsMax = 10'000;

}  // namespace

std::optional<TimeMs> QualityWatcher::next_comparison() const {
  const std::lock_guard lock(mutex_);
  std::optional<TimeMs> out;
  for (const auto& [key, series] : series_)
    if (const auto due = series->drift.due(); due && (!out || *due < *out)) out = due;
  return out;
}

void QualityWatcher::compare_due() {
  const TimeMs now = clock_.now();
  std::vector<SeriesKey> due;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, series] : series_)
      if (const auto at = series->drift.due(); at && *at <= now) due.push_back(key);
  }
  for (const SeriesKey& key : due) compare_series(key);
}

void QualityWatcher::compare_series(const SeriesKey& key) {
  const std::string embedder(this->embedder()->name());
  const TimeMs now = clock_.now();
  std::vector<PromptRow> window;
  BaselineInfo info;
  {
    const std::lock_guard lock(mutex_);
    DriftWindow& drift = series_of(key).drift;
    if (!drift.baseline()) return;
    info = *drift.baseline();
    // Vectors of two embedders cannot be compared: it waits for a new baseline, and the pages say so.
    if (info.embedder != embedder) return drift.put_off(now);
    window = drift.rows(now);
  }
  const auto baseline = shelf_.baseline(info.id);
  if (!baseline) {
    ++counts_.shelf_failures;
    const std::lock_guard lock(mutex_);
    return series_of(key).drift.put_off(now);
  }
  Comparison comparison = compare_prompts(baseline->rows, window, settings_.drift);
  comparison.time = now;
  comparison.baseline = info.id;
  comparison.embedder = embedder;
  ++counts_.comparisons;
  if (comparison.verdict != DriftVerdict::too_few)
    if (const auto kept = shelf_.add_comparison({key, now, comparison.score, comparison_json(comparison)}); !kept) ++counts_.shelf_failures;
  const std::lock_guard lock(mutex_);
  DriftWindow& drift = series_of(key).drift;
  if (drift.baseline() && drift.baseline()->id == info.id) drift.compared(std::move(comparison));
}

Result<BaselineInfo> QualityWatcher::make_baseline(NewBaseline wanted) {
  const auto embedder = this->embedder();
  Baseline baseline;
  BaselineInfo& info = baseline.info;
  info.series = wanted.series;
  info.name = wanted.name;
  info.embedder = std::string(embedder->name());
  info.created = clock_.now();
  info.active = wanted.activate;
  info.pinned = wanted.activate && wanted.pinned;
  if (!wanted.prompts.empty()) {
    info.made_by = "upload";
    if (wanted.prompts.size() > kUploadRowsMax)
      return Error{Code::exhausted,
                   fmt::format("cannot make a baseline of {} prompts: the limit is {}", wanted.prompts.size(), kUploadRowsMax)};
    const Matrix vectors = embedder->embed(wanted.prompts);
    for (size_t i = 0; i < wanted.prompts.size(); ++i) {
      PromptRow& row = baseline.rows.emplace_back();
      row.vector.assign(vectors.row(i).begin(), vectors.row(i).end());
      row.language = std::string(language_of(wanted.prompts[i]));
      row.length = static_cast<double>(std::count_if(wanted.prompts[i].begin(), wanted.prompts[i].end(),
                                                     [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
      row.prompt = allowed(wanted.prompts[i], kKeptPromptBytesMax);
    }
  } else {
    info.made_by = wanted.range ? "window" : "first";
    const TimeRange range = wanted.range.value_or(TimeRange{TimeMs{0}, info.created});
    MAI_TRY_ASSIGN(baseline.rows,
                   shelf_.rows(wanted.series, info.embedder, range, wanted.range ? kUploadRowsMax : settings_.drift.baseline_rows));
  }
  if (baseline.rows.size() < settings_.drift.rows_min)
    return Error{Code::invalid,
                 fmt::format("cannot make a baseline of {} prompts: it takes at least {}", baseline.rows.size(), settings_.drift.rows_min)};
  info.rows = baseline.rows.size();
  info.from = baseline.rows.front().time;
  info.to = baseline.rows.back().time;
  if (info.name.empty())
    info.name = info.made_by == "first" ? fmt::format("the first {} prompts", info.rows) : fmt::format("{} prompts", info.rows);
  MAI_TRY_ASSIGN(BaselineInfo made, shelf_.add_baseline(std::move(baseline)));
  {
    const std::lock_guard lock(mutex_);
    series_of(wanted.series);
  }
  MAI_TRY(reload_baselines());
  return made;
}

Result<void> QualityWatcher::activate_baseline(int64_t id, bool pinned) {
  MAI_TRY(shelf_.activate_baseline(id, pinned));
  return reload_baselines();
}

Result<void> QualityWatcher::remove_baseline(int64_t id) {
  MAI_TRY(shelf_.remove_baseline(id));
  return reload_baselines();
}

Result<Comparison> QualityWatcher::compare_baselines(int64_t id, std::optional<int64_t> with) {
  MAI_TRY_ASSIGN(const Baseline baseline, shelf_.baseline(id));
  Baseline other;
  if (with) {
    MAI_TRY_ASSIGN(other, shelf_.baseline(*with));
  } else {
    const TimeMs now = clock_.now();
    other.info.embedder = std::string(embedder()->name());
    const std::lock_guard lock(mutex_);
    const auto found = series_.find(baseline.info.series);
    if (found != series_.end()) other.rows = found->second->drift.rows(now);
  }
  if (baseline.info.embedder != other.info.embedder)
    return Error{Code::invalid, fmt::format("cannot compare the baselines: one was made by {}, the other by {}", baseline.info.embedder,
                                            other.info.embedder)};
  Comparison out = compare_prompts(baseline.rows, other.rows, settings_.drift);
  out.time = clock_.now();
  out.baseline = id;
  out.embedder = baseline.info.embedder;
  return out;
}

}  // namespace monitorai::judge
