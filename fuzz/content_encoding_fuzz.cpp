// Compressed bodies of strangers: whatever they claim, no more is unpacked than is allowed, and what we pack is unpacked the same. The
// first byte chooses the encoding.

#include "base/check.h"
#include "net/content_encoding.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace monitorai;
  constexpr size_t kBytesMax = size_t{1} << 20;
  constexpr std::string_view kEncodings[] = {"gzip", "deflate", "zstd", "x-gzip"};
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const auto decoded = net::decode_content(kEncodings[bytes[0] % std::size(kEncodings)], body, kBytesMax);
  MAI_CHECK(decoded.has_value());
  if (*decoded) MAI_CHECK((*decoded)->size() <= kBytesMax);
  MAI_CHECK(!net::decode_content(body, body, kBytesMax).has_value() || body.size() <= 8);
  const auto again = net::gunzip(net::gzip(body), kBytesMax);
  MAI_CHECK(again && *again == body);
  (void)net::accepts_gzip(body);
  (void)net::is_compressible(body);
  return 0;
}
