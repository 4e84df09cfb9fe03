#include "store/disk/frame.h"

#include <nmmintrin.h>

#include <array>

#include "store/disk/bytes.h"

namespace monitorai::store {
namespace {

constexpr std::array<uint32_t, 256> make_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0u);
    table[i] = crc;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kTable = make_table();

uint32_t by_table(std::string_view bytes, uint32_t crc) {
  for (const char c : bytes) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<uint8_t>(c)) & 0xff];
  return crc;
}

/// The instruction takes three cycles and a new one can begin in each: three lanes of this many bytes are taken side by side.
constexpr size_t kLaneBytes = 1024;

/// What becomes of a checksum when kLaneBytes zeros follow, by each of its bytes: the checksum is linear, so lanes are joined by it.
using ShiftTable = std::array<std::array<uint32_t, 256>, 4>;
constexpr ShiftTable make_shift_table() {
  ShiftTable out{};
  for (size_t byte = 0; byte < 4; ++byte) {
    for (uint32_t bit = 1; bit < 256; bit *= 2) {
      uint32_t crc = bit << (8 * byte);
      for (size_t i = 0; i < kLaneBytes; ++i) crc = (crc >> 8) ^ kTable[crc & 0xff];
      out[byte][bit] = crc;
    }
    for (uint32_t i = 1; i < 256; ++i) out[byte][i] = out[byte][i & (i - 1)] ^ out[byte][i & ~(i - 1)];
  }
  return out;
}

uint32_t shift_by_lane(uint32_t crc) {
  static const ShiftTable table = make_shift_table();
  return table[0][crc & 0xff] ^ table[1][crc >> 8 & 0xff] ^ table[2][crc >> 16 & 0xff] ^ table[3][crc >> 24];
}

__attribute__((target("sse4.2"))) uint32_t by_instruction(std::string_view bytes, uint32_t crc) {
  const auto word_at = [](const char* at) {
    uint64_t word;
    std::memcpy(&word, at, sizeof word);
    return word;
  };
  for (; bytes.size() >= 3 * kLaneBytes; bytes.remove_prefix(3 * kLaneBytes)) {
    uint64_t first = crc;
    uint64_t second = 0;
    uint64_t third = 0;
    const char* const at = bytes.data();
    for (size_t i = 0; i < kLaneBytes; i += 8) {
      first = _mm_crc32_u64(first, word_at(at + i));
      second = _mm_crc32_u64(second, word_at(at + kLaneBytes + i));
      third = _mm_crc32_u64(third, word_at(at + 2 * kLaneBytes + i));
    }
    crc = shift_by_lane(shift_by_lane(static_cast<uint32_t>(first)) ^ static_cast<uint32_t>(second)) ^ static_cast<uint32_t>(third);
  }
  uint64_t wide = crc;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) wide = _mm_crc32_u64(wide, word_at(bytes.data()));
  crc = static_cast<uint32_t>(wide);
  for (const char c : bytes) crc = _mm_crc32_u8(crc, static_cast<uint8_t>(c));
  return crc;
}

}  // namespace

uint32_t crc32c(std::string_view bytes, uint32_t seed) {
  static const bool fast = __builtin_cpu_supports("sse4.2") != 0;
  return ~(fast ? by_instruction(bytes, ~seed) : by_table(bytes, ~seed));
}

std::string frame_header(std::string_view payload) {
  std::string header;
  put_word(header, static_cast<uint32_t>(payload.size()));
  put_word(header, crc32c(payload, crc32c(header)));
  return header;
}

std::optional<std::string_view> take_frame(std::string_view& bytes) {
  ByteReader in(bytes);
  const auto size = in.word<uint32_t>();
  const auto crc = in.word<uint32_t>();
  if (!in.ok() || size > kFrameBytesMax || size > in.left()) return std::nullopt;
  const std::string_view payload = in.bytes(size);
  if (crc32c(payload, crc32c(bytes.substr(0, 4))) != crc) return std::nullopt;
  bytes.remove_prefix(kFrameHeaderBytes + size);
  return payload;
}

}  // namespace monitorai::store
