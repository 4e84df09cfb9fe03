#include "collect/relabel/relabel.h"

#include <openssl/evp.h>

#include "base/text.h"

namespace monitorai::collect {
namespace {

using signals::Label;
using signals::Labels;

constexpr std::array<std::pair<std::string_view, RelabelAction>, 11> kActions{{{"replace", RelabelAction::replace},
                                                                               {"keep", RelabelAction::keep},
                                                                               {"drop", RelabelAction::drop},
                                                                               {"keepequal", RelabelAction::keepequal},
                                                                               {"dropequal", RelabelAction::dropequal},
                                                                               {"hashmod", RelabelAction::hashmod},
                                                                               {"labelmap", RelabelAction::labelmap},
                                                                               {"labeldrop", RelabelAction::labeldrop},
                                                                               {"labelkeep", RelabelAction::labelkeep},
                                                                               {"lowercase", RelabelAction::lowercase},
                                                                               {"uppercase", RelabelAction::uppercase}}};

Result<RelabelAction> parse_action(std::string_view text) {
  const std::string word = lower(text);
  std::vector<std::string> names;
  for (const auto& [name, action] : kActions) {
    if (word == name) return action;
    names.emplace_back(name);
  }
  const auto near = nearest(word, names);
  return Error{Code::invalid, fmt::format("unknown relabel action \"{}\"{}", text, near ? fmt::format(": did you mean {}?", *near) : "")};
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return out;
}

/// The last eight bytes of the MD5 sum, big-endian: Prometheus's hash of hashmod.
uint64_t md5_low64(std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  MAI_CHECK(EVP_Digest(text.data(), text.size(), digest, &length, EVP_md5(), nullptr) == 1 && length == 16);
  uint64_t hash = 0;
  for (size_t i = 8; i < 16; ++i) hash = hash << 8 | digest[i];
  return hash;
}

bool needs_target(RelabelAction action) {
  switch (action) {
    case RelabelAction::replace:
    case RelabelAction::hashmod:
    case RelabelAction::lowercase:
    case RelabelAction::uppercase:
    case RelabelAction::keepequal:
    case RelabelAction::dropequal:
      return true;
    case RelabelAction::keep:
    case RelabelAction::drop:
    case RelabelAction::labelmap:
    case RelabelAction::labeldrop:
    case RelabelAction::labelkeep:
      return false;
  }
  return false;
}

}  // namespace

Result<RelabelRule> RelabelRule::make(RelabelSettings settings) {
  MAI_TRY_ASSIGN(const RelabelAction action, parse_action(settings.action));
  MAI_TRY_ASSIGN(Regex regex, Regex::anchored(settings.regex));
  if (needs_target(action) && settings.target_label.empty())
    return Error{Code::invalid, fmt::format("relabel action {} needs target_label", settings.action)};
  if (action == RelabelAction::hashmod && settings.modulus == 0) return Error{Code::invalid, "relabel action hashmod needs modulus"};
  if ((action == RelabelAction::labeldrop || action == RelabelAction::labelkeep) &&
      (!settings.source_labels.empty() || !settings.target_label.empty()))
    return Error{Code::invalid, fmt::format("relabel action {} takes only regex", settings.action)};
  return RelabelRule(std::move(settings), action, std::move(regex));
}

std::string RelabelRule::joined(const Labels& labels) const {
  std::string out;
  for (size_t i = 0; i < settings_.source_labels.size(); ++i) {
    if (i > 0) out += settings_.separator;
    out += labels.value(settings_.source_labels[i]);
  }
  return out;
}

void RelabelRule::replace(Labels& labels) const {
  const std::string source = joined(labels);
  const auto captured = regex_->captures(source);
  if (!captured) return;
  const std::string target = regex_->expand(settings_.target_label, *captured);
  if (!signals::valid_label_name(target)) return;
  labels = labels.with(target, regex_->expand(settings_.replacement, *captured));
}

void RelabelRule::map_names(Labels& labels) const {
  std::vector<Label> all(labels.begin(), labels.end());
  const size_t own = all.size();
  for (size_t i = 0; i < own; ++i)
    if (const auto captured = regex_->captures(all[i].name))
      all.push_back({regex_->expand(settings_.replacement, *captured), all[i].value});
  labels = Labels::from(std::move(all));
}

void RelabelRule::filter_names(Labels& labels, bool keep_matching) const {
  std::vector<Label> kept;
  for (const Label& label : labels)
    if (regex_->matches(label.name) == keep_matching) kept.push_back(label);
  labels = Labels::from(std::move(kept));
}

bool RelabelRule::apply(Labels& labels) const {
  switch (action_) {
    case RelabelAction::replace:
      replace(labels);
      return true;
    case RelabelAction::keep:
      return regex_->matches(joined(labels));
    case RelabelAction::drop:
      return !regex_->matches(joined(labels));
    case RelabelAction::keepequal:
      return joined(labels) == labels.value(settings_.target_label);
    case RelabelAction::dropequal:
      return joined(labels) != labels.value(settings_.target_label);
    case RelabelAction::hashmod:
      labels = labels.with(settings_.target_label, fmt::format("{}", md5_low64(joined(labels)) % settings_.modulus));
      return true;
    case RelabelAction::labelmap:
      map_names(labels);
      return true;
    case RelabelAction::labeldrop:
      filter_names(labels, false);
      return true;
    case RelabelAction::labelkeep:
      filter_names(labels, true);
      return true;
    case RelabelAction::lowercase:
      labels = labels.with(settings_.target_label, lower(joined(labels)));
      return true;
    case RelabelAction::uppercase:
      labels = labels.with(settings_.target_label, upper(joined(labels)));
      return true;
  }
  return true;
}

std::optional<Labels> relabel(Labels labels, std::span<const RelabelRule> rules) {
  for (const RelabelRule& rule : rules)
    if (!rule.apply(labels)) return std::nullopt;
  return labels;
}

}  // namespace monitorai::collect
