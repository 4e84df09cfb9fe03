#pragma once
// Bit streams, least significant bit first. The reader treats what lies past its end as zeros and says afterwards whether it went there.

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace monitorai::store {

inline uint64_t low_bits(unsigned n) { return n >= 64 ? ~uint64_t{0} : (uint64_t{1} << n) - 1; }

class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}
  /// The low `n` bits of value (the rest must be zero), n <= 64.
  void put(uint64_t value, unsigned n) {
    if (n == 0) return;
    pending_ |= value << filled_;
    if (filled_ + n < 64) {
      filled_ += n;
      return;
    }
    append(8);
    const unsigned taken = 64 - filled_;
    pending_ = taken == 64 ? 0 : value >> taken;
    filled_ = filled_ + n - 64;
  }
  void finish() {
    append((filled_ + 7) / 8);
    pending_ = 0;
    filled_ = 0;
  }

 private:
  void append(size_t bytes) {
    char buffer[8];
    std::memcpy(buffer, &pending_, 8);
    out_.append(buffer, bytes);
  }

  std::string& out_;
  uint64_t pending_ = 0;
  unsigned filled_ = 0;
};

class BitReader {
 public:
  explicit BitReader(std::string_view bytes) : data_(bytes.data()), bytes_(bytes.size()) {}
  /// At least 57 bits from the current position, in the low end.
  uint64_t peek() const { return load(at_ >> 3) >> (at_ & 7); }
  void skip(unsigned n) { at_ += n; }
  uint64_t take(unsigned n) {
    uint64_t value = peek();
    if (n > 57) value |= (load((at_ >> 3) + 7) >> (at_ & 7)) << 56;
    at_ += n;
    return value & low_bits(n);
  }
  /// Bytes touched so far; more than there are when the stream was too short.
  size_t bytes_used() const { return (at_ + 7) >> 3; }
  bool ok() const { return bytes_used() <= bytes_; }

 private:
  uint64_t load(size_t byte) const {
    uint64_t word = 0;
    if (byte + 8 <= bytes_) [[likely]]
      std::memcpy(&word, data_ + byte, 8);
    else if (byte < bytes_)
      std::memcpy(&word, data_ + byte, bytes_ - byte);
    return word;
  }

  const char* data_;
  size_t bytes_;
  size_t at_ = 0;
};

}  // namespace monitorai::store
