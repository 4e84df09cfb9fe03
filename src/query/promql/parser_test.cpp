#include "query/promql/parser.h"

#include <gtest/gtest.h>

#include "query/promql/printer.h"

namespace monitorai::query {
namespace {

std::string canonical(std::string_view query, const ParseOptions& options = {}) {
  const auto parsed = parse(query, options);
  if (!parsed) return parsed.error().text(query);
  const std::string text = print(**parsed);
  const auto again = parse(text, options);
  EXPECT_TRUE(again.has_value()) << text << ": " << (again ? "" : again.error().text(text));
  if (again) {
    EXPECT_TRUE(same(**parsed, **again)) << query << " / " << text;
    EXPECT_EQ(print(**again), text);
  }
  return text;
}

TEST(Parser, prints_the_canonical_text) {
  const auto f = [](std::string_view query, std::string_view want) { EXPECT_EQ(canonical(query), want); };
  f("up", "up");
  f(" up # a comment", "up");
  f("1", "1");
  f("1e3", "1000");
  f("0x1F", "31");
  f("0755", "493");
  f("1_000_000", "1000000");
  f(".5", "0.5");
  f("5m", "5m");
  f("-5m", "-5m");
  f("1h30m", "1h30m");
  f("Inf", "+Inf");
  f("-inf", "-Inf");
  f("nan", "NaN");
  f("1 + 2 * 3 ^ 2 ^ -1", "1 + 2 * 3 ^ 2 ^ -1");
  f("-a^2", "-a ^ 2");
  f("a or b and c unless d", "a or b and c unless d");
  f("'it''s'", "1:5: parse error: unexpected string \"'s'\"");
  f("'a\\tb'", "\"a\\tb\"");
  f("`a\\b`", "\"a\\\\b\"");
  f("{\"my.metric\", a=\"b\"}", "{__name__=\"my.metric\",a=\"b\"}");
  f("{\"my.label\"=\"x\"}", "{\"my.label\"=\"x\"}");
  f("foo{b='2',a=\"1\",}", "foo{a=\"1\",b=\"2\"}");
  f("foo{a!=\"1\",b=~\"x.*\",c!~\"y\"}", "foo{a!=\"1\",b=~\"x.*\",c!~\"y\"}");
  f("foo[5m]", "foo[5m]");
  f("foo[300]", "foo[5m]");
  f("foo[5m] offset 1h", "foo[5m] offset 1h");
  f("foo offset -30s @ 10.5", "foo @ 10.500 offset -30s");
  f("foo @ start()", "foo @ start()");
  f("foo[5m] @ end() offset 5", "foo[5m] @ end() offset 5s");
  f("rate(foo[5m])[1h:30s] offset 1d", "rate(foo[5m])[1h:30s] offset 1d");
  f("min_over_time(rate(foo{bar=\"baz\"}[2s])[5m:] @ 1603775091)", "min_over_time(rate(foo{bar=\"baz\"}[2s])[5m:] @ 1603775091.000)");
  f("sum(foo) by (a,b)", "sum by (a, b) (foo)");
  f("sum by () (foo)", "sum(foo)");
  f("SUM without() (foo)", "sum without () (foo)");
  f("sum by (\"my.label\", on, offset) (foo)", "sum by (\"my.label\", on, offset) (foo)");
  f("topk(5, foo)", "topk(5, foo)");
  f("count_values('v', foo)", "count_values(\"v\", foo)");
  f("a + on (x) group_left b", "a + on (x) group_left () b");
  f("a / ignoring(x,y) group_right(z) b", "a / ignoring (x, y) group_right (z) b");
  f("a > bool b", "a > bool b");
  f("a == on() b", "a == on () b");
  f("a atan2 b", "a atan2 b");
  f("(((a)))", "(((a)))");
  f("sum", "sum");
  f("sum + by", "sum + by");
  f("offset offset 5m", "offset offset 5m");
  f("by{a=\"b\"}", "by{a=\"b\"}");
  f("start", "start");
  f("fill + fill_left", "fill + fill_left");
  f("job:foo:rate5m", "job:foo:rate5m");
  f("foo{__name__=~\"a|b\"}", "1:1: parse error: metric name must not be set twice: \"foo\" or \"a|b\"");
  f("label_replace(a, 'x', '$1', 'y', '(.*)')", "label_replace(a, \"x\", \"$1\", \"y\", \"(.*)\")");
  f("time()", "time()");
  f("+1", "1");
  f("- -1", "1");
  f("2 ^ -1 * 3", "2 ^ -1 * 3");
}

TEST(Parser, errors_read_like_those_of_prometheus) {
  const auto f = [](std::string_view query, std::string_view want) { EXPECT_EQ(canonical(query), want) << query; };
  f("", "unknown position: parse error: no expression found in input");
  f("# only a comment", "1:1: parse error: no expression found in input");
  f("1+", "1:3: parse error: unexpected end of input");
  f("1 1", "1:3: parse error: unexpected number \"1\"");
  f("a b", "1:3: parse error: unexpected identifier \"b\"");
  f("*1", "1:1: parse error: unexpected <op:*>");
  f("(1", "1:3: parse error: unclosed left parenthesis");
  f("1)", "1:2: parse error: unexpected right parenthesis ')'");
  f("()", "1:2: parse error: unexpected \")\"");
  f("sum(a b)", "1:7: parse error: unexpected identifier \"b\" in aggregation");
  f("sum()", "1:1: parse error: no arguments for aggregate expression provided");
  f("sum(1, a)", "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 1, got 2");
  f("topk(a)", "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1");
  f("sum by a (b)", "1:8: parse error: unexpected identifier \"a\" in grouping opts, expected \"(\"");
  f("sum by (a b) (c)", "1:11: parse error: unexpected identifier \"b\" in grouping opts, expected \",\" or \")\"");
  f("sum by (1) (c)", "1:9: parse error: unexpected number \"1\" in grouping opts, expected label");
  f("foo{", "1:5: parse error: unexpected end of input inside braces");
  f("foo{a", "1:6: parse error: unexpected end of input inside braces");
  f("foo{a}", "1:6: parse error: unexpected \"}\" in label matching, expected label matching operator");
  f("foo{a=1}", "1:7: parse error: unexpected character inside braces: '1'");
  f("foo{a=b}", "1:7: parse error: unexpected identifier \"b\" in label matching, expected string");
  f("foo{a=\"b\" c=\"d\"}", "1:11: parse error: unexpected identifier \"c\" in label matching, expected \",\" or \"}\"");
  f("foo{,}", "1:5: parse error: unexpected \",\" in label matching, expected identifier or \"}\"");
  f("{}", "1:1: parse error: vector selector must contain at least one non-empty matcher");
  f("{a=~\".*\"}", "1:1: parse error: vector selector must contain at least one non-empty matcher");
  f("foo[", "1:5: parse error: unexpected end of input in duration expression");
  f("foo[5m", "1:7: parse error: unclosed left bracket");
  f("foo[]", "1:5: parse error: unexpected \"]\" in subquery or range selector, expected number, duration, step(), or range()");
  f("foo[0]", "1:5: parse error: duration must be greater than 0");
  f("foo[5mm]", "1:5: parse error: bad number or duration syntax: \"5mm\"");
  f("(a+b)[5m]", "1:6: parse error: ranges only allowed for vector selectors");
  f("foo offset 5m[5m]", "1:14: parse error: no offset modifiers allowed before range");
  f("foo @ 5[5m]", "1:8: parse error: no @ modifiers allowed before range");
  f("foo offset", "1:11: parse error: unexpected end of input in offset, expected number, duration, step(), or range()");
  f("foo offset 5m offset 5m", "1:1: parse error: offset may not be set multiple times");
  f("foo @", "1:6: parse error: unexpected end of input in @, expected timestamp");
  f("1 offset 1d",
    "1:1: parse error: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery");
  f("foo[5m:1m", "1:10: parse error: unclosed left bracket");
  f("foo[5m:1m:1m]", "1:10: parse error: unexpected colon ':'");
  f("rate(foo)", "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector");
  f("rate(foo[5m], 1)", "1:1: parse error: expected 1 argument(s) in call to \"rate\", got 2");
  f("round()", "1:1: parse error: expected at least 1 argument(s) in call to \"round\", got 0");
  f("hour(a, b)", "1:1: parse error: expected at most 1 argument(s) in call to \"hour\", got 2");
  f("foo(bar)", "1:1: parse error: unknown function with name \"foo\"");
  f("rate(foo[5m],)", "1:13: parse error: trailing commas not allowed in function call args");
  f("1 == 2", "1:3: parse error: comparisons between scalars must use BOOL modifier");
  f("a + bool b", "1:3: parse error: bool modifier can only be used on comparison operators");
  f("a and 1", "1:1: parse error: set operator \"and\" not allowed in binary scalar expression");
  f("a and on(x) group_left b", "1:1: parse error: no grouping allowed for \"and\" operation");
  f("a + on(x) 1", "1:1: parse error: vector matching only allowed between instant vectors");
  f("a + on(x) group_left(x) b", "1:3: parse error: label \"x\" must not occur in ON and GROUP clause at once");
  f("foo[5m] + 1", "1:1: parse error: binary expression must contain only scalar and instant vector types");
  f("-foo[5m]", "1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got \"range vector\"");
  f("-\"a\"", "1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got \"string\"");
  f("sum(1)", "1:5: parse error: expected type instant vector in aggregation expression, got scalar");
  f("\"abc", "1:1: parse error: unterminated quoted string");
  f("`abc", "1:1: parse error: unterminated raw string");
  f("\"\\q\"", "1:1: parse error: unknown escape sequence U+0071 'q'");
  f("a ~ b", "1:3: parse error: unexpected character: '~'");
  f("a =~ b", "1:3: parse error: unexpected character after '=': '~'");
  f("a\n+\n+ &", "3:3: parse error: unexpected character: '&'");
  f("mad_over_time(a[5m])", "1:1: parse error: function \"mad_over_time\" is not enabled");
  f("limitk(1, a)", "1:1: parse error: limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions");
  f("foo[5m*2]", "1:5: parse error: experimental duration expression is not enabled");
  f("rate(foo[5m] anchored)", "1:6: parse error: anchored modifier is experimental and not enabled");
  f("a + fill(0) b", "1:1: parse error: binop fill modifiers are experimental and not enabled");
}

TEST(Parser, takes_experimental_syntax_when_asked) {
  const auto f = [](std::string_view query, std::string_view want) { EXPECT_EQ(canonical(query, ParseOptions::everything()), want); };
  f("foo[5m*2]", "foo[5m * 2]");
  f("foo[(5m)]", "foo[(5m)]");
  f("foo[step()+1m:range()]", "foo[step() + 1m:range()]");
  f("foo offset (1h/2)", "foo offset (1h / 2)");
  f("foo offset -step()", "foo offset -step()");
  f("foo offset -2^2", "foo offset -2s ^ 2");
  f("foo[max_of(step(), 5m)]", "foo[max_of(step(), 5m)]");
  f("rate(foo[5m] smoothed)", "rate(foo[5m] smoothed)");
  f("foo[5m] anchored @ 5 offset 1m", "foo[5m] anchored @ 5.000 offset 1m");
  f("a + on(x) fill(0) b", "a + on (x) fill (0) b");
  f("a + fill_left(-1) fill_right(2) b", "a + fill_left (-1) fill_right (2) b");
  f("limitk(2, a)", "limitk(2, a)");
  f("start() + end() + step() + range()", "start() + end() + step() + range()");
  f("min_of(1, 2)", "min_of(1, 2)");
  f("info(a, {b=~\".*\"})", "info(a, {b=~\".*\"})");
}

TEST(Parser, refuses_what_is_nested_too_deeply) {
  const auto f = [](const std::string& query) {
    const auto parsed = parse(query);
    ASSERT_FALSE(parsed.has_value());
    EXPECT_NE(parsed.error().message.find("nested too deeply"), std::string::npos) << parsed.error().message;
  };
  f(std::string(100'000, '(') + "1" + std::string(100'000, ')'));
  f(std::string(100'000, '-') + "a");
  std::string sum = "1";
  for (int i = 0; i < 10'000; ++i) sum += "+1";
  f(sum);
  std::string power = "1";
  for (int i = 0; i < 10'000; ++i) power += "^1";
  f(power);
  std::string call;
  for (int i = 0; i < 10'000; ++i) call += "abs(";
  f(call);
  std::string subquery = "a";
  for (int i = 0; i < 10'000; ++i) subquery += "[1m:]";
  f(subquery);
}

TEST(Parser, selector_gives_its_matchers) {
  const auto f = [](std::string_view text) {
    const auto parsed = parse_selector(text);
    if (!parsed) return parsed.error().text(text);
    std::string out;
    for (const auto& m : *parsed) out += m.text() + ";";
    return out;
  };
  EXPECT_EQ(f("up"), "__name__=\"up\";");
  EXPECT_EQ(f("{job=\"a\"}"), "job=\"a\";");
  EXPECT_EQ(f("up{job=~\"a|b\"}"), "job=~\"a|b\";__name__=\"up\";");
  EXPECT_EQ(f("{}"), "");
  EXPECT_EQ(f("up + 1"), "1:4: parse error: unexpected <op:+>");
  EXPECT_EQ(f("rate(up[5m])"), "1:5: parse error: unexpected \"(\"");
}

TEST(Printer, breaks_what_is_longer_than_a_line) {
  const auto f = [](std::string_view query, std::string_view want) {
    const auto parsed = parse(query);
    ASSERT_TRUE(parsed.has_value()) << query;
    EXPECT_EQ(format_query(**parsed), want);
  };
  f("sum(foo) by (a)", "sum by (a) (foo)");
  f("sum by (first_long_label, second_long_label) (rate(a_rather_long_metric_name_total{job=\"a-long-job-name\"}[5m]))",
    "sum by (first_long_label, second_long_label) (\n  rate(a_rather_long_metric_name_total{job=\"a-long-job-name\"}[5m])\n)");
  f("a_metric_with_a_long_name_that_goes_on_and_on_and_on_one + on (job) a_metric_with_a_long_name_that_goes_on_and_on_two",
    "  a_metric_with_a_long_name_that_goes_on_and_on_and_on_one\n+ on (job)\n  a_metric_with_a_long_name_that_goes_on_and_on_two");
}

}  // namespace
}  // namespace monitorai::query
