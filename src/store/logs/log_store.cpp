#include "store/logs/log_store.h"

#include <algorithm>
#include <random>
#include <set>

#include "base/log.h"
#include "base/text.h"
#include "store/logs/log_stream_set.h"

namespace monitorai::store {

using signals::Label;
using signals::LogListener;
using signals::LogRange;
using signals::Matcher;
using signals::StreamSet;

namespace {

uint64_t random_seed() {
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

std::vector<std::string> cut(const std::set<std::string_view>& texts, size_t limit) {
  std::vector<std::string> out;
  for (const std::string_view text : texts) {
    if (limit > 0 && out.size() == limit) break;
    out.emplace_back(text);
  }
  return out;
}

}  // namespace

LogStore::LogStore(LogSettings settings, FolderLock lock, const Clock& clock, FileSystem& files)
    : settings_(std::move(settings)),
      lock_(std::move(lock)),
      clock_(clock),
      hash_seed_(random_seed()),
      log_(settings_.folder / "log", files, kLogSegmentMagic),
      filters_(std::make_shared<FilterCache>(settings_.filter_cache_bytes)),
      partitions_(settings_.folder, settings_.partition, "logs",
                  [this](const std::filesystem::path& path, int64_t begin_ms, int64_t end_ms) {
                    return LogPartition::open(path, begin_ms, end_ms, filters_);
                  }),
      persisted_hashes_(hash_seed_),
      last_thorough_(clock.monotonic()),
      clock_watch_(clock) {}

Result<std::unique_ptr<LogStore>> LogStore::open(LogSettings settings, const Clock& clock, FileSystem& files) {
  if (settings.partition < std::chrono::minutes(1))
    return Error{Code::invalid, "cannot open log store: a partition is at least a minute"};
  if (settings.limits.line_bytes_max == 0 || settings.limits.line_bytes_max > kLineBytesMax)
    return Error{Code::invalid, fmt::format("cannot open log store: lines of {} bytes are not possible (1..{})",
                                            settings.limits.line_bytes_max, kLineBytesMax)};
  if (settings.block_bytes == 0 || settings.block_bytes > kBlockBytesMax)
    return Error{Code::invalid,
                 fmt::format("cannot open log store: blocks of {} bytes are not possible (1..{})", settings.block_bytes, kBlockBytesMax)};
  std::error_code error;
  std::filesystem::create_directories(settings.folder, error);
  if (error) return system_error(fmt::format("cannot create data folder {}", settings.folder.native()), error.value());
  MAI_TRY_ASSIGN(FolderLock lock, FolderLock::take(settings.folder));
  std::unique_ptr<LogStore> store(new LogStore(std::move(settings), std::move(lock), clock, files));
  if (auto recovered = store->recover(); !recovered) return wrap(recovered.error(), "cannot open log store");
  store->start_background();
  return store;
}

void LogStore::start_background() {
  if (settings_.background)
    threads_.start({"logs", log_, settings_.sync_interval, [this] { return sync(); }, [this] { return maintain(); }});
}

LogStore::~LogStore() {
  threads_.stop();
  if (const auto synced = sync(); !synced) log::error("the last log lines may not be on disk", {{"error", synced.error().message}});
}

std::vector<LogStore::StreamPtr> LogStore::all_streams() const {
  const std::shared_lock lock(index_mutex_);
  return streams_;
}

std::vector<StreamView> LogStore::views(std::span<const Matcher> matchers, LogRange range) const {
  std::vector<StreamPtr> selected;
  {
    const std::shared_lock lock(index_mutex_);
    for (const StreamPtr& stream : streams_)
      if (std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& matcher) { return matcher.matches(stream->labels.value(matcher.name())); }))
        selected.push_back(stream);
  }
  std::vector<StreamView> out;
  for (StreamPtr& stream : selected) {
    StreamView view = StreamView::of(std::move(stream));
    if (view.touches(range)) out.push_back(std::move(view));
  }
  return out;
}

Result<std::unique_ptr<StreamSet>> LogStore::select(std::span<const Matcher> matchers, LogRange range) const {
  return std::unique_ptr<StreamSet>(std::make_unique<StoredStreams>(views(matchers, range)));
}

Result<std::vector<std::string>> LogStore::label_names(std::span<const Matcher> matchers, LogRange range, size_t limit) const {
  const std::vector<StreamView> found = views(matchers, range);
  std::set<std::string_view> names;
  for (const StreamView& view : found)
    for (const Label& label : view.stream->labels) names.insert(label.name);
  return cut(names, limit);
}

Result<std::vector<std::string>> LogStore::label_values(std::string_view name, std::span<const Matcher> matchers, LogRange range,
                                                        size_t limit) const {
  const std::vector<StreamView> found = views(matchers, range);
  std::set<std::string_view> values;
  for (const StreamView& view : found)
    for (const Label& label : view.stream->labels)
      if (label.name == name) values.insert(label.value);
  return cut(values, limit);
}

std::shared_ptr<void> LogStore::listen(std::vector<Matcher> matchers, LogListener listener) const {
  return listeners_.add(std::move(matchers), std::move(listener));
}

LogStoreCounts LogStore::counts() const {
  LogStoreCounts out;
  {
    const std::lock_guard lock(counts_mutex_);
    out = counts_;
  }
  {
    const std::shared_lock lock(index_mutex_);
    out.streams = streams_.size();
  }
  out.head_bytes = head_bytes_;
  out.waiting_bytes = waiting_bytes_;
  out.filter_bytes = filters_->bytes();
  return out;
}

LogDiskUsage LogStore::disk_usage() const {
  LogDiskUsage out{partitions_.list()->size(), partitions_.bytes(), 0};
  std::error_code ignored;
  for (std::filesystem::directory_iterator entry(settings_.folder / "log", ignored), end; !ignored && entry != end; entry.increment(ignored))
    if (std::error_code error; entry->is_regular_file(error)) out.log_bytes += entry->file_size(error);
  return out;
}

}  // namespace monitorai::store
