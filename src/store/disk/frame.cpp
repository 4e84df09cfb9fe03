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

__attribute__((target("sse4.2"))) uint32_t by_instruction(std::string_view bytes, uint32_t crc) {
  uint64_t wide = crc;
  while (bytes.size() >= 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    wide = _mm_crc32_u64(wide, word);
    bytes.remove_prefix(8);
  }
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
