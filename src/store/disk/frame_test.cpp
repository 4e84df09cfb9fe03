#include "store/disk/frame.h"

#include <gtest/gtest.h>

#include <random>

namespace monitorai::store {
namespace {

/// The definition, bit by bit.
uint32_t by_definition(std::string_view bytes, uint32_t seed) {
  uint32_t crc = ~seed;
  for (const char c : bytes) {
    crc ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0u);
  }
  return ~crc;
}

TEST(Crc32c, equals_the_known_values) {
  // RFC 3720, appendix B.4.
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(Crc32c, is_the_same_for_every_length_and_seed) {
  std::mt19937 random(1);
  std::string bytes(10'000, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  const auto f = [&](size_t begin, size_t size) {
    const std::string_view part = std::string_view(bytes).substr(begin, size);
    const auto seed = static_cast<uint32_t>(random());
    EXPECT_EQ(crc32c(part, seed), by_definition(part, seed)) << begin << ' ' << size;
  };
  for (size_t size = 0; size < 40; ++size) f(size, size);
  for (const size_t size : {1023, 1024, 1025, 3071, 3072, 3073, 3079, 3080, 6143, 6144, 6145, 9216, 9999}) {
    f(0, size);
    f(1, size);
  }
}

TEST(Frame, what_was_framed_is_taken_and_nothing_else) {
  const std::string framed = frame_header("one") + "one";
  std::string_view bytes = framed;
  EXPECT_EQ(take_frame(bytes), "one");
  EXPECT_TRUE(bytes.empty());
  for (size_t i = 0; i < framed.size(); ++i) {
    std::string damaged = framed;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    bytes = damaged;
    EXPECT_EQ(take_frame(bytes), std::nullopt) << i;
    bytes = std::string_view(framed).substr(0, i);
    EXPECT_EQ(take_frame(bytes), std::nullopt) << i;
  }
}

}  // namespace
}  // namespace monitorai::store
