#include <cmath>

#include "judge/quality/embed/embedder.h"
#include "judge/quality/text/unicode.h"

namespace monitorai::judge {
namespace {

constexpr size_t kDimension = 256;
constexpr size_t kRunMin = 3, kRunMax = 5;
constexpr size_t kCharactersMax = 8192;  // of a text: what follows says little that is new

/// Folded letters and digits, words apart by one space.
std::u32string normalised(std::string_view text) {
  std::u32string out = U" ";
  for (size_t at = 0; at < text.size() && out.size() < kCharactersMax;) {
    const char32_t c = next_character(text, at);
    const CharKind kind = c == kNoCharacter ? CharKind::space : kind_of(c);
    if (kind == CharKind::letter || kind == CharKind::number || kind == CharKind::mark) {
      append_folded(out, c);
    } else if (out.back() != U' ') {
      out += U' ';
    }
  }
  if (out.back() != U' ') out += U' ';
  return out;
}

uint64_t mix(uint64_t h) {  // the finaliser of MurmurHash3
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccdULL;
  h ^= h >> 33;
  h *= 0xc4ceb9fe1a85ec53ULL;
  return h ^ h >> 33;
}

void embed_into(std::string_view text, std::span<double> out) {
  const std::u32string letters = normalised(text);
  for (size_t begin = 0; begin + kRunMin <= letters.size(); ++begin) {
    uint64_t h = 0;
    for (size_t size = 1; size <= kRunMax && begin + size <= letters.size(); ++size) {
      h = mix(h * 31 + letters[begin + size - 1] + 1);
      // One bit gives the sign, so that collisions cancel instead of adding up.
      if (size >= kRunMin) out[h % kDimension] += (h >> 63) != 0 ? 1 : -1;
    }
  }
  double squares = 0;
  for (double& value : out) {
    value = std::copysign(std::log1p(std::fabs(value)), value);  // a word said ten times is not ten words
    squares += value * value;
  }
  if (squares > 0)
    for (double& value : out) value /= std::sqrt(squares);
}

}  // namespace

size_t LexicalEmbedder::dimension() const { return kDimension; }

Matrix LexicalEmbedder::embed(std::span<const std::string> texts) const {
  Matrix out(texts.size(), kDimension);
  for (size_t i = 0; i < texts.size(); ++i) embed_into(texts[i], out.row(i));
  return out;
}

}  // namespace monitorai::judge
