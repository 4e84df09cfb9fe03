#include "store/logs/block_hashes.h"

#include "store/logs/log_hash.h"

namespace monitorai::store {
namespace {

/// Of all sets in memory, about 16 bytes each.
constexpr size_t kLinesKnownMax = 2'000'000;
constexpr size_t kBlocksKnownMax = 4096;

}  // namespace

const BlockHashes::Known& BlockHashes::load(const std::shared_ptr<LogPartition>& partition, const BlockEntry& entry) {
  Known known{partition, entry.key, {}};
  auto read = partition->read_body(entry, body_);
  if (read) read = decode_block(body_, columns_);
  if (read) {
    const signals::LogBlock& block = columns_.view(0, columns_.size());
    known.hashes.reserve(block.size());
    std::vector<signals::LabelView> metadata;
    for (size_t i = 0; i < block.size(); ++i) {
      metadata.clear();
      for (const signals::Label& label : block.metadata(i)) metadata.push_back({label.name, label.value});
      known.hashes.insert(line_hash(block.times_ns[i], block.line(i), metadata, seed_));
    }
  }
  lines_ += known.hashes.size();
  used_.push_front(std::move(known));
  by_key_[{partition.get(), entry.key}] = used_.begin();
  while ((lines_ > kLinesKnownMax || used_.size() > kBlocksKnownMax) && used_.size() > 1) {
    lines_ -= used_.back().hashes.size();
    by_key_.erase({used_.back().partition.get(), used_.back().key});
    used_.pop_back();
  }
  return used_.front();
}

bool BlockHashes::has(const std::shared_ptr<LogPartition>& partition, const BlockEntry& entry, uint64_t hash) {
  if (const auto found = by_key_.find({partition.get(), entry.key}); found != by_key_.end()) {
    used_.splice(used_.begin(), used_, found->second);
    return found->second->hashes.contains(hash);
  }
  return load(partition, entry).hashes.contains(hash);
}

void BlockHashes::forget(const LogPartition* partition) {
  std::erase_if(by_key_, [&](const auto& known) { return known.first.first == partition; });
  std::erase_if(used_, [&](const Known& known) {
    if (known.partition.get() != partition) return false;
    lines_ -= known.hashes.size();
    return true;
  });
}

}  // namespace monitorai::store
