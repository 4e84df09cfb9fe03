#include "judge/rules/rule_query.h"

namespace monitorai::judge {

RuleQuery promql_query(const query::Engine& engine, const signals::MetricSource& source) {
  return [&engine, &source](std::string_view query, TimeMs time) -> Result<std::vector<VectorSample>> {
    auto result = engine.instant(source, query, time);
    if (!result)
      return Error{result.error().kind == query::QueryError::Kind::cancelled ? Code::cancelled : Code::invalid,
                   std::move(result.error().message)};
    if (result->type != query::ValueType::vector && result->type != query::ValueType::scalar)
      return Error{Code::invalid, "rule result is not a vector or scalar"};
    std::vector<VectorSample> out;
    out.reserve(result->series.size());
    for (query::ResultSeries& series : result->series)
      if (!series.samples.empty()) out.push_back({std::move(series.labels), series.samples.back().value});
    return out;
  };
}

}  // namespace monitorai::judge
