#pragma once
// The adapter of yaml-cpp: YAML text as a plain tree with line numbers. What the library lets pass is refused here: duplicate keys,
// several documents, keys that are no text, and aliases that would blow a small file up. Scalars stay text: the schema knows the types,
// so 012 is twelve and "no" is whatever its key makes of it.

#include <string>
#include <string_view>
#include <vector>

namespace monitorai::yaml {

/// One thing that is wrong in a file or a setting: where ("monitorai.yml:12", "--set log.level=loud") and what.
struct Problem {
  std::string where;
  std::string text;
  std::string line() const { return where + ": " + text; }
};

struct YamlEntry;

struct YamlNode {
  enum class Kind { null, scalar, list, map };
  Kind kind = Kind::null;
  int line = 1;                      ///< counted from 1
  int column = 1;                    ///< counted from 1, in bytes
  std::string text{};                ///< of a scalar
  std::vector<YamlNode> items{};     ///< of a list
  std::vector<YamlEntry> entries;    ///< of a map, in the order of the file, no key twice
};

struct YamlEntry {
  std::string key;
  int line = 1;
  int column = 1;
  YamlNode value;
};

/// "a list", "a map", "text", "nothing": for messages.
std::string_view kind_name(YamlNode::Kind kind);

inline constexpr size_t kYamlBytesMax = size_t{1} << 20;  ///< larger texts are a problem, not read
inline constexpr size_t kYamlNodesMax = 20'000;           ///< after aliases are expanded
inline constexpr size_t kYamlDepthMax = 16;

struct YamlLimits {
  size_t bytes_max = kYamlBytesMax;
  size_t nodes_max = kYamlNodesMax;
};

/// The tree of the one document in `text` (null when it is empty). `file` is for the `where` of problems. Every duplicate key is
/// reported, and its first value kept; a syntax error is reported alone and gives a null tree.
YamlNode read_yaml(std::string_view text, std::string_view file, std::vector<Problem>& problems, YamlLimits limits = {});

}  // namespace monitorai::yaml
