#pragma once
// A request of Loki's push API, decoded to views and handed to the store: snappy-compressed protobuf `logproto.PushRequest`, or JSON.
// The adapter of snappy, protozero and simdjson for logs that are pushed to us.
// Source: grafana.com/docs/loki/latest/reference/loki-http-api (ingest logs); field numbers of Loki's pkg/push/push.proto.

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "signals/logs.h"

namespace monitorai::collect {

/// The uncompressed size that a request may have at most.
inline constexpr size_t kLokiPushBytesMax = 64 * 1024 * 1024;
/// Labels that a stream, and pairs of structured metadata that a line may have at most, for any store: its own limits may be lower.
inline constexpr size_t kLokiPushPairsMax = 256;

/// A decoded request. Views point into its own bytes, so it does not move.
///
/// What makes the request unreadable is an error; what makes a stream or a line none is refused and counted, and the others are kept.
/// Text that is not UTF-8 is repaired: each wrong byte becomes U+FFFD. One line end at the end of a line is taken off.
class LokiPush {
 public:
  /// Code::invalid: not snappy, not protobuf; Code::exhausted: it would be larger than kLokiPushBytesMax.
  static Result<std::unique_ptr<LokiPush>> decode_protobuf(std::string_view compressed);
  /// Code::invalid: not JSON, or not that of a push; Code::exhausted: larger than kLokiPushBytesMax.
  static Result<std::unique_ptr<LokiPush>> decode_json(std::string_view body);

  LokiPush(const LokiPush&) = delete;
  LokiPush& operator=(const LokiPush&) = delete;

  std::span<const signals::StreamWrite> streams() const { return streams_; }
  /// Streams of the request, the refused ones too.
  size_t streams_sent() const { return streams_sent_; }
  /// Lines of streams that are no streams (no labels, labels that do not parse, a name twice), lines with a time out of range or bad
  /// metadata; and the first of these problems, in Loki's words where it has some.
  size_t invalid_lines() const { return invalid_lines_; }
  const std::string& first_problem() const { return first_problem_; }
  /// Of the lines in streams().
  size_t line_bytes() const { return line_bytes_; }

 private:
  friend class LokiPushBuilder;
  LokiPush() = default;

  std::string bytes_;                   ///< of protobuf
  std::shared_ptr<const void> owner_;   ///< of JSON's texts
  std::deque<std::string> texts_;  ///< that are not views of bytes_: unescaped, repaired
  std::vector<signals::LabelView> pairs_;
  std::vector<signals::LogLineView> lines_;
  std::vector<signals::StreamWrite> streams_;
  size_t streams_sent_ = 0;
  size_t invalid_lines_ = 0;
  size_t line_bytes_ = 0;
  std::string first_problem_;
};

/// The protobuf body that holds these streams: what decode_protobuf() reads back.
std::string encode_loki_push(std::span<const signals::StreamWrite> streams);

}  // namespace monitorai::collect
