// Bytes of a push: by the first byte JSON, protobuf as it came, or protobuf that is compressed first, so that its decoder is reached too.

#include <snappy.h>

#include "base/check.h"
#include "base/text.h"
#include "collect/push/loki_push.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using monitorai::collect::LokiPush;
  if (size == 0) return 0;
  std::string body(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  if (bytes[0] % 3 == 1) {
    std::string compressed;
    snappy::Compress(body.data(), body.size(), &compressed);
    body = std::move(compressed);
  }
  const auto push = bytes[0] % 3 == 2 ? LokiPush::decode_json(body) : LokiPush::decode_protobuf(body);
  if (!push) return 0;
  size_t lines = 0;
  const auto check = [](std::span<const monitorai::signals::LabelView> pairs) {
    for (size_t i = 0; i < pairs.size(); ++i) {
      MAI_CHECK(!pairs[i].name.empty() && !pairs[i].value.empty() && (i == 0 || pairs[i - 1].name < pairs[i].name));
      MAI_CHECK(monitorai::valid_utf8(pairs[i].name) && monitorai::valid_utf8(pairs[i].value));
    }
  };
  for (const monitorai::signals::StreamWrite& stream : (*push)->streams()) {
    MAI_CHECK(!stream.labels.empty() && !stream.lines.empty());
    check(stream.labels);
    for (const monitorai::signals::LogLineView& line : stream.lines) {
      MAI_CHECK(monitorai::valid_utf8(line.line));
      check(line.metadata);
      ++lines;
    }
  }
  const auto again = LokiPush::decode_protobuf(monitorai::collect::encode_loki_push((*push)->streams()));
  MAI_CHECK(again && (*again)->invalid_lines() == 0);
  size_t lines_again = 0;
  for (const monitorai::signals::StreamWrite& stream : (*again)->streams()) lines_again += stream.lines.size();
  MAI_CHECK(lines == lines_again);
  return 0;
}
