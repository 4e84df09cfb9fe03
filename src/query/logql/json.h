#pragma once
// JSON as a tree, for the template function fromJson. (The json parser of pipelines reads on demand and builds none.)

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monitorai::query::logql {

struct JsonTree {
  enum class Kind { null, boolean, number, string, array, object };
  Kind kind = Kind::null;
  bool boolean = false;
  double number = 0;
  std::string text;
  std::vector<std::string> names;  ///< of an object's items
  std::vector<JsonTree> items;
};

/// nullopt when the text is no JSON or has more values than nodes_max.
std::optional<JsonTree> parse_json_tree(std::string_view text, size_t nodes_max);

}  // namespace monitorai::query::logql
