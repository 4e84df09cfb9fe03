#include "collect/scrape/exposition_parser.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/text.h"

namespace monitorai::collect {
namespace {

/// Prints what it is given, one line each, so that a case is a text and a text.
class Printer final : public ExpositionVisitor {
 public:
  Result<void> sample(const ExposedSample& sample) override {
    MAI_TRY_ASSIGN(const ExposedLabels series, parse_series(sample.series_text));
    for (const auto& [name, value] : series.labels) out += fmt::format("{}={} ", name, value);
    out += format_number(sample.value);
    if (sample.time) out += fmt::format(" @{}", sample.time->ms);
    if (sample.exemplar) out += fmt::format(" # {} {}", sample.exemplar->labels_text, format_number(sample.exemplar->value));
    out += '\n';
    return {};
  }
  void type(std::string_view family, signals::MetricType type) override { out += fmt::format("TYPE {} {}\n", family, static_cast<int>(type)); }
  void help(std::string_view family, std::string_view text) override { out += fmt::format("HELP {} {}\n", family, text); }
  void unit(std::string_view family, std::string_view text) override { out += fmt::format("UNIT {} {}\n", family, text); }
  std::string out;
};

std::string parsed(std::string_view text, ExpositionFormat format = ExpositionFormat::prometheus_text) {
  Printer printer;
  const auto done = parse_exposition(text, format, printer);
  return done ? printer.out : done.error().message;
}

TEST(ExpositionParser, reads_text_as_targets_write_it) {
  const auto f = [](std::string_view text, std::string_view want) { EXPECT_EQ(parsed(text), want) << text; };
  f("up 1\n", "__name__=up 1\n");
  f("up 1", "__name__=up 1\n");
  f("  up\t 1  1700000000000 \r\n", "__name__=up 1 @1700000000000\n");
  f("a{} 1\n", "__name__=a 1\n");
  f("a { b = \"c\" , } 2\n", "__name__=a b=c 2\n");
  f("a{z=\"1\",b=\"2\"} NaN\n", "__name__=a b=2 z=1 NaN\n");
  f("a{b=\"x}y\\\"\\n\\\\\"} +Inf\n", "__name__=a b=x}y\"\n\\ +Inf\n");
  f("a{empty=\"\"} 1\n", "__name__=a 1\n");
  f("{\"my.metric\",\"a.b\"=\"c\"} 1\n", "__name__=my.metric a.b=c 1\n");
  f("# TYPE a counter\n# HELP a some \\\\ text\\nmore\n# just a comment\n\na 1\n", "TYPE a 0\nHELP a some \\ text\nmore\n__name__=a 1\n");
  f("", "");
}

TEST(ExpositionParser, reads_open_metrics_with_units_exemplars_and_seconds) {
  EXPECT_EQ(parsed("# TYPE a_seconds histogram\n# UNIT a_seconds seconds\na_seconds_bucket{le=\"1\"} 3 1.5 # {trace_id=\"x\"} 0.5 1.25\n# EOF\n",
                   ExpositionFormat::open_metrics),
            "TYPE a_seconds 2\nUNIT a_seconds seconds\n__name__=a_seconds_bucket le=1 3 @1500 # {trace_id=\"x\"} 0.5\n");
}

TEST(ExpositionParser, names_the_line_and_the_fault) {
  const auto f = [](std::string_view text, std::string_view want, ExpositionFormat format = ExpositionFormat::prometheus_text) {
    EXPECT_NE(parsed(text, format).find(want), std::string::npos) << text << "\n" << parsed(text, format);
  };
  f("up 1\nup\n", "line 2: the value is missing");
  f("up one\n", "value \"one\" is not a number");
  f("up 1 2.5\n", "not a count of milliseconds");
  f("up 1 2 3\n", "more after the value");
  f("a{b=\"c} 1\n", "the labels do not end");
  f("a{b=c} 1\n", "is not quoted");
  f("a{b} 1\n", "'=' is missing after label b");
  f("a{1=\"c\"} 1\n", "not a label name");
  f("a{b=\"1\" c=\"2\"} 1\n", "',' is missing");
  f("a{b=\"1\",b=\"2\"} 1\n", "label b occurs twice");
  f("a-b 1\n", "not a metric name");
  f("a{b=\"\xFF\"} 1\n", "not UTF-8");
  f("# TYPE a nonsense\n", "not a metric type");
  f("a 1 # {x=\"y\"} 1\n", "more after the value");
  f("a 1\n", "does not end with # EOF", ExpositionFormat::open_metrics);
  f("# EOF\na 1\n", "more after # EOF", ExpositionFormat::open_metrics);
  f("a 1 # x\n# EOF\n", "an exemplar has no labels", ExpositionFormat::open_metrics);
  f("a 1 1e300\n# EOF\n", "not a count of seconds", ExpositionFormat::open_metrics);
}

TEST(ExpositionParser, an_error_of_the_visitor_ends_the_parse) {
  class Refusing final : public ExpositionVisitor {
   public:
    Result<void> sample(const ExposedSample&) override { return Error{Code::exhausted, "sample limit"}; }
    void type(std::string_view, signals::MetricType) override {}
    void help(std::string_view, std::string_view) override {}
    void unit(std::string_view, std::string_view) override {}
  } visitor;
  const auto done = parse_exposition("a 1\n", ExpositionFormat::prometheus_text, visitor);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::exhausted);
}

TEST(ExpositionParser, the_content_type_tells_the_format) {
  EXPECT_EQ(exposition_format("application/openmetrics-text; version=1.0.0; charset=utf-8"), ExpositionFormat::open_metrics);
  EXPECT_EQ(exposition_format("text/plain; version=0.0.4"), ExpositionFormat::prometheus_text);
  EXPECT_EQ(exposition_format(""), ExpositionFormat::prometheus_text);
}

}  // namespace
}  // namespace monitorai::collect
