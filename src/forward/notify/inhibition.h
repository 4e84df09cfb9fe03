#pragma once
// Inhibition: an alert that fires (the node is down) keeps others quiet (everything on it).

#include <string>
#include <vector>

#include "forward/notify/alert.h"
#include "forward/notify/matchers.h"

namespace monitorai::forward {

struct InhibitRule {
  Matchers source;
  Matchers target;
  std::vector<std::string> equal;  ///< labels whose values both alerts share
};

/// Which alerts are inhibited, for one moment: an index over the sources that fire then. Thread: one.
class Inhibitions {
 public:
  /// The alerts are read now, and not kept; the rules outlive this.
  template <class Alerts>
  Inhibitions(const std::vector<InhibitRule>& rules, const Alerts& alerts, TimeMs now) : rules_(rules), sources_(rules.size()) {
    for (const auto& [id, alert] : alerts)
      if (!alert.resolved(now)) add(alert, id);
  }
  /// Fingerprints of the alerts that inhibit one, at most one a rule; empty: it is not inhibited. An alert that matches both sides of a
  /// rule is not inhibited by alerts for which the same is true, itself among them.
  std::vector<uint64_t> inhibitors(const signals::Labels& labels) const;

 private:
  struct Sources {
    std::map<std::vector<std::string>, uint64_t> any;       ///< by the values of `equal`
    std::map<std::vector<std::string>, uint64_t> one_sided;  ///< those that do not match the target side too
  };
  void add(const Alert& alert, uint64_t id);

  const std::vector<InhibitRule>& rules_;
  std::vector<Sources> sources_;
};

}  // namespace monitorai::forward
