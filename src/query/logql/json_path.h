#pragma once
// The expressions of `| json label="request.headers[0][\"user-agent\"]"`.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace monitorai::query::logql {

struct JsonPathPart {
  std::string key;
  std::optional<size_t> index;  ///< of an array; the key is unused
};
using JsonPath = std::vector<JsonPathPart>;

/// The error is a sentence.
Result<JsonPath, std::string> parse_json_path(std::string_view text);

}  // namespace monitorai::query::logql
