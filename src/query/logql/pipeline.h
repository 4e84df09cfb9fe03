#pragma once
// A log query's stages, compiled: steps that run line by line, and what can be asked of a whole block before, so that most lines are never
// looked at: the longest literal that every wanted line contains is searched over the block's text at once.

#include <functional>
#include <optional>
#include <vector>

#include "query/logql/parser.h"
#include "query/logql/step.h"
#include "query/logql/text_search.h"
#include "signals/logs.h"

namespace monitorai::query::logql {

struct PipelineLimits {
  size_t line_bytes_max = 1 << 20;
  size_t template_steps_max = 100'000;
};

/// Immutable, thread-safe.
class Pipeline {
 public:
  static Result<Pipeline, ParseError> compile(const LogExpr& log, const Wanted& wanted, const PipelineLimits& limits);

  /// For LogSource: literals of which every wanted line contains all.
  const signals::Needles& needles() const { return needles_; }
  /// True when the steps look at nothing but the text, so that labels need not be built before.
  bool text_only() const { return text_only_; }
  /// True when every line that candidates() finds passes.
  bool candidates_pass() const { return steps_.empty(); }

  /// The lines of a block that may pass, ascending; all of them are in `out`, or true is returned: every line is a candidate.
  bool candidates(const signals::LogBlock& block, const signals::Labels& stream, std::vector<uint32_t>& out) const;
  /// Runs the steps over a candidate; false when it is dropped.
  bool run(Line& line) const {
    for (const StepPtr& step : steps_)
      if (!step->run(line)) return false;
    return true;
  }
  /// The same over a line that candidates() was not asked about.
  bool run_alone(Line& line) const { return (!scan_ || !scan_is_step_ || scan_->in(line.text)) && run(line); }

 private:
  std::vector<StepPtr> steps_;
  signals::Needles needles_;
  std::optional<Finder> scan_;
  bool scan_is_step_ = false;     ///< the scan is a line filter of its own; otherwise the value of a label
  std::string scan_label_;        ///< the label whose value is scanned for: it must come from the text
  bool text_only_ = true;
};

/// The labels that stages read, besides those that parsers find.
std::vector<std::string> labels_read(const std::vector<Stage>& stages);
void add_labels_read(const LabelFilter& filter, std::vector<std::string>& out);

}  // namespace monitorai::query::logql
