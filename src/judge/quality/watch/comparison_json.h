#pragma once
// A comparison of prompts as JSON: what the API answers, and what is kept of it.

#include <string>

#include "judge/quality/watch/drift_window.h"

namespace monitorai::judge {

std::string comparison_json(const Comparison& comparison);

}  // namespace monitorai::judge
