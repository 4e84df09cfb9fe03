#pragma once
// What stands in the batch log of the log store: streams and lines of one write. Grammar: docs/formats/log-batch.md.

#include <string>

#include "base/result.h"
#include "signals/logs.h"

namespace monitorai::store {

/// Begins each segment.
inline constexpr std::string_view kLogSegmentMagic = "MAILINE1";

/// Of the whole store: never used twice while anything of the stream is left.
using StreamId = uint32_t;

class LogRecordEncoder {
 public:
  void begin() { out_.clear(); }
  bool empty() const { return out_.empty(); }
  size_t bytes() const { return out_.size(); }
  std::string_view payload() const { return out_; }

  void stream(StreamId id, std::span<const signals::LabelView> labels);
  /// Begins `count` lines of a stream, the first of which has this number in it; then add each.
  void lines(StreamId id, uint64_t first_seq, size_t count);
  void line(const signals::LogLineView& line);

 private:
  std::string out_;
  int64_t last_ns_ = 0;
};

class LogRecordVisitor {
 public:
  virtual ~LogRecordVisitor() = default;
  virtual void on_stream(StreamId id, std::span<const signals::LabelView> labels) = 0;
  /// `seq` is the line's number in its stream.
  virtual void on_line(StreamId id, uint64_t seq, const signals::LogLineView& line) = 0;
};

/// Code::corrupt when the payload is none; what was visited before stays visited.
Result<void> decode_log_record(std::string_view payload, LogRecordVisitor& visitor);

}  // namespace monitorai::store
