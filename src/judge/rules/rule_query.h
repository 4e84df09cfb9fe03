#pragma once
// How rules ask: an expression at one time gives a vector. The evaluator does not care in which language.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "query/logql/engine.h"
#include "query/promql/engine.h"
#include "signals/labels.h"

namespace monitorai::judge {

struct VectorSample {
  signals::Labels labels;
  double value = 0;
};

/// Evaluates a query at a time. A scalar is a vector of one sample without labels.
using RuleQuery = std::function<Result<std::vector<VectorSample>>(std::string_view query, TimeMs time)>;

/// Over PromQL. Engine and source must outlive it.
RuleQuery promql_query(const query::Engine& engine, const signals::MetricSource& source);

/// Over LogQL's metric queries. Engine and source must outlive it.
RuleQuery logql_query(const query::LogQlEngine& engine, const signals::LogSource& source);
/// Of a program that keeps no logs: every query is an error.
RuleQuery no_log_query();

}  // namespace monitorai::judge
