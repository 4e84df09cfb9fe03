#pragma once
// The syntax tree as JSON, in the shape that Prometheus's /api/v1/parse_query answers with.

#include <string>

#include "query/promql/ast.h"

namespace monitorai::query {

std::string to_json(const Expr& expr);

}  // namespace monitorai::query
