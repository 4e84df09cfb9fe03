#include "app/config/config.h"

#include <arpa/inet.h>

#include "base/text.h"

namespace monitorai::app {

std::string Address::text() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

bool Address::is_loopback() const {
  in_addr four{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  return host == "localhost" || host == "::1";
}

Result<Address> parse_address(std::string_view text) {
  const auto invalid = [&](std::string_view why) {
    return Error{Code::invalid, fmt::format("\"{}\" is no address: {} (examples: 127.0.0.1:3000, [::1]:3000, 0.0.0.0:3000)", text, why)};
  };
  Address address;
  std::string_view host, port = text;
  if (text.starts_with('[')) {
    const size_t end = text.find("]:");
    if (end == std::string_view::npos) return invalid("\"]:PORT\" is missing");
    host = text.substr(1, end - 1);
    port = text.substr(end + 2);
  } else if (const size_t colon = text.rfind(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (host.find(':') != std::string_view::npos) return invalid("an IPv6 address stands in brackets");
    if (host.empty()) host = "0.0.0.0";
  } else {
    host = address.host;
  }
  const auto number = parse_integer<uint16_t>(port);
  if (!number) return invalid("the port is a number up to 65535");
  in_addr four{};
  in6_addr six{};
  const std::string name(host);
  if (name != "localhost" && inet_pton(AF_INET, name.c_str(), &four) != 1 && inet_pton(AF_INET6, name.c_str(), &six) != 1)
    return invalid("the host is an IP address or localhost");
  return Address{name, *number};
}

}  // namespace monitorai::app
