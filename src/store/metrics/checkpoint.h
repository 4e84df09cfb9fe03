#pragma once
// The checkpoint: everything of the head that is in no partition, and the labels of all series, so that the batch log can begin anew.
// One file, replaced atomically: a header, framed groups (label pairs, series, batch entries), and an end that says it is whole.
// Encoder and decoder; grammar in docs/formats/batch-log.md.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/disk/file_system.h"
#include "store/metrics/chunk.h"
#include "store/metrics/series.h"

namespace monitorai::store {

struct CheckpointHeader {
  uint64_t first_segment = 0;  ///< of the batch log: older ones are contained
  StorageId next_id = 1;
};

/// One chunk as bytes; views into the head when written, into the file when read.
struct ChunkBytes {
  bool sealed = false;
  size_t count = 0;
  std::string_view times;
  std::string_view values;
};

struct CheckpointSeries {
  StorageId id = 0;
  std::span<const PairId> pairs;  ///< numbers of pairs in this file
  signals::Sample newest;
  int32_t registered_day = 0;
  std::span<const ChunkBytes> chunks;
};

class CheckpointWriter {
 public:
  /// Writes beside `path`; finish() puts it in its place.
  static Result<CheckpointWriter> begin(std::filesystem::path path, FileSystem& files, const CheckpointHeader& header);
  /// All pairs in the order of their numbers, before the first series.
  Result<void> pair(std::string_view name, std::string_view value);
  Result<void> series(const CheckpointSeries& series);
  /// Entries as a BatchEncoder makes them.
  Result<void> batch(std::string_view payload);
  /// Bytes written.
  Result<uint64_t> finish();

 private:
  CheckpointWriter(std::filesystem::path path, FileSystem& files, std::unique_ptr<FileSystem::File> file)
      : path_(std::move(path)), files_(&files), file_(std::move(file)) {}
  Result<void> open_group(char kind);
  Result<void> flush();

  std::filesystem::path path_;
  FileSystem* files_;
  std::unique_ptr<FileSystem::File> file_;
  std::string group_;
  StorageId last_id_ = 0;
  int64_t last_ms_ = 0;
  uint64_t series_count_ = 0;
  uint64_t bytes_ = 0;
};

class CheckpointVisitor {
 public:
  virtual ~CheckpointVisitor() = default;
  virtual void on_header(const CheckpointHeader& header) = 0;
  virtual void on_pair(std::string_view name, std::string_view value) = 0;
  virtual Result<void> on_series(const CheckpointSeries& series) = 0;
  virtual Result<void> on_batch(std::string_view payload) = 0;
};

/// Visits all of it, once it is known to be whole: `visitor` sees nothing of a damaged one unless its groups contradict each other.
/// Code::not_found when there is none, Code::corrupt when it is damaged.
Result<void> read_checkpoint(const std::filesystem::path& path, FileSystem& files, CheckpointVisitor& visitor);

}  // namespace monitorai::store
