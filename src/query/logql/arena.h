#pragma once
// Memory for what a pipeline makes of one line: taken bit by bit, given back all at once, kept for the next line.

#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace monitorai::query::logql {

class Arena {
 public:
  char* take(size_t bytes) {
    if (used_ + bytes > size_) grow(bytes);
    char* const out = block_ + used_;
    used_ += bytes;
    return out;
  }
  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* const to = take(text.size());
    std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
  }
  std::string_view join(std::string_view a, std::string_view b) {
    char* const to = take(a.size() + b.size());
    if (!a.empty()) std::memcpy(to, a.data(), a.size());
    if (!b.empty()) std::memcpy(to + a.size(), b.data(), b.size());
    return {to, a.size() + b.size()};
  }
  /// All that was taken is void.
  void clear() {
    if (blocks_.size() > 1) {
      // One block large enough for what this line took; a huge line's memory is not kept.
      const size_t total = std::min(total_, kKeptBytesMax);
      blocks_.clear();
      total_ = 0;
      size_ = 0;
      grow(total);
    }
    used_ = 0;
  }

 private:
  static constexpr size_t kBlockBytes = 16 << 10;
  static constexpr size_t kKeptBytesMax = 1 << 20;
  void grow(size_t bytes) {
    size_ = std::max(bytes, kBlockBytes);
    total_ += size_;
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(size_));
    block_ = blocks_.back().get();
    used_ = 0;
  }
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* block_ = nullptr;
  size_t used_ = 0;
  size_t size_ = 0;
  size_t total_ = 0;
};

}  // namespace monitorai::query::logql
