#pragma once
// The schema of the configuration: one table of keys (config/schema.cpp), each with its path, type, documentation and the place in
// Config where it lives. Reading the file, errors, --set, environment variables, and the annotated example are all derived from it;
// defaults are those of Config itself.

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "app/config/config.h"
#include "app/config/yaml.h"

namespace monitorai::app {

/// One key.
struct Key {
  std::string path;         ///< "collect.process.interval"
  std::string type;         ///< for people: "duration, 1s to 1h"
  std::string description;  ///< one line or more
  std::string example;      ///< YAML lines shown as a comment below, for keys whose default is empty; "" for none
  bool structured = false;  ///< its value is a list: --set and the environment give it as YAML, "[a, b]"
  /// Reads a value. What is wrong goes to `problems` without the key's path in front; `file` is for their `where`.
  std::function<void(const YamlNode&, std::string_view file, Config&, std::vector<Problem>& problems)> read;
  /// The value as YAML on one line.
  std::function<std::string(const Config&)> print;
};

/// A section ("collect.process") and what it is for.
struct Section {
  std::string path;
  std::string description;
};

/// In the order of the example file; keys of one section are neighbours.
const std::vector<Key>& config_keys();
const std::vector<Section>& config_sections();

/// Reads a whole document into `config` (keys that are absent keep their value there). Every problem is reported.
void read_config(const YamlNode& document, std::string_view file, Config& config, std::vector<Problem>& problems);

/// "did you mean collect.process?" or "" where no key is near `path`. A key that exists in another section is found too.
std::string suggestion(std::string_view path);

/// The environment variable of a key: "MONITORAI_COLLECT_PROCESS_INTERVAL".
std::string environment_name(std::string_view path);

/// monitorai.example.yml: every key with its default and its documentation.
std::string example_config();

/// What runs, as YAML: every key with its value, secrets replaced by <secret>.
std::string running_config(const Config& config);

/// `text` as YAML writes it: plain where that reads back as the same text, else in double quotes.
std::string yaml_scalar(std::string_view text);

}  // namespace monitorai::app
