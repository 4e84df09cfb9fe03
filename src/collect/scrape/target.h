#pragma once
// A target: where to scrape, how often, and the labels its samples get. Made from a job and a discovered address by Prometheus's rules:
// __address__, __scheme__, __metrics_path__, __param_*, __scrape_interval__ and __scrape_timeout__ go through relabel_configs, what
// begins with __ is dropped, and `instance` is the address unless a rule set it.

#include <chrono>
#include <optional>
#include <string>

#include "base/result.h"
#include "collect/scrape/scrape_settings.h"
#include "signals/labels.h"

namespace monitorai::collect {

struct Target {
  std::string job;
  std::string url;
  signals::Labels labels;             ///< of its samples: job, instance, and what rules and groups added
  signals::Labels discovered_labels;  ///< before relabelling, as the targets API shows them
  std::chrono::milliseconds interval;
  std::chrono::milliseconds timeout;

  /// Targets with equal labels and URL are the same target, whatever group named them.
  bool same_as(const Target& other) const { return url == other.url && labels == other.labels; }
};

/// nullopt: a rule dropped it. Code::invalid: the address, the scheme or an interval is no good.
Result<std::optional<Target>> make_target(const ScrapeSettings& job, const std::string& address, const signals::Labels& group_labels);

/// The labels a target gets before relabelling.
signals::Labels discovered_labels(const ScrapeSettings& job, const std::string& address, const signals::Labels& group_labels);

}  // namespace monitorai::collect
