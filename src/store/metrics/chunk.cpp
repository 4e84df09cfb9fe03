#include "store/metrics/chunk.h"

#include <cmath>
#include <new>

#include "store/metrics/integers.h"

namespace monitorai::store {
namespace {

enum ValueKind : unsigned { kDecimal = 0, kBits = 1 };
constexpr unsigned kExceptionsFlag = 2;
constexpr unsigned kExponentShift = 2;
constexpr unsigned kExponentMax = 15;
constexpr double kPowersOfTen[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
/// Integers up to here are exact as doubles.
constexpr double kExactMax = 9007199254740992.0;
/// One value in this many may be kept aside before the block counts as not decimal.
constexpr size_t kExceptionEvery = 16;

/// The integer m with m / 10^exponent == value, bit for bit.
bool decimal(double value, unsigned exponent, int64_t& m) {
  const double scaled = value * kPowersOfTen[exponent];
  if (!(std::fabs(scaled) < kExactMax)) return false;
  m = std::llrint(scaled);
  return std::bit_cast<uint64_t>(static_cast<double>(m) / kPowersOfTen[exponent]) == std::bit_cast<uint64_t>(value);
}

/// Order-preserving: neighbouring doubles are neighbouring integers. Its own inverse on the mapped side.
int64_t ordered(uint64_t bits) {
  const auto word = static_cast<int64_t>(bits);
  return word ^ static_cast<int64_t>(static_cast<uint64_t>(word >> 63) >> 1);
}

struct DecimalPlan {
  unsigned exponent = 0;
  std::vector<int64_t> integers;
  std::vector<uint32_t> exceptions;
};

/// Finds the smallest exponent that fits all but a few values; false when there is none.
bool plan_decimal(std::span<const double> values, DecimalPlan& plan) {
  plan.exponent = 0;
  plan.exceptions.clear();
  const size_t exceptions_max = values.size() / kExceptionEvery + 1;
  size_t misfits = 0;
  int64_t m = 0;
  for (const double value : values) {
    if (decimal(value, plan.exponent, m)) continue;
    unsigned exponent = plan.exponent + 1;
    while (exponent <= kExponentMax && !decimal(value, exponent, m)) ++exponent;
    if (exponent <= kExponentMax)
      plan.exponent = exponent;
    else if (++misfits > exceptions_max)
      return false;
  }
  plan.integers.resize(values.size());
  int64_t last = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (decimal(values[i], plan.exponent, m)) {
      last = m;
    } else {
      plan.exceptions.push_back(static_cast<uint32_t>(i));
      if (plan.exceptions.size() > exceptions_max) return false;
    }
    plan.integers[i] = last;
  }
  if (plan.exceptions.size() == values.size()) return false;
  // Exceptions at the front take the first good value, so that they do not widen the block.
  size_t first_good = 0;
  while (first_good < plan.exceptions.size() && plan.exceptions[first_good] == first_good) ++first_good;
  for (size_t i = 0; i < first_good; ++i) plan.integers[i] = plan.integers[first_good];
  return true;
}

Error damaged(std::string_view what, size_t count, size_t bytes) {
  return Error{Code::corrupt, fmt::format("cannot decode chunk {} ({} samples, {} bytes): the bytes are damaged", what, count, bytes)};
}

}  // namespace

void encode_times(std::span<const int64_t> times_ms, std::string& out) { encode_integers(times_ms, out); }

void encode_values(std::span<const double> values, std::string& out) {
  thread_local DecimalPlan plan;
  if (plan_decimal(values, plan)) {
    out += static_cast<char>(kDecimal | (plan.exceptions.empty() ? 0 : kExceptionsFlag) | (plan.exponent << kExponentShift));
    if (!plan.exceptions.empty()) {
      put_varint(out, plan.exceptions.size());
      for (const uint32_t index : plan.exceptions) {
        put_varint(out, index);
        put_word(out, values[index]);
      }
    }
  } else {
    out += static_cast<char>(kBits);
    plan.integers.resize(values.size());
    for (size_t i = 0; i < values.size(); ++i) plan.integers[i] = ordered(std::bit_cast<uint64_t>(values[i]));
  }
  encode_integers(plan.integers, out);
}

Result<void> decode_times(std::string_view bytes, size_t count, std::vector<int64_t>& out) {
  if (count == 0 || count > kChunkSamplesMax) return damaged("times", count, bytes.size());
  const size_t begin = out.size();
  out.resize(begin + count);
  ByteReader in(bytes);
  bool good = decode_integers(in, std::span(out).subspan(begin)) && in.at_end();
  for (size_t i = begin + 1; i < out.size(); ++i) good &= out[i - 1] < out[i];
  if (good) return {};
  out.resize(begin);
  return damaged("times", count, bytes.size());
}

Result<void> decode_values(std::string_view bytes, size_t count, std::vector<double>& out) {
  if (count == 0 || count > kChunkSamplesMax) return damaged("values", count, bytes.size());
  int64_t integers[kChunkSamplesMax];
  ByteReader in(bytes);
  const unsigned header = in.byte();
  const unsigned exponent = header >> kExponentShift;
  const bool bits = (header & 1) == kBits;
  if (exponent > kExponentMax || (bits && header != kBits)) return damaged("values", count, bytes.size());
  ByteReader exceptions = in;
  const uint64_t exception_count = (header & kExceptionsFlag) != 0 ? in.varint() : 0;
  if (exception_count > count) return damaged("values", count, bytes.size());
  for (uint64_t i = 0; i < exception_count; ++i) {
    if (in.varint() >= count) return damaged("values", count, bytes.size());
    in.word<double>();
  }
  if (!in.ok() || !decode_integers(in, {integers, count}) || !in.at_end()) return damaged("values", count, bytes.size());

  const size_t begin = out.size();
  out.resize(begin + count);
  double* values = out.data() + begin;
  if (bits) {
    for (size_t i = 0; i < count; ++i) values[i] = std::bit_cast<double>(ordered(static_cast<uint64_t>(integers[i])));
  } else if (exponent == 0) {
    for (size_t i = 0; i < count; ++i) values[i] = static_cast<double>(integers[i]);
  } else {
    const double scale = kPowersOfTen[exponent];
    for (size_t i = 0; i < count; ++i) values[i] = static_cast<double>(integers[i]) / scale;
  }
  if (exception_count > 0) {
    exceptions.varint();
    for (uint64_t i = 0; i < exception_count; ++i) {
      const uint64_t index = exceptions.varint();
      values[index] = exceptions.word<double>();
    }
  }
  return {};
}

Chunk::Chunk(int64_t from_ms, int64_t to_ms, size_t count, std::string_view times, std::string_view values)
    : from_ms_(from_ms),
      to_ms_(to_ms),
      count_(static_cast<uint32_t>(count)),
      times_bytes_(static_cast<uint32_t>(times.size())),
      values_bytes_(static_cast<uint32_t>(values.size())) {
  char* to = reinterpret_cast<char*>(this + 1);
  std::memcpy(to, times.data(), times.size());
  std::memcpy(to + times.size(), values.data(), values.size());
}

Chunk::Ptr Chunk::make(std::span<const int64_t> times_ms, std::span<const double> values) {
  MAI_CHECK(!times_ms.empty() && times_ms.size() <= kChunkSamplesMax && times_ms.size() == values.size());
  thread_local std::string times_bytes;
  thread_local std::string values_bytes;
  times_bytes.clear();
  values_bytes.clear();
  encode_times(times_ms, times_bytes);
  encode_values(values, values_bytes);
  return allocate(times_ms.front(), times_ms.back(), times_ms.size(), times_bytes, values_bytes);
}

Chunk::Ptr Chunk::allocate(int64_t from_ms, int64_t to_ms, size_t count, std::string_view times, std::string_view values) {
  void* memory = ::operator new(sizeof(Chunk) + times.size() + values.size());
  return Ptr(new (memory) Chunk(from_ms, to_ms, count, times, values));
}

Result<Chunk::Ptr> Chunk::from_bytes(size_t count, std::string_view times, std::string_view values) {
  thread_local signals::Columns columns;
  columns.clear();
  MAI_TRY(decode_times(times, count, columns.times_ms));
  MAI_TRY(decode_values(values, count, columns.values));
  return allocate(columns.times_ms.front(), columns.times_ms.back(), count, times, values);
}

Chunk::Ptr Chunk::make(std::span<const signals::Sample> samples) {
  thread_local signals::Columns columns;
  columns.clear();
  for (const signals::Sample& sample : samples) {
    columns.times_ms.push_back(sample.time.ms);
    columns.values.push_back(sample.value);
  }
  return make(columns.times_ms, columns.values);
}

Result<void> Chunk::read(signals::Columns& out) const {
  const size_t begin = out.times_ms.size();
  MAI_TRY(decode_times(times(), count_, out.times_ms));
  if (auto values_read = decode_values(values(), count_, out.values); !values_read) {
    out.times_ms.resize(begin);
    return values_read;
  }
  return {};
}

void keep_range(signals::Columns& out, size_t begin, TimeRange range) {
  const auto first = out.times_ms.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto low = std::lower_bound(first, out.times_ms.end(), range.from.ms);
  const auto high = std::upper_bound(low, out.times_ms.end(), range.to.ms);
  const auto low_at = low - out.times_ms.begin();
  const auto high_at = high - out.times_ms.begin();
  out.times_ms.erase(high, out.times_ms.end());
  out.values.erase(out.values.begin() + high_at, out.values.end());
  out.times_ms.erase(first, out.times_ms.begin() + low_at);
  out.values.erase(out.values.begin() + static_cast<std::ptrdiff_t>(begin), out.values.begin() + low_at);
}

}  // namespace monitorai::store
