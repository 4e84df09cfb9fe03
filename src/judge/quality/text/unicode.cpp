#include "judge/quality/text/unicode.h"

#include <algorithm>
#include <array>

#include "judge/quality/text/unicode_tables.h"

namespace monitorai::judge {
namespace {

using namespace unicode_tables;

constexpr char32_t kHangulFirst = 0xAC00, kHangulLast = 0xD7A3;
constexpr char32_t kJamoLead = 0x1100, kJamoVowel = 0x1161, kJamoTail = 0x11A7;
constexpr uint32_t kVowels = 21, kTails = 28;

CharKind look_up_kind(char32_t c) {
  const KindFrom* end = kKinds + kKindCount;
  const KindFrom* at = std::upper_bound(kKinds, end, c, [](char32_t point, const KindFrom& entry) { return point < entry.first; });
  return static_cast<CharKind>((at - 1)->kind);
}

std::array<CharKind, 256> first_kinds() {
  std::array<CharKind, 256> out{};
  for (uint32_t c = 0; c < out.size(); ++c) out[c] = look_up_kind(c);
  return out;
}

bool within(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

}  // namespace

char32_t next_character(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0}; };
  const uint8_t first = byte(at);
  if (first < 0x80) return text[at++];
  const size_t length = first >= 0xF0 && first < 0xF5 ? 4 : first >= 0xE0 && first < 0xF0 ? 3 : first >= 0xC2 && first < 0xE0 ? 2 : 0;
  char32_t out = length == 4 ? first & 0x07 : length == 3 ? first & 0x0F : first & 0x1F;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return ++at, kNoCharacter;
    out = out << 6 | (byte(at + i) & 0x3F);
  }
  const bool shortest = length == 2 || (length == 3 && out >= 0x800) || (length == 4 && out >= 0x10000 && out <= 0x10FFFF);
  if (!shortest || within(out, 0xD800, 0xDFFF)) return ++at, kNoCharacter;
  at += length;
  return out;
}

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0 | c >> 6);
  } else {
    if (c < 0x10000) {
      put(0xE0 | c >> 12);
    } else {
      put(0xF0 | c >> 18);
      put(0x80 | (c >> 12 & 0x3F));
    }
    put(0x80 | (c >> 6 & 0x3F));
  }
  put(0x80 | (c & 0x3F));
}

CharKind kind_of(char32_t c) {
  static const std::array<CharKind, 256> first = first_kinds();
  return c < first.size() ? first[c] : look_up_kind(c);
}

void append_folded(std::u32string& out, char32_t c) {
  if (c < 0x80) {
    out += c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
    return;
  }
  if (within(c, kHangulFirst, kHangulLast)) {
    const uint32_t index = c - kHangulFirst;
    out += kJamoLead + index / (kVowels * kTails);
    out += kJamoVowel + index % (kVowels * kTails) / kTails;
    if (index % kTails != 0) out += kJamoTail + index % kTails;
    return;
  }
  const FoldsToOne* one = std::lower_bound(kOne, kOne + kOneCount, c, [](const FoldsToOne& entry, char32_t p) { return entry.from < p; });
  if (one != kOne + kOneCount && one->from == c) {
    out += one->to;
    return;
  }
  const Span* removed = std::lower_bound(kRemoved, kRemoved + kRemovedCount, c, [](const Span& span, char32_t p) { return span.last < p; });
  if (removed != kRemoved + kRemovedCount && removed->first <= c) return;
  const FoldsToSeveral* end = kSeveral + kSeveralCount;
  const FoldsToSeveral* several =
      std::lower_bound(kSeveral, end, c, [](const FoldsToSeveral& entry, char32_t p) { return entry.from < p; });
  if (several == end || several->from != c) {
    out += c;
    return;
  }
  for (const uint32_t to : several->to)
    if (to != 0) out += to;
}

char32_t lower_of(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
  const FoldsToOne* end = kLower + kLowerCount;
  const FoldsToOne* at = std::lower_bound(kLower, end, c, [](const FoldsToOne& entry, char32_t p) { return entry.from < p; });
  return at != end && at->from == c ? at->to : c;
}

bool is_cjk_ideograph(char32_t c) {
  return within(c, 0x4E00, 0x9FFF) || within(c, 0x3400, 0x4DBF) || within(c, 0x20000, 0x2A6DF) || within(c, 0x2A700, 0x2B73F) ||
         within(c, 0x2B740, 0x2B81F) || within(c, 0x2B820, 0x2CEAF) || within(c, 0xF900, 0xFAFF) || within(c, 0x2F800, 0x2FA1F);
}

bool is_written_without_spaces(char32_t c) {
  return c >= 0x0E00 && (is_cjk_ideograph(c) || within(c, 0x3040, 0x30FF) || within(c, 0x31F0, 0x31FF) || within(c, 0x0E00, 0x0EFF) ||
                         within(c, 0x0F00, 0x0FFF) || within(c, 0x1000, 0x109F) || within(c, 0x1780, 0x17FF));
}

}  // namespace monitorai::judge
