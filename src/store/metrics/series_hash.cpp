#include "store/metrics/series_hash.h"

#include <cstring>
#include <string>

#define XXH_INLINE_ALL
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#include <xxhash.h>
#pragma GCC diagnostic pop

namespace monitorai::store {
namespace {

/// Labels up to this size are laid out on the stack.
constexpr size_t kStackBytes = 2048;

char* lay_out(char* at, std::string_view text) {
  const auto bytes = static_cast<uint32_t>(text.size());
  std::memcpy(at, &bytes, sizeof bytes);
  std::memcpy(at + sizeof bytes, text.data(), text.size());
  return at + sizeof bytes + text.size();
}

}  // namespace

SeriesHash series_hash(std::span<const signals::LabelView> labels, uint64_t seed) {
  size_t bytes = 0;
  for (const signals::LabelView& label : labels) bytes += label.name.size() + label.value.size() + 8;
  char stack[kStackBytes];
  std::string heap;
  char* begin = stack;
  if (bytes > kStackBytes) {
    heap.resize(bytes);
    begin = heap.data();
  }
  char* at = begin;
  for (const signals::LabelView& label : labels) at = lay_out(lay_out(at, label.name), label.value);
  const XXH128_hash_t hash = XXH3_128bits_withSeed(begin, bytes, seed);
  return {hash.low64, hash.high64};
}

uint32_t pair_hash(uint32_t name, std::string_view value) {
  return static_cast<uint32_t>(XXH3_64bits_withSeed(value.data(), value.size(), name));
}

}  // namespace monitorai::store
