#pragma once
// Who has a port: for the message that says whom to blame.

#include <cstdint>
#include <string>

namespace monitorai::app {

/// "node_exporter (pid 812)"; "" when nobody listens there, or we may not see who. Reads /proc.
std::string port_owner(uint16_t port);

}  // namespace monitorai::app
