#include "forward/notify/inhibition.h"

namespace monitorai::forward {
namespace {

std::vector<std::string> values_of(const InhibitRule& rule, const signals::Labels& labels) {
  std::vector<std::string> out;
  for (const std::string& name : rule.equal) out.emplace_back(labels.value(name));
  return out;
}

}  // namespace

void Inhibitions::add(const Alert& alert, uint64_t id) {
  for (size_t i = 0; i < rules_.size(); ++i) {
    const InhibitRule& rule = rules_[i];
    if (!all_match(rule.source, alert.labels)) continue;
    const auto key = values_of(rule, alert.labels);
    sources_[i].any.try_emplace(key, id);
    if (!all_match(rule.target, alert.labels)) sources_[i].one_sided.try_emplace(key, id);
  }
}

std::vector<uint64_t> Inhibitions::inhibitors(const signals::Labels& labels) const {
  std::vector<uint64_t> out;
  for (size_t i = 0; i < rules_.size(); ++i) {
    const InhibitRule& rule = rules_[i];
    if (!all_match(rule.target, labels)) continue;
    const auto& sources = all_match(rule.source, labels) ? sources_[i].one_sided : sources_[i].any;
    if (const auto found = sources.find(values_of(rule, labels)); found != sources.end()) out.push_back(found->second);
  }
  return out;
}

}  // namespace monitorai::forward
