#include "judge/quality/watch/text_signs.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace monitorai::judge {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool names_text(std::string_view from_quote) {
  for (const std::string_view key : {"\"answer\"", "\"response\"", "\"prompt\"", "\"question\""}) {
    if (!from_quote.starts_with(key)) continue;
    size_t at = key.size();
    while (at < from_quote.size() && is_space(from_quote[at])) ++at;
    return at < from_quote.size() && from_quote[at] == ':';
  }
  return false;
}

template <bool is_json>
class Search {
 public:
  explicit Search(std::string_view line) : line_(line) {}

  TextSigns run() {
#ifdef __SSE2__
    // A last block that overlaps the one before is cheaper than byte by byte; what is looked at twice says the same twice.
    if (line_.size() > kBlock) {
      const size_t last = line_.size() - kBlock - 1;
      for (size_t at = 0;; at = std::min(at + kBlock, last))
        if (block(at) || at == last) return found_;
    }
#endif
    for (size_t at = 0; at + 1 < line_.size(); ++at)
      if ((line_[at] == '[' || line_[at] == '"') && candidate(at)) break;
    return found_;
  }

 private:
  /// True when there is nothing left to look for.
  bool candidate(size_t at) {
    const std::string_view rest = line_.substr(at);
    if (rest.front() == '[')
      found_.marked |= rest.starts_with(kUserMark) || rest.starts_with(kModelMark);
    else if (is_json && !found_.named)
      found_.named = names_text(rest);
    return found_.marked && (found_.named || !is_json);
  }

#ifdef __SSE2__
  static constexpr size_t kBlock = 16;

  /// The 16 bytes at `at`, each with the one behind it: '[' before U or M, '"' before a, p, q or r.
  bool block(size_t at) {
    const auto load = [&](size_t from) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(line_.data() + from)); };
    const auto is = [](__m128i bytes, char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); };
    const __m128i here = load(at), next = load(at + 1);
    __m128i both = _mm_and_si128(is(here, '['), _mm_or_si128(is(next, 'U'), is(next, 'M')));
    if constexpr (is_json) {
      const __m128i from_p = _mm_sub_epi8(next, _mm_set1_epi8('p'));
      const __m128i p_to_r = _mm_cmpeq_epi8(_mm_min_epu8(from_p, _mm_set1_epi8('r' - 'p')), from_p);
      both = _mm_or_si128(both, _mm_and_si128(is(here, '"'), _mm_or_si128(is(next, 'a'), p_to_r)));
    }
    for (auto hits = static_cast<uint32_t>(_mm_movemask_epi8(both)); hits != 0; hits &= hits - 1)
      if (candidate(at + static_cast<size_t>(std::countr_zero(hits)))) return true;
    return false;
  }
#endif

  const std::string_view line_;
  TextSigns found_;
};

}  // namespace

TextSigns text_signs(std::string_view line) { return line.starts_with('{') ? Search<true>(line).run() : Search<false>(line).run(); }

}  // namespace monitorai::judge
