#pragma once
// Reads http_config: authentication, TLS, proxies.

#include "forward/notify/fields.h"
#include "forward/notify/receiver.h"

namespace monitorai::forward {

/// The keys of http_config, from a map that may have others.
void read_http_fields(Fields& fields, FileProblems& problems, HttpOptions& out);
/// "" for an address of http or https.
std::string address_problem(std::string_view text);

}  // namespace monitorai::forward
