#pragma once
// Opens the socket that a server listens on, the same way for HTTP and gRPC. No state; any thread.

#include <cstdint>
#include <string>

#include "base/result.h"

namespace monitorai::net {

/// "127.0.0.1:80", "[::1]:80".
std::string address_text(const std::string& host, uint16_t port);

/// Bound and listening, for the caller to close. `host` is an address, in brackets or not, or a name: then its first address, IPv4 where it has both; "::" takes IPv4
/// too. Port 0: a free one. Code::invalid: the host does not resolve, is not of this machine, or the port may not be had without rights;
/// unavailable: the port is taken.
Result<int> open_listening_socket(const std::string& host, uint16_t port);

}  // namespace monitorai::net
