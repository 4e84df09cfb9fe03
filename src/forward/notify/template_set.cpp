#include "forward/notify/template_set.h"

#include <algorithm>

#include "base/text.h"
#include "forward/notify/template_objects.h"

namespace monitorai::forward {
namespace {

constexpr query::templates::Limits kLimits{.output_bytes_max = 1 << 20, .steps_max = 2'000'000};
constexpr size_t kParsedMax = 10'000;  ///< texts kept parsed

}  // namespace

size_t Notification::firing() const {
  return static_cast<size_t>(std::count_if(alerts.begin(), alerts.end(), [&](const Alert& alert) { return !alert.resolved(time); }));
}

signals::Labels Notification::common_labels() const {
  if (alerts.empty()) return {};
  std::vector<signals::Label> out;
  for (const signals::Label& label : alerts[0].labels)
    if (std::all_of(alerts.begin(), alerts.end(), [&](const Alert& alert) { return alert.labels.value(label.name) == label.value; }))
      out.push_back(label);
  return signals::Labels::from(std::move(out));
}

TextMap Notification::common_annotations() const {
  if (alerts.empty()) return {};
  TextMap out = alerts[0].annotations;
  for (const Alert& alert : alerts) {
    std::erase_if(out, [&](const auto& pair) {
      const auto found = alert.annotations.find(pair.first);
      return found == alert.annotations.end() || found->second != pair.second;
    });
  }
  return out;
}

TemplateSet::TemplateSet(std::vector<std::string> files) : files_(std::move(files)) {
  libraries_.push_back(default_templates());
  for (const std::string& file : files_) libraries_.emplace_back(file);
}
TemplateSet::~TemplateSet() = default;

Result<TemplateSet::Parsed, std::string> TemplateSet::parsed(std::string_view text) const {
  const std::lock_guard lock(mutex_);
  if (const auto known = parsed_.find(text); known != parsed_.end()) return known->second;
  auto made = query::templates::Template::parse(text, "", notification_functions(), libraries_);
  if (!made) return std::move(made.error());
  auto shared = std::make_shared<const query::templates::Template>(std::move(*made));
  if (parsed_.size() < kParsedMax) parsed_.emplace(text, shared);
  return Parsed(std::move(shared));
}

std::string TemplateSet::problem(std::string_view text) const {
  if (text.find("{{") == std::string_view::npos) return {};
  const auto made = parsed(text);
  return made ? std::string() : made.error();
}

Result<std::string, TemplateProblem> TemplateSet::run(std::string_view text, const Notification& notification, bool html) const {
  if (text.find("{{") == std::string_view::npos) return std::string(text);
  auto made = parsed(text);
  if (!made) return TemplateProblem{std::move(made.error())};
  HtmlRun html_run(kLimits);
  query::templates::Run text_run(kLimits);
  query::templates::Run& run = html ? html_run : text_run;
  auto output = (*made)->run(run, notification_value(run, notification));
  if (!output) return TemplateProblem{std::move(output.error())};
  return std::move(output->text);
}

Result<std::string, TemplateProblem> TemplateSet::expand(std::string_view text, const Notification& notification) const {
  return run(text, notification, false);
}
Result<std::string, TemplateProblem> TemplateSet::expand_html(std::string_view text, const Notification& notification) const {
  return run(text, notification, true);
}

}  // namespace monitorai::forward
