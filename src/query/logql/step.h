#pragma once
// What a stage of a pipeline becomes: a step that looks at a line, changes it, or drops it.

#include <memory>
#include <string>
#include <vector>

#include "query/logql/ast.h"
#include "query/logql/line.h"

namespace monitorai::query::logql {

/// Immutable, thread-safe: what changes is in the line.
class Step {
 public:
  virtual ~Step() = default;
  /// False when the line is dropped.
  virtual bool run(Line& line) const = 0;
};
using StepPtr = std::unique_ptr<const Step>;

/// Which labels parsers need to find; a metric query that groups by one label needs no other.
struct Wanted {
  enum class Kind { everything, nothing, names };
  Kind kind = Kind::everything;
  std::vector<std::string> names;
  bool name(std::string_view label) const {
    if (kind == Kind::everything) return true;
    for (const std::string& n : names)
      if (n == label) return true;
    return false;
  }
  /// Whether a wanted name begins with it.
  bool prefix(std::string_view begin) const {
    if (kind == Kind::everything) return true;
    for (const std::string& n : names)
      if (n.starts_with(begin)) return true;
    return false;
  }
};

/// What label filters that follow a parser demand of single labels: a parser may drop the line as soon as one is found that fails.
using Demands = std::vector<const signals::Matcher*>;

struct StepError {
  std::string message;
};
using MadeStep = Result<StepPtr, StepError>;

MadeStep make_line_filter(const LineFilter& stage);
MadeStep make_label_filter(const LabelFilter& filter);
MadeStep make_json(const JsonStage& stage, const Wanted& wanted, const Demands& demands);
MadeStep make_unpack(const Wanted& wanted);
MadeStep make_logfmt(const LogfmtStage& stage, const Wanted& wanted, const Demands& demands);
MadeStep make_regexp(const RegexpStage& stage, const Wanted& wanted);
MadeStep make_pattern(const PatternStage& stage, const Wanted& wanted);
MadeStep make_choice(const ChoiceStage& stage);
MadeStep make_decolorize();
MadeStep make_line_format(const LineFormatStage& stage, size_t line_bytes_max, size_t steps_max);
MadeStep make_label_format(const LabelFormatStage& stage, size_t line_bytes_max, size_t steps_max);
/// The labels that a template reads.
std::vector<std::string> template_fields(std::string_view text);

/// A key of a log line as a label's name: what is no letter, digit or '_' becomes '_', a leading digit gets one before it. "" when
/// nothing is left. A view of the key itself where it is a name already.
std::string_view sanitize_name(std::string_view key, Arena& arena);

}  // namespace monitorai::query::logql
