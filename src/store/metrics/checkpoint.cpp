#include "store/metrics/checkpoint.h"

#include "store/disk/bytes.h"
#include "store/disk/frame.h"

namespace monitorai::store {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kMagic = "MAICKPT1";
constexpr char kHeaderGroup = 'H';
constexpr char kPairsGroup = 'P';
constexpr char kSeriesGroup = 'S';
constexpr char kBatchGroup = 'B';
constexpr char kEndGroup = 'E';
constexpr size_t kGroupBytes = 256 << 10;
constexpr uint64_t kFileBytesMax = uint64_t{16} << 30;

fs::path temporary(const fs::path& path) { return path.native() + ".new"; }

}  // namespace

Result<CheckpointWriter> CheckpointWriter::begin(fs::path path, FileSystem& files, const CheckpointHeader& header) {
  MAI_TRY_ASSIGN(auto file, files.create(temporary(path)));
  CheckpointWriter writer(std::move(path), files, std::move(file));
  MAI_TRY(writer.file_->append(kMagic));
  MAI_TRY(writer.open_group(kHeaderGroup));
  put_varint(writer.group_, header.first_segment);
  put_varint(writer.group_, header.next_id);
  return writer;
}

Result<void> CheckpointWriter::flush() {
  if (group_.empty()) return {};
  const std::string header = frame_header(group_);
  MAI_TRY(file_->append(header));
  MAI_TRY(file_->append(group_));
  bytes_ += header.size() + group_.size();
  group_.clear();
  return {};
}

/// Continues the present group where it is of this kind and has room.
Result<void> CheckpointWriter::open_group(char kind) {
  if (!group_.empty() && group_[0] == kind && kind != kBatchGroup && group_.size() < kGroupBytes) return {};
  MAI_TRY(flush());
  group_ = kind;
  last_id_ = 0;
  last_ms_ = 0;
  return {};
}

Result<void> CheckpointWriter::pair(std::string_view name, std::string_view value) {
  MAI_TRY(open_group(kPairsGroup));
  put_text(group_, name);
  put_text(group_, value);
  return {};
}

Result<void> CheckpointWriter::series(const CheckpointSeries& series) {
  MAI_TRY(open_group(kSeriesGroup));
  put_signed(group_, static_cast<int64_t>(series.id) - static_cast<int64_t>(last_id_));
  put_varint(group_, series.pairs.size());
  for (const PairId pair : series.pairs) put_varint(group_, pair);
  put_signed(group_, minus(series.newest.time.ms, last_ms_));
  put_word(group_, series.newest.value);
  put_signed(group_, series.registered_day);
  put_varint(group_, series.chunks.size());
  for (const ChunkBytes& chunk : series.chunks) {
    put_varint(group_, (chunk.count << 1) | (chunk.sealed ? 1 : 0));
    put_text(group_, chunk.times);
    put_text(group_, chunk.values);
  }
  last_id_ = series.id;
  last_ms_ = series.newest.time.ms;
  ++series_count_;
  return {};
}

Result<void> CheckpointWriter::batch(std::string_view payload) {
  MAI_TRY(open_group(kBatchGroup));
  group_ += payload;
  return {};
}

Result<uint64_t> CheckpointWriter::finish() {
  MAI_TRY(open_group(kEndGroup));
  put_varint(group_, series_count_);
  MAI_TRY(flush());
  MAI_TRY(file_->sync());
  MAI_TRY(files_->rename(temporary(path_), path_));
  MAI_TRY(files_->sync_folder(path_.parent_path()));
  return bytes_;
}

namespace {

class Reader {
 public:
  explicit Reader(CheckpointVisitor& visitor) : visitor_(visitor) {}

  bool complete() const { return complete_; }
  /// False when the group is none.
  Result<bool> group(std::string_view payload) {
    ByteReader in(payload);
    switch (in.byte()) {
      case kHeaderGroup: {
        CheckpointHeader header{in.varint(), static_cast<StorageId>(in.varint())};
        if (in.ok()) visitor_.on_header(header);
        return in.ok() && in.at_end();
      }
      case kPairsGroup:
        while (!in.at_end()) {
          const std::string_view name = in.text();
          const std::string_view value = in.text();
          if (!in.ok()) return false;
          visitor_.on_pair(name, value);
        }
        return in.ok();
      case kSeriesGroup:
        return series(in);
      case kBatchGroup:
        MAI_TRY(visitor_.on_batch(payload.substr(1)));
        return true;
      case kEndGroup:
        complete_ = in.varint() == series_count_ && in.ok();
        return complete_;
      default:
        return false;
    }
  }

 private:
  Result<bool> series(ByteReader in) {
    StorageId id = 0;
    int64_t ms = 0;
    while (!in.at_end()) {
      CheckpointSeries one;
      one.id = id += static_cast<StorageId>(in.signed_varint());
      pairs_.clear();
      const uint64_t pair_count = in.varint();
      for (uint64_t i = 0; i < pair_count && in.ok(); ++i) pairs_.push_back(static_cast<PairId>(in.varint()));
      one.newest.time.ms = ms = plus(ms, in.signed_varint());
      one.newest.value = in.word<double>();
      one.registered_day = static_cast<int32_t>(in.signed_varint());
      chunks_.clear();
      const uint64_t chunk_count = in.varint();
      for (uint64_t i = 0; i < chunk_count && in.ok(); ++i) {
        const uint64_t head = in.varint();
        const std::string_view times = in.text();
        chunks_.push_back({(head & 1) != 0, head >> 1, times, in.text()});
      }
      if (!in.ok()) return false;
      one.pairs = pairs_;
      one.chunks = chunks_;
      MAI_TRY(visitor_.on_series(one));
      ++series_count_;
    }
    return in.ok();
  }

  CheckpointVisitor& visitor_;
  std::vector<PairId> pairs_;
  std::vector<ChunkBytes> chunks_;
  uint64_t series_count_ = 0;
  bool complete_ = false;
};

}  // namespace

namespace {

struct IgnoreAll final : CheckpointVisitor {
  void on_header(const CheckpointHeader&) override {}
  void on_pair(std::string_view, std::string_view) override {}
  Result<void> on_series(const CheckpointSeries&) override { return {}; }
  Result<void> on_batch(std::string_view) override { return {}; }
};

Result<void> visit(const fs::path& path, std::string_view whole, CheckpointVisitor& visitor) {
  std::string_view bytes = whole;
  const auto damaged = [&](std::string_view what) {
    return Error{Code::corrupt,
                 fmt::format("cannot read {} ({} bytes): {} at offset {}", path.native(), whole.size(), what, whole.size() - bytes.size())};
  };
  if (!bytes.starts_with(kMagic)) return damaged("it is no checkpoint of this version");
  bytes.remove_prefix(kMagic.size());
  Reader reader(visitor);
  while (!bytes.empty()) {
    const auto payload = take_frame(bytes);
    if (!payload) return damaged("a group is damaged");
    MAI_TRY_ASSIGN(const bool good, reader.group(*payload));
    if (!good) return damaged("a group is malformed before");
  }
  if (!reader.complete()) return damaged("the end is missing");
  return {};
}

}  // namespace

Result<void> read_checkpoint(const fs::path& path, FileSystem& files, CheckpointVisitor& visitor) {
  MAI_TRY_ASSIGN(const std::string whole, files.read(path, kFileBytesMax));
  IgnoreAll ignore;
  MAI_TRY(visit(path, whole, ignore));
  return visit(path, whole, visitor);
}

}  // namespace monitorai::store
