#include "store/traces/span_filter.h"

#include <xxhash.h>

#include <algorithm>

namespace monitorai::store {
namespace {

constexpr size_t kBitsPerEntry = 10;
constexpr int kProbes = 7;

uint64_t hash(uint64_t seed, std::string_view text) { return XXH3_64bits_withSeed(text.data(), text.size(), seed); }

/// Double hashing (Kirsch and Mitzenmacher, 2006): the probes of an entry are h1 + i * h2.
/// True when the visitor was for each of them: the first "no" ends it, since every probe is a miss of the cache.
template <class Visit>
bool each_bit(uint64_t entry, size_t bits, Visit visit) {
  const uint64_t step = (entry >> 33) | 1;
  for (int i = 0; i < kProbes; ++i, entry += step)
    if (!visit(static_cast<size_t>(entry % bits))) return false;
  return true;
}

}  // namespace

std::array<uint64_t, 2> trace_entries(signals::TraceId id) {
  const uint64_t words[2] = {id.high, id.low};
  return {XXH3_64bits_withSeed(words, sizeof words, 1), XXH3_64bits_withSeed(words, sizeof words, 5)};
}
uint64_t service_entry(std::string_view service) { return hash(2, service); }
uint64_t name_entry(std::string_view name) { return hash(3, name); }
uint64_t attribute_entry(std::string_view key, std::string_view value) { return hash(hash(4, key), value); }

std::string make_span_filter(std::vector<uint64_t>& entries) {
  std::sort(entries.begin(), entries.end());
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
  std::string out((entries.size() * kBitsPerEntry + 7) / 8 + 8, '\0');
  for (const uint64_t entry : entries)
    each_bit(entry, out.size() * 8, [&](size_t bit) {
      out[bit / 8] = static_cast<char>(static_cast<uint8_t>(out[bit / 8]) | 1u << (bit % 8));
      return true;
    });
  return out;
}

bool may_hold(std::string_view filter, uint64_t entry) {
  if (filter.empty()) return true;
  return each_bit(entry, filter.size() * 8, [&](size_t bit) { return (static_cast<uint8_t>(filter[bit / 8]) >> (bit % 8) & 1) != 0; });
}

bool may_hold(std::string_view filter, const std::array<uint64_t, 2>& entries) { return may_hold(filter, entries[0]) && may_hold(filter, entries[1]); }

}  // namespace monitorai::store
