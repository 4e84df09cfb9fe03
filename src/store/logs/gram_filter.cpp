#include "store/logs/gram_filter.h"

#include <emmintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

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
  constexpr std::array<uint64_t, 2> kMasks{(uint64_t{1} << (8 * kParts[kWords].bytes)) - 1,
                                           (uint64_t{1} << (8 * kParts[kNumbers].bytes)) - 1};
  return static_cast<uint32_t>(((word & kMasks[part]) * kMultiplier) >> kHashShift);
}

/// Which of sixteen bytes are digits, by bits.
uint32_t digits_of(const char* at) {
  const __m128i from_zero = _mm_sub_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)), _mm_set1_epi8('0'));
  return static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(from_zero, _mm_set1_epi8(9)), from_zero)));
}

/// Where chunks of a text stood before, by their bytes: templates repeat, and so do their grams.
class SeenChunks {
 public:
  static constexpr ptrdiff_t kBytes = 16;
  /// Of which the grams of a chunk are made: a gram of six bytes at the last one reaches this far.
  static constexpr ptrdiff_t kReach = kBytes + 5;

  SeenChunks(const char* begin, const char* end) : begin_(begin), end_(end) {}
  /// How many bytes from `at` on stood at a place that was asked for before: none, or at least kReach.
  ptrdiff_t seen(const char* at) {
    const auto word = [at](ptrdiff_t i) {
      uint64_t out;
      std::memcpy(&out, at + i, sizeof out);
      return out;
    };
    const uint64_t mixed = (word(0) ^ std::rotl(word(8), 23) ^ std::rotl(word(kReach - 8), 41)) * kMultiplier;
    Place& place = places_[mixed >> (64 - kLog)];
    const auto tag = static_cast<uint32_t>(mixed >> kTagShift);
    const Place found = std::exchange(place, {static_cast<uint32_t>(at - begin_), tag});
    const char* const before = begin_ + found.at;
    // Most that differ are told by the tag, without a look at text that is no longer in the cache.
    if (found.tag != tag || before == at || !same(before, at) || !same(before + kReach - kBytes, at + kReach - kBytes)) return 0;
    ptrdiff_t n = kReach;
    for (; end_ - at - n >= 8; n += 8) {
      uint64_t a;
      uint64_t b;
      std::memcpy(&a, before + n, sizeof a);
      std::memcpy(&b, at + n, sizeof b);
      if (a != b) return n + std::countr_zero(a ^ b) / 8;
    }
    return n;
  }

 private:
  static constexpr int kLog = 12;
  static constexpr int kTagShift = 16;
  struct Place {
    uint32_t at;
    uint32_t tag;
  };
  static bool same(const char* a, const char* b) {
    const __m128i equal = _mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(a)), _mm_loadu_si128(reinterpret_cast<const __m128i*>(b)));
    return _mm_movemask_epi8(equal) == 0xffff;
  }
  const char* const begin_;
  const char* const end_;
  std::array<Place, size_t{1} << kLog> places_{};  ///< the first place stands for none as well: it was asked for first
};

/// Calls take(hash, part) for the grams at sixteen bytes each, from the front, while there is text enough behind them; returns the first byte
/// that is left. Of what stood there before it may leave the grams out; behind it the chunks begin anew, so that what follows a repeated
/// piece is found again, too, wherever it stands.
template <class Take>
const char* each_gram_of_chunks(const char* at, const char* end, const Take& take) {
  constexpr ptrdiff_t kChunk = SeenChunks::kBytes;
  if (end - at < 2 * kChunk) return at;
  static_assert(kGramBytes == 4 && kNumbers == 1);
  constexpr uint64_t kWordMask = (uint64_t{1} << (8 * kParts[kWords].bytes)) - 1;
  constexpr uint64_t kNumberMask = (uint64_t{1} << (8 * kParts[kNumbers].bytes)) - 1;
  SeenChunks chunks(at, end);
  while (end - at >= 2 * kChunk) {
    if (const ptrdiff_t seen = chunks.seen(at); seen > 0) {
      at += seen - (SeenChunks::kReach - kChunk);
      continue;
    }
    const uint32_t digits = digits_of(at) | digits_of(at + kChunk) << kChunk;
    // Bit i: one of the bytes i to i + 3 is a digit.
    uint32_t numbers = digits | digits >> 1;
    numbers |= numbers >> 2;
#pragma GCC unroll 16
    for (ptrdiff_t i = 0; i < kChunk; ++i, numbers >>= 1) {
      uint64_t word;
      std::memcpy(&word, at + i, sizeof word);
      const uint32_t part = numbers & 1;
      const uint64_t mask = kWordMask | ((uint64_t{0} - part) & kNumberMask);
      take(static_cast<uint32_t>(((word & mask) * kMultiplier) >> kHashShift), part);
    }
    at += kChunk;
  }
  return at;
}

/// Calls take(hash, part) for each gram of a text.
template <class Take>
void each_gram(std::string_view text, const Take& take) {
  if (text.size() < kGramBytes) return;
  text.remove_prefix(static_cast<size_t>(each_gram_of_chunks(text.data(), text.data() + text.size(), take) - text.data()));
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
  // Both parts lie behind each other, a byte a slot: a store that nothing depends on is cheaper than a look with a branch.
  constexpr uint32_t kWordSlots = 1u << kParts[kWords].log_max;
  constexpr uint32_t kNumberSlots = 1u << kParts[kNumbers].log_max;
  constexpr size_t kSlots = kWordSlots + kNumberSlots;
  constexpr uint8_t kTaken = 0x80;
  thread_local std::vector<uint8_t> taken;
  thread_local std::vector<uint64_t> bits(kSlots / 64);
  taken.assign(kSlots, 0);
  uint8_t* const slots = taken.data();
  each_gram(text, [slots](uint32_t hash, uint32_t part) {
    const uint32_t is_number = 0u - part;
    slots[(is_number & kWordSlots) + (hash & ((kWordSlots - 1) | (is_number & (kNumberSlots - 1))))] = kTaken;
  });
  for (size_t i = 0; i < kSlots; i += 64) {
    uint64_t word = 0;
    for (size_t at = 0; at < 64; at += 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(slots + i + at));
      word |= uint64_t{static_cast<uint32_t>(_mm_movemask_epi8(bytes))} << at;
    }
    bits[i / 64] = word;
  }
  std::string out;
  append_part(out, std::span(bits).first(kWordSlots / 64), kWords);
  append_part(out, std::span(bits).subspan(kWordSlots / 64), kNumbers);
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
