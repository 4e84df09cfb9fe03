#include "store/metrics/asides.h"

namespace monitorai::store {

using signals::Columns;

bool Asides::add_late(Slot slot, signals::Sample sample) {
  const std::lock_guard lock(mutex_);
  const bool added = late_[slot].try_emplace(sample.time.ms, Late{sample.value, false}).second;
  late_count_ += added;
  return added;
}

std::optional<double> Asides::late_at(Slot slot, int64_t time_ms) const {
  const std::lock_guard lock(mutex_);
  const auto found = late_.find(slot);
  if (found == late_.end()) return std::nullopt;
  const auto sample = found->second.find(time_ms);
  return sample == found->second.end() ? std::nullopt : std::optional(sample->second.value);
}

Columns Asides::late(Slot slot, TimeRange range) const {
  Columns out;
  const std::lock_guard lock(mutex_);
  const auto found = late_.find(slot);
  if (found == late_.end()) return out;
  for (auto at = found->second.lower_bound(range.from.ms); at != found->second.end() && at->first <= range.to.ms; ++at) {
    out.times_ms.push_back(at->first);
    out.values.push_back(at->second.value);
  }
  return out;
}

std::vector<std::pair<Slot, Columns>> Asides::unpersisted_late() const {
  std::vector<std::pair<Slot, Columns>> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [slot, samples] : late_) {
    Columns columns;
    for (const auto& [time, late] : samples) {
      if (late.persisted) continue;
      columns.times_ms.push_back(time);
      columns.values.push_back(late.value);
    }
    if (!columns.times_ms.empty()) out.emplace_back(slot, std::move(columns));
  }
  return out;
}

void Asides::mark_persisted(Slot slot, const Columns& samples) {
  const std::lock_guard lock(mutex_);
  const auto found = late_.find(slot);
  if (found == late_.end()) return;
  for (const int64_t time : samples.times_ms)
    if (const auto at = found->second.find(time); at != found->second.end()) at->second.persisted = true;
}

std::vector<Slot> Asides::evict_late(int64_t horizon_ms) {
  std::vector<Slot> emptied;
  const std::lock_guard lock(mutex_);
  for (auto& [slot, samples] : late_) {
    late_count_ -= std::erase_if(samples, [&](const auto& late) { return late.second.persisted && late.first < horizon_ms; });
    if (samples.empty()) emptied.push_back(slot);
  }
  for (const Slot slot : emptied) late_.erase(slot);
  return emptied;
}

size_t Asides::late_count() const {
  const std::lock_guard lock(mutex_);
  return late_count_;
}

void Asides::add_tombstone(Slot slot, TimeRange range) {
  const std::lock_guard lock(mutex_);
  std::vector<TimeRange>& ranges = tombstones_[slot];
  // One range where it touches another: repeated deletions must not pile up.
  for (size_t i = 0; i < ranges.size();) {
    if (ranges[i].to < range.from || range.to < ranges[i].from) {
      ++i;
      continue;
    }
    range = {std::min(range.from, ranges[i].from), std::max(range.to, ranges[i].to)};
    ranges.erase(ranges.begin() + static_cast<std::ptrdiff_t>(i));
  }
  ranges.push_back(range);
}

std::vector<TimeRange> Asides::tombstones(Slot slot) const {
  const std::lock_guard lock(mutex_);
  const auto found = tombstones_.find(slot);
  return found == tombstones_.end() ? std::vector<TimeRange>{} : found->second;
}

std::vector<std::pair<Slot, std::vector<TimeRange>>> Asides::all_tombstones() const {
  const std::lock_guard lock(mutex_);
  return {tombstones_.begin(), tombstones_.end()};
}

void Asides::clear_tombstones(Slot slot) {
  const std::lock_guard lock(mutex_);
  tombstones_.erase(slot);
}

void Asides::forget(Slot slot) {
  const std::lock_guard lock(mutex_);
  if (const auto found = late_.find(slot); found != late_.end()) {
    late_count_ -= found->second.size();
    late_.erase(found);
  }
  tombstones_.erase(slot);
}

}  // namespace monitorai::store
