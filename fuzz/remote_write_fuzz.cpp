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
  for (size_t i = 0; i < (*write)->series().size(); ++i) {
    const auto labels = (*write)->labels(i);
    for (size_t k = 1; k < labels.size(); ++k) MAI_CHECK(labels[k - 1].name < labels[k].name);
    const auto samples = (*write)->series()[i].samples;
    for (size_t k = 1; k < samples.size(); ++k) MAI_CHECK(samples[k - 1].time <= samples[k].time);
  }
  return 0;
}
