#pragma once
// The rule file that people write by the Alerts page: data/rules.yml. It runs beside those of rules.files. Any thread; saves one at a time.

#include <filesystem>
#include <functional>
#include <mutex>

#include "judge/rules/rule_file.h"
#include "serve/rule_editor.h"

namespace monitorai::app {

inline constexpr size_t kOwnRulesBytesMax = size_t{1} << 20;

class OwnRules final : public serve::RuleShelf {
 public:
  /// `reload` lets the file's rules run and returns what is wrong, or "".
  OwnRules(std::filesystem::path file, std::function<std::string()> reload) : file_(std::move(file)), reload_(std::move(reload)) {}

  /// Where they are kept in a data folder.
  static std::filesystem::path file_in(const std::filesystem::path& data) { return data / "rules.yml"; }

  serve::RuleCheck check(std::string_view text) const override;
  Result<serve::OwnRulesText> read() const override;
  Result<std::optional<serve::OwnRulesText>> save(const std::string& text, std::string_view based_on) override;

 private:
  Result<void> put(const std::string& text) const;
  const std::filesystem::path file_;
  const std::function<std::string()> reload_;
  std::mutex mutex_;  ///< one save at a time
};

}  // namespace monitorai::app
