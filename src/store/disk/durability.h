#pragma once
// When a write counts as acknowledged: the choice that all stores offer.

namespace monitorai::store {

enum class Durability {
  batched,  ///< acknowledged = handed to the operating system; synced to disk within the store's sync_interval
  sync,     ///< acknowledged = synced to disk
};

}  // namespace monitorai::store
