#include "store/logs/log_hash.h"

#define XXH_INLINE_ALL
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#include <xxhash.h>
#pragma GCC diagnostic pop

namespace monitorai::store {

using signals::LabelView;

namespace {

void lay_out(std::string& out, std::span<const LabelView> labels) {
  const auto put = [&](std::string_view text) {
    const auto bytes = static_cast<uint32_t>(text.size());
    out.append(reinterpret_cast<const char*>(&bytes), sizeof bytes);
    out.append(text);
  };
  for (const auto& [name, value] : labels) {
    put(name);
    put(value);
  }
}

}  // namespace

StreamHash stream_hash(std::span<const LabelView> labels, uint64_t seed) {
  thread_local std::string bytes;
  bytes.clear();
  lay_out(bytes, labels);
  const XXH128_hash_t hash = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
  return {hash.low64, hash.high64};
}

uint64_t line_hash(int64_t time_ns, std::string_view line, std::span<const LabelView> metadata, uint64_t seed) {
  uint64_t mixed = seed ^ (static_cast<uint64_t>(time_ns) * 0x9e3779b97f4a7c15u);
  if (!metadata.empty()) {
    thread_local std::string bytes;
    bytes.clear();
    lay_out(bytes, metadata);
    mixed = XXH3_64bits_withSeed(bytes.data(), bytes.size(), mixed);
  }
  return XXH3_64bits_withSeed(line.data(), line.size(), mixed);
}

}  // namespace monitorai::store
