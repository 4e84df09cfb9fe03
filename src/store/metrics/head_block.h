#pragma once
// What is in memory of one series: its chunks, and behind them the newest samples as they came. One allocation, published through one
// pointer (Series::head): the chunks never change, samples are only added behind the published count, and every other change makes a
// new block. So readers need no lock; the old block is retired, and readers hold it by their pin.
//
//   sealed chunks (full, or closed at a partition's edge; the first `persisted` of them are in a partition too)
//   open chunks   (small ones, merged into a sealed one when together they are full)
//   tail          (raw samples: `used` of `capacity`)

#include <atomic>
#include <cstdint>
#include <new>
#include <span>

#include "store/metrics/chunk.h"
#include "store/metrics/reclaimer.h"

namespace monitorai::store {

class alignas(8) HeadBlock {
 public:
  /// Thread: the writer. The block takes over no chunk: whoever unlinks a chunk retires it.
  static HeadBlock* make(std::span<const Chunk* const> chunks, size_t sealed, size_t persisted, std::span<const signals::Sample> tail,
                         size_t capacity) {
    void* memory = ::operator new(sizeof(HeadBlock) + chunks.size() * sizeof(const Chunk*) + capacity * sizeof(signals::Sample));
    return new (memory) HeadBlock(chunks, sealed, persisted, tail, capacity);
  }
  static void free(const void* block) { ::operator delete(const_cast<void*>(block)); }

  std::span<const Chunk* const> chunks() const { return {chunk_array(), chunks_}; }
  size_t sealed() const { return sealed_; }
  size_t capacity() const { return capacity_; }
  /// The samples published so far.
  std::span<const signals::Sample> tail() const { return {sample_array(), used_.load(std::memory_order_acquire)}; }
  /// Thread: the writer. There must be room.
  void append(signals::Sample sample) {
    const uint16_t used = used_.load(std::memory_order_relaxed);
    MAI_CHECK(used < capacity_);
    sample_array()[used] = sample;
    used_.store(static_cast<uint16_t>(used + 1), std::memory_order_release);
  }
  /// Thread: the writer alone reads and writes it.
  size_t persisted() const { return persisted_; }
  void set_persisted(size_t chunks) { persisted_ = static_cast<uint16_t>(chunks); }

 private:
  HeadBlock(std::span<const Chunk* const> chunks, size_t sealed, size_t persisted, std::span<const signals::Sample> tail, size_t capacity)
      : used_(static_cast<uint16_t>(tail.size())),
        capacity_(static_cast<uint16_t>(capacity)),
        chunks_(static_cast<uint16_t>(chunks.size())),
        sealed_(static_cast<uint16_t>(sealed)),
        persisted_(static_cast<uint16_t>(persisted)) {
    std::uninitialized_copy(chunks.begin(), chunks.end(), chunk_array());
    std::uninitialized_copy(tail.begin(), tail.end(), sample_array());
  }
  const Chunk** chunk_array() const { return reinterpret_cast<const Chunk**>(const_cast<HeadBlock*>(this) + 1); }
  signals::Sample* sample_array() const { return reinterpret_cast<signals::Sample*>(chunk_array() + chunks_); }

  std::atomic<uint16_t> used_;
  uint16_t capacity_;
  uint16_t chunks_;
  uint16_t sealed_;
  uint16_t persisted_;
};

}  // namespace monitorai::store
