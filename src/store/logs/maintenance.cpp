// Upkeep of the log store: how closed heads become blocks in partitions, how the batch log begins anew, and how what is old leaves.

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "store/logs/gram_filter.h"
#include "store/logs/log_store.h"

namespace monitorai::store {

using signals::Label;
using signals::LabelView;
using signals::LogBlock;
using signals::LogLineView;

namespace {

/// Closed heads of this much text go to their partitions together; fewer after this time.
constexpr uint64_t kPersistBytes = 16 << 20;
constexpr std::chrono::seconds kPersistInterval{10};
/// Text that is encoded and written in one transaction.
constexpr size_t kPortionBytes = 32 << 20;
/// A checkpoint closes heads that have at least this part of a block; the rest is written to the new log once more.
constexpr size_t kCarriedPart = 4;
/// Of one record of carried lines.
constexpr size_t kCarryBytes = 4 << 20;
/// A log of this size to which nothing was added for this long is begun anew, for the disk's and the next start's sake.
constexpr std::chrono::minutes kIdleBeforeCheckpoint{10};
constexpr uint64_t kIdleLogBytes = 16 << 20;
/// What need not be done every second is done this often.
constexpr std::chrono::minutes kThoroughInterval{10};
constexpr int64_t kNsPerMs = 1'000'000;

}  // namespace

Result<void> LogStore::maintain() {
  const std::lock_guard one(maintenance_mutex_);
  std::optional<Error> first;
  const auto note = [&](const Result<void>& done) {
    if (!done && !first) first = done.error();
  };
  forget(partitions_.set_damaged_aside());
  const bool clock_holds = clock_watch_.holds();
  const auto now = clock_.monotonic();
  if (const uint64_t appended = log_.appended(); appended != appended_seen_) {
    appended_seen_ = appended;
    last_append_ = now;
  }
  const bool thorough = now - last_thorough_ >= kThoroughInterval;
  const bool idle = now - last_append_ >= kIdleBeforeCheckpoint && log_.segment_bytes() >= carried_bytes_ + kIdleLogBytes;
  const bool grown = log_.segment_bytes() >= carried_bytes_ + settings_.log_bytes_max;
  if (thorough) close_heads([&](const LogHead& head) { return now - head.born >= settings_.block_age; });
  if (checkpoint_wanted_ || idle || grown)
    note(checkpoint_now(settings_.block_bytes / kCarriedPart));
  else if (waiting_bytes_ >= kPersistBytes || (waiting_bytes_ > 0 && now - last_persist_ >= kPersistInterval))
    note(persist());
  if (thorough) {
    last_thorough_ = now;
    remove_old(clock_holds);
  }
  if (blocked_ && !persist_failing_) {
    const std::lock_guard lock(write_mutex_);
    if (log_.probe()) blocked_ = false;
  }
  if (first) return *first;
  return {};
}

Result<void> LogStore::flush() {
  const std::lock_guard one(maintenance_mutex_);
  return checkpoint_now(0);
}

Result<void> LogStore::checkpoint() {
  const std::lock_guard one(maintenance_mutex_);
  return checkpoint_now(settings_.block_bytes / kCarriedPart);
}

void LogStore::close_heads(const std::function<bool(const LogHead&)>& which) {
  const std::lock_guard lock(write_mutex_);
  for (const StreamPtr& stream : streams_)
    if (stream->head != nullptr && stream->head->size() > 0 && which(*stream->head)) close_head(stream);
}

Result<void> LogStore::persist() {
  last_persist_ = clock_.monotonic();
  std::vector<Closed> closed;
  {
    const std::lock_guard lock(write_mutex_);
    std::sort(closed_.begin(), closed_.end(), [](const auto& a, const auto& b) { return a->id < b->id; });
    closed_.erase(std::unique(closed_.begin(), closed_.end()), closed_.end());
    for (const StreamPtr& stream : closed_)
      for (const auto& head : stream->waiting) closed.emplace_back(stream, head);
    closed_.clear();
  }
  for (size_t at = 0; at < closed.size();) {
    size_t n = 0;
    for (size_t bytes = 0; at + n < closed.size() && (n == 0 || bytes < kPortionBytes); ++n) bytes += closed[at + n].second->text_bytes();
    const auto portion = std::span(closed).subspan(at, n);
    if (const auto done = persist_some(portion); !done) {
      persist_failing_ = true;
      {
        const std::lock_guard lock(write_mutex_);
        for (const Closed& left : std::span(closed).subspan(at)) closed_.push_back(left.first);
      }
      const std::lock_guard lock(counts_mutex_);
      ++counts_.persist_failures;
      return wrap(done.error(), "cannot move log lines to their partition");
    }
    publish(portion);
    at += n;
  }
  persist_failing_ = false;
  return {};
}

Result<void> LogStore::persist_some(std::span<const Closed> closed) {
  struct Part {
    StreamPtr stream;
    LogPartition::Item item;
  };
  std::map<int64_t, std::vector<Part>> days;
  LineColumns sorted;
  std::vector<uint32_t> ends;
  for (const auto& [stream, head] : closed) {
    const LogHead::Snapshot snapshot = LogHead::snapshot(head);
    if (!snapshot.sorted) sort_lines(snapshot, sorted);
    const LogBlock whole = snapshot.sorted ? snapshot.block : sorted.view(0, sorted.size());
    for (size_t begin = 0; begin < whole.size();) {
      const int64_t day = partitions_.begin_ms(whole.times_ns[begin]);
      const int64_t day_end_ns = (day + partitions_.length_ms()) * kNsPerMs;
      const auto times = whole.times_ns.subspan(begin);
      const size_t end = begin + static_cast<size_t>(std::lower_bound(times.begin(), times.end(), day_end_ns) - times.begin());
      if (!written_.contains({stream->id, head->end_seq, day})) {
        const LogBlock part = cut_block(whole, begin, end, ends);
        Part& made = days[day].emplace_back();
        made.stream = stream;
        made.item.stream = stream->id;
        made.item.labels = &stream->labels;
        made.item.body = encode_block(part, settings_.compression);
        made.item.filter = make_gram_filter(part.text);
        made.item.entry.end_seq = head->end_seq;
        made.item.entry.from_ns = part.times_ns.front();
        made.item.entry.to_ns = part.times_ns.back();
        made.item.entry.lines = static_cast<uint32_t>(part.size());
        made.item.entry.text_bytes = static_cast<uint32_t>(part.text.size());
      }
      begin = end;
    }
  }
  for (auto& [day, parts] : days) {
    MAI_TRY_ASSIGN(const auto partition, partitions_.find_or_create(day));
    std::vector<LogPartition::Item> items;
    for (Part& part : parts) items.push_back(std::move(part.item));
    MAI_TRY(partition->write(items));
    for (size_t i = 0; i < items.size(); ++i)
      written_[{items[i].stream, items[i].entry.end_seq, day}] = {parts[i].stream, partition, items[i].entry};
  }
  return {};
}

/// What is in partitions now leaves memory, for readers both at the same moment.
void LogStore::publish(std::span<const Closed> closed) {
  uint64_t bytes = 0;
  uint64_t blocks = 0;
  for (const auto& [stream, head] : closed) {
    const std::lock_guard lock(stream->mutex);
    const auto begin = written_.lower_bound({stream->id, head->end_seq, INT64_MIN});
    auto at = begin;
    for (; at != written_.end() && std::get<0>(at->first) == stream->id && std::get<1>(at->first) == head->end_seq; ++at, ++blocks)
      if (!at->second.partition->removed()) stream->day_of(at->second.partition).add(at->second.entry);
    written_.erase(begin, at);
    std::erase(stream->waiting, head);
    bytes += head->text_bytes();
  }
  {
    const std::lock_guard lock(write_mutex_);
    waiting_bytes_ -= bytes;
  }
  room_.notify_all();
  const std::lock_guard lock(counts_mutex_);
  counts_.blocks_persisted += blocks;
  counts_.bytes_persisted += bytes;
}

Result<void> LogStore::checkpoint_now(size_t bytes_min) {
  close_heads([&](const LogHead& head) { return head.text_bytes() >= bytes_min; });
  auto done = persist();
  uint64_t segment = 0;
  uint64_t batches = 0;
  if (done) {
    const std::lock_guard lock(write_mutex_);
    const auto begun = log_.begin_segment();
    if (begun) {
      segment = *begun;
      ++epoch_;
      done = carry();
      carried_bytes_ = log_.segment_bytes();
      batches = log_.appended();
    } else {
      done = begun.error();
    }
  }
  if (done) done = log_.sync_to(batches);
  if (done) done = log_.remove_before(segment);
  if (done) checkpoint_wanted_ = false;
  const std::lock_guard lock(counts_mutex_);
  ++(done ? counts_.checkpoints : counts_.checkpoint_failures);
  if (done) return {};
  return wrap(done.error(), "cannot make a checkpoint of the log store");
}

/// Writes every line that is in no partition to the segment that has just begun, behind the definition of its stream.
Result<void> LogStore::carry() {
  LogRecordEncoder encoder;
  encoder.begin();
  std::vector<LabelView> labels;
  for (const StreamPtr& stream : streams_) {
    const StreamView view = StreamView::of(stream);
    size_t lines = 0;
    for (const auto& memory : view.memory) lines += memory.size;
    if (lines == 0) continue;
    labels.clear();
    for (const Label& label : stream->labels) labels.push_back({label.name, label.value});
    encoder.stream(stream->id, labels);
    // The lines in memory are the stream's last.
    uint64_t seq = stream->next_seq - lines;
    for (const auto& memory : view.memory) {
      for (size_t at = 0; at < memory.size;) {
        size_t n = 0;
        for (size_t bytes = encoder.bytes(); at + n < memory.size && (n == 0 || bytes < kCarryBytes); ++n) bytes += memory.block.line(at + n).size();
        encoder.lines(stream->id, seq, n);
        for (size_t i = at; i < at + n; ++i) {
          labels.clear();
          for (const Label& label : memory.block.metadata(i)) labels.push_back({label.name, label.value});
          encoder.line({{memory.block.times_ns[i]}, memory.block.line(i), labels});
        }
        at += n;
        seq += n;
        if (encoder.bytes() < kCarryBytes) continue;
        MAI_TRY(log_.append(encoder.payload()));
        encoder.begin();
      }
    }
    stream->epoch = epoch_;
  }
  if (encoder.empty()) return {};
  return log_.append(encoder.payload());
}

void LogStore::remove_old(bool by_age) {
  const int64_t oldest_ms = by_age ? (clock_.now() - settings_.retention).ms : INT64_MIN;
  const auto removed = partitions_.remove_old(oldest_ms, settings_.retention_bytes);
  forget(removed);
  const std::lock_guard lock(counts_mutex_);
  counts_.partitions_removed += removed.size();
}

/// Drops the blocks of partitions that are gone, and streams that have nothing left.
void LogStore::forget(const PartitionList<LogPartition>::List& partitions) {
  if (partitions.empty()) return;
  const std::lock_guard lock(write_mutex_);
  for (const auto& partition : partitions) persisted_hashes_.forget(partition.get());
  std::vector<StreamPtr> empty;
  for (const StreamPtr& stream : streams_) {
    const std::lock_guard stream_lock(stream->mutex);
    std::erase_if(stream->days, [](const auto& day) { return day->partition->removed(); });
    if (stream->days.empty() && stream->waiting.empty() && stream->head == nullptr) empty.push_back(stream);
  }
  if (empty.empty()) return;
  {
    const std::lock_guard index_lock(index_mutex_);
    std::erase_if(streams_, [&](const StreamPtr& stream) { return std::find(empty.begin(), empty.end(), stream) != empty.end(); });
  }
  for (const StreamPtr& stream : empty) by_hash_.erase(stream->hash);
  const std::lock_guard counts_lock(counts_mutex_);
  counts_.streams_removed += empty.size();
}

}  // namespace monitorai::store
