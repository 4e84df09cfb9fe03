#include "store/metrics/bitmap.h"

#include <roaring/roaring.h>

#include <new>

namespace monitorai::store {
namespace {

roaring_bitmap_t* checked(roaring_bitmap_t* bitmap) {
  if (bitmap == nullptr) throw std::bad_alloc();
  return bitmap;
}

}  // namespace

void Bitmap::Free::operator()(roaring_bitmap_s* bitmap) const { roaring_bitmap_free(bitmap); }

Bitmap::Bitmap() : bitmap_(checked(roaring_bitmap_create())) {}
Bitmap::Bitmap(roaring_bitmap_s* owned) : bitmap_(checked(owned)) {}
Bitmap::Bitmap(std::span<const uint32_t> ids) : bitmap_(checked(roaring_bitmap_of_ptr(ids.size(), ids.data()))) {}
Bitmap::Bitmap(const Bitmap& other) : bitmap_(checked(roaring_bitmap_copy(other.bitmap_.get()))) {}
Bitmap::~Bitmap() = default;

void Bitmap::add(uint32_t id) { roaring_bitmap_add(bitmap_.get(), id); }
void Bitmap::remove(uint32_t id) { roaring_bitmap_remove(bitmap_.get(), id); }
bool Bitmap::contains(uint32_t id) const { return roaring_bitmap_contains(bitmap_.get(), id); }
size_t Bitmap::count() const { return roaring_bitmap_get_cardinality(bitmap_.get()); }

Bitmap& Bitmap::operator&=(const Bitmap& other) {
  roaring_bitmap_and_inplace(bitmap_.get(), other.bitmap_.get());
  return *this;
}
Bitmap& Bitmap::operator|=(const Bitmap& other) {
  roaring_bitmap_or_inplace(bitmap_.get(), other.bitmap_.get());
  return *this;
}
Bitmap& Bitmap::operator-=(const Bitmap& other) {
  roaring_bitmap_andnot_inplace(bitmap_.get(), other.bitmap_.get());
  return *this;
}

Bitmap Bitmap::any_of(std::span<const Bitmap* const> bitmaps) {
  if (bitmaps.empty()) return {};
  std::vector<const roaring_bitmap_t*> raw;
  raw.reserve(bitmaps.size());
  for (const Bitmap* bitmap : bitmaps) raw.push_back(bitmap->bitmap_.get());
  return Bitmap(roaring_bitmap_or_many(raw.size(), raw.data()));
}

std::vector<uint32_t> Bitmap::ids() const {
  std::vector<uint32_t> out(count());
  if (!out.empty()) roaring_bitmap_to_uint32_array(bitmap_.get(), out.data());
  return out;
}

}  // namespace monitorai::store
