#include "net/content_encoding.h"

#include <gtest/gtest.h>
#include <libdeflate.h>
#include <zstd.h>

namespace monitorai::net {
namespace {

std::string some_text(size_t bytes) {
  std::string out;
  for (size_t i = 0; out.size() < bytes; ++i) out += fmt::format("line {} of something\n", i * 7919 % 1000);
  out.resize(bytes);
  return out;
}

TEST(Gzip, round_trips) {
  for (const size_t bytes : {0, 1, 63, 64, 65, 1000, 100'000, 3'000'000}) {
    const std::string text = some_text(bytes);
    const auto back = gunzip(gzip(text), bytes);
    ASSERT_TRUE(back) << bytes << ": " << back.error().message;
    EXPECT_EQ(*back, text);
  }
}

TEST(Gzip, members_in_a_row_are_one_body) { EXPECT_EQ(gunzip(gzip("ab") + gzip("") + gzip("cd"), 4).value(), "abcd"); }

TEST(Gzip, a_bomb_ends_at_the_limit) {
  const std::string bomb = gzip(std::string(20'000'000, '\0'));
  EXPECT_LT(bomb.size(), 200'000);
  const auto refused = gunzip(bomb, 1'000'000);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::exhausted);
  EXPECT_EQ(gunzip(gzip(std::string(1001, 'x')), 1000).error().code, Code::exhausted);
  EXPECT_EQ(gunzip(gzip("ab") + gzip("cd"), 3).error().code, Code::exhausted);
}

TEST(Gzip, damage_is_an_error) {
  const std::string whole = gzip(some_text(5000));
  const auto f = [](std::string_view bytes) {
    const auto refused = gunzip(bytes, 1 << 20);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::corrupt);
  };
  f("");
  f("not gzip at all, but long enough to look at");
  f(std::string_view(whole).substr(0, whole.size() - 1));
  f(std::string_view(whole).substr(0, 10));
  f(whole + "x");
  std::string flipped = whole;
  flipped[whole.size() / 2] = static_cast<char>(flipped[whole.size() / 2] ^ 0x10);
  f(flipped);
}

std::string deflated(std::string_view bytes, decltype(&libdeflate_zlib_compress) compress) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(libdeflate_alloc_compressor(6), &libdeflate_free_compressor);
  std::string out(bytes.size() + 1000, '\0');
  out.resize(compress(compressor.get(), bytes.data(), bytes.size(), out.data(), out.size()));
  return out;
}

std::string zstd(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}

TEST(ContentEncoding, every_encoding_is_undone_within_the_limit) {
  for (const size_t bytes : {1, 1000, 256 * 1024, 3'000'000}) {
    const std::string text = some_text(bytes);
    const auto f = [&](std::string_view encoding, const std::string& encoded) {
      const auto plain = decode_content(encoding, encoded, text.size());
      ASSERT_TRUE(plain && *plain) << encoding << " " << bytes;
      EXPECT_EQ(**plain, text) << encoding;
      EXPECT_EQ(decode_content(encoding, encoded, text.size() - 1)->error().code, Code::exhausted) << encoding << " " << bytes;
      EXPECT_FALSE(*decode_content(encoding, std::string_view(encoded).substr(0, encoded.size() - 1), text.size() + 1000)) << encoding;
      EXPECT_EQ(decode_content(encoding, encoded + "x", text.size())->error().code, Code::corrupt) << encoding;
      EXPECT_EQ(decode_content(encoding, "", 10)->error().code, Code::corrupt) << encoding;
    };
    f("gzip", gzip(text));
    f("deflate", deflated(text, libdeflate_zlib_compress));
    f("deflate", deflated(text, libdeflate_deflate_compress));
    f("zstd", zstd(text));
  }
  EXPECT_EQ(decode_content("zstd", zstd("ab") + zstd("cd"), 4)->value(), "abcd");
  EXPECT_EQ(decode_content("zstd", zstd(std::string(50'000'000, 'x')), 1'000'000)->error().code, Code::exhausted);
  EXPECT_FALSE(decode_content("snappy", "x", 10));
  EXPECT_FALSE(decode_content("", "x", 10));
}

TEST(AcceptEncoding, weights_count) {
  const auto f = [](std::string_view header, bool want) { EXPECT_EQ(accepts_gzip(header), want) << header; };
  f("gzip", true);
  f("gzip, deflate, br", true);
  f("deflate, GZIP;q=0.5", true);
  f("br;q=1.0, gzip;q=0.001", true);
  f("x-gzip", true);
  f("*", true);
  f("identity, *;q=0.1", true);
  f("", false);
  f("identity", false);
  f("gzip;q=0", false);
  f("gzip; q=0.000, *", false);
  f("*;q=0", false);
  f("gzip;q=2", false);
  f("gzip;q=x", false);
  f("gzipped", false);
}

TEST(Compressible, text_is_and_archives_are_not) {
  const auto f = [](std::string_view type, bool want) { EXPECT_EQ(is_compressible(type), want) << type; };
  f("text/plain; version=0.0.4; charset=utf-8", true);
  f("application/openmetrics-text; version=1.0.0", true);
  f("Application/JSON", true);
  f("image/svg+xml", true);
  f("image/png", false);
  f("application/gzip", false);
  f("application/x-protobuf", false);
  f("", false);
}

}  // namespace
}  // namespace monitorai::net
