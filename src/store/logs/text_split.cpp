#include "store/logs/text_split.h"

#include <emmintrin.h>

#include <bit>
#include <cstdint>
#include <cstring>

namespace monitorai::store {
namespace {

/// Markers: kRun + n - 1 is a run of n digits (1..5), kLongRun and kIdentifier are followed by a byte with the length.
constexpr uint8_t kRun = 0xf8;
constexpr uint8_t kLongRun = 0xfd;
constexpr uint8_t kIdentifier = 0xfe;
constexpr size_t kShortRunMax = 5;
constexpr size_t kIdentifierMin = 4;
constexpr size_t kLengthMax = 255;

enum Class : uint8_t { kOther = 0, kDigit = 1, kLetter = 2 };

constexpr std::array<uint8_t, 256> kClass = [] {
  std::array<uint8_t, 256> out{};
  for (int c = '0'; c <= '9'; ++c) out[static_cast<size_t>(c)] = kDigit;
  for (int c = 'a'; c <= 'f'; ++c) out[static_cast<size_t>(c)] = kLetter;
  return out;
}();

uint8_t class_of(char c) { return kClass[static_cast<uint8_t>(c)]; }
unsigned nibble(char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); }

/// The first digit at or behind `at`, or `end`. Reads only within [at, end).
const char* find_digit(const char* at, const char* end) {
  const __m128i zero = _mm_set1_epi8('0');
  const __m128i nine = _mm_set1_epi8(9);
  for (; end - at >= 16; at += 16) {
    const __m128i from_zero = _mm_sub_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)), zero);
    const int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(from_zero, nine), from_zero));
    if (mask != 0) return at + std::countr_zero(static_cast<unsigned>(mask));
  }
  while (at < end && class_of(*at) != kDigit) ++at;
  return at;
}

/// Of 64 bytes, the lowest bit the first.
struct Classes {
  uint64_t digits = 0;
  uint64_t letters = 0;  ///< a to f
};
Classes classes_of(const char* at) {
  const auto within = [](__m128i bytes, char first, char last) {
    const __m128i from_first = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    const __m128i inside = _mm_cmpeq_epi8(_mm_min_epu8(from_first, _mm_set1_epi8(static_cast<char>(last - first))), from_first);
    return uint64_t{static_cast<uint32_t>(_mm_movemask_epi8(inside))};
  };
  Classes out;
  for (int i = 0; i < 64; i += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + i));
    out.digits |= within(bytes, '0', '9') << i;
    out.letters |= within(bytes, 'a', 'f') << i;
  }
  return out;
}

bool has_marker(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const __m128i first = _mm_set1_epi8(static_cast<char>(kRun));
  __m128i any = _mm_setzero_si128();
  for (; end - at >= 16; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    any = _mm_or_si128(any, _mm_cmpeq_epi8(_mm_max_epu8(bytes, first), bytes));
  }
  if (_mm_movemask_epi8(any) != 0) return true;
  for (; at < end; ++at)
    if (static_cast<uint8_t>(*at) >= kRun) return true;
  return false;
}

/// Writes the columns. Short pieces are copied sixteen bytes at a time: what is too much is overwritten by the next piece.
class Splitter {
 public:
  Splitter(std::string_view text, SplitText& out) : text_end_(text.data() + text.size()), out_(out) {
    // No token is longer than what it stands for.
    for (size_t i = 0; i < out.columns.size(); ++i) begin_[i] = at_[i] = out.columns[i].make_room(text.size());
  }

  void text(const char* from, const char* to) { put(SplitText::kTemplate, from, static_cast<size_t>(to - from)); }
  void digits(const char* from, size_t n) {
    char*& text = at_[SplitText::kTemplate];
    if (n <= kShortRunMax) {
      *text++ = static_cast<char>(kRun + n - 1);
      return put(n, from, n);
    }
    *text++ = static_cast<char>(kLongRun);
    *text++ = static_cast<char>(n);
    put(SplitText::kLong, from, n);
  }
  void identifier(const char* from, size_t n) {
    char*& text = at_[SplitText::kTemplate];
    *text++ = static_cast<char>(kIdentifier);
    *text++ = static_cast<char>(n);
    char* hex = at_[SplitText::kHex];
    size_t i = 0;
    for (; i + 16 <= n; i += 16, hex += 8) pack(from + i, hex);
    for (; i + 1 < n; i += 2) *hex++ = static_cast<char>(nibble(from[i]) << 4 | nibble(from[i + 1]));
    if (i < n) *hex++ = static_cast<char>(nibble(from[i]) << 4);
    at_[SplitText::kHex] = hex;
  }
  void finish() {
    for (size_t i = 0; i < out_.columns.size(); ++i) out_.columns[i].set_size(static_cast<size_t>(at_[i] - begin_[i]));
  }

 private:
  void put(size_t column, const char* from, size_t n) {
    char* const to = at_[column];
    at_[column] = to + n;
    if (text_end_ - from < static_cast<ptrdiff_t>((n + 15) / 16 * 16)) {
      std::memcpy(to, from, n);
      return;
    }
    for (size_t i = 0; i < n; i += 16)
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i), _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i)));
  }

  /// The eight bytes of sixteen hexadecimal digits.
  static void pack(const char* from, char* to) {
    const __m128i chars = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    const __m128i letters = _mm_and_si128(_mm_cmpgt_epi8(chars, _mm_set1_epi8('9')), _mm_set1_epi8('a' - '0' - 10));
    const __m128i nibbles = _mm_sub_epi8(_mm_sub_epi8(chars, _mm_set1_epi8('0')), letters);
    const __m128i high = _mm_slli_epi16(_mm_and_si128(nibbles, _mm_set1_epi16(0x00ff)), 4);
    const __m128i bytes = _mm_or_si128(high, _mm_srli_epi16(nibbles, 8));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm_packus_epi16(bytes, bytes));
  }

  const char* const text_end_;
  SplitText& out_;
  std::array<char*, SplitText::kColumns> begin_{};
  std::array<char*, SplitText::kColumns> at_{};
};

/// The sixteen hexadecimal digits of eight bytes.
void unpack(const char* from, char* to) {
  const __m128i low_nibbles = _mm_set1_epi8(0x0f);
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from));
  const __m128i high = _mm_and_si128(_mm_srli_epi16(bytes, 4), low_nibbles);
  const __m128i nibbles = _mm_unpacklo_epi8(high, _mm_and_si128(bytes, low_nibbles));
  const __m128i letters = _mm_and_si128(_mm_cmpgt_epi8(nibbles, _mm_set1_epi8(9)), _mm_set1_epi8('a' - '0' - 10));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_add_epi8(_mm_add_epi8(nibbles, letters), _mm_set1_epi8('0')));
}

}  // namespace

char* SplitColumn::make_room(size_t bytes_max) {
  if (bytes_max > capacity_ || bytes_ == nullptr) {
    bytes_ = std::make_unique_for_overwrite<char[]>(bytes_max + kSplitSlack);
    capacity_ = bytes_max;
  }
  size_ = 0;
  return bytes_.get();
}

namespace {

/// Puts the text between `done` and the token at `digit`, and the token; returns its end.
const char* split_token(Splitter& splitter, const char* done, const char* digit, const char* end) {
  const char* begin = digit;
  while (begin > done && digit - begin < static_cast<ptrdiff_t>(kLengthMax) - 1 && class_of(begin[-1]) == kLetter) --begin;
  bool letters = begin < digit;
  const char* run = digit;
  while (run < end && run - begin < static_cast<ptrdiff_t>(kLengthMax) && class_of(*run) != kOther) letters |= class_of(*run++) == kLetter;
  if (letters && run - begin >= static_cast<ptrdiff_t>(kIdentifierMin)) {
    splitter.text(done, begin);
    splitter.identifier(begin, static_cast<size_t>(run - begin));
    return run;
  }
  const char* stop = digit + 1;
  while (stop < end && stop - digit < static_cast<ptrdiff_t>(kLengthMax) && class_of(*stop) == kDigit) ++stop;
  splitter.text(done, digit);
  splitter.digits(digit, static_cast<size_t>(stop - digit));
  return stop;
}

/// Splits while there are 64 bytes to look at together, and returns the end of the last token. Runs of up to five digits with no letter
/// beside them, which most tokens are, are found by bits: their lengths cannot be predicted, and a loop over each would be.
const char* split_windows(Splitter& splitter, const char* done, const char* end) {
  constexpr ptrdiff_t kWindow = 64;
  const char* window = done;
  while (end - window > kWindow) {
    const Classes classes = classes_of(window);
    const uint64_t before = window > done && class_of(window[-1]) == kLetter ? 1 : 0;
    const uint64_t behind_letter = classes.letters << 1 | before;
    const char* next = window + kWindow;
    for (uint64_t left = classes.digits; left != 0;) {
      const int at = std::countr_zero(left);
      const int size = std::countr_one(left >> at);
      const int behind = at + size;
      const bool plain = size <= static_cast<int>(kShortRunMax) && behind < kWindow && (behind_letter >> at & 1) == 0 && (classes.letters >> behind & 1) == 0;
      if (!plain) {
        done = split_token(splitter, done, window + at, end);
        next = done;
        break;
      }
      splitter.text(done, window + at);
      splitter.digits(window + at, static_cast<size_t>(size));
      done = window + behind;
      left &= ~uint64_t{0} << behind;
    }
    window = next;
  }
  return done;
}

}  // namespace

bool split_text(std::string_view text, SplitText& out) {
  if (has_marker(text)) return false;
  Splitter splitter(text, out);
  const char* const end = text.data() + text.size();
  const char* done = split_windows(splitter, text.data(), end);
  for (const char* digit = find_digit(done, end); digit != end; digit = find_digit(done, end)) done = split_token(splitter, done, digit, end);
  splitter.text(done, end);
  splitter.finish();
  return true;
}

namespace {

/// Puts the text together from the front to the back. Members are copied to locals in the hot loop: what `out` points to may be anything.
class Joiner {
 public:
  Joiner(const std::array<std::string_view, SplitText::kColumns>& columns, char* out, size_t bytes) : out_(out), out_end_(out + bytes) {
    for (size_t i = 0; i < at_.size(); ++i) {
      at_[i] = columns[i].data();
      end_[i] = at_[i] + columns[i].size();
    }
  }

  bool join() {
    while (text_left() > 0) {
      const bool done = text_left() >= kChunk && out_end_ - out_ >= kChunkGivesMax ? chunk() : step();
      if (!done) return false;
    }
    return out_ == out_end_ && at_ == end_;
  }

 private:
  static constexpr ptrdiff_t kChunk = 16;
  /// Sixteen markers of five digits each, and the last copy of sixteen bytes.
  static constexpr ptrdiff_t kChunkGivesMax = 16 * 5 + 16;

  ptrdiff_t text_left() const { return end_[SplitText::kTemplate] - at_[SplitText::kTemplate]; }

  /// Sixteen bytes of the template, of which all but the longer tokens are dealt with without looking at the bounds of the output.
  bool chunk() {
    const char* const base = at_[SplitText::kTemplate];
    char* out = out_;
    const __m128i first = _mm_set1_epi8(static_cast<char>(kRun));
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(base));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), bytes);
    auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_max_epu8(bytes, first), bytes)));
    ptrdiff_t done = 0;
    for (; mask != 0; mask &= mask - 1) {
      const auto i = static_cast<ptrdiff_t>(std::countr_zero(mask));
      out += i - done;
      done = i + 1;
      const auto marker = static_cast<uint8_t>(base[i]);
      if (marker >= kLongRun) {
        out_ = out;
        at_[SplitText::kTemplate] = base + done;
        return longer(marker);
      }
      const size_t n = marker - kRun + size_t{1};
      const char* const from = at_[n];
      if (end_[n] - from < static_cast<ptrdiff_t>(n)) return false;
      at_[n] = from + n;
      std::memcpy(out, from, 8);
      out += n;
      // What stands behind the marker; the next marker and what follows is overwritten.
      std::memcpy(out, base + done, kChunk);
    }
    out_ = out + (kChunk - done);
    at_[SplitText::kTemplate] = base + kChunk;
    return true;
  }

  /// One byte of the template near one of the ends.
  bool step() {
    const auto byte = static_cast<uint8_t>(*at_[SplitText::kTemplate]++);
    if (byte >= kLongRun) return longer(byte);
    if (out_ == out_end_) return false;
    if (byte >= kRun) return copy(byte - kRun + size_t{1}, byte - kRun + size_t{1});
    *out_++ = static_cast<char>(byte);
    return true;
  }

  bool copy(size_t column, size_t n) {
    if (end_[column] - at_[column] < static_cast<ptrdiff_t>(n) || out_end_ - out_ < static_cast<ptrdiff_t>(n)) return false;
    std::memcpy(out_, at_[column], n);
    at_[column] += n;
    out_ += n;
    return true;
  }

  /// A token whose length follows its marker.
  bool longer(uint8_t marker) {
    if (text_left() == 0 || marker > kIdentifier) return false;
    const size_t n = static_cast<uint8_t>(*at_[SplitText::kTemplate]++);
    if (marker == kLongRun) return copy(SplitText::kLong, n);
    const char*& hex = at_[SplitText::kHex];
    const size_t packed = (n + 1) / 2;
    if (end_[SplitText::kHex] - hex < static_cast<ptrdiff_t>(packed) || out_end_ - out_ < static_cast<ptrdiff_t>(n)) return false;
    unpack(hex, out_);
    unpack(hex + 8, out_ + 16);
    for (size_t done = 32; done < n; done += 16) unpack(hex + done / 2, out_ + done);
    hex += packed;
    out_ += n;
    return true;
  }

  std::array<const char*, SplitText::kColumns> at_{};
  std::array<const char*, SplitText::kColumns> end_{};
  char* out_;
  char* const out_end_;
};

}  // namespace

bool join_text(const std::array<std::string_view, SplitText::kColumns>& columns, char* out, size_t bytes) {
  return Joiner(columns, out, bytes).join();
}

}  // namespace monitorai::store
