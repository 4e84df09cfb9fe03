#include "judge/rules/rule_set.h"

#include <algorithm>

namespace monitorai::judge {

void RuleSet::replace(std::vector<GroupSpec> specs, const RuleSettings& settings) {
  const TimeMs now = ports_.clock->now();
  std::map<std::string, std::unique_ptr<Group>> before;
  for (auto& group : groups_) before[group->spec().key()] = std::move(group);
  groups_.clear();
  std::sort(specs.begin(), specs.end(),
            [](const GroupSpec& a, const GroupSpec& b) { return std::tie(a.file, a.name) < std::tie(b.file, b.name); });
  for (GroupSpec& spec : specs) {
    const auto old = before.find(spec.key());
    if (old != before.end() && settings == settings_ && old->second->spec() == spec) {
      groups_.push_back(std::move(old->second));
      before.erase(old);
      continue;
    }
    auto group = std::make_unique<Group>(std::move(spec), settings, !restored_);
    group->schedule(now);
    if (old != before.end()) {
      group->adopt(*old->second);
      before.erase(old);
    }
    groups_.push_back(std::move(group));
  }
  for (auto& [key, group] : before) {
    const auto wait = 2 * group->interval();
    removed_.push_back({std::move(group), now, now + wait});
  }
  settings_ = settings;
  restored_ = true;
}

std::optional<TimeMs> RuleSet::due() const {
  std::optional<TimeMs> out;
  const auto take = [&](TimeMs time) { out = out ? std::min(*out, time) : time; };
  for (const auto& group : groups_) take(group->due());
  for (const Removed& removed : removed_) take(removed.due);
  return out;
}

const Group* RuleSet::run_one(std::stop_token stop) {
  const TimeMs now = ports_.clock->now();
  std::erase_if(removed_, [&](const Removed& removed) {
    if (removed.due > now) return false;
    removed.group->end_series(removed.time, groups_, *ports_.writer);
    return true;
  });
  const auto first = std::min_element(groups_.begin(), groups_.end(), [](const auto& a, const auto& b) { return a->due() < b->due(); });
  if (first == groups_.end() || (*first)->due() > now) return nullptr;
  (*first)->run_due(ports_, stop);
  return first->get();
}

void RuleSet::look_at_clock() {
  const TimeMs now = ports_.clock->now();
  for (const auto& group : groups_)
    if (group->due() - now > group->interval()) group->schedule(now);
}

}  // namespace monitorai::judge
