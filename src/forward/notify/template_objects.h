#pragma once
// A notification as its templates see it: .Status, .Alerts.Firing, .GroupLabels.SortedPairs.Values, and Alertmanager's functions.

#include "forward/notify/template_set.h"
#include "query/template/template.h"

namespace monitorai::forward {

/// The dot of a notification's templates. Everything lives as long as the run.
query::templates::Value notification_value(query::templates::Run& run, const Notification& notification);

std::span<const query::templates::Function> notification_functions();

/// Escapes what actions give for where it stands in HTML: text, attributes, and addresses of links, of which only http, https and mailto
/// are let through.
class HtmlRun final : public query::templates::Run {
 public:
  using Run::Run;
  void append(std::string& out, const query::templates::Value& value) override;
};

/// What safeHtml gives: text that HtmlRun does not escape.
class SafeHtml final : public query::templates::Object {
 public:
  explicit SafeHtml(std::string_view text) : text_(text) {}
  std::string_view type_name() const override { return "template.HTML"; }
  std::string text() const override { return text_; }
  bool truth() const override { return !text_.empty(); }

 private:
  const std::string text_;
};

}  // namespace monitorai::forward
