#include "judge/rules/alert_template.h"

#include "judge/rules/template_functions.h"

namespace monitorai::judge {
namespace {

using query::templates::Template;
using query::templates::Value;

/// What Prometheus puts before every template.
constexpr std::string_view kDefinitions =
    "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}";
constexpr query::templates::Limits kLimits{.output_bytes_max = 64 << 10, .steps_max = 100'000};

}  // namespace

struct AlertTemplate::Parsed {
  Template made;
  std::string name;
};

Result<AlertTemplate, TemplateError> AlertTemplate::parse(std::string_view text, std::string_view alert) {
  AlertTemplate out;
  if (text.find("{{") == std::string_view::npos) {
    out.text_ = text;
    return out;
  }
  std::string name = fmt::format("__alert_{}", alert);
  auto made = Template::parse(std::string(kDefinitions) + std::string(text), name, alert_functions());
  if (!made) return TemplateError{std::move(made.error())};
  out.parsed_ = std::make_shared<const Parsed>(Parsed{std::move(*made), std::move(name)});
  return out;
}

Result<std::string, TemplateError> AlertTemplate::expand(const TemplateInput& input) const {
  if (!parsed_) return text_;
  AlertRun run(input, kLimits);
  const AlertObject dot(input);
  auto output = parsed_->made.run(run, Value::of(dot));
  if (!output) return TemplateError{fmt::format("error executing template {}: {}", parsed_->name, output.error())};
  return std::move(output->text);
}

}  // namespace monitorai::judge
