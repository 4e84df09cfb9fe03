#pragma once
// The hashes of the lines of blocks that lie in partitions, for lines that may be there already: a sender that starts again sends its last
// lines once more. Blocks are decoded on demand; the sets used last stay in memory. Belongs to the holder of the write lock.

#include <boost/unordered/unordered_flat_set.hpp>
#include <list>
#include <map>

#include "store/logs/log_block.h"
#include "store/logs/log_partition.h"

namespace monitorai::store {

class BlockHashes {
 public:
  explicit BlockHashes(uint64_t seed) : seed_(seed) {}

  /// Whether the block holds a line with this hash. A block that cannot be read holds nothing.
  bool has(const std::shared_ptr<LogPartition>& partition, const BlockEntry& entry, uint64_t hash);
  /// Lets go of a partition that is gone.
  void forget(const LogPartition* partition);

 private:
  struct Known {
    std::shared_ptr<LogPartition> partition;
    int64_t key = 0;
    boost::unordered_flat_set<uint64_t> hashes;
  };
  const Known& load(const std::shared_ptr<LogPartition>& partition, const BlockEntry& entry);

  const uint64_t seed_;
  std::list<Known> used_;  ///< most recently used first
  std::map<std::pair<const LogPartition*, int64_t>, std::list<Known>::iterator> by_key_;
  size_t lines_ = 0;
  LineColumns columns_;
  std::string body_;
};

}  // namespace monitorai::store
