#pragma once
// Templates of alerts: Go's text/template with the functions of Prometheus, over one sample of an alert's expression. Labels and
// annotations of alerting rules are written in it.

#include <memory>
#include <string>
#include <string_view>

#include "judge/rules/rule_file.h"
#include "judge/rules/rule_query.h"

namespace monitorai::judge {

/// What all templates of one server see.
struct TemplateSurroundings {
  TextMap external_labels;
  std::string external_url;  ///< without a slash at its end
  bool operator==(const TemplateSurroundings&) const = default;
};

/// What one execution sees. Everything lives as long as the call.
struct TemplateInput {
  const signals::Labels& labels;  ///< of the sample, with the metric's name
  double value = 0;
  TimeMs time;
  const RuleQuery& query;  ///< for the function `query`
  const TemplateSurroundings& surroundings;
};

struct TemplateError {
  std::string message;  ///< a sentence
};

/// Immutable, thread-safe.
class AlertTemplate {
 public:
  /// `alert` is its name, for errors: "template: __alert_NAME:1: unexpected {{end}}".
  static Result<AlertTemplate, TemplateError> parse(std::string_view text, std::string_view alert);

  /// Bounded in steps and output. An error's text is what Prometheus puts into the annotation behind "error expanding template".
  Result<std::string, TemplateError> expand(const TemplateInput& input) const;

 private:
  struct Parsed;
  std::string text_;                      ///< of a template without actions: itself
  std::shared_ptr<const Parsed> parsed_;  ///< null: no actions
};

}  // namespace monitorai::judge
