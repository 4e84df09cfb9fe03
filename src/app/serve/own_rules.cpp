#include "app/serve/own_rules.h"

#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"

namespace monitorai::app {
namespace {

namespace fs = std::filesystem;

/// Of "FILE:12:3" or "FILE:12".
serve::RuleRemark remark_of(const yaml::Problem& problem, size_t file_bytes) {
  serve::RuleRemark out{.text = problem.text};
  std::string_view place = std::string_view(problem.where).substr(std::min(file_bytes + 1, problem.where.size()));
  const size_t colon = std::min(place.find(':'), place.size());
  out.line = parse_integer<int>(place.substr(0, colon)).value_or(1);
  out.column = parse_integer<int>(place.substr(std::min(colon + 1, place.size()))).value_or(1);
  return out;
}

std::string version_of(std::string_view text) { return fmt::format("{:016x}", std::hash<std::string_view>()(text)); }

}  // namespace

serve::RuleCheck OwnRules::check(std::string_view text) const {
  const std::string name = file_.filename();
  const judge::ReadRules read = judge::read_rules(text, name);
  serve::RuleCheck out{.problems = {}, .warnings = {}, .groups = read.groups.size()};
  for (const yaml::Problem& problem : read.problems) out.problems.push_back(remark_of(problem, name.size()));
  for (const yaml::Problem& duplicate : judge::duplicate_rules(read.groups)) out.warnings.push_back(remark_of(duplicate, name.size()));
  for (const judge::GroupSpec& group : read.groups) out.rules += group.rules.size();
  if (text.size() > kOwnRulesBytesMax)
    out.problems.push_back({.text = fmt::format("the text is too long ({} bytes, the limit is {})", text.size(), kOwnRulesBytesMax)});
  return out;
}

Result<serve::OwnRulesText> OwnRules::read() const {
  std::error_code ignored;
  std::string text;
  if (fs::exists(file_, ignored)) { MAI_TRY_ASSIGN(text, read_file(file_, judge::kRuleFileBytesMax)); }
  std::string version = version_of(text);
  return serve::OwnRulesText{file_.native(), std::move(text), std::move(version)};
}

/// An empty text is no file.
Result<void> OwnRules::put(const std::string& text) const {
  if (!trim(text).empty()) return write_file_atomically(file_, text);
  std::error_code error;
  fs::remove(file_, error);
  if (error) return Error{Code::unavailable, fmt::format("cannot remove {}: {}", file_.native(), error.message())};
  return {};
}

Result<std::optional<serve::OwnRulesText>> OwnRules::save(const std::string& text, std::string_view based_on) {
  const std::lock_guard lock(mutex_);
  MAI_TRY_ASSIGN(const serve::OwnRulesText before, read());
  if (before.version != based_on) return std::optional<serve::OwnRulesText>();
  MAI_TRY(put(text));
  const std::string errors = reload_();
  if (!errors.empty()) {
    MAI_TRY(put(before.text));
    return Error{Code::unavailable, "cannot let the rules run: the configuration cannot be reloaded: " + errors};
  }
  MAI_TRY_ASSIGN(serve::OwnRulesText after, read());
  return std::optional(std::move(after));
}

}  // namespace monitorai::app
