#pragma once
// Relabelling as Prometheus defines it: an ordered list of rules that rewrites, keeps or drops a set of labels. Used for targets
// (relabel_configs), for their samples (metric_relabel_configs) and for what is sent on. Immutable once made; any thread.
// Source: prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/regex.h"
#include "base/result.h"
#include "signals/labels.h"

namespace monitorai::collect {

enum class RelabelAction { replace, keep, drop, keepequal, dropequal, hashmod, labelmap, labeldrop, labelkeep, lowercase, uppercase };

/// A rule as it is written; the defaults are Prometheus's.
struct RelabelSettings {
  std::vector<std::string> source_labels;
  std::string separator = ";";
  std::string regex = "(.*)";
  uint64_t modulus = 0;
  std::string target_label;
  std::string replacement = "$1";
  std::string action = "replace";
};

class RelabelRule {
 public:
  /// Code::invalid for an unknown action, a regex that does not compile, or a field the action needs or forbids.
  static Result<RelabelRule> make(RelabelSettings settings);
  /// False when the labels are dropped.
  bool apply(signals::Labels& labels) const;

 private:
  RelabelRule(RelabelSettings settings, RelabelAction action, Regex regex)
      : settings_(std::move(settings)), action_(action), regex_(std::make_shared<const Regex>(std::move(regex))) {}

  std::string joined(const signals::Labels& labels) const;
  void replace(signals::Labels& labels) const;
  void map_names(signals::Labels& labels) const;
  void filter_names(signals::Labels& labels, bool keep_matching) const;

  RelabelSettings settings_;
  RelabelAction action_;
  std::shared_ptr<const Regex> regex_;
};

/// Applies the rules in order; nullopt when one of them drops the labels.
std::optional<signals::Labels> relabel(signals::Labels labels, std::span<const RelabelRule> rules);

}  // namespace monitorai::collect
