#pragma once
// Who has a port: for the message that says whom to blame.

#include <cstdint>
#include <string>

#include "base/result.h"

namespace monitorai::app {

/// "node_exporter (pid 812)"; "" when nobody listens there, or we may not see who. Reads /proc.
std::string port_owner(uint16_t port);
/// The message of a listener that could not be opened, with whoever has its port.
std::string listen_message(const Error& error, uint16_t port);

}  // namespace monitorai::app
