#pragma once
// Labels: the identity of a series or a stream, as Prometheus defines it: names and values sorted by name, no name twice, no empty value.

#include <compare>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace monitorai::signals {

inline constexpr std::string_view kMetricName = "__name__";

struct Label {
  std::string name;
  std::string value;
  auto operator<=>(const Label&) const = default;
};

/// Immutable once built; cheap to move. Equal labels are the same series.
class Labels {
 public:
  Labels() = default;
  Labels(std::initializer_list<Label> labels);
  /// Sorts, drops labels with an empty value, and keeps the last of a name that occurs twice.
  static Labels from(std::vector<Label> labels);

  /// The value of a label, "" where it is absent (Prometheus does not distinguish the two).
  std::string_view value(std::string_view name) const;
  bool has(std::string_view name) const { return !value(name).empty(); }
  /// These labels with one set ("" removes it).
  Labels with(std::string_view name, std::string_view value) const;

  size_t size() const { return labels_.size(); }
  bool empty() const { return labels_.empty(); }
  auto begin() const { return labels_.begin(); }
  auto end() const { return labels_.end(); }

  /// `{a="1", b="2"}`, with the metric's name in front of the brace where there is one; values escaped as in PromQL.
  std::string text() const;

  auto operator<=>(const Labels&) const = default;

 private:
  std::vector<Label> labels_;
};

/// True for [a-zA-Z_:][a-zA-Z0-9_:]*.
bool valid_metric_name(std::string_view name);
/// True for [a-zA-Z_][a-zA-Z0-9_]*.
bool valid_label_name(std::string_view name);

}  // namespace monitorai::signals
