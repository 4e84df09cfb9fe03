// How spans are read: all of a trace, and batch by batch what a hint does not exclude.

#include <algorithm>

#include "store/traces/span_filter.h"
#include "store/traces/trace_store.h"

namespace monitorai::store {

using signals::Span;
using signals::SpanArena;
using signals::SpanBatch;
using signals::SpanCursor;
using signals::SpanHint;
using signals::SpanRange;
using signals::TraceId;

namespace {

constexpr size_t kCachedBlocks = 8;

/// Copies spans into one batch: of one trace, none twice.
class TraceBuilder {
 public:
  TraceBuilder(TraceId id, size_t spans_max) : id_(id), spans_max_(spans_max) {}
  void add(const SpanBatch& batch) {
    for (const Span& span : batch.spans) {
      if (span.trace != id_ || out_->spans.size() >= spans_max_ || !seen_.insert(span.id.value).second) continue;
      if (last_ != span.origin) {
        last_ = span.origin;
        kept_ = out_->arena.keep_one(copy_origin(*span.origin, out_->arena));
      }
      out_->spans.push_back(copy_span(span, kept_, out_->arena));
    }
    last_ = nullptr;  // another batch may have another origin at the same address
  }
  std::shared_ptr<const SpanBatch> finish() {
    if (out_->spans.empty()) return nullptr;
    std::sort(out_->spans.begin(), out_->spans.end(), [](const Span& a, const Span& b) { return std::pair(a.start, a.id) < std::pair(b.start, b.id); });
    return out_;
  }

 private:
  const TraceId id_;
  const size_t spans_max_;
  std::shared_ptr<SpanBatch> out_ = std::make_shared<SpanBatch>();
  boost::unordered_flat_set<uint64_t> seen_;
  const signals::SpanOrigin* last_ = nullptr;
  const signals::SpanOrigin* kept_ = nullptr;
};

bool may_match(const SpanBlockEntry& entry, SpanRange range, const SpanHint& hint) {
  if (entry.from_ns >= range.to.ns || entry.to_ns < range.from.ns || entry.duration_max_ns < hint.duration_min_ns) return false;
  if (hint.status == signals::SpanStatus::error && entry.errors == 0) return false;
  if (hint.service && !may_hold(entry.filter, service_entry(*hint.service))) return false;
  if (hint.name && !may_hold(entry.filter, name_entry(*hint.name))) return false;
  return std::all_of(hint.texts.begin(), hint.texts.end(), [&](const auto& pair) {
    return pair.second.size() > kFilteredValueBytesMax || may_hold(entry.filter, attribute_entry(pair.first, pair.second));
  });
}

/// Of what every part of a block has.
bool fits(const Span& span, SpanRange range, const SpanHint& hint) {
  return range.contains(span.start) && span.duration_ns >= hint.duration_min_ns && span.duration_ns <= hint.duration_max_ns &&
         (!hint.status || span.status == *hint.status) && (!hint.kind || span.kind == *hint.kind) && (!hint.name || span.name == *hint.name) &&
         (!hint.service || span.origin->service() == *hint.service);
}

class StoreCursor final : public SpanCursor {
 public:
  StoreCursor(SpanRange range, SpanHint hint) : range_(range), hint_(std::move(hint)) {}

  void add(const TraceHead& head) {
    const TraceHead::Batches batches = head.batches();
    for (auto at = batches.rbegin(); at != batches.rend(); ++at)
      if ((*at)->from_ns < range_.to.ns && (*at)->to_ns >= range_.from.ns && (*at)->duration_max_ns >= hint_.duration_min_ns) records_.push_back(*at);
  }
  void add(const std::shared_ptr<TracePartition>& partition, const TracePartition::Directory& directory) {
    for (auto at = directory.rbegin(); at != directory.rend(); ++at)
      if (may_match(**at, range_, hint_)) blocks_.emplace_back(partition, *at);
  }

  Result<std::shared_ptr<const SpanBatch>> next() override {
    while (record_ < records_.size()) {
      auto batch = std::make_shared<SpanBatch>();
      batch->arena.own(records_[record_]);
      MAI_TRY(decode_spans(records_[record_++]->record, *batch));
      cut(*batch);
      std::sort(batch->spans.begin(), batch->spans.end(), [](const Span& a, const Span& b) { return std::pair(a.trace, a.start) < std::pair(b.trace, b.start); });
      if (!batch->spans.empty()) return batch;
    }
    while (block_ < blocks_.size()) {
      const auto& [partition, entry] = blocks_[block_++];
      auto bytes = partition->read(*entry, hint_.attributes);
      if (!bytes) {
        if (partition->removed()) continue;
        return bytes.error();
      }
      auto batch = decode_span_block(*bytes);
      if (!batch) return partition->judge(batch.error());
      cut(**batch);
      if (!(*batch)->spans.empty()) return std::shared_ptr<const SpanBatch>(std::move(*batch));
    }
    return std::shared_ptr<const SpanBatch>();
  }

 private:
  void cut(SpanBatch& batch) const {
    std::erase_if(batch.spans, [&](const Span& span) { return !fits(span, range_, hint_); });
  }

  const SpanRange range_;
  const SpanHint hint_;
  std::vector<std::shared_ptr<const HeadBatch>> records_;
  std::vector<std::pair<std::shared_ptr<TracePartition>, std::shared_ptr<const SpanBlockEntry>>> blocks_;
  size_t record_ = 0;
  size_t block_ = 0;
};

}  // namespace

TraceStore::Memory TraceStore::memory() const {
  Memory out;
  const std::shared_lock lock(memory_mutex_);
  out.open = open_;
  out.waiting = waiting_;
  out.partitions = partitions_.list();
  for (const auto& partition : *out.partitions) out.directories.push_back(partition->directory());
  return out;
}

Result<std::shared_ptr<const SpanBatch>> TraceStore::read_block(const std::shared_ptr<TracePartition>& partition, const SpanBlockEntry& entry) const {
  {
    const std::lock_guard lock(cache_mutex_);
    const auto found = std::find_if(cache_.begin(), cache_.end(), [&](const CachedBlock& one) { return one.partition == partition && one.key == entry.key; });
    if (found != cache_.end()) {
      std::rotate(found, found + 1, cache_.end());
      return cache_.back().batch;
    }
  }
  MAI_TRY_ASSIGN(const BlockBytes bytes, partition->read(entry, true));
  auto batch = decode_span_block(bytes);
  if (!batch) return partition->judge(batch.error());
  const std::lock_guard lock(cache_mutex_);
  if (cache_.size() >= kCachedBlocks) cache_.erase(cache_.begin());
  cache_.push_back({partition, entry.key, *batch});
  return std::shared_ptr<const SpanBatch>(std::move(*batch));
}

Result<std::shared_ptr<const SpanBatch>> TraceStore::trace(TraceId id, size_t spans_max) const {
  const Memory memory = this->memory();
  TraceBuilder builder(id, spans_max);
  const auto add_head = [&](const TraceHead& head) -> Result<void> {
    for (const auto& record : head.batches_of(id)) {
      SpanBatch batch;
      MAI_TRY(decode_spans(record->record, batch));
      builder.add(batch);
    }
    return {};
  };
  MAI_TRY(add_head(*memory.open));
  for (const HeadPtr& head : memory.waiting) MAI_TRY(add_head(*head));
  const auto entries = trace_entries(id);
  for (size_t i = 0; i < memory.directories.size(); ++i) {
    const auto& partition = (*memory.partitions)[i];
    for (const auto& block : *memory.directories[i]) {
      if (!may_hold(block->filter, entries)) continue;
      const auto batch = read_block(partition, *block);
      if (!batch && partition->removed()) break;
      if (!batch) return batch.error();
      builder.add(**batch);
    }
  }
  return builder.finish();
}

Result<std::unique_ptr<SpanCursor>> TraceStore::scan(SpanRange range, SpanHint hint) const {
  const Memory memory = this->memory();
  auto cursor = std::make_unique<StoreCursor>(range, std::move(hint));
  cursor->add(*memory.open);
  for (auto head = memory.waiting.rbegin(); head != memory.waiting.rend(); ++head) cursor->add(**head);
  for (size_t i = memory.directories.size(); i > 0; --i) cursor->add((*memory.partitions)[i - 1], *memory.directories[i - 1]);
  return std::unique_ptr<SpanCursor>(std::move(cursor));
}

}  // namespace monitorai::store
