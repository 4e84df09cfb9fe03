// Bytes of a remote_write body. By an odd first byte the rest is compressed first, so that the protobuf decoder is reached too.

#include <snappy.h>

#include "collect/push/remote_write.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size == 0) return 0;
  std::string body(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  if (bytes[0] % 2 == 1) {
    std::string compressed;
    snappy::Compress(body.data(), body.size(), &compressed);
    body = std::move(compressed);
  }
  const auto write = monitorai::collect::RemoteWrite::decode(body);
  if (!write) return 0;
  for (const monitorai::signals::SeriesWrite& series : (*write)->series()) {
    MAI_CHECK(!series.labels.empty());
    for (size_t i = 1; i < series.labels.size(); ++i) MAI_CHECK(series.labels[i - 1].name < series.labels[i].name);
    for (size_t i = 1; i < series.samples.size(); ++i) MAI_CHECK(series.samples[i - 1].time <= series.samples[i].time);
  }
  return 0;
}
