#pragma once
// Reads one stream of a snapshot block by block, in one direction, and merges where blocks overlap in time: late lines stand in a later
// block than their neighbours. Holds as many decoded blocks as overlap at one time, one as a rule.

#include "store/logs/gram_filter.h"
#include "store/logs/log_stream.h"

namespace monitorai::store {

class StoredLogCursor final : public signals::LogCursor {
 public:
  StoredLogCursor(const StreamView& view, signals::LogRange range, signals::Direction direction, GramQuery query);

  std::optional<signals::LogRange> peek() const override;
  Result<const signals::LogBlock*> next() override;

 private:
  struct Piece {
    int64_t from_ns = 0;
    int64_t to_ns = 0;
    uint64_t order = 0;  ///< of arrival
    std::shared_ptr<const LogPartition> partition;  ///< null: in memory
    BlockEntry entry;
    LogHead::Snapshot memory;
  };
  struct Active {
    uint64_t order = 0;
    size_t begin = 0;  ///< of the lines that are still to come
    size_t end = 0;
    signals::LogBlock block;
    LogHead::Snapshot memory;
    std::unique_ptr<LineColumns> columns;
    int64_t first_ns() const { return block.times_ns[begin]; }
    int64_t last_ns() const { return block.times_ns[end - 1]; }
  };
  /// The next line that an active block has to give, in the direction.
  bool passes(const Piece& piece) const;
  void settle() const;
  bool must_join(const Piece& piece) const;
  bool before_all(const Piece& piece) const;
  Result<void> load(const Piece& piece);
  Result<bool> fill(const Piece& piece, Active& active);
  const signals::LogBlock* emit();
  const signals::LogBlock* merge(std::span<const std::pair<size_t, size_t>> parts);

  const signals::LogRange range_;
  const bool forward_;
  const GramQuery query_;
  std::vector<Piece> pieces_;  ///< in the direction
  mutable size_t at_ = 0;
  std::vector<std::unique_ptr<Active>> active_;
  std::vector<std::unique_ptr<LineColumns>> spare_;
  LineColumns merged_;
  signals::LogBlock out_;
  std::vector<uint32_t> out_ends_;
  std::string body_;
};

}  // namespace monitorai::store
