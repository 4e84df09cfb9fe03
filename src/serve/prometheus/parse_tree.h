#pragma once
// A query's syntax tree as JSON, in the form of Prometheus's /api/v1/parse_query: what its tree view and query builders read.

#include <string>

#include "query/promql/ast.h"

namespace monitorai::serve {

std::string json_of_tree(const query::Expr& expr);

}  // namespace monitorai::serve
