#pragma once
// The adapter of CRoaring: a compressed set of series slots. Not thread-safe for writing; const functions may run side by side.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

struct roaring_bitmap_s;

namespace monitorai::store {

class Bitmap {
 public:
  Bitmap();
  explicit Bitmap(std::span<const uint32_t> ids);
  Bitmap(const Bitmap& other);
  Bitmap(Bitmap&& other) noexcept = default;
  Bitmap& operator=(Bitmap&& other) noexcept = default;
  Bitmap& operator=(const Bitmap&) = delete;
  ~Bitmap();

  void add(uint32_t id);
  void remove(uint32_t id);
  bool contains(uint32_t id) const;
  size_t count() const;
  bool empty() const { return count() == 0; }
  Bitmap& operator&=(const Bitmap& other);
  Bitmap& operator|=(const Bitmap& other);
  Bitmap& operator-=(const Bitmap& other);
  /// The union of them all.
  static Bitmap any_of(std::span<const Bitmap* const> bitmaps);
  /// Ascending.
  std::vector<uint32_t> ids() const;

 private:
  struct Free {
    void operator()(roaring_bitmap_s* bitmap) const;
  };
  explicit Bitmap(roaring_bitmap_s* owned);
  std::unique_ptr<roaring_bitmap_s, Free> bitmap_;
};

}  // namespace monitorai::store
