#pragma once
// Storage ids to slots while the store is opened: pages of a sparse array, for ids are dense in runs.

#include <memory>
#include <vector>

#include "store/metrics/series.h"

namespace monitorai::store {

class SlotOfId {
 public:
  void set(StorageId id, Slot slot) {
    const size_t page = id / kPage;
    if (page >= pages_.size()) pages_.resize(page + 1);
    if (pages_[page] == nullptr) {
      pages_[page] = std::make_unique<Slot[]>(kPage);
      std::fill_n(pages_[page].get(), kPage, SeriesTable::kNone);
    }
    pages_[page][id % kPage] = slot;
  }
  Slot find(StorageId id) const {
    const size_t page = id / kPage;
    return page < pages_.size() && pages_[page] != nullptr ? pages_[page][id % kPage] : SeriesTable::kNone;
  }

 private:
  static constexpr size_t kPage = 4096;
  std::vector<std::unique_ptr<Slot[]>> pages_;
};

}  // namespace monitorai::store
