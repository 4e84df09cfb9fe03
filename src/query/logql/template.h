#pragma once
// Go's text/template with Loki's functions over a line, for line_format and label_format. Every execution is bounded in steps and in bytes
// of output.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/logql/line.h"
#include "query/template/template.h"

namespace monitorai::query::logql {

using TemplateLimits = templates::Limits;

/// Immutable, thread-safe.
class Template {
 public:
  /// The error is a sentence.
  static Result<Template, std::string> parse(std::string_view text);
  Template(Template&&) noexcept;
  Template& operator=(Template&&) noexcept;
  ~Template();

  /// What the template makes of a line; lives as long as the line's arena, or is one of its labels.
  Result<std::string_view, std::string> run(Line& line, const TemplateLimits& limits) const;
  /// Labels that it may read.
  std::vector<std::string> fields() const;

 private:
  explicit Template(std::unique_ptr<const templates::Template> made);
  std::unique_ptr<const templates::Template> made_;
};

}  // namespace monitorai::query::logql
