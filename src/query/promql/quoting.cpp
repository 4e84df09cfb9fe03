#include "query/promql/quoting.h"

#include <charconv>
#include <optional>

#include "base/text.h"

namespace monitorai::query {
namespace {

std::string_view utf8_bytes(std::string& buffer, int32_t rune) {
  const auto put = [&](int32_t byte) { buffer += static_cast<char>(byte); };
  buffer.clear();
  if (rune < 0x80) {
    put(rune);
  } else if (rune < 0x800) {
    put(0xc0 | (rune >> 6));
    put(0x80 | (rune & 0x3f));
  } else if (rune < 0x10000) {
    put(0xe0 | (rune >> 12));
    put(0x80 | ((rune >> 6) & 0x3f));
    put(0x80 | (rune & 0x3f));
  } else {
    put(0xf0 | (rune >> 18));
    put(0x80 | ((rune >> 12) & 0x3f));
    put(0x80 | ((rune >> 6) & 0x3f));
    put(0x80 | (rune & 0x3f));
  }
  return buffer;
}

}  // namespace

std::pair<int32_t, size_t> decode_rune(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (text.empty()) return {kRuneEnd, 0};
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const size_t width = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < width || !valid_utf8(text.substr(0, width))) return {kRuneBad, 1};
  int32_t rune = first & (0x7f >> width);
  for (size_t i = 1; i < width; ++i) rune = (rune << 6) | (byte(i) & 0x3f);
  return {rune, width};
}

std::string quote_rune(int32_t rune) {
  if (rune == kRuneEnd) return "'\\uffff'";
  std::string buffer;
  std::string inside = quote(utf8_bytes(buffer, rune));
  inside = inside.substr(1, inside.size() - 2);
  if (rune == '"') inside = "\"";
  if (rune == '\'') inside = "\\'";
  return "'" + inside + "'";
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (size_t i = 0; i < text.size();) {
    const auto [rune, width] = decode_rune(text.substr(i));
    switch (rune) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\a':
        out += "\\a";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\v':
        out += "\\v";
        break;
      default:
        if ((rune == kRuneBad && width == 1) || rune < 0x20 || rune == 0x7f) {
          out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
        } else if (rune >= 0x80 && rune < 0xa0) {
          out += fmt::format("\\u{:04x}", rune);
        } else {
          out += text.substr(i, width);
        }
    }
    i += width;
  }
  return out + '"';
}

bool unquote(std::string_view token, std::string& out) {
  out.clear();
  if (token.size() < 2 || token.front() != token.back()) return false;
  const char mark = token.front();
  const std::string_view body = token.substr(1, token.size() - 2);
  if (mark == '`') {
    for (const char c : body)
      if (c != '\r') out += c;
    return body.find('`') == std::string_view::npos;
  }
  if (mark != '"' && mark != '\'') return false;
  std::string buffer;
  for (size_t i = 0; i < body.size(); ++i) {
    if (body[i] == mark || body[i] == '\n') return false;
    if (body[i] != '\\') {
      out += body[i];
      continue;
    }
    if (++i == body.size()) return false;
    const char c = body[i];
    const auto take = [&](size_t from, size_t count, int base) -> std::optional<uint32_t> {
      uint32_t value = 0;
      if (from + count > body.size()) return std::nullopt;
      const auto [end, error] = std::from_chars(body.data() + from, body.data() + from + count, value, base);
      if (error != std::errc{} || end != body.data() + from + count) return std::nullopt;
      return value;
    };
    std::optional<uint32_t> value;
    switch (c) {
      case 'a':
        out += '\a';
        continue;
      case 'b':
        out += '\b';
        continue;
      case 'f':
        out += '\f';
        continue;
      case 'n':
        out += '\n';
        continue;
      case 'r':
        out += '\r';
        continue;
      case 't':
        out += '\t';
        continue;
      case 'v':
        out += '\v';
        continue;
      case '\\':
        out += '\\';
        continue;
      case '\'':
      case '"':
        if (c != mark) return false;
        out += c;
        continue;
      case 'x':
        if (!(value = take(i + 1, 2, 16))) return false;
        out += static_cast<char>(*value);
        i += 2;
        continue;
      case 'u':
      case 'U': {
        const size_t count = c == 'u' ? 4 : 8;
        if (!(value = take(i + 1, count, 16)) || *value > 0x10ffff || (*value >= 0xd800 && *value < 0xe000)) return false;
        out += utf8_bytes(buffer, static_cast<int32_t>(*value));
        i += count;
        continue;
      }
      default:
        if (!(value = take(i, 3, 8)) || *value > 255) return false;
        out += static_cast<char>(*value);
        i += 2;
    }
  }
  return true;
}

}  // namespace monitorai::query
