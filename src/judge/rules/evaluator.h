#pragma once
// The rules thread: runs each group when it is due, and publishes what came out. Rules are replaced while it runs.

#include <condition_variable>
#include <mutex>

#include "base/threads.h"
#include "judge/rules/rule_set.h"

namespace monitorai::judge {

/// How long single rules took, as a histogram.
struct RuleDurations {
  static constexpr std::array<double, 6> kBounds{0.001, 0.01, 0.1, 1, 10, 60};  ///< seconds
  std::array<uint64_t, kBounds.size()> buckets{};                               ///< cumulative
  uint64_t count = 0;
  double sum = 0;
};

class Evaluator {
 public:
  explicit Evaluator(RulePorts ports);
  /// Stops.
  ~Evaluator();

  /// Starts the thread; once.
  void start();
  /// Takes these rules from now on; returns when they are in place (after the group that runs). Thread: any.
  void replace(std::vector<GroupSpec> specs, const RuleSettings& settings);
  /// Returns after the rule that runs.
  void stop();

  /// By file, then name; each as of its newest iteration. Thread: any.
  std::vector<std::shared_ptr<const GroupView>> view() const;
  RuleDurations durations() const;

 private:
  void run(const std::stop_token& stop);
  void publish_all();
  void publish(const Group& group);

  const RulePorts ports_;
  std::mutex running_;  ///< guards set_: held for one group at a time
  RuleSet set_;
  std::mutex wake_mutex_;
  std::condition_variable_any wake_;
  bool replaced_ = false;
  mutable std::mutex view_mutex_;
  std::vector<std::shared_ptr<const GroupView>> view_;
  RuleDurations durations_;
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace monitorai::judge
