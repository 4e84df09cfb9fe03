#pragma once
// What this machine is called by others: its name and the addresses of its interfaces.

#include <string>
#include <vector>

namespace monitorai::app {

/// In lower case; the loopback is not among them. What cannot be read is left out.
std::vector<std::string> host_names();

}  // namespace monitorai::app
