// Upkeep of the trace store: how a head becomes blocks in partitions, how the batch log begins anew, and how what is old leaves.

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "store/traces/trace_store.h"

namespace monitorai::store {

using signals::Span;
using signals::SpanBatch;

namespace {

/// What need not be done every second is done this often.
constexpr std::chrono::minutes kThoroughInterval{10};
/// Kept traces that are remembered for their later spans; beyond it all are forgotten.
constexpr size_t kKeptMax = 1 << 20;

bool by_trace_and_start(const Span& a, const Span& b) {
  return std::tuple(a.trace, a.start, a.id) < std::tuple(b.trace, b.start, b.id);
}

}  // namespace

Result<void> TraceStore::maintain() {
  const std::lock_guard one(maintenance_mutex_);
  std::optional<Error> first;
  const auto note = [&](const Result<void>& done) {
    if (!done && !first) first = done.error();
  };
  partitions_.set_damaged_aside();
  const bool clock_holds = clock_watch_.holds();
  const auto now = clock_.monotonic();
  bool full = false;
  {
    const std::lock_guard lock(write_mutex_);
    full = open_->bytes() >= settings_.head_bytes_max || (open_->spans() > 0 && now - open_->born >= settings_.head_age_max);
  }
  if (full) note(close_head());
  note(persist_waiting(false));
  if (now - last_thorough_ >= kThoroughInterval) {
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

Result<void> TraceStore::flush() {
  const std::lock_guard one(maintenance_mutex_);
  bool any = false;
  {
    const std::lock_guard lock(write_mutex_);
    any = open_->spans() > 0;
  }
  if (any) MAI_TRY(close_head());
  return persist_waiting(true);
}

/// The open head waits for its partitions, and a new one and a new segment of the log begin.
Result<void> TraceStore::close_head() {
  const std::lock_guard lock(write_mutex_);
  MAI_TRY_ASSIGN(const uint64_t segment, log_.begin_segment());
  segment_after_[open_->generation()] = segment;
  open_->closed = clock_.monotonic();
  waiting_bytes_ += open_->bytes();
  generation_ = open_->generation() + 1;
  const std::lock_guard memory_lock(memory_mutex_);
  waiting_.push_back(std::move(open_));
  open_ = std::make_shared<TraceHead>(generation_, clock_.monotonic());
  return {};
}

Result<void> TraceStore::persist_waiting(bool all) {
  for (;;) {
    HeadPtr head;
    {
      const std::lock_guard lock(write_mutex_);
      if (waiting_.empty()) return {};
      const bool pressed = waiting_bytes_ > settings_.waiting_bytes_max / 2;
      if (!all && !pressed && clock_.monotonic() - waiting_.front()->closed < settings_.decision_wait) return {};
      head = waiting_.front();
    }
    if (const auto done = persist(head); !done) {
      persist_failing_ = true;
      blocked_ = true;
      const std::lock_guard lock(counts_mutex_);
      ++counts_.persist_failures;
      return wrap(done.error(), "cannot move spans to their partition");
    }
    persist_failing_ = false;
    blocked_ = false;
    // What stands in the log before the segment behind this head is in partitions now.
    const auto behind = segment_after_.find(head->generation());
    if (behind != segment_after_.end()) {
      MAI_TRY(log_.remove_before(behind->second));
      segment_after_.erase(segment_after_.begin(), std::next(behind));
    }
  }
}

Result<void> TraceStore::persist(const HeadPtr& head) {
  SpanBatch batch;
  const TraceHead::Batches records = head->batches();
  for (const auto& record : records) MAI_TRY(decode_spans(record->record, batch));
  std::vector<Span>& spans = batch.spans;
  std::sort(spans.begin(), spans.end(), by_trace_and_start);
  uint64_t dropped = 0;
  uint64_t traces_dropped = 0;
  std::map<int64_t, std::vector<Span>> days;
  for (size_t i = 0; i < spans.size();) {
    size_t end = i;
    while (end < spans.size() && spans[end].trace == spans[i].trace) ++end;
    const auto trace = std::span(spans).subspan(i, end - i);
    const uint64_t hash = std::hash<signals::TraceId>()(trace.front().trace);
    if (settings_.keep && !kept_.contains(hash) && !settings_.keep(trace)) {
      dropped += trace.size();
      ++traces_dropped;
    } else {
      if (settings_.keep) kept_.insert(hash);
      for (const Span& span : trace) days[partitions_.begin_ms(span.start.ns)].push_back(span);
    }
    i = end;
  }
  if (kept_.size() > kKeptMax) kept_.clear();
  std::vector<std::shared_ptr<TracePartition>> written;
  uint64_t blocks_written = 0;
  for (auto& [day, of_day] : days) {
    MAI_TRY_ASSIGN(const auto partition, partitions_.find_or_create(day));
    written.push_back(partition);
    // It was written before something else failed.
    if (partition->generation() >= head->generation()) continue;
    std::vector<EncodedBlock> blocks;
    for (size_t i = 0; i < of_day.size();) {
      // A trace is split only when it alone is more than a block.
      size_t end = std::min(of_day.size(), i + kBlockSpansMax);
      if (end < of_day.size()) {
        size_t whole = end;
        while (whole > i && of_day[whole].trace == of_day[whole - 1].trace) --whole;
        if (whole > i) end = whole;
      }
      blocks.push_back(encode_span_block(std::span(of_day).subspan(i, end - i), settings_.compression));
      i = end;
    }
    MAI_TRY(partition->write(blocks, head->generation()));
    blocks_written += blocks.size();
  }
  {
    const std::lock_guard lock(write_mutex_);
    // For readers at the same moment: the head leaves and the blocks are there.
    const std::lock_guard memory_lock(memory_mutex_);
    for (const auto& partition : written) partition->publish();
    std::erase(waiting_, head);
    waiting_bytes_ -= head->bytes();
  }
  const std::lock_guard lock(counts_mutex_);
  counts_.blocks_persisted += blocks_written;
  counts_.spans_persisted += spans.size() - dropped;
  counts_.spans_sampled_out += dropped;
  counts_.traces_sampled_out += traces_dropped;
  return {};
}

void TraceStore::remove_old(bool by_age) {
  const int64_t oldest_ms = by_age ? (clock_.now() - settings_.retention).ms : INT64_MIN;
  const auto removed = partitions_.remove_old(oldest_ms, settings_.retention_bytes);
  const std::lock_guard lock(counts_mutex_);
  counts_.partitions_removed += removed.size();
}

}  // namespace monitorai::store
