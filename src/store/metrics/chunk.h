#pragma once
// Chunks: up to kChunkSamplesMax samples of one series, compressed. Times and values are two byte strings, so that series which were
// scraped together share one times string on disk. Values that are decimal fractions are kept as integers, others as the bits of the
// double in an order-preserving form; what does not fit its neighbours (a staleness marker among counters) is kept aside. Decoding
// gives back every bit. Grammar: docs/formats/metrics-chunk.md. Immutable once made; owned by the head or by a decoded page.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "signals/samples.h"

namespace monitorai::store {

/// Bounds the decoder's work on foreign bytes; the encoder's chunks are smaller.
inline constexpr size_t kChunkSamplesMax = 1024;

void encode_times(std::span<const int64_t> times_ms, std::string& out);
void encode_values(std::span<const double> values, std::string& out);

/// Appends `count` times or values; Code::corrupt when the bytes are not exactly that many, when count is 0 or above kChunkSamplesMax,
/// or when times do not ascend strictly.
Result<void> decode_times(std::string_view bytes, size_t count, std::vector<int64_t>& out);
Result<void> decode_values(std::string_view bytes, size_t count, std::vector<double>& out);

/// One allocation: this header, the times bytes, the values bytes.
class Chunk {
 public:
  struct Free {
    void operator()(const Chunk* chunk) const { ::operator delete(const_cast<Chunk*>(chunk)); }
  };
  using Ptr = std::unique_ptr<const Chunk, Free>;

  /// The samples' times ascend strictly; 1..kChunkSamplesMax of them.
  static Ptr make(std::span<const signals::Sample> samples);
  static Ptr make(std::span<const int64_t> times_ms, std::span<const double> values);

  /// From bytes that times() and values() gave once; Code::corrupt when they are damaged.
  static Result<Ptr> from_bytes(size_t count, std::string_view times, std::string_view values);

  int64_t from_ms() const { return from_ms_; }
  int64_t to_ms() const { return to_ms_; }
  size_t count() const { return count_; }
  std::string_view times() const { return {body(), times_bytes_}; }
  std::string_view values() const { return {body() + times_bytes_, values_bytes_}; }
  size_t bytes() const { return sizeof(Chunk) + times_bytes_ + values_bytes_; }
  /// Appends all samples.
  Result<void> read(signals::Columns& out) const;

 private:
  Chunk(int64_t from_ms, int64_t to_ms, size_t count, std::string_view times, std::string_view values);
  static Ptr allocate(int64_t from_ms, int64_t to_ms, size_t count, std::string_view times, std::string_view values);
  const char* body() const { return reinterpret_cast<const char*>(this + 1); }

  int64_t from_ms_;
  int64_t to_ms_;
  uint32_t count_;
  uint32_t times_bytes_;
  uint32_t values_bytes_;
};

/// Removes from `out`, beginning at index `begin`, what lies outside the range (both ends inclusive).
void keep_range(signals::Columns& out, size_t begin, TimeRange range);

}  // namespace monitorai::store
