#pragma once
// Prometheus's remote_write 1.0: snappy-compressed protobuf `prometheus.WriteRequest`, decoded to views of the uncompressed bytes and
// handed to the store. Labels are read only of series for which the store asks. The adapter of snappy and protozero for what is pushed to us.
// Source: prometheus.io/docs/specs/prw/remote_write_spec; field numbers of prompb/remote.proto and prompb/types.proto.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "signals/samples.h"

namespace monitorai::collect {

/// The uncompressed size that a request may have at most.
inline constexpr size_t kRemoteWriteBytesMax = 64 * 1024 * 1024;
/// Labels that one series may have at most.
inline constexpr size_t kLabelsMax = 256;

/// A decoded request. Views point into its own bytes, so it does not move.
class RemoteWrite final : public signals::UnreadSeries {
 public:
  /// Code::invalid: not snappy, not protobuf; Code::exhausted: it would be larger than kRemoteWriteBytesMax.
  static Result<std::unique_ptr<RemoteWrite>> decode(std::string_view compressed);

  RemoteWrite(const RemoteWrite&) = delete;
  RemoteWrite& operator=(const RemoteWrite&) = delete;

  std::span<const signals::SeriesWrite> series() const override { return series_; }
  std::string_view encoded(size_t series) const override { return messages_[series].labels; }
  std::span<const signals::LabelView> labels(size_t series) override;

  std::span<const signals::MetadataWrite> metadata() const { return metadata_; }
  /// Samples of those series read so far that are no series (no name, a label twice, not UTF-8, too many labels), and why the first is not.
  size_t invalid_samples() const { return invalid_samples_; }
  const std::string& first_problem() const { return first_problem_; }
  /// Native histograms, which are not supported yet.
  size_t native_histograms() const { return native_histograms_; }

 private:
  friend class RemoteWriteDecoder;
  /// A TimeSeries: all of it, and its labels where they stand together.
  struct Message {
    std::string_view all;
    std::string_view labels;
  };
  struct ReadLabels {
    const signals::LabelView* first = nullptr;
    size_t count = 0;
    bool read = false;
  };
  RemoteWrite() = default;
  std::span<const signals::LabelView> keep(std::span<const signals::LabelView> labels);
  void refuse(size_t series, std::span<const signals::LabelView> labels, const std::string& problem);

  std::string bytes_;
  std::vector<Message> messages_;
  std::vector<signals::Sample> samples_;
  std::vector<signals::LabelView> exemplar_labels_;
  std::vector<signals::ExemplarView> exemplars_;
  std::vector<signals::SeriesWrite> series_;
  std::vector<signals::MetadataWrite> metadata_;
  std::vector<ReadLabels> read_;                        ///< by series; empty until the first is asked for
  std::vector<signals::LabelView> reading_;
  std::vector<std::vector<signals::LabelView>> kept_;   ///< blocks that do not grow beyond their first capacity
  size_t invalid_samples_ = 0;
  size_t native_histograms_ = 0;
  std::string first_problem_;
};

/// The body of a remote_write 1.0 request that holds these series: what decode() reads back.
std::string encode_remote_write(std::span<const signals::SeriesWrite> series, std::span<const signals::MetadataWrite> metadata = {});

}  // namespace monitorai::collect
