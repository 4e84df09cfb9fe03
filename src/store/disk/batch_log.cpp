#include "store/disk/batch_log.h"

#include "base/text.h"
#include "store/disk/bytes.h"
#include "store/disk/frame.h"

namespace monitorai::store {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kExtension = ".log";
constexpr uint64_t kSegmentBytesMax = uint64_t{4} << 30;

std::optional<uint64_t> segment_number(std::string_view name) {
  if (!name.ends_with(kExtension)) return std::nullopt;
  return parse_integer<uint64_t>(name.substr(0, name.size() - kExtension.size()));
}

}  // namespace

fs::path BatchLog::path_of(uint64_t segment) const { return folder_ / fmt::format("{:010}{}", segment, kExtension); }

Result<void> BatchLog::replay(const fs::path& path, const BatchReader& reader, Replayed& out) {
  MAI_TRY_ASSIGN(const std::string whole, files_.read(path, kSegmentBytesMax));
  std::string_view bytes = whole;
  if (!bytes.starts_with(magic_)) {
    // A segment that died in its first write has nothing to lose.
    out.torn_bytes += bytes.size();
    return {};
  }
  bytes.remove_prefix(magic_.size());
  while (const auto payload = take_frame(bytes)) {
    ++out.batches;
    if (!reader(*payload)) ++out.damaged;
  }
  out.bytes += whole.size();
  out.torn_bytes += bytes.size();
  return {};
}

Result<Replayed> BatchLog::open(uint64_t first_segment, const BatchReader& reader) {
  MAI_TRY(files_.make_folder(folder_));
  MAI_TRY_ASSIGN(const std::vector<std::string> names, files_.list(folder_));
  Replayed out;
  segment_ = first_segment;
  for (const std::string& name : names) {
    const auto number = segment_number(name);
    if (!number) continue;
    segment_ = std::max(segment_, *number);
    if (*number < first_segment) continue;
    if (auto read = replay(folder_ / name, reader, out); !read) return wrap(read.error(), "cannot replay batch log");
  }
  MAI_TRY(begin_segment());
  return out;
}

Result<uint64_t> BatchLog::begin_segment() {
  if (file_ != nullptr) {
    MAI_TRY(file_->sync());
    const std::lock_guard lock(sync_mutex_);
    synced_ = appended_.load();
  }
  const uint64_t next = segment_ + 1;
  MAI_TRY_ASSIGN(std::shared_ptr<FileSystem::File> file, files_.create(path_of(next)));
  if (auto begun = file->append(magic_); !begun) {
    (void)files_.remove(path_of(next));
    return begun.error();
  }
  MAI_TRY(files_.sync_folder(folder_));
  segment_ = next;
  bytes_ = magic_.size();
  const std::lock_guard lock(file_mutex_);
  file_ = std::move(file);
  return segment_;
}

void BatchLog::cut() {
  if (file_->truncate(bytes_)) return;
  // What is torn now stays at the end of this segment for ever; batches before it are on their way to the disk as well as may be.
  (void)file_->sync();
  const std::lock_guard lock(file_mutex_);
  file_.reset();
}

Result<void> BatchLog::probe() {
  if (file_ == nullptr) MAI_TRY(begin_segment());
  // No record begins like this, should the program end before it is taken off again.
  auto written = file_->append(std::string(kProbeBytes, '\xff'));
  cut();
  return written;
}

Result<void> BatchLog::append(std::string_view payload) {
  if (payload.size() > kFrameBytesMax)
    return Error{Code::exhausted, fmt::format("cannot log batch of {} bytes: a record holds {}", payload.size(), kFrameBytesMax)};
  if (file_ == nullptr) MAI_TRY(begin_segment());
  const std::string header = frame_header(payload);
  if (auto written = file_->append(header, payload); !written) {
    cut();
    return written;
  }
  bytes_ += header.size() + payload.size();
  appended_.fetch_add(1);
  // Either this sees that somebody waits, or he sees the batch: both orders are sequentially consistent.
  if (waited_for_) {
    { const std::lock_guard lock(wait_mutex_); }
    unsynced_.notify_one();
  }
  return {};
}

Result<void> BatchLog::sync_to(uint64_t batches) {
  const std::lock_guard lock(sync_mutex_);
  if (synced_ >= batches) return {};
  const uint64_t now = appended();
  std::shared_ptr<FileSystem::File> file;
  {
    const std::lock_guard file_lock(file_mutex_);
    file = file_;
  }
  if (file != nullptr) MAI_TRY(file->sync());
  synced_ = now;
  return {};
}

bool BatchLog::wait_unsynced(const std::stop_token& stop) {
  std::unique_lock lock(wait_mutex_);
  waited_for_ = true;
  unsynced_.wait(lock, stop, [&] { return appended_.load() > synced_.load(); });
  waited_for_ = false;
  return !stop.stop_requested();
}

Result<void> BatchLog::remove_before(uint64_t segment) {
  MAI_TRY_ASSIGN(const std::vector<std::string> names, files_.list(folder_));
  for (const std::string& name : names)
    if (const auto number = segment_number(name); number && *number < segment) MAI_TRY(files_.remove(folder_ / name));
  return {};
}

}  // namespace monitorai::store
