#pragma once
// Texts of notifications: Go templates over a group of alerts, with Alertmanager's functions and default templates.

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "forward/notify/alert.h"

namespace monitorai::query::templates {
class Template;
}  // namespace monitorai::query::templates

namespace monitorai::forward {

/// What a notification tells: the alerts of one group for one receiver.
struct Notification {
  std::string receiver;
  std::string group_key;
  signals::Labels group_labels;
  std::string external_url;
  std::vector<Alert> alerts;  ///< in their order
  TimeMs time;                ///< when it was made: what ended by then is resolved

  size_t firing() const;
  /// "firing" while one alert fires, else "resolved".
  std::string_view status() const { return firing() > 0 ? "firing" : "resolved"; }
  /// Those that all alerts have with the same value.
  signals::Labels common_labels() const;
  TextMap common_annotations() const;
};

/// Why a template failed.
struct TemplateProblem {
  std::string message;  ///< a sentence
};

/// Thread-safe.
class TemplateSet {
 public:
  /// `files`: texts with {{define}}s, which win over the built-in ones.
  explicit TemplateSet(std::vector<std::string> files);
  ~TemplateSet();

  /// "" when a text is a template that can be used, else what is wrong with it.
  std::string problem(std::string_view text) const;
  /// Bounded in steps and output. The error is a sentence.
  Result<std::string, TemplateProblem> expand(std::string_view text, const Notification& notification) const;
  /// What actions give is escaped for HTML.
  Result<std::string, TemplateProblem> expand_html(std::string_view text, const Notification& notification) const;

 private:
  using Parsed = std::shared_ptr<const query::templates::Template>;
  Result<Parsed, std::string> parsed(std::string_view text) const;
  Result<std::string, TemplateProblem> run(std::string_view text, const Notification& notification, bool html) const;

  const std::vector<std::string> files_;
  std::vector<std::string_view> libraries_;  ///< the built-in ones, then files_
  mutable std::mutex mutex_;
  mutable std::map<std::string, Parsed, std::less<>> parsed_;
};

/// The templates that come with the program.
std::string_view default_templates();

}  // namespace monitorai::forward
