#pragma once
// What LogQL adds to the engine of templates: a line's labels and JSON as values, and its functions.

#include <deque>

#include "query/logql/json.h"
#include "query/logql/template.h"
#include "query/template/template.h"

namespace monitorai::query::logql {

/// One execution over a line. Texts live in the line's arena.
class LineRun final : public templates::Run {
 public:
  LineRun(Line& run_line, const templates::Limits& run_limits) : Run(run_limits), line(run_line) {}
  std::string_view keep(std::string_view text) override { return line.arena.copy(text); }

  Line& line;
  std::deque<JsonTree> trees;
};

/// Objects, arrays, null and scalars of JSON as values. The tree must outlive the run.
templates::Value value_of(templates::Run& run, const JsonTree& tree);

/// As Go prints such a value.
std::string text_of(const JsonTree& tree);

/// The functions that Loki adds to those of text/template. They are called with a LineRun.
std::span<const templates::Function> line_functions();

}  // namespace monitorai::query::logql
