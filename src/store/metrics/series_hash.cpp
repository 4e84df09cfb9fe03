#include "store/metrics/series_hash.h"

#include <bit>
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

constexpr char kLabelTag = 0x0a;  // field 1, length-delimited; also the label's name
constexpr char kValueTag = 0x12;  // field 2, length-delimited

size_t varint_bytes(size_t value) { return (static_cast<size_t>(std::bit_width(value | 1)) + 6) / 7; }
size_t field_bytes(size_t bytes) { return 1 + varint_bytes(bytes) + bytes; }
size_t message_bytes(const signals::LabelView& label) { return field_bytes(label.name.size()) + field_bytes(label.value.size()); }

char* lay_out_varint(char* at, size_t value) {
  for (; value >= 0x80; value >>= 7) *at++ = static_cast<char>(value | 0x80);
  *at++ = static_cast<char>(value);
  return at;
}

char* lay_out(char* at, char tag, std::string_view text) {
  *at++ = tag;
  at = lay_out_varint(at, text.size());
  std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

}  // namespace

SeriesHash series_hash(std::string_view encoded_labels, uint64_t seed) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(encoded_labels.data(), encoded_labels.size(), seed);
  return {hash.low64, hash.high64};
}

SeriesHash series_hash(std::span<const signals::LabelView> labels, uint64_t seed) {
  size_t bytes = 0;
  for (const signals::LabelView& label : labels) bytes += field_bytes(message_bytes(label));
  char stack[kStackBytes];
  std::string heap;
  char* begin = stack;
  if (bytes > kStackBytes) {
    heap.resize(bytes);
    begin = heap.data();
  }
  char* at = begin;
  for (const signals::LabelView& label : labels) {
    *at++ = kLabelTag;
    at = lay_out_varint(at, message_bytes(label));
    at = lay_out(lay_out(at, kLabelTag, label.name), kValueTag, label.value);
  }
  return series_hash(std::string_view(begin, bytes), seed);
}

uint32_t pair_hash(uint32_t name, std::string_view value) {
  return static_cast<uint32_t>(XXH3_64bits_withSeed(value.data(), value.size(), name));
}

}  // namespace monitorai::store
