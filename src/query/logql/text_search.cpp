#include "query/logql/text_search.h"

#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace monitorai::query::logql {

// The first and the last byte of the literal are compared at 16 places at once (Mula, "SIMD-friendly algorithms for substring
// searching"); what agrees in both is compared in full.
size_t Finder::find(std::string_view text, size_t from) const {
  const size_t length = literal_.size();
  if (length == 0) return from <= text.size() ? from : std::string_view::npos;
  if (from > text.size() || text.size() - from < length) return std::string_view::npos;
  const char* const begin = text.data();
  const char* at = begin + from;
  const char* const last = begin + (text.size() - length);  // the last place where it may begin
  if (length == 1) {
    const void* const found = std::memchr(at, literal_[0], static_cast<size_t>(last - at) + 1);
    return found == nullptr ? std::string_view::npos : static_cast<size_t>(static_cast<const char*>(found) - begin);
  }
#ifdef __SSE2__
  const __m128i first_byte = _mm_set1_epi8(literal_.front());
  const __m128i last_byte = _mm_set1_epi8(literal_.back());
  const size_t middle = length - 2;
  const auto matches_at = [&](const char* place) { return std::memcmp(place + 1, literal_.data() + 1, middle) == 0; };
  // 32 places a round: both loads lie within the text.
  while (last - at >= 31) {
    const auto load = [](const char* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); };
    const __m128i a = _mm_and_si128(_mm_cmpeq_epi8(load(at), first_byte), _mm_cmpeq_epi8(load(at + length - 1), last_byte));
    const __m128i b = _mm_and_si128(_mm_cmpeq_epi8(load(at + 16), first_byte), _mm_cmpeq_epi8(load(at + 16 + length - 1), last_byte));
    uint32_t hits = static_cast<uint32_t>(_mm_movemask_epi8(a)) | (static_cast<uint32_t>(_mm_movemask_epi8(b)) << 16);
    while (hits != 0) {
      const int bit = std::countr_zero(hits);
      if (matches_at(at + bit)) return static_cast<size_t>(at + bit - begin);
      hits &= hits - 1;
    }
    at += 32;
  }
#endif
  const void* const found = ::memmem(at, static_cast<size_t>(begin + text.size() - at), literal_.data(), length);
  return found == nullptr ? std::string_view::npos : static_cast<size_t>(static_cast<const char*>(found) - begin);
}

}  // namespace monitorai::query::logql
