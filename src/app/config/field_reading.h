#pragma once
// Reading of the configurations of other programs that users paste (prometheus.yml, promtail.yml): maps by tables of fields, where every
// field that is not known is a problem with its line and the nearest name.

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "app/config/yaml.h"
#include "base/text.h"
#include "collect/relabel/relabel.h"
#include "signals/labels.h"

namespace monitorai::app {

inline constexpr std::chrono::milliseconds kPastedDurationMin{10};

/// What reading a file collects: its name and what is wrong in it.
struct Reading {
  std::string_view file;
  std::vector<Problem>& problems;
  void add(int line, std::string text) const { problems.push_back({fmt::format("{}:{}", file, line), std::move(text)}); }
};

struct Field {
  std::string_view name;
  std::function<void(const YamlNode&)> read;
};

/// Reads the entries of a map by a table of fields; unknown ones are problems.
inline void read_map(const YamlNode& node, const std::string& what, const Reading& reading, const std::vector<Field>& fields) {
  if (node.kind == YamlNode::Kind::null) return;
  if (node.kind != YamlNode::Kind::map) return reading.add(node.line, fmt::format("{} is a map of fields, not {}", what, kind_name(node.kind)));
  for (const YamlEntry& entry : node.entries) {
    const auto field = std::find_if(fields.begin(), fields.end(), [&](const Field& one) { return one.name == entry.key; });
    if (field != fields.end()) {
      field->read(entry.value);
      continue;
    }
    std::vector<std::string> names;
    for (const Field& one : fields) names.emplace_back(one.name);
    const auto near = nearest(entry.key, names);
    reading.add(entry.line, near ? fmt::format("{}: unknown field {}: did you mean {}?", what, entry.key, *near)
                                 : fmt::format("{}: field {} is not supported", what, entry.key));
  }
}

inline void read_list(const YamlNode& node, const std::string& what, const Reading& reading, const std::function<void(const YamlNode&)>& read) {
  if (node.kind == YamlNode::Kind::null) return;
  if (node.kind != YamlNode::Kind::list) return reading.add(node.line, fmt::format("{} is a list, not {}", what, kind_name(node.kind)));
  for (const YamlNode& item : node.items) read(item);
}

inline auto into(std::string& out, const Reading& reading) {
  return [&out, &reading](const YamlNode& node) {
    if (node.kind == YamlNode::Kind::scalar || node.kind == YamlNode::Kind::null) out = node.text;
    else reading.add(node.line, fmt::format("it is text, not {}", kind_name(node.kind)));
  };
}

inline auto into(std::vector<std::string>& out, const Reading& reading) {
  return [&out, &reading](const YamlNode& node) {
    read_list(node, "it", reading, [&](const YamlNode& item) { into(out.emplace_back(), reading)(item); });
  };
}

inline auto into(bool& out, const Reading& reading) {
  return [&out, &reading](const YamlNode& node) {
    const std::string word = lower(node.text);
    if (word == "true" || word == "on" || word == "yes") out = true;
    else if (word == "false" || word == "off" || word == "no") out = false;
    else reading.add(node.line, "it is true or false");
  };
}

inline auto into(std::chrono::milliseconds& out, const Reading& reading) {
  return [&out, &reading](const YamlNode& node) {
    const auto duration = parse_duration(node.text);
    if (!duration) reading.add(node.line, duration.error().message);
    else if (*duration < kPastedDurationMin) reading.add(node.line, "it is at least 10ms");
    else out = *duration;
  };
}

auto into_count(auto& out, const Reading& reading) {
  return [&out, &reading](const YamlNode& node) {
    const auto count = parse_integer<uint64_t>(node.text);
    if (!count) reading.add(node.line, "it is a number of at least 0");
    else out = *count;
  };
}

inline signals::Labels read_labels(const YamlNode& node, const Reading& reading) {
  std::vector<signals::Label> labels;
  if (node.kind == YamlNode::Kind::map) {
    for (const YamlEntry& entry : node.entries) labels.push_back({entry.key, entry.value.text});
  } else if (node.kind != YamlNode::Kind::null) {
    reading.add(node.line, fmt::format("labels are a map, not {}", kind_name(node.kind)));
  }
  return signals::Labels::from(std::move(labels));
}

inline void read_relabelling(const YamlNode& list, const Reading& reading, std::vector<collect::RelabelRule>& out) {
  read_list(list, "it", reading, [&](const YamlNode& node) {
    collect::RelabelSettings settings;
    read_map(node, "a relabelling rule", reading,
             {{"source_labels", into(settings.source_labels, reading)},
              {"separator", into(settings.separator, reading)},
              {"regex", into(settings.regex, reading)},
              {"modulus", into_count(settings.modulus, reading)},
              {"target_label", into(settings.target_label, reading)},
              {"replacement", into(settings.replacement, reading)},
              {"action", into(settings.action, reading)}});
    auto rule = collect::RelabelRule::make(std::move(settings));
    if (rule) out.push_back(std::move(*rule));
    else reading.add(node.line, rule.error().message);
  });
}

}  // namespace monitorai::app
