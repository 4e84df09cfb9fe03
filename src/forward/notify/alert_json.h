#pragma once
// Alerts and matchers as JSON text, for the journal. What is written is read back the same; damaged text is Code::corrupt.

#include <span>
#include <string>
#include <vector>

#include "forward/notify/alert.h"
#include "forward/notify/matchers.h"

namespace monitorai::forward {

std::string alerts_json(std::span<const Alert> alerts);
Result<std::vector<Alert>> read_alerts_json(std::string_view json);
std::string labels_json(const signals::Labels& labels);
Result<signals::Labels> read_labels_json(std::string_view json);
std::string matchers_json(const Matchers& matchers);
Result<Matchers> read_matchers_json(std::string_view json);

}  // namespace monitorai::forward
