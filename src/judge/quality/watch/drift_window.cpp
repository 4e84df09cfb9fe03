#include "judge/quality/watch/drift_window.h"

#include <algorithm>

namespace monitorai::judge {
namespace {

constexpr double kBurstShare = 0.25;  ///< of the window's rows that may come at once

}  // namespace

bool DriftWindow::admits(TimeMs now) {
  const double rows_max = static_cast<double>(settings_.window_rows), burst = std::max(1.0, kBurstShare * rows_max);
  const double elapsed = allowed_at_ ? static_cast<double>(std::max<int64_t>(0, (now - *allowed_at_).count())) : 0;
  allowance_ = allowed_at_ ? std::min(burst, allowance_ + elapsed * rows_max / static_cast<double>(settings_.window.count())) : burst;
  allowed_at_ = now;
  // While a baseline is collected there is no pace to keep: the first prompts make it.
  if (!baseline_) return true;
  if (allowance_ < 1) return false;
  allowance_ -= 1;
  return true;
}

void DriftWindow::forget(TimeMs now) {
  while (!rows_.empty() && (rows_.front().time < now - settings_.window || rows_.size() > settings_.window_rows)) rows_.pop_front();
  while (!scores_.empty() && scores_.front().first < now - 2 * settings_.window) scores_.pop_front();
}

void DriftWindow::add(PromptRow row) {
  const TimeMs now = row.time;
  if (baseline_)
    ++news_;
  else
    ++collected_;
  rows_.push_back(std::move(row));
  forget(now);
}

void DriftWindow::set_baseline(std::optional<BaselineInfo> baseline) {
  if (baseline && baseline_ && baseline->id == baseline_->id) {
    baseline_ = std::move(baseline);
    return;
  }
  baseline_ = std::move(baseline);
  collected_ = 0;
  scores_.clear();
  newest_.reset();
  news_ = baseline_ ? rows_.size() : 0;
}

std::vector<PromptRow> DriftWindow::rows(TimeMs now) const {
  const TimeMs from = now - settings_.window;
  // What the baseline was made of is no news. One that was uploaded has no time.
  const TimeMs after = baseline_ && baseline_->made_by == "first" ? baseline_->to : TimeMs{0};
  std::vector<PromptRow> out;
  for (const PromptRow& row : rows_)
    if (row.time >= from && row.time > after) out.push_back(row);
  return out;
}

std::optional<TimeMs> DriftWindow::due() const {
  if (!baseline_ || news_ == 0) return std::nullopt;
  return last_comparison_ ? *last_comparison_ + settings_.interval : TimeMs{0};
}

void DriftWindow::compared(Comparison comparison) {
  last_comparison_ = comparison.time;
  news_ = 0;
  if (comparison.verdict != DriftVerdict::too_few) scores_.emplace_back(comparison.time, comparison.score);
  newest_ = std::move(comparison);
  forget(newest_->time);
}

double DriftWindow::confirmed_score(TimeMs now) const {
  // The comparisons of the last window and the one before that: two windows without a common prompt say the same, or nothing is said.
  const TimeMs from = now - settings_.window;
  double out = 1;
  bool before = false, any = false;
  for (auto one = scores_.rbegin(); one != scores_.rend() && !before; ++one) {
    before = one->first <= from;
    any = true;
    out = std::min(out, one->second);
  }
  return any && before ? out : 0;
}

DriftView DriftWindow::view(TimeMs now, const std::string& embedder) const {
  DriftView out{.baseline = baseline_, .collected = collected_, .newest = newest_, .score = confirmed_score(newest_ ? newest_->time : now)};
  out.other_embedder = baseline_ && !embedder.empty() && baseline_->embedder != embedder;
  const TimeMs from = now - settings_.window;
  for (const PromptRow& row : rows_) {
    if (row.time < from) continue;
    ++out.window_rows;
    if (!out.window) out.window = TimeRange{row.time, row.time};
    out.window->to = row.time;
  }
  return out;
}

}  // namespace monitorai::judge
