#include "store/metrics/series_head.h"

namespace monitorai::store {

using signals::Columns;
using signals::Sample;

namespace {

/// Room for the first samples of a series: many have only a few.
constexpr size_t kFirstCapacity = 4;

void free_chunk(const void* chunk) { Chunk::Free{}(static_cast<const Chunk*>(chunk)); }

void publish(Series& series, HeadBlock* fresh, HeadRules& rules) {
  const HeadBlock* old = series.head.load(std::memory_order_relaxed);
  series.head.store(fresh, std::memory_order_release);
  if (old != nullptr) rules.reclaimer.retire(old, HeadBlock::free);
}

std::vector<const Chunk*> sealed_chunks(const HeadBlock& head) {
  const auto chunks = head.chunks().first(head.sealed());
  return {chunks.begin(), chunks.end()};
}

/// The open chunks and the tail as one column.
void collect_open(const HeadBlock& head, Columns& out) {
  out.clear();
  for (const Chunk* chunk : head.chunks().subspan(head.sealed())) MAI_CHECK(chunk->read(out).has_value());
  for (const Sample& sample : head.tail()) {
    out.times_ms.push_back(sample.time.ms);
    out.values.push_back(sample.value);
  }
}

void retire_open(const HeadBlock& head, HeadRules& rules) {
  for (const Chunk* chunk : head.chunks().subspan(head.sealed())) rules.reclaimer.retire(chunk, free_chunk);
}

/// Everything that is open becomes one sealed chunk (several where it is more than a chunk may hold).
void seal(Series& series, const HeadBlock& head, size_t capacity, HeadRules& rules) {
  thread_local Columns open;
  collect_open(head, open);
  std::vector<const Chunk*> chunks = sealed_chunks(head);
  for (size_t at = 0; at < open.times_ms.size(); at += rules.chunk.samples) {
    const size_t n = std::min(rules.chunk.samples, open.times_ms.size() - at);
    chunks.push_back(Chunk::make(std::span(open.times_ms).subspan(at, n), std::span(open.values).subspan(at, n)).release());
    rules.sealed_bytes += chunks.back()->bytes();
  }
  retire_open(head, rules);
  publish(series, HeadBlock::make(chunks, chunks.size(), head.persisted(), {}, capacity), rules);
}

/// The tail is full: it becomes an open chunk, or with the open chunks a sealed one.
void fold(Series& series, const HeadBlock& head, HeadRules& rules) {
  const size_t capacity = std::min(rules.chunk.tail, std::max(kFirstCapacity, rules.chunk.tail / 2));
  size_t open = head.tail().size();
  for (const Chunk* chunk : head.chunks().subspan(head.sealed())) open += chunk->count();
  if (open >= rules.chunk.samples) return seal(series, head, capacity, rules);
  std::vector<const Chunk*> chunks(head.chunks().begin(), head.chunks().end());
  chunks.push_back(Chunk::make(head.tail()).release());
  publish(series, HeadBlock::make(chunks, head.sealed(), head.persisted(), {}, capacity), rules);
}

}  // namespace

void append_to_head(Series& series, Sample sample, HeadRules& rules) {
  HeadBlock* head = series.head.load(std::memory_order_relaxed);
  if (const int64_t newest = series.newest_ms.load(std::memory_order_relaxed);
      head != nullptr && newest != kNever && !rules.edges.same(newest, sample.time.ms) && seal_head(series, rules))
    head = series.head.load(std::memory_order_relaxed);
  if (head == nullptr) {
    head = HeadBlock::make({}, 0, 0, {}, std::min(kFirstCapacity, rules.chunk.tail));
    publish(series, head, rules);
  } else if (const size_t used = head->tail().size(); used == head->capacity()) {
    publish(series,
            HeadBlock::make(head->chunks(), head->sealed(), head->persisted(), head->tail(),
                            std::min(rules.chunk.tail, std::max(kFirstCapacity, used * 2))),
            rules);
    head = series.head.load(std::memory_order_relaxed);
  }
  head->append(sample);
  series.set_newest(sample);
  if (head->tail().size() == rules.chunk.tail) fold(series, *head, rules);
}

void restore_chunk(Series& series, Chunk::Ptr chunk, bool sealed, HeadRules& rules) {
  const HeadBlock* head = series.head.load(std::memory_order_relaxed);
  std::vector<const Chunk*> chunks;
  if (head != nullptr) chunks.assign(head->chunks().begin(), head->chunks().end());
  chunks.push_back(chunk.release());
  const size_t sealed_before = head == nullptr ? 0 : head->sealed();
  publish(series, HeadBlock::make(chunks, sealed ? chunks.size() : sealed_before, 0, {}, std::min(kFirstCapacity, rules.chunk.tail)),
          rules);
}

bool seal_head(Series& series, HeadRules& rules) {
  const HeadBlock* head = series.head.load(std::memory_order_relaxed);
  if (head == nullptr || (head->tail().empty() && head->chunks().size() == head->sealed())) return false;
  seal(series, *head, std::min(kFirstCapacity, rules.chunk.tail), rules);
  return true;
}

size_t evict_from_head(Series& series, int64_t horizon_ms, HeadRules& rules) {
  const HeadBlock* head = series.head.load(std::memory_order_relaxed);
  if (head == nullptr) return 0;
  size_t bytes = 0;
  std::vector<const Chunk*> kept;
  size_t persisted = 0;
  size_t sealed = 0;
  for (size_t i = 0; i < head->chunks().size(); ++i) {
    const Chunk* chunk = head->chunks()[i];
    if (i < head->persisted() && chunk->to_ms() < horizon_ms) {
      bytes += chunk->bytes();
      rules.reclaimer.retire(chunk, free_chunk);
      continue;
    }
    kept.push_back(chunk);
    persisted += i < head->persisted();
    sealed += i < head->sealed();
  }
  if (bytes == 0) return 0;
  if (kept.empty() && head->tail().empty()) {
    series.head.store(nullptr, std::memory_order_release);
    rules.reclaimer.retire(head, HeadBlock::free);
    return bytes;
  }
  publish(series, HeadBlock::make(kept, sealed, persisted, head->tail(), head->capacity()), rules);
  return bytes;
}

void drop_head(Series& series, HeadRules& rules) {
  const HeadBlock* head = series.head.load(std::memory_order_relaxed);
  if (head == nullptr) return;
  series.head.store(nullptr, std::memory_order_release);
  for (const Chunk* chunk : head->chunks()) rules.reclaimer.retire(chunk, free_chunk);
  rules.reclaimer.retire(head, HeadBlock::free);
}

Result<void> read_head(const HeadBlock& head, TimeRange range, Columns& out) {
  for (const Chunk* chunk : head.chunks()) {
    if (chunk->to_ms() < range.from.ms || chunk->from_ms() > range.to.ms) continue;
    const size_t begin = out.times_ms.size();
    MAI_TRY(chunk->read(out));
    if (chunk->from_ms() < range.from.ms || chunk->to_ms() > range.to.ms) keep_range(out, begin, range);
  }
  for (const Sample& sample : head.tail()) {
    if (sample.time < range.from || sample.time > range.to) continue;
    out.times_ms.push_back(sample.time.ms);
    out.values.push_back(sample.value);
  }
  return {};
}

std::optional<Sample> newest_in_tail(const HeadBlock& head, int64_t to_ms) {
  const auto tail = head.tail();
  for (size_t i = tail.size(); i-- > 0;)
    if (tail[i].time.ms <= to_ms) return tail[i];
  return std::nullopt;
}

}  // namespace monitorai::store
