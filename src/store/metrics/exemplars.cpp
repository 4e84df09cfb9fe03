#include "store/metrics/exemplars.h"

namespace monitorai::store {

bool Exemplars::add(Slot slot, StorageId id, const signals::ExemplarView& exemplar) {
  const std::lock_guard lock(mutex_);
  if (max_ == 0) return false;
  const std::pair<int64_t, double> now{exemplar.time.ms, exemplar.value};
  const auto [last, fresh] = last_.try_emplace(id, now);
  if (!fresh && last->second == now) return false;
  last->second = now;
  if (ring_.size() == max_) {
    const Entry& oldest = ring_.front();
    if (const auto known = last_.find(oldest.id); known != last_.end() && known->second.first == oldest.exemplar.time->ms)
      last_.erase(known);
    ring_.pop_front();
  }
  std::vector<signals::Label> labels;
  for (const signals::LabelView& label : exemplar.labels) labels.push_back({std::string(label.name), std::string(label.value)});
  ring_.push_back({slot, id, {signals::Labels::from(std::move(labels)), exemplar.value, exemplar.time}});
  return true;
}

std::map<Slot, std::vector<signals::Exemplar>> Exemplars::find(std::span<const Slot> slots, TimeRange range,
                                                               const SeriesTable& series) const {
  std::map<Slot, std::vector<signals::Exemplar>> out;
  const std::lock_guard lock(mutex_);
  for (const Entry& entry : ring_) {
    const TimeMs time = *entry.exemplar.time;
    if (time < range.from || time > range.to || !std::binary_search(slots.begin(), slots.end(), entry.slot)) continue;
    if (series[entry.slot].id == entry.id) out[entry.slot].push_back(entry.exemplar);
  }
  for (auto& [slot, exemplars] : out)
    std::stable_sort(exemplars.begin(), exemplars.end(), [](const auto& a, const auto& b) { return *a.time < *b.time; });
  return out;
}

std::vector<Exemplars::Entry> Exemplars::all() const {
  const std::lock_guard lock(mutex_);
  return {ring_.begin(), ring_.end()};
}

}  // namespace monitorai::store
