#pragma once
// What Prometheus adds to text/template: its functions, and samples, vectors and label maps as values.

#include "judge/rules/alert_template.h"
#include "query/template/template.h"

namespace monitorai::judge {

class AlertRun final : public query::templates::Run {
 public:
  AlertRun(const TemplateInput& run_input, const query::templates::Limits& run_limits) : Run(run_limits), input(run_input) {}
  const TemplateInput& input;
};

/// A map of texts; absent keys are "".
class TextMapObject final : public query::templates::Object {
 public:
  explicit TextMapObject(TextMap texts) : texts_(std::move(texts)) {}
  std::string_view type_name() const override { return "map[string]string"; }
  std::string text() const override;
  bool truth() const override { return !texts_.empty(); }
  std::optional<query::templates::Value> field(query::templates::Run&, std::string_view name) const override;
  query::templates::ValueResult index(query::templates::Run&, const query::templates::Value& key) const override;
  std::optional<int64_t> length() const override { return static_cast<int64_t>(texts_.size()); }
  bool items(query::templates::Run&, std::vector<std::pair<query::templates::Value, query::templates::Value>>& out) const override;

 private:
  TextMap texts_;
};

/// The dot of an alert's templates: .Labels, .ExternalLabels, .ExternalURL, .Value.
class AlertObject final : public query::templates::Object {
 public:
  explicit AlertObject(const TemplateInput& input);
  std::string_view type_name() const override {
    return "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }";
  }
  std::string text() const override;
  std::optional<query::templates::Value> field(query::templates::Run&, std::string_view name) const override;

 private:
  const TemplateInput& input_;
  TextMapObject labels_;
  TextMapObject external_labels_;
};

/// They are called with an AlertRun.
std::span<const query::templates::Function> alert_functions();

}  // namespace monitorai::judge
