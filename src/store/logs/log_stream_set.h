#pragma once
// What a selector found, as it was at that moment: the views share heads and directories with the store, which go on growing behind them.

#include "store/logs/log_cursor.h"

namespace monitorai::store {

class StoredStreams final : public signals::StreamSet {
 public:
  explicit StoredStreams(std::vector<StreamView> views) : views_(std::move(views)) {}

  size_t size() const override { return views_.size(); }
  const signals::Labels& labels(size_t stream) const override { return views_[stream].stream->labels; }
  Result<std::unique_ptr<signals::LogCursor>> read(size_t stream, signals::LogRange range, signals::Direction direction,
                                                   const signals::Needles& needles) const override;
  signals::StreamUsage usage(size_t stream, signals::LogRange range) const override;

 private:
  const std::vector<StreamView> views_;
};

}  // namespace monitorai::store
