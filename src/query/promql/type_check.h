#pragma once
// The rules that syntax cannot express: types of operands and arguments, matching between vectors, selectors that would select all.

#include <optional>

#include "query/promql/parser.h"

namespace monitorai::query {

/// The first fault of the tree. Also completes it: matching is kept between two vectors only, set operators are many-to-many.
std::optional<ParseError> check_types(Expr& expr);

}  // namespace monitorai::query
