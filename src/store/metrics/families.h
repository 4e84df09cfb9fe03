#pragma once
// Type, help and unit of metric families, as senders told them; bounded. Thread-safe.

#include <map>
#include <mutex>

#include "signals/samples.h"

namespace monitorai::store {

class Families {
 public:
  /// Of a family's name, help and unit together.
  static constexpr size_t kTextBytesMax = 8192;

  explicit Families(size_t max) : max_(max) {}

  /// True when this is news. New families beyond the limit, and texts that are too long, are counted and forgotten.
  bool set(const signals::MetadataWrite& write) {
    const std::lock_guard lock(mutex_);
    if (write.family.size() + write.help.size() + write.unit.size() > kTextBytesMax) {
      ++dropped_;
      return false;
    }
    auto found = known_.find(write.family);
    if (found == known_.end()) {
      if (known_.size() >= max_) {
        ++dropped_;
        return false;
      }
      found = known_.emplace(std::string(write.family), signals::Metadata{}).first;
    } else if (found->second.type == write.type && found->second.help == write.help && found->second.unit == write.unit) {
      return false;
    }
    found->second = {std::string(write.family), write.type, std::string(write.help), std::string(write.unit)};
    return true;
  }
  std::vector<signals::Metadata> all() const {
    const std::lock_guard lock(mutex_);
    std::vector<signals::Metadata> out;
    for (const auto& [family, metadata] : known_) out.push_back(metadata);
    return out;
  }
  uint64_t dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }

 private:
  const size_t max_;
  mutable std::mutex mutex_;
  std::map<std::string, signals::Metadata, std::less<>> known_;
  uint64_t dropped_ = 0;
};

}  // namespace monitorai::store
