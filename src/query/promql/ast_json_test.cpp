#include "query/promql/ast_json.h"

#include <gtest/gtest.h>

#include "query/promql/parser.h"

namespace monitorai::query {
namespace {

TEST(AstJson, has_the_shape_of_prometheus) {
  const auto f = [](std::string_view query, std::string_view want) {
    const auto parsed = parse(query, ParseOptions::everything());
    ASSERT_TRUE(parsed.has_value()) << query;
    EXPECT_EQ(to_json(**parsed), want);
  };
  f("1.5", R"({"type":"numberLiteral","val":"1.5"})");
  f("\"a\\\"b\"", R"({"type":"stringLiteral","val":"a\"b"})");
  f("-(up)",
    R"({"expr":{"expr":{"anchored":false,"matchers":[{"name":"__name__","type":"=","value":"up"}],"name":"up","offset":0,"offsetExpr":null,"startOrEnd":null,"timestamp":null,"smoothed":false,"type":"vectorSelector"},"type":"parenExpr"},"op":"-","type":"unaryExpr"})");
  f("a{b!~\"c\"}[5m] @ 10 offset -1m",
    R"({"anchored":false,"matchers":[{"name":"b","type":"!~","value":"c"},{"name":"__name__","type":"=","value":"a"}],"name":"a","offset":-60000,"offsetExpr":null,"startOrEnd":null,"timestamp":10000,"smoothed":false,"range":300000,"rangeExpr":null,"type":"matrixSelector"})");
  f("time()", R"({"args":[],"func":{"argTypes":[],"name":"time","returnType":"scalar","variadic":0},"type":"call"})");
  f("1 + 2",
    R"({"bool":false,"lhs":{"type":"numberLiteral","val":"1"},"matching":null,"op":"+","rhs":{"type":"numberLiteral","val":"2"},"type":"binaryExpr"})");
  f("sum by (b) ({a=\"1\"})",
    R"({"expr":{"anchored":false,"matchers":[{"name":"a","type":"=","value":"1"}],"name":"","offset":0,"offsetExpr":null,"startOrEnd":null,"timestamp":null,"smoothed":false,"type":"vectorSelector"},"grouping":["b"],"op":"sum","param":null,"type":"aggregation","without":false})");
  f("vector(1)[5m:step()] @ end()",
    R"({"expr":{"args":[{"type":"numberLiteral","val":"1"}],"func":{"argTypes":["scalar"],"name":"vector","returnType":"vector","variadic":0},"type":"call"},"offset":0,"offsetExpr":null,"startOrEnd":"end","timestamp":null,"range":300000,"rangeExpr":null,"step":0,"stepExpr":{"lhs":null,"op":"step","rhs":null,"type":"durationExpr","wrapped":false},"type":"subquery"})");
}

}  // namespace
}  // namespace monitorai::query
