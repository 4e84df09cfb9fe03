#pragma once
// Inside loki_push: what both encodings share. Fills a LokiPush stream by stream; the flat vectors may move while they grow, so streams
// and lines are kept as ranges until finish().

#include "collect/push/loki_push.h"

namespace monitorai::collect {

class LokiPushBuilder {
 public:
  LokiPushBuilder() : out_(new LokiPush()) {}

  /// Where the decoder keeps the bytes that it gives views of.
  std::string& bytes() { return out_->bytes_; }
  /// Keeps what owns such bytes as long as the LokiPush.
  void own(std::shared_ptr<const void> owner) { out_->owner_ = std::move(owner); }

  /// One stream: labels first, then lines; end_stream() refuses or keeps it. The texts must live as long as the LokiPush, or be copied
  /// with keep().
  void begin_stream();
  void labels_text(std::string_view text);
  void label(std::string_view name, std::string_view value);
  /// Metadata of the next line.
  void metadata(std::string_view name, std::string_view value);
  /// nullopt: a time that nanoseconds in 64 bits do not hold.
  void line(std::optional<TimeNs> time, std::string_view text);
  void end_stream();

  std::string_view keep(std::string text) { return out_->texts_.emplace_back(std::move(text)); }
  std::unique_ptr<LokiPush> finish();

 private:
  struct Range {
    size_t from = 0;
    size_t to = 0;
  };
  struct StreamRanges {
    Range labels, lines;
  };
  void refuse_line(const std::string& problem);
  void refuse_stream(const std::string& problem);
  std::string problem_of_labels(std::span<const signals::LabelView> labels) const;
  std::string shown() const;
  size_t tidy(std::vector<signals::LabelView>& pairs, size_t from);
  std::string_view repaired(std::string_view text);

  std::unique_ptr<LokiPush> out_;
  std::vector<StreamRanges> streams_;
  std::vector<Range> metadata_of_;              // for each line of out_
  std::vector<signals::LabelView> labels_;      // of the stream that is being read
  std::vector<signals::LabelView> pending_;     // metadata of the next line
  std::string labels_problem_;
  std::string_view labels_text_;
  size_t first_line_ = 0;
  size_t refused_lines_ = 0;  // of this stream
};

}  // namespace monitorai::collect
