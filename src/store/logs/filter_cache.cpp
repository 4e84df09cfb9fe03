#include "store/logs/log_partition.h"

namespace monitorai::store {

FilterCache::Group FilterCache::find(Key key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  used_.splice(used_.begin(), used_, found->second);
  return found->second->group;
}

void FilterCache::keep(Key key, Group group) {
  const std::lock_guard lock(mutex_);
  if (by_key_.contains(key) || group->size() > bytes_max_) return;
  bytes_ += group->size();
  used_.push_front({key, std::move(group)});
  by_key_[key] = used_.begin();
  while (bytes_ > bytes_max_) {
    bytes_ -= used_.back().group->size();
    by_key_.erase(used_.back().key);
    used_.pop_back();
  }
}

void FilterCache::forget(const void* partition) {
  const std::lock_guard lock(mutex_);
  for (auto at = by_key_.lower_bound({partition, INT64_MIN}); at != by_key_.end() && at->first.first == partition;) {
    bytes_ -= at->second->group->size();
    used_.erase(at->second);
    at = by_key_.erase(at);
  }
}

uint64_t FilterCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace monitorai::store
