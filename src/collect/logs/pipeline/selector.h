#pragma once
// What a match stage selects by: a LogQL stream selector and line filters, `{app="x", level=~"warn|error"} |= "text" !~ "regex"`. Immutable.

#include <string_view>
#include <vector>

#include "base/regex.h"
#include "collect/logs/pipeline/stage_settings.h"
#include "signals/matcher.h"

namespace monitorai::collect {

class LineSelector {
 public:
  /// Code::invalid with the column (from 1) of what is wrong.
  static Result<LineSelector> parse(std::string_view text);
  bool matches(const Extracted& labels, std::string_view line) const;

 private:
  struct Filter {
    bool wanted;
    std::string text;
    std::shared_ptr<const Regex> regex;  ///< null: the text
  };
  std::vector<signals::Matcher> matchers_;
  std::vector<Filter> filters_;
};

}  // namespace monitorai::collect
