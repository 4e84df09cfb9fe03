#pragma once
// All groups of the running rules, and when each is due. Knows no thread and waits for nothing: the evaluator and tests drive it.
// Thread: one at a time.

#include "judge/rules/group.h"

namespace monitorai::judge {

class RuleSet {
 public:
  explicit RuleSet(RulePorts ports) : ports_(std::move(ports)) {}

  /// Takes these groups from now on. Groups that did not change go on undisturbed; changed ones keep the alerts and series of rules of the
  /// same name and labels; the series of removed ones end two intervals later, so that a rule that took them over can go on with them.
  /// The first call alone looks for the state from before a restart.
  void replace(std::vector<GroupSpec> specs, const RuleSettings& settings);
  /// When something is due next; nullopt: nothing at all.
  std::optional<TimeMs> due() const;
  /// Runs the one group that has been due for longest, if any; returns it.
  const Group* run_one(std::stop_token stop = {});
  /// Slots lie on the wall clock: when it was set back, groups would sleep until it comes round again. They begin anew at the next slot.
  void look_at_clock();
  std::span<const std::unique_ptr<Group>> groups() const { return groups_; }

 private:
  struct Removed {
    std::unique_ptr<Group> group;
    TimeMs time;
    TimeMs due;
  };
  RulePorts ports_;
  RuleSettings settings_;
  std::vector<std::unique_ptr<Group>> groups_;  ///< by file, then name
  std::vector<Removed> removed_;
  bool restored_ = false;
};

}  // namespace monitorai::judge
