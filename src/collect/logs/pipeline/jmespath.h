#pragma once
// The part of JMESPath that promtail's json stages use: names, "quoted names", a.b, [0], [-1], @ and ||. Source: jmespath.org/specification.html.

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "collect/logs/json_value.h"

namespace monitorai::collect {

class JmesPath {
 public:
  /// Code::invalid for syntax outside that part.
  static Result<JmesPath> parse(std::string_view text);
  /// nullptr where the path leads nowhere or to null.
  const JsonValue* find(const JsonValue& root) const;

 private:
  using Step = std::variant<std::string, int64_t>;  ///< a name or an index
  std::vector<std::vector<Step>> alternatives_;
};

}  // namespace monitorai::collect
