// Bytes of one part of a block of spans, put between good parts: the checksum is made right, so that the decoder behind it is reached.

#include <zstd.h>

#include "base/check.h"
#include "store/disk/bytes.h"
#include "store/disk/frame.h"
#include "store/traces/span_block.h"
#include "store/traces/span_record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace monitorai;
  if (size == 0) return 0;
  static const store::EncodedBlock good = [] {
    const signals::Attribute attribute{"key", signals::AttributeValue::of(std::string_view("value"))};
    const signals::SpanOrigin origin{.resource = {&attribute, 1}};
    std::vector<signals::Span> spans;
    for (uint64_t i = 1; i <= 4; ++i) spans.push_back({.trace = {1, i / 3 + 1}, .id = {i}, .parent = {i - 1}, .origin = &origin, .name = "name", .attributes = {&attribute, 1}});
    return store::encode_span_block(spans, 1);
  }();
  const std::string_view input(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  std::string part;
  store::put_varint(part, input.size());
  std::string compressed(ZSTD_compressBound(input.size()), '\0');
  compressed.resize(ZSTD_compress(compressed.data(), compressed.size(), input.data(), input.size(), 1));
  part += compressed;
  part = store::frame_header(part) + part;
  auto parts = good.parts;
  parts[bytes[0] % store::kBlockParts] = part;
  if (const auto read = store::decode_span_block({parts[0], parts[1], parts[2], parts[3], true}))
    for (const signals::Span& span : (*read)->spans) MAI_CHECK(span.origin != nullptr);
  signals::SpanBatch batch;
  (void)store::decode_spans(input, batch);
  return 0;
}
