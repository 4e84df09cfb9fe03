#pragma once
// Syntax tree to text: canonical on one line, or broken over lines as /loki/api/v1/format_query shows it.

#include <string>

#include "query/logql/ast.h"

namespace monitorai::query::logql {

/// Canonical text; parse(print(x)) gives x again.
std::string print(const Query& query);
std::string print(const LogExpr& log);
std::string print(const Stage& stage);
std::string print(const LabelFilter& filter);
std::string print(const RangeAggregation& node);
/// `{a="1", b=~"2"}`
std::string print_selector(const std::vector<signals::Matcher>& matchers);
/// The same with line breaks and indentation where it would be longer than 100 characters.
std::string format_query(const Query& query);

}  // namespace monitorai::query::logql
