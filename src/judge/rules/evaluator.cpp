#include "judge/rules/evaluator.h"

#include <algorithm>

namespace monitorai::judge {
namespace {

/// The wall clock may be set at any time, so nobody sleeps longer than this by it.
constexpr std::chrono::milliseconds kSleepMax{1000};

}  // namespace

Evaluator::Evaluator(RulePorts ports) : ports_(ports), set_(std::move(ports)) {}
Evaluator::~Evaluator() { stop(); }

void Evaluator::start() {
  thread_ = start_thread("rules", [this](const std::stop_token& stop) { run(stop); });
}

void Evaluator::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Evaluator::replace(std::vector<GroupSpec> specs, const RuleSettings& settings) {
  {
    const std::lock_guard lock(running_);
    set_.replace(std::move(specs), settings);
    publish_all();
  }
  {
    const std::lock_guard lock(wake_mutex_);
    replaced_ = true;
  }
  wake_.notify_one();
}

void Evaluator::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::optional<TimeMs> due;
    {
      const std::lock_guard lock(running_);
      set_.look_at_clock();
      if (const Group* ran = set_.run_one(stop)) publish(*ran);
      due = set_.due();
    }
    const auto wait =
        due ? std::clamp<std::chrono::milliseconds>(*due - ports_.clock->now(), std::chrono::milliseconds(0), kSleepMax) : kSleepMax;
    std::unique_lock lock(wake_mutex_);
    wake_.wait_for(lock, stop, wait, [&] { return replaced_; });
    replaced_ = false;
  }
}

void Evaluator::publish_all() {
  std::vector<std::shared_ptr<const GroupView>> all;
  for (const auto& group : set_.groups()) all.push_back(std::make_shared<const GroupView>(group->view()));
  const std::lock_guard lock(view_mutex_);
  view_ = std::move(all);
}

void Evaluator::publish(const Group& group) {
  auto view = std::make_shared<const GroupView>(group.view());
  const std::lock_guard lock(view_mutex_);
  for (const RuleView& rule : view->rules) {
    const double seconds = std::chrono::duration<double>(rule.status.evaluation).count();
    for (size_t i = 0; i < RuleDurations::kBounds.size(); ++i) durations_.buckets[i] += seconds <= RuleDurations::kBounds[i];
    ++durations_.count;
    durations_.sum += seconds;
  }
  const auto known =
      std::find_if(view_.begin(), view_.end(), [&](const auto& one) { return one->file == view->file && one->name == view->name; });
  if (known != view_.end()) *known = std::move(view);
}

std::vector<std::shared_ptr<const GroupView>> Evaluator::view() const {
  const std::lock_guard lock(view_mutex_);
  return view_;
}

RuleDurations Evaluator::durations() const {
  const std::lock_guard lock(view_mutex_);
  return durations_;
}

}  // namespace monitorai::judge
