#pragma once
// Test scripts of the grammar of Prometheus's promqltest: `clear`, `load`, `eval instant`, `eval range`, with what is expected indented
// below. A script is parsed once and may be run over any storage.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/regex.h"
#include "query/promql/testing/series_notation.h"

namespace monitorai::query {

struct ClearCommand {};

struct LoadCommand {
  int64_t step_ms = 0;
  bool with_nhcb = false;  ///< also converts classic histograms to native ones
  struct Line {
    NotatedSeries series;
    bool start_timestamps = false;  ///< `metric@st ...`: when the samples of the next line began
  };
  std::vector<Line> lines;
};

struct Expectation {
  enum class Kind { ordered, fail, warn, no_warn, info, no_info };
  Kind kind = Kind::fail;
  std::optional<std::string> message;  ///< exactly this
  std::shared_ptr<const Regex> regex;  ///< found somewhere
  bool matches(std::string_view text) const;
};

struct EvalCommand {
  std::string query;
  bool is_range = false;
  int64_t start_ms = 0;  ///< of an instant query: its time, or where the expected range vector begins and ends
  int64_t end_ms = 0;    ///< an instant query with a range vector is evaluated at its end
  int64_t step_ms = 0;
  std::vector<Expectation> expectations;
  std::optional<double> scalar;
  std::optional<std::string> text;
  bool range_vector = false;  ///< an instant query whose result is a matrix at start, start + step, ... end
  std::vector<NotatedSeries> series;

  bool expects(Expectation::Kind kind) const;
};

struct Command {
  size_t line = 0;  ///< from 1
  std::variant<ClearCommand, LoadCommand, EvalCommand> what;
};

/// Code::invalid with the line where the script is wrong.
Result<std::vector<Command>> parse_script(std::string_view text);

}  // namespace monitorai::query
