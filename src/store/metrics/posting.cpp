#include "store/metrics/posting.h"

namespace monitorai::store {

Posting::~Posting() {
  if (capacity_ == kIsBitmap)
    delete bitmap_;
  else if (capacity_ > 0)
    delete[] array_;
}

void Posting::make_room() {
  if (capacity_ == kArrayMax) {
    auto* bitmap = new Bitmap(small());
    delete[] array_;
    bitmap_ = bitmap;
    capacity_ = kIsBitmap;
    return;
  }
  const uint32_t wider = capacity_ == 0 ? 4 : capacity_ * 2;
  auto* array = new uint32_t[wider];
  const std::span<const uint32_t> ids = small();
  std::copy(ids.begin(), ids.end(), array);
  if (capacity_ > 0) delete[] array_;
  array_ = array;
  capacity_ = wider;
}

void Posting::add(uint32_t id) {
  if (capacity_ != kIsBitmap) {
    if (count_ == 0 && capacity_ == 0) {
      single_ = id;
      count_ = 1;
      return;
    }
    const std::span<const uint32_t> ids = small();
    const auto at = static_cast<size_t>(std::lower_bound(ids.begin(), ids.end(), id) - ids.begin());
    if (at < ids.size() && ids[at] == id) return;
    if (count_ >= std::max(capacity_, 1u)) make_room();
    if (capacity_ != kIsBitmap) {
      std::copy_backward(array_ + at, array_ + count_, array_ + count_ + 1);
      array_[at] = id;
      ++count_;
      return;
    }
  }
  bitmap_->add(id);
}

void Posting::remove(uint32_t id) {
  if (capacity_ == kIsBitmap) return bitmap_->remove(id);
  const std::span<const uint32_t> ids = small();
  const auto at = static_cast<size_t>(std::lower_bound(ids.begin(), ids.end(), id) - ids.begin());
  if (at == ids.size() || ids[at] != id) return;
  if (capacity_ > 0) std::copy(array_ + at + 1, array_ + count_, array_ + at);
  --count_;
}

size_t Posting::count() const { return capacity_ == kIsBitmap ? bitmap_->count() : count_; }

Bitmap Posting::bitmap() const { return capacity_ == kIsBitmap ? Bitmap(*bitmap_) : Bitmap(small()); }

void Posting::append_to(std::vector<uint32_t>& out) const {
  if (capacity_ == kIsBitmap) {
    const std::vector<uint32_t> ids = bitmap_->ids();
    out.insert(out.end(), ids.begin(), ids.end());
  } else {
    out.insert(out.end(), small().begin(), small().end());
  }
}

}  // namespace monitorai::store
