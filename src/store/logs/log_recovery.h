#pragma once
// Rebuilds streams and heads from the partitions' directories and the batch log. The log may tell lines again that are in a partition, and
// after a crash in a checkpoint the same lines twice: each line has its number in its stream, and each partition knows up to which number
// it has the stream's lines of its day. Used once, by LogStore::open(), before any other thread knows the store.

#include <unordered_map>

#include "store/logs/log_store.h"

namespace monitorai::store {

class LogRecovery final : public LogRecordVisitor {
 public:
  explicit LogRecovery(LogStore& store) : store_(store) {}

  /// Partitions come oldest first, before the log.
  Result<void> take(const std::shared_ptr<LogPartition>& partition);
  void on_stream(StreamId id, std::span<const signals::LabelView> labels) override;
  void on_line(StreamId id, uint64_t seq, const signals::LogLineView& line) override;
  /// Once, after the log.
  void finish();

  /// Lines of streams that nothing defines: their definition was damaged.
  uint64_t orphans() const { return orphans_; }

 private:
  struct Known {
    std::shared_ptr<LogStream> stream;
    uint64_t next_seq = 0;  ///< of the log
  };
  LogStore& store_;
  std::unordered_map<StreamId, Known> streams_;
  uint64_t orphans_ = 0;
};

}  // namespace monitorai::store
