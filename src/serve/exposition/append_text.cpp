#include "serve/exposition/append_text.h"

#include <cmath>
#include <cstring>

#include "base/text.h"

namespace monitorai::serve {
namespace {

/// True when each of eight bytes is ASCII and none is '"', '\\' or a control byte: nothing to escape, nothing to validate.
bool eight_plain(const char* at) {
  constexpr uint64_t kOnes = 0x0101010101010101, kHigh = 0x8080808080808080;
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  const auto has_zero = [](uint64_t x) { return (x - kOnes) & ~x & kHigh; };
  const uint64_t below_space = (word - kOnes * 0x20) & ~word & kHigh;
  return ((word & kHigh) | below_space | has_zero(word ^ (kOnes * '"')) | has_zero(word ^ (kOnes * '\\'))) == 0;
}

bool plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x80 && c != '"' && c != '\\'; }

bool all_plain(std::string_view text) {
  size_t at = 0;
  for (; at + 8 <= text.size(); at += 8)
    if (!eight_plain(text.data() + at)) return false;
  for (; at < text.size(); ++at)
    if (!plain(text[at])) return false;
  return true;
}

/// Which bytes a label's name may have; a metric's name may have ':' too.
constexpr std::array<bool, 256> kNameBytes = [] {
  std::array<bool, 256> table{};
  for (size_t c = 0; c < table.size(); ++c)
    table[c] = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  return table;
}();

}  // namespace

void append_escaped(std::string& out, std::string_view text, bool escape_quotes) {
  if (all_plain(text)) {
    out += text;
    return;
  }
  for (const char c : to_valid_utf8(text)) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '"' && escape_quotes)
      out += "\\\"";
    else if (c == '\0')
      out += "\xEF\xBF\xBD";  // Prometheus's parser reads NUL as the end of the input
    else
      out += c;
  }
}

void append_name(std::string& out, std::string_view name, bool colons) {
  const auto valid = [&](char c) { return kNameBytes[static_cast<unsigned char>(c)] || (colons && c == ':'); };
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) out += '_';
  const size_t start = out.size();
  out += name;
  if (!std::all_of(name.begin(), name.end(), valid))
    for (size_t i = start; i < out.size(); ++i)
      if (!valid(out[i])) out[i] = '_';
}

void append_value(std::string& out, double value) {
  // Up to 2^53 every whole double is the integer it says; -0.0 keeps its sign in the general path.
  constexpr double kWholeMax = 9007199254740992.0;
  if (std::fabs(value) <= kWholeMax && value == std::trunc(value) && !(value == 0 && std::signbit(value))) {
    char text[24];
    const auto [end, error] = std::to_chars(text, text + sizeof text, static_cast<int64_t>(value));
    out.append(text, end);
    return;
  }
  append_number(out, value);
}

}  // namespace monitorai::serve
