#pragma once
// Go's text/template, as far as Loki documents it, for line_format and label_format: fields, pipelines, variables, if, range, with, the
// comparisons, and Loki's functions. Every execution is bounded in steps and in bytes of output.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/logql/line.h"

namespace monitorai::query::logql {

struct TemplateLimits {
  size_t output_bytes_max = 1 << 20;
  size_t steps_max = 100'000;  ///< actions, rounds of loops and calls
};

struct TemplateTree;

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
  explicit Template(std::unique_ptr<const TemplateTree> tree);
  std::unique_ptr<const TemplateTree> tree_;
};

}  // namespace monitorai::query::logql
