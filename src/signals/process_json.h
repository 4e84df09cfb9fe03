#pragma once
// A ProcessSnapshot as JSON, for the command line and for the API: one shape in both. Absent values have no key.

#include <string>

#include "signals/process.h"

namespace monitorai::signals {

/// {"time":"...","scanned":N,"services":[...],"processes":[...]}; times as RFC 3339 in UTC with milliseconds.
std::string to_json(const ProcessSnapshot& snapshot);
/// One process as in the list above, with `reasons` where the verdict has them.
std::string to_json(const Process& process);

}  // namespace monitorai::signals
