#include "judge/rules/rule_query.h"

namespace monitorai::judge {
namespace {

using Vector = Result<std::vector<VectorSample>>;

Vector vector_of(query::QueryResult result) {
  if (result.type != query::ValueType::vector && result.type != query::ValueType::scalar)
    return Error{Code::invalid, "rule result is not a vector or scalar"};
  std::vector<VectorSample> out;
  out.reserve(result.series.size());
  for (query::ResultSeries& series : result.series)
    if (!series.samples.empty()) out.push_back({std::move(series.labels), series.samples.back().value});
  return out;
}

Error error_of(const query::QueryError& error) {
  return {error.kind == query::QueryError::Kind::cancelled ? Code::cancelled : Code::invalid, error.message};
}

}  // namespace

RuleQuery promql_query(const query::Engine& engine, const signals::MetricSource& source) {
  return [&engine, &source](std::string_view query, TimeMs time) -> Vector {
    auto result = engine.instant(source, query, time);
    if (!result) return error_of(result.error());
    return vector_of(std::move(*result));
  };
}

RuleQuery logql_query(const query::LogQlEngine& engine, const signals::LogSource& source) {
  return [&engine, &source](std::string_view query, TimeMs time) -> Vector {
    auto result = engine.instant(source, query, TimeNs{time.ms * 1'000'000});
    if (!result) return error_of(result.error());
    if (result->is_log) return Error{Code::invalid, "rule result is not a vector or scalar"};
    return vector_of(std::move(result->metric));
  };
}

RuleQuery no_log_query() {
  return [](std::string_view, TimeMs) -> Vector { return Error{Code::unavailable, "cannot ask for logs: logs.enabled is off"}; };
}

}  // namespace monitorai::judge
