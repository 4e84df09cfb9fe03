#pragma once
// Reads the maps of a YAML file into values: each key is taken once by its name, what is of the wrong kind and keys that nobody took are
// problems with their places. Thread: one.

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "forward/notify/alert.h"
#include "forward/notify/secret.h"
#include "yaml/yaml.h"

namespace monitorai::forward {

/// Where the problems of one file go.
class FileProblems {
 public:
  FileProblems(const std::string& file, std::vector<yaml::Problem>& out) : file_(file), out_(out) {}
  void add(int line, int column, const std::string& text);
  void add(const yaml::YamlNode& node, const std::string& text) { add(node.line, node.column, text); }

 private:
  const std::string& file_;
  std::vector<yaml::Problem>& out_;
};

class Fields {
 public:
  /// `of` names the map in problems: "a route".
  Fields(FileProblems& problems, const yaml::YamlNode& node, std::string_view of);

  /// Null when it is absent or has no value.
  const yaml::YamlNode* find(std::string_view key);
  void text(std::string_view key, std::string& out);
  /// As text, and handed to a check that says what is wrong ("" for nothing).
  void text(std::string_view key, std::string& out, const std::function<std::string(std::string_view)>& check);
  void flag(std::string_view key, bool& out);
  void number(std::string_view key, int64_t from, int64_t to, int64_t& out);
  void duration(std::string_view key, std::chrono::milliseconds& out);
  void texts(std::string_view key, std::vector<std::string>& out);
  void map(std::string_view key, TextMap& out);
  /// `key`, or the file that `key`_file names; both is a problem.
  void secret(std::string_view key, Secret& out);
  /// Each map of a list.
  void each(std::string_view key, const std::function<void(const yaml::YamlNode&)>& read);
  /// Keys that are known and mean nothing here.
  void ignore(std::string_view key) { taken_.emplace(key); }
  /// Tells of the keys that nobody took. Last.
  void end();

  const yaml::YamlNode& node() const { return node_; }
  void problem(const std::string& text) { problems_.add(node_, text); }

 private:
  std::optional<std::string> scalar(std::string_view key);
  FileProblems& problems_;
  const yaml::YamlNode& node_;
  const std::string of_;
  std::set<std::string, std::less<>> taken_;
};

}  // namespace monitorai::forward
