#include "query/logql/ip_ranges.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string>

#include "base/text.h"

namespace monitorai::query::logql {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool hexadecimal(char c) { return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

size_t span_of(std::string_view text, std::string_view set) { return std::min(text.find_first_not_of(set), text.size()); }

}  // namespace

std::optional<IpRange::Address> IpRange::address(std::string_view text) {
  constexpr size_t kAddressCharsMax = 45;
  if (text.size() > kAddressCharsMax) return std::nullopt;
  const std::string copy(text);
  Address out;
  if (inet_pton(AF_INET, copy.c_str(), out.bytes.data()) == 1) return out;
  out.v6 = true;
  if (inet_pton(AF_INET6, copy.c_str(), out.bytes.data()) == 1) return out;
  return std::nullopt;
}

std::optional<IpRange> IpRange::parse(std::string_view text) {
  IpRange out;
  if (const auto one = address(text)) {
    out.low_ = out.high_ = *one;
    return out;
  }
  if (const size_t slash = text.find('/'); slash != std::string_view::npos) {
    const auto base = address(text.substr(0, slash));
    const auto bits = parse_integer<unsigned>(text.substr(slash + 1));
    if (!base || !bits || *bits > (base->v6 ? 128u : 32u)) return std::nullopt;
    out.low_ = out.high_ = *base;
    for (unsigned i = 0; i < (base->v6 ? 16u : 4u); ++i) {
      const unsigned kept = std::clamp<int>(static_cast<int>(*bits) - static_cast<int>(8 * i), 0, 8);
      const auto mask = static_cast<uint8_t>(0xff00u >> kept);
      out.low_.bytes[i] = static_cast<uint8_t>(base->bytes[i] & mask);
      out.high_.bytes[i] = static_cast<uint8_t>(base->bytes[i] | static_cast<uint8_t>(~mask));
    }
    return out;
  }
  if (const size_t dash = text.find('-'); dash != std::string_view::npos) {
    const auto low = address(trim(text.substr(0, dash)));
    const auto high = address(trim(text.substr(dash + 1)));
    if (!low || !high || low->v6 != high->v6 || high->bytes < low->bytes) return std::nullopt;
    out.low_ = *low;
    out.high_ = *high;
    return out;
  }
  return std::nullopt;
}

bool IpRange::found_in(std::string_view text) const {
  const auto at = [&](size_t i) { return i < text.size() ? text[i] : '\0'; };
  for (size_t i = 0; i < text.size(); ++i) {
    // What begins like an address is read as far as its characters go, as Loki does.
    std::string_view set;
    if (digit(at(i)) && (at(i + 1) == '.' || at(i + 2) == '.' || at(i + 3) == '.')) {
      set = "0123456789.";
    } else if (at(i) == ':' ? at(i + 1) == ':' && hexadecimal(at(i + 2)) : hexadecimal(at(i))) {
      size_t colon = i;
      while (colon < i + 4 && hexadecimal(at(colon))) ++colon;
      if (at(colon) == ':') set = "0123456789abcdefABCDEF:.";
    }
    if (set.empty()) continue;
    const size_t length = span_of(text.substr(i), set);
    if (const auto found = address(text.substr(i, length)); found && contains(*found)) return true;
    i += length;
  }
  return false;
}

}  // namespace monitorai::query::logql
