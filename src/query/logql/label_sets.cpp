#include "query/logql/label_sets.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

namespace monitorai::query::logql {

uint32_t LabelSets::of(const LineLabels& labels, const Grouping* grouping) {
  labels.collect(scratch_);
  if (grouping != nullptr) {
    std::erase_if(scratch_, [&](const LineLabels::Entry& e) {
      const bool listed = std::find(grouping->labels.begin(), grouping->labels.end(), e.name) != grouping->labels.end();
      return listed == grouping->without;
    });
  }
  return find_or_add();
}

uint32_t LabelSets::of(const signals::Labels& labels) {
  scratch_.clear();
  for (const signals::Label& label : labels) scratch_.push_back({label.name, label.value, Category::stream});
  return find_or_add();
}

uint32_t LabelSets::find_or_add() {
  std::erase_if(scratch_, [](const LineLabels::Entry& e) { return e.value.empty(); });
  std::sort(scratch_.begin(), scratch_.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  uint64_t hash = 0;
  for (const LineLabels::Entry& e : scratch_) {
    hash = XXH3_64bits_withSeed(e.name.data(), e.name.size(), hash);
    hash = XXH3_64bits_withSeed(e.value.data(), e.value.size(), hash + (categories_ ? static_cast<uint64_t>(e.category) : 0));
  }
  const auto equal = [&](const Set& set) {
    if (set.labels.size() != scratch_.size()) return false;
    size_t i = 0;
    for (const signals::Label& label : set.labels) {
      const LineLabels::Entry& e = scratch_[i++];
      if (label.name != e.name || label.value != e.value) return false;
      if (!categories_) continue;
      const signals::Labels& part = e.category == Category::stream ? set.stream : e.category == Category::metadata ? set.metadata : set.parsed;
      if (!part.has(e.name)) return false;
    }
    return true;
  };
  const auto found = by_hash_.find(hash);
  if (found != by_hash_.end()) {
    for (uint32_t i = found->second; i != UINT32_MAX; i = next_[i])
      if (equal(sets_[i])) return i;
  }
  const auto number = static_cast<uint32_t>(sets_.size());
  std::vector<signals::Label> all;
  std::array<std::vector<signals::Label>, 3> parts;
  for (const LineLabels::Entry& e : scratch_) {
    all.push_back({std::string(e.name), std::string(e.value)});
    if (categories_) parts[static_cast<size_t>(e.category)].push_back(all.back());
  }
  sets_.push_back({signals::Labels::from(std::move(all)), signals::Labels::from(std::move(parts[0])),
                   signals::Labels::from(std::move(parts[1])), signals::Labels::from(std::move(parts[2]))});
  next_.push_back(found == by_hash_.end() ? UINT32_MAX : found->second);
  by_hash_[hash] = number;
  return number;
}

}  // namespace monitorai::query::logql
