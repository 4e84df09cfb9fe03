#include "store/logs/gram_filter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace monitorai::store {
namespace {

struct Part {
  size_t bytes;        ///< of a gram
  uint32_t log_max;    ///< of the slots
  uint32_t whole_log;  ///< up to this many slots all are kept; of more a quarter, but no fewer than this
  size_t sparse;       ///< the slots are halved while at most one in so many is taken
};
constexpr uint32_t kWords = 0;
constexpr uint32_t kNumbers = 1;
constexpr std::array<Part, 2> kParts{Part{4, 15, 14, 8}, Part{6, 18, 15, 3}};
constexpr uint32_t kLogMin = 6;
constexpr uint32_t kKeptQuarter = 2;
constexpr uint64_t kMultiplier = 0x9e3779b97f4a7c15;
constexpr uint32_t kHashShift = 40;

constexpr std::array<uint8_t, 256> kIsDigit = [] {
  std::array<uint8_t, 256> out{};
  for (int c = '0'; c <= '9'; ++c) out[static_cast<size_t>(c)] = 1;
  return out;
}();

uint32_t kept_log(uint32_t part, uint32_t log) {
  return std::min(log, std::max(kParts[part].whole_log, log > kKeptQuarter ? log - kKeptQuarter : 0));
}

/// 24 bits; slots are its low bits. `word` begins with the gram's bytes.
uint32_t hash_of(uint64_t word, uint32_t part) {
  constexpr std::array<uint64_t, 2> kMasks{(uint64_t{1} << (8 * kParts[kWords].bytes)) - 1, (uint64_t{1} << (8 * kParts[kNumbers].bytes)) - 1};
  return static_cast<uint32_t>(((word & kMasks[part]) * kMultiplier) >> kHashShift);
}

/// Calls take(hash, part) for each gram of a text.
template <class Take>
void each_gram(std::string_view text, const Take& take) {
  if (text.size() < kGramBytes) return;
  uint32_t digits = 0;  // bit i: the byte i back was a digit
  for (size_t i = 0; i + 1 < kGramBytes; ++i) digits = (digits << 1) | kIsDigit[static_cast<uint8_t>(text[i])];
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto part = [&] {
    digits = ((digits << 1) | kIsDigit[static_cast<uint8_t>(at[kGramBytes - 1])]) & 0xf;
    return digits != 0 ? kNumbers : kWords;
  };
  uint64_t word;
  for (; end - at >= static_cast<ptrdiff_t>(sizeof word); ++at) {
    std::memcpy(&word, at, sizeof word);
    const uint32_t of = part();
    take(hash_of(word, of), of);
  }
  for (; end - at >= static_cast<ptrdiff_t>(kGramBytes); ++at) {
    word = 0;
    std::memcpy(&word, at, static_cast<size_t>(end - at));
    const uint32_t of = part();
    if (end - at >= static_cast<ptrdiff_t>(kParts[of].bytes)) take(hash_of(word, of), of);
  }
}

/// Folds the slots to as few as keep the set sparse, and appends those that are kept behind the logarithm of all.
void append_part(std::string& out, std::span<uint64_t> slots, uint32_t part) {
  uint32_t log = kParts[part].log_max;
  for (; log > kLogMin; --log) {
    size_t taken = 0;
    for (const uint64_t word : slots.first((size_t{1} << log) / 64)) taken += static_cast<size_t>(std::popcount(word));
    if (taken * kParts[part].sparse > size_t{1} << log) break;
    const size_t half = (size_t{1} << log) / 128;
    for (size_t i = 0; i < half; ++i) slots[i] |= slots[half + i];
  }
  out += static_cast<char>(log);
  out.append(reinterpret_cast<const char*>(slots.data()), (size_t{1} << kept_log(part, log)) / 8);
}

}  // namespace

std::string make_gram_filter(std::string_view text) {
  // Both parts lie behind each other, so that the loop knows no branch.
  constexpr std::array<uint32_t, 2> kMasks{(1u << kParts[kWords].log_max) - 1, (1u << kParts[kNumbers].log_max) - 1};
  constexpr std::array<uint32_t, 2> kBegins{0, 1u << kParts[kWords].log_max};
  thread_local std::vector<uint64_t> slots;
  slots.assign((kBegins[kNumbers] + kMasks[kNumbers] + 1) / 64, 0);
  uint64_t* const bits = slots.data();
  each_gram(text, [&](uint32_t hash, uint32_t part) {
    const uint32_t slot = kBegins[part] + (hash & kMasks[part]);
    // Most grams are there already, and a store costs more than a look.
    const uint64_t bit = uint64_t{1} << (slot % 64);
    if ((bits[slot / 64] & bit) == 0) bits[slot / 64] |= bit;
  });
  std::string out;
  append_part(out, std::span(slots).first(kBegins[kNumbers] / 64), kWords);
  append_part(out, std::span(slots).subspan(kBegins[kNumbers] / 64), kNumbers);
  return out;
}

GramQuery::GramQuery(std::span<const std::string> needles) {
  for (const std::string& needle : needles) each_gram(needle, [&](uint32_t hash, uint32_t part) { grams_.push_back({hash, part}); });
  std::sort(grams_.begin(), grams_.end());
  grams_.erase(std::unique(grams_.begin(), grams_.end()), grams_.end());
}

bool GramQuery::may_be_in(std::string_view filter) const {
  std::array<std::string_view, kParts.size()> slots;
  std::array<uint32_t, kParts.size()> masks{};
  for (uint32_t part = 0; part < kParts.size(); ++part) {
    if (filter.empty()) return true;
    const uint32_t log = static_cast<uint8_t>(filter[0]);
    if (log < kLogMin || log > kParts[part].log_max) return true;
    const size_t bytes = (size_t{1} << kept_log(part, log)) / 8;
    if (filter.size() - 1 < bytes) return true;
    masks[part] = (1u << log) - 1;
    slots[part] = filter.substr(1, bytes);
    filter.remove_prefix(1 + bytes);
  }
  return std::all_of(grams_.begin(), grams_.end(), [&](const Gram& gram) {
    const uint32_t slot = gram.hash & masks[gram.part];
    return slot / 8 >= slots[gram.part].size() || (static_cast<uint8_t>(slots[gram.part][slot / 8]) >> (slot % 8) & 1) != 0;
  });
}

}  // namespace monitorai::store
