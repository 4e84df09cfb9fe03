#pragma once
// Text to syntax tree. Accepts what Loki 3 accepts; errors name line and column as Loki's do.

#include <string>
#include <string_view>

#include "base/result.h"
#include "query/logql/ast.h"

namespace monitorai::query::logql {

struct ParseError {
  Span span;
  std::string message;  ///< without its place
  /// "parse error at line 1, col 5: syntax error: ..."
  std::string text(std::string_view query) const;
};

inline constexpr size_t kQueryBytesMax = 128 << 10;
/// Of one regular expression or template, in bytes.
inline constexpr size_t kPatternBytesMax = 16 << 10;
inline constexpr size_t kStagesMax = 200;
/// Of parentheses in label filters.
inline constexpr uint32_t kFilterDepthMax = 100;

Result<Query, ParseError> parse(std::string_view query);
/// The matchers of `{...}` alone, as `match[]` and `query` of the series and label calls have them. `{}` selects all.
Result<std::vector<signals::Matcher>, ParseError> parse_selector(std::string_view text);

}  // namespace monitorai::query::logql
