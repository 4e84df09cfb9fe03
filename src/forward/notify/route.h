#pragma once
// The tree of routes: which receiver hears of an alert, in which group, when and how often. Immutable after reading.

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "forward/notify/matchers.h"

namespace monitorai::forward {

struct Route {
  std::string receiver;
  Matchers matchers;
  std::set<std::string> group_by;
  bool group_by_all = false;
  std::chrono::milliseconds group_wait{30'000};
  std::chrono::milliseconds group_interval{300'000};
  std::chrono::milliseconds repeat_interval{4 * 3'600'000};
  std::vector<std::string> mute_time_intervals;
  std::vector<std::string> active_time_intervals;
  bool goes_on = false;  ///< `continue`: its later siblings are asked too
  std::string key;       ///< Alertmanager's: `{}/{severity="critical"}`; routes with the same matchers share it
  size_t number = 0;     ///< no other route of the tree has it; the root has 0
  std::vector<Route> routes;

  /// The leaves of the tree that take these labels, in order. They live as long as the tree.
  void find(const signals::Labels& labels, std::vector<const Route*>& out) const;
  /// The labels by which an alert is grouped here.
  signals::Labels group_of(const signals::Labels& labels) const;
};

/// `{a="1", b="2"}` with the labels in order: the end of a group's key.
std::string labels_text(const signals::Labels& labels);

}  // namespace monitorai::forward
