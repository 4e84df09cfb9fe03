#include "store/logs/gram_filter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <memory>

namespace monitorai::store {
namespace {

constexpr size_t kParts = 2;
/// The logarithm of the slots of each part: grams without a digit, grams with one.
constexpr std::array<uint32_t, kParts> kSlotBitsMax{15, 16};
constexpr uint32_t kSlotBitsMin = 6;
/// A part is halved while at most one in so many of its slots is taken.
constexpr size_t kSparse = 4;
/// Odd, the golden ratio's: neighbouring grams spread over all slots.
constexpr uint32_t kMultiplier = 0x9e3779b1;

constexpr std::array<uint8_t, 256> kIsDigit = [] {
  std::array<uint8_t, 256> out{};
  for (int c = '0'; c <= '9'; ++c) out[static_cast<size_t>(c)] = 1;
  return out;
}();

uint32_t gram_at(const char* at) {
  uint32_t gram;
  std::memcpy(&gram, at, kGramBytes);
  return gram;
}

/// Calls take(hash, part) for each gram of a text.
template <class Take>
void each_gram(std::string_view text, const Take& take) {
  if (text.size() < kGramBytes) return;
  const char* const last = text.data() + text.size() - kGramBytes;
  uint32_t digits = 0;  // bit i: the byte i back was a digit
  for (size_t i = 0; i + 1 < kGramBytes; ++i) digits = (digits << 1) | kIsDigit[static_cast<uint8_t>(text[i])];
  for (const char* at = text.data(); at <= last; ++at) {
    digits = ((digits << 1) | kIsDigit[static_cast<uint8_t>(at[kGramBytes - 1])]) & 0xf;
    take(gram_at(at) * kMultiplier, static_cast<uint32_t>(digits != 0));
  }
}

/// Folds the slots to as few as keep the set sparse, and appends them as bits behind their logarithm.
void append_part(std::string& out, std::span<uint8_t> slots) {
  const size_t taken = static_cast<size_t>(std::count(slots.begin(), slots.end(), 1));
  auto log = static_cast<uint32_t>(std::countr_zero(slots.size()));
  // The slot of a gram is the top bits of its hash, so halving a part joins neighbours.
  while (log > kSlotBitsMin && taken * kSparse <= size_t{1} << log) --log;
  const auto fold = static_cast<uint32_t>(std::countr_zero(slots.size())) - log;
  std::string bits((size_t{1} << log) / 8, '\0');
  for (size_t i = 0; i < slots.size(); ++i) {
    const size_t slot = i >> fold;
    bits[slot / 8] = static_cast<char>(static_cast<uint8_t>(bits[slot / 8]) | static_cast<uint8_t>(slots[i] << (slot % 8)));
  }
  out += static_cast<char>(log);
  out += bits;
}

}  // namespace

std::string make_gram_filter(std::string_view text) {
  thread_local std::array<std::unique_ptr<uint8_t[]>, kParts> slots;
  for (size_t part = 0; part < kParts; ++part) {
    const size_t n = size_t{1} << kSlotBitsMax[part];
    if (slots[part] == nullptr) slots[part] = std::make_unique<uint8_t[]>(n);
    std::memset(slots[part].get(), 0, n);
  }
  uint8_t* const tables[kParts] = {slots[0].get(), slots[1].get()};
  each_gram(text, [&](uint32_t hash, uint32_t part) { tables[part][hash >> (32 - kSlotBitsMax[0] - part)] = 1; });
  static_assert(kSlotBitsMax[1] == kSlotBitsMax[0] + 1);
  std::string out;
  for (size_t part = 0; part < kParts; ++part) append_part(out, {tables[part], size_t{1} << kSlotBitsMax[part]});
  return out;
}

GramQuery::GramQuery(std::span<const std::string> needles) {
  for (const std::string& needle : needles) each_gram(needle, [&](uint32_t hash, uint32_t part) { grams_.push_back({hash, part}); });
  const auto less = [](const Gram& a, const Gram& b) { return a.part != b.part ? a.part < b.part : a.hash < b.hash; };
  std::sort(grams_.begin(), grams_.end(), less);
  grams_.erase(std::unique(grams_.begin(), grams_.end(), [](const Gram& a, const Gram& b) { return a.part == b.part && a.hash == b.hash; }),
               grams_.end());
}

bool GramQuery::may_be_in(std::string_view filter) const {
  if (grams_.empty()) return true;
  std::array<std::string_view, kParts> parts;
  std::array<uint32_t, kParts> logs{};
  for (size_t part = 0; part < kParts; ++part) {
    if (filter.empty()) return true;
    logs[part] = static_cast<uint8_t>(filter[0]);
    if (logs[part] < kSlotBitsMin || logs[part] > kSlotBitsMax[part] || filter.size() - 1 < (size_t{1} << logs[part]) / 8) return true;
    parts[part] = filter.substr(1, (size_t{1} << logs[part]) / 8);
    filter.remove_prefix(1 + parts[part].size());
  }
  return std::all_of(grams_.begin(), grams_.end(), [&](const Gram& gram) {
    const uint32_t slot = gram.hash >> (32 - logs[gram.part]);
    return (static_cast<uint8_t>(parts[gram.part][slot / 8]) >> (slot % 8) & 1) != 0;
  });
}

}  // namespace monitorai::store
