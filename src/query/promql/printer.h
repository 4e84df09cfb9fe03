#pragma once
// Syntax tree to text: on one line (what Prometheus calls the string form), or broken over lines as /api/v1/format_query shows it.

#include <string>

#include "query/promql/ast.h"

namespace monitorai::query {

/// Canonical text; parse(print(x)) gives x again.
std::string print(const Expr& expr);
/// The same with line breaks and indentation where a part is longer than 100 characters.
std::string format_query(const Expr& expr);
/// An operator with its modifiers: "/ on (a) group_left (b)".
std::string operator_text(const Binary& node);
/// A number as PromQL prints it: never with an exponent ("0.1", "1000000000", "+Inf").
std::string print_number(double value);
/// "1h30m", "0s"; as Prometheus prints a duration.
std::string print_duration(int64_t ms);

}  // namespace monitorai::query
