#pragma once
// Text to syntax tree. Accepts what Prometheus 3 accepts and words its refusals as Prometheus does.

#include <string>
#include <string_view>

#include "base/result.h"
#include "query/promql/ast.h"

namespace monitorai::query {

/// What Prometheus hides behind --enable-feature; all off by default, as there.
struct ParseOptions {
  bool experimental_functions = false;
  bool duration_expressions = false;
  bool extended_range_selectors = false;  ///< anchored, smoothed
  bool fill_modifiers = false;

  static ParseOptions everything() { return {true, true, true, true}; }
};

struct ParseError {
  Span span;
  std::string message;  ///< without its place
  /// "1:5: parse error: unexpected ..."
  std::string text(std::string_view query) const;
};

inline constexpr size_t kQueryBytesMax = 1 << 20;

/// The tree of a query: syntax and types are checked.
Result<ExprPtr, ParseError> parse(std::string_view query, const ParseOptions& options = {});
/// The matchers of a series selector (`match[]` of the API): `up`, `{job="a"}`, `up{job=~"a|b"}`.
Result<std::vector<signals::Matcher>, ParseError> parse_selector(std::string_view text);

}  // namespace monitorai::query
