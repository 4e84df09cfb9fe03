#pragma once
// Memory that never moves: a growing vector in blocks, and an arena for short texts. One thread grows them (under the lock of whoever
// owns them); readers who learnt an index through that lock may use it without one ever after.

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "base/check.h"

namespace monitorai::store {

/// Elements are value-initialised and found by index; runs allocated together lie side by side.
template <class T, size_t kBlock, size_t kBlocksMax>
class StableVector {
 public:
  static constexpr size_t kSizeMax = kBlock * kBlocksMax;

  size_t size() const { return size_; }
  /// How many more elements surely fit in runs of at most `run`.
  bool room_for(size_t run) const { return size_ + run + kBlock <= kSizeMax; }

  /// The index of `run` new elements side by side, run <= kBlock.
  size_t grow(size_t run = 1) {
    if (size_ / kBlock != (size_ + run - 1) / kBlock && size_ % kBlock != 0) size_ += kBlock - size_ % kBlock;
    const size_t at = size_;
    MAI_CHECK(at + run <= kSizeMax);
    if (std::unique_ptr<T[]>& block = blocks_[at / kBlock]; block == nullptr) block = std::make_unique<T[]>(kBlock);
    size_ += run;
    return at;
  }
  T& operator[](size_t i) { return blocks_[i / kBlock][i % kBlock]; }
  const T& operator[](size_t i) const { return blocks_[i / kBlock][i % kBlock]; }

 private:
  std::array<std::unique_ptr<T[]>, kBlocksMax> blocks_;
  size_t size_ = 0;
};

class TextArena {
 public:
  /// A copy that lives as long as the arena.
  std::string_view keep(std::string_view text) {
    if (text.empty()) return {};
    if (text.size() > left_) {
      left_ = std::max(kBlockBytes, text.size());
      blocks_.push_back(std::make_unique_for_overwrite<char[]>(left_));
      at_ = blocks_.back().get();
    }
    char* to = at_;
    std::memcpy(to, text.data(), text.size());
    at_ += text.size();
    left_ -= text.size();
    return {to, text.size()};
  }

 private:
  static constexpr size_t kBlockBytes = 256 << 10;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* at_ = nullptr;
  size_t left_ = 0;
};

}  // namespace monitorai::store
