#pragma once
// The series of one label pair: most pairs of a large store have one or a few series, so those live in the entry itself or in a small
// sorted array, and only larger sets become bitmaps. 16 bytes. Written under the index lock; const functions may run side by side.

#include <cstdint>
#include <memory>

#include "store/metrics/bitmap.h"

namespace monitorai::store {

class Posting {
 public:
  Posting() = default;
  Posting(const Posting&) = delete;
  Posting& operator=(const Posting&) = delete;
  ~Posting();

  void add(uint32_t id);
  void remove(uint32_t id);
  size_t count() const;
  Bitmap bitmap() const;
  /// The set as a bitmap where it is one already; nullptr otherwise.
  const Bitmap* stored_bitmap() const { return capacity_ == kIsBitmap ? bitmap_ : nullptr; }
  /// Appends the ids, ascending.
  void append_to(std::vector<uint32_t>& out) const;

 private:
  static constexpr uint32_t kArrayMax = 32;
  static constexpr uint32_t kIsBitmap = UINT32_MAX;
  std::span<const uint32_t> small() const { return capacity_ == 0 ? std::span(&single_, count_) : std::span(array_, count_); }
  void make_room();

  uint32_t count_ = 0;     ///< of an inline or array set
  uint32_t capacity_ = 0;  ///< 0: inline (at most one id)
  union {
    uint32_t single_ = 0;
    uint32_t* array_;
    Bitmap* bitmap_;
  };
};

}  // namespace monitorai::store
