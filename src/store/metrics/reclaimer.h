#pragma once
// Epochs: how memory that readers may still look at is given back. A reader pins the present epoch and may then follow any published
// pointer until it lets go. The writer unlinks an object, retires it, and collect() frees it once no pin is as old as the retirement.

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

namespace monitorai::store {

class Reclaimer {
 public:
  class Pin {
   public:
    Pin() = default;
    Pin(Pin&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), epoch_(other.epoch_) {}
    Pin& operator=(Pin&& other) noexcept {
      std::swap(owner_, other.owner_);
      std::swap(epoch_, other.epoch_);
      return *this;
    }
    ~Pin() {
      if (owner_ != nullptr) owner_->unpin(epoch_);
    }

   private:
    friend class Reclaimer;
    Pin(const Reclaimer* owner, uint64_t epoch) : owner_(owner), epoch_(epoch) {}
    const Reclaimer* owner_ = nullptr;
    uint64_t epoch_ = 0;
  };

  ~Reclaimer() {
    for (const Retired& retired : retired_) retired.free(retired.object);
  }

  /// Thread: any. Outlived by the reclaimer.
  Pin pin() const {
    const std::lock_guard lock(mutex_);
    ++pins_[epoch_];
    return {this, epoch_};
  }

  /// Thread: the writer. The object is unlinked already: new readers cannot find it.
  void retire(const void* object, void (*free)(const void*)) { retired_.push_back({object, free, epoch_}); }
  size_t retired() const { return retired_.size(); }
  /// Thread: the writer. What was unlinked at this epoch is free once oldest() is above it.
  uint64_t epoch() const { return epoch_; }
  uint64_t oldest() const {
    const std::lock_guard lock(mutex_);
    return pins_.empty() ? epoch_ : pins_.begin()->first;
  }

  /// Thread: the writer. Frees what no reader can hold any more.
  void collect() {
    uint64_t oldest;
    {
      const std::lock_guard lock(mutex_);
      ++epoch_;
      oldest = pins_.empty() ? epoch_ : pins_.begin()->first;
    }
    std::erase_if(retired_, [&](const Retired& retired) {
      if (retired.epoch >= oldest) return false;
      retired.free(retired.object);
      return true;
    });
  }

 private:
  struct Retired {
    const void* object;
    void (*free)(const void*);
    uint64_t epoch;
  };
  void unpin(uint64_t epoch) const {
    const std::lock_guard lock(mutex_);
    if (const auto found = pins_.find(epoch); --found->second == 0) pins_.erase(found);
  }

  mutable std::mutex mutex_;
  mutable std::map<uint64_t, size_t> pins_;  ///< epoch -> readers in it
  uint64_t epoch_ = 1;                       ///< written by the writer under mutex_
  std::vector<Retired> retired_;
};

}  // namespace monitorai::store
