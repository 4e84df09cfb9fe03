#include "signals/labels.h"

#include <algorithm>

namespace monitorai::signals {
namespace {

constexpr bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
constexpr bool digit(char c) { return c >= '0' && c <= '9'; }

void append_escaped(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '\\') out += "\\\\";
    else if (c == '"') out += "\\\"";
    else if (c == '\n') out += "\\n";
    else out += c;
  }
}

}  // namespace

Labels::Labels(std::initializer_list<Label> labels) : Labels(from(std::vector<Label>(labels))) {}

Labels Labels::from(std::vector<Label> labels) {
  std::stable_sort(labels.begin(), labels.end(), [](const Label& a, const Label& b) { return a.name < b.name; });
  Labels out;
  for (Label& label : labels) {
    if (!out.labels_.empty() && out.labels_.back().name == label.name) out.labels_.back() = std::move(label);
    else out.labels_.push_back(std::move(label));
  }
  std::erase_if(out.labels_, [](const Label& label) { return label.value.empty(); });
  return out;
}

std::string_view Labels::value(std::string_view name) const {
  for (const Label& label : labels_)
    if (label.name == name) return label.value;
  return {};
}

Labels Labels::with(std::string_view name, std::string_view value) const {
  std::vector<Label> labels = labels_;
  labels.push_back({std::string(name), std::string(value)});
  return from(std::move(labels));
}

std::string Labels::text() const {
  std::string out(value(kMetricName));
  bool first = true;
  for (const Label& label : labels_) {
    if (label.name == kMetricName) continue;
    out += first ? "{" : ", ";
    first = false;
    if (valid_label_name(label.name)) {
      out += label.name;
    } else {
      out += '"';
      append_escaped(out, label.name);
      out += '"';
    }
    out += "=\"";
    append_escaped(out, label.value);
    out += '"';
  }
  if (!first) out += '}';
  if (out.empty()) out = "{}";
  return out;
}

bool valid_metric_name(std::string_view name) {
  return !name.empty() && !digit(name[0]) && std::all_of(name.begin(), name.end(), [](char c) { return letter(c) || digit(c) || c == ':'; });
}

bool valid_label_name(std::string_view name) {
  return !name.empty() && !digit(name[0]) && std::all_of(name.begin(), name.end(), [](char c) { return letter(c) || digit(c); });
}

}  // namespace monitorai::signals
