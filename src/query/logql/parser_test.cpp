#include "query/logql/parser.h"

#include <gtest/gtest.h>

#include "query/logql/printer.h"
#include "query/logql/units.h"

namespace monitorai::query::logql {
namespace {

/// Printed, or the error.
std::string f(std::string_view query) {
  const auto parsed = parse(query);
  if (!parsed) return parsed.error().text(query);
  const std::string printed = print(*parsed);
  const auto again = parse(printed);
  if (!again) return fmt::format("{} does not parse again: {}", printed, again.error().text(printed));
  EXPECT_TRUE(same(*parsed, *again)) << printed;
  const auto pretty = parse(format_query(*parsed));
  EXPECT_TRUE(pretty.has_value() && same(*parsed, *pretty)) << format_query(*parsed);
  return printed;
}

TEST(LogQlParser, selectors) {
  EXPECT_EQ(f(R"({job="llm-model"})"), R"({job="llm-model"})");
  EXPECT_EQ(f(R"( { job = "a" , b!="c",d=~"e|f",g!~"h" } )"), R"({job="a", b!="c", d=~"e|f", g!~"h"})");
  EXPECT_EQ(f("{a=`b\\d`}"), "{a=`b\\d`}");
  EXPECT_EQ(f(R"(({a="b"}))"), R"({a="b"})");
  EXPECT_EQ(f("{a=\"b\"} # a comment\n|= \"x\" # and another"), R"({a="b"} |= "x")");
}

TEST(LogQlParser, queries_of_the_specification) {
  EXPECT_EQ(f(R"({job="llm-model"} |= "error")"), R"({job="llm-model"} |= "error")");
  EXPECT_EQ(f(R"({job="llm-model"} | json | model_name="gpt2")"), R"({job="llm-model"} | json | model_name="gpt2")");
  EXPECT_EQ(f(R"({job="llm-model"} | line_format "{{.timestamp}} {{.message}}")"),
            R"({job="llm-model"} | line_format "{{.timestamp}} {{.message}}")");
  EXPECT_EQ(f(R"({job="llm-model"} |~ "\\[USER\\]|\\[MODEL\\]")"), R"({job="llm-model"} |~ `\[USER\]|\[MODEL\]`)");
}

TEST(LogQlParser, line_filters) {
  EXPECT_EQ(f(R"({a="b"}|="x"!="y"|~"z"!~`w`|>"<_>p"!>"q<_>")"), R"({a="b"} |= "x" != "y" |~ "z" !~ "w" |> "<_>p" !> "q<_>")");
  EXPECT_EQ(f(R"q({a="b"} |= "x" or "y" or ip("10.0.0.0/8"))q"), R"q({a="b"} |= "x" or "y" or ip("10.0.0.0/8"))q");
  EXPECT_EQ(f(R"q({a="b"} != ip("::1"))q"), R"q({a="b"} != ip("::1"))q");
}

TEST(LogQlParser, stages) {
  EXPECT_EQ(f(R"({a="b"} | json)"), R"({a="b"} | json)");
  EXPECT_EQ(f(R"({a="b"} | json x="y.z[0]", status)"), R"({a="b"} | json x="y.z[0]", status="status")");
  EXPECT_EQ(f(R"({a="b"} | logfmt --strict --keep-empty x="y")"), R"({a="b"} | logfmt --strict --keep-empty x="y")");
  EXPECT_EQ(f(R"q({a="b"} | regexp "(?P<x>\\d+)" | pattern "<ip> - <_>" | unpack)q"),
            R"q({a="b"} | regexp `(?P<x>\d+)` | pattern "<ip> - <_>" | unpack)q");
  EXPECT_EQ(f(R"({a="b"} | label_format x=y, z="{{.w}}" | decolorize)"), R"({a="b"} | label_format x=y, z="{{.w}}" | decolorize)");
  EXPECT_EQ(f(R"({a="b"} | drop x, y="z", w=~"v" | keep level)"), R"({a="b"} | drop x, y="z", w=~"v" | keep level)");
  EXPECT_EQ(f(R"({a="b"} | json = "x" | pattern="y")"), R"({a="b"} | json="x" | pattern="y")");
}

TEST(LogQlParser, label_filters) {
  EXPECT_EQ(f(R"q({a="b"} | x > 5 | y >= 10ms | z < 20KiB | w == 1.5e3 | v != -3 | u = ip("1.2.3.4"))q"),
            R"q({a="b"} | x>5 | y>=10ms | z<20KiB | w=1.5e3 | v!=-3 | u=ip("1.2.3.4"))q");
  EXPECT_EQ(f(R"({a="b"} | x="1" or y="2" and z="3")"), R"({a="b"} | x="1" or (y="2" and z="3"))");
  EXPECT_EQ(f(R"({a="b"} | (x="1" or y="2") and z="3")"), R"({a="b"} | (x="1" or y="2") and z="3")");
  EXPECT_EQ(f(R"({a="b"} | x="1", y="2" z="3")"), R"({a="b"} | x="1" and y="2" and z="3")");
  // A comma takes all that follows.
  EXPECT_EQ(f(R"({a="b"} | x="1", y="2" or z="3")"), R"({a="b"} | x="1" and (y="2" or z="3"))");
  EXPECT_EQ(f(R"({a="b"} | x="1" and y="2" or z="3")"), R"({a="b"} | (x="1" and y="2") or z="3")");
}

TEST(LogQlParser, range_aggregations) {
  EXPECT_EQ(f(R"(count_over_time({a="b"}[5m]))"), R"(count_over_time({a="b"}[5m]))");
  EXPECT_EQ(f(R"(rate({a="b"}[1h30m] |= "x"))"), R"(rate({a="b"} |= "x"[1h30m]))");
  EXPECT_EQ(f(R"(rate(({a="b"} |= "x")[5m] offset 1m))"), R"(rate({a="b"} |= "x"[5m] offset 1m0s))");
  EXPECT_EQ(f(R"(rate(({a="b"} |= "x"[5m] offset -1m)))"), R"(rate({a="b"} |= "x"[5m] offset -1m0s))");
  EXPECT_EQ(f(R"(quantile_over_time(0.99, {a="b"} | json | unwrap duration(latency) | __error__="" [5m]) by (host))"),
            R"(quantile_over_time(0.99, {a="b"} | json | unwrap duration(latency) | __error__=""[5m]) by (host))");
  EXPECT_EQ(f(R"(sum_over_time({a="b"}[5m] | logfmt | unwrap bytes(size)))"), R"(sum_over_time({a="b"} | logfmt | unwrap bytes(size)[5m]))");
  EXPECT_EQ(f(R"(absent_over_time({a="b"}[5m]))"), R"(absent_over_time({a="b"}[5m]))");
}

TEST(LogQlParser, vector_operations) {
  EXPECT_EQ(f(R"(sum by (x) (rate({a="b"}[5m])))"), R"(sum by (x) (rate({a="b"}[5m])))");
  EXPECT_EQ(f(R"(sum(rate({a="b"}[5m])) without (x))"), R"(sum without (x) (rate({a="b"}[5m])))");
  EXPECT_EQ(f(R"(topk(3, sum by (x) (rate({a="b"}[5m]))))"), R"(topk(3, sum by (x) (rate({a="b"}[5m]))))");
  EXPECT_EQ(f(R"(sort_desc(rate({a="b"}[5m])) > bool 1)"), R"(sort_desc(rate({a="b"}[5m])) > bool 1)");
  EXPECT_EQ(f(R"(rate({a="b"}[5m]) / on(x) group_left(y) rate({a="c"}[5m]))"),
            R"(rate({a="b"}[5m]) / on (x) group_left (y) rate({a="c"}[5m]))");
  EXPECT_EQ(f(R"(rate({a="b"}[5m]) or vector(0))"), R"(rate({a="b"}[5m]) or vector(0))");
  EXPECT_EQ(f(R"q(label_replace(rate({a="b"}[5m]), "x", "$1", "y", "(.*)"))q"), R"q(label_replace(rate({a="b"}[5m]), "x", "$1", "y", "(.*)"))q");
  EXPECT_EQ(f("1 + 2 * 3 ^ 2"), "19");
  EXPECT_EQ(f("2 > 1"), "1");
  EXPECT_EQ(f("1/0"), "NaN");
  EXPECT_EQ(f("0x1p3"), "8");
  EXPECT_EQ(f("-(2)"), "parse error at line 1, col 2: syntax error: unexpected (, expecting NUMBER");
}

TEST(LogQlParser, errors_name_their_place) {
  EXPECT_EQ(f(""), "parse error at line 1, col 1: syntax error: unexpected end of query");
  EXPECT_EQ(f("{"), "parse error at line 1, col 2: syntax error: unexpected end of query, expecting IDENTIFIER");
  EXPECT_EQ(f(R"({a="b")"), "parse error at line 1, col 7: syntax error: unexpected end of query, expecting } or ,");
  EXPECT_EQ(f("{a=\"b\"}\n  | nope"), "parse error at line 2, col 9: syntax error: unexpected end of query, expecting a comparison");
  EXPECT_EQ(f(R"({a="b"} |= )"), "parse error at line 1, col 12: syntax error: unexpected end of query, expecting STRING");
  EXPECT_EQ(f(R"({a="b} )"), "parse error at line 1, col 4: literal not terminated");
  EXPECT_EQ(f(R"({a=~".*"})").substr(0, 70), "parse error at line 1, col 1: queries require at least one regexp or e");
  EXPECT_EQ(f("{}").substr(0, 50), "parse error at line 1, col 1: queries require at l");
  EXPECT_EQ(f(R"({a=~"("})").substr(0, 60), "parse error at line 1, col 5: cannot compile regular express");
  EXPECT_EQ(f(R"(count_over_time({a="b"}))"), "parse error at line 1, col 24: syntax error: unexpected ), expecting a range such as [5m]");
  EXPECT_EQ(f(R"(sum_over_time({a="b"}[5m]))"), "parse error at line 1, col 1: invalid aggregation sum_over_time without unwrap");
  EXPECT_EQ(f(R"(count_over_time({a="b"} | unwrap x [5m]))"), "parse error at line 1, col 1: invalid aggregation count_over_time with unwrap");
  EXPECT_EQ(f(R"(rate({a="b"}[5m]) by (x))"), "parse error at line 1, col 1: grouping not allowed for rate aggregation");
  EXPECT_EQ(f(R"(sum({a="b"}))"), "parse error at line 1, col 5: a log query cannot stand here: metric operations need a range aggregation such as count_over_time");
  EXPECT_EQ(f(R"({a="b"} | regexp "x")"), "parse error at line 1, col 18: at least one named capture must be supplied");
  EXPECT_EQ(f(R"({a="b"} | unwrap x)"),
            "parse error at line 1, col 11: syntax error: unexpected IDENTIFIER \"unwrap\", expecting a stage: unwrap stands last, in a range aggregation");
  EXPECT_EQ(f(R"(topk(0, rate({a="b"}[5m])))"), "parse error at line 1, col 6: invalid parameter (topk must be greater than 0) 0");
  EXPECT_EQ(f(R"(rate({a="b"}[5m]) or 1)"), "parse error at line 1, col 1: unexpected literal for right leg of logical/set binary operation (or)");
  EXPECT_EQ(f(std::string(kQueryBytesMax + 1, ' ')), "parse error at line 1, col 1: query is too long (131073 bytes, the limit is 131072)");
  EXPECT_EQ(f(std::string(1000, '(') + "1"), "parse error at line 1, col 401: expression is nested too deeply (the limit is 400 levels)");
}

TEST(LogQlParser, durations_and_sizes) {
  EXPECT_EQ(parse_go_duration("1h15m30.918273645s"), 4530918273645);
  EXPECT_EQ(parse_go_duration("-1.5s"), -1500000000);
  EXPECT_EQ(parse_go_duration("10\xc2\xb5s"), 10000);
  EXPECT_EQ(parse_go_duration("5"), std::nullopt);
  EXPECT_EQ(parse_go_duration("5x"), std::nullopt);
  EXPECT_EQ(parse_go_duration("999999999h"), std::nullopt);
  EXPECT_EQ(parse_any_duration("1d"), 86400000000000);
  EXPECT_EQ(parse_bytes("42MB"), 42e6);
  EXPECT_EQ(parse_bytes("1.5 KiB"), 1536);
  EXPECT_EQ(parse_bytes("1,024"), 1024);
  EXPECT_EQ(parse_bytes("x"), std::nullopt);
  EXPECT_EQ(parse_bytes("5 apples"), std::nullopt);
  EXPECT_EQ(print_go_duration(4530918273645), "1h15m30.918273645s");
  EXPECT_EQ(print_go_duration(1500000), "1.5ms");
  EXPECT_EQ(print_go_duration(-90000000000), "-1m30s");
}

}  // namespace
}  // namespace monitorai::query::logql
