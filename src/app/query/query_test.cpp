#include <gtest/gtest.h>

#include "app/query/api_client.h"
#include "app/query/chart.h"
#include "base/text.h"

namespace monitorai::app {
namespace {

TEST(QueryAnswer, reads_vectors_matrices_scalars_and_strings) {
  const auto vector = read_answer(R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a"},"value":[1.5,"1"]}]},"warnings":["w"]})");
  ASSERT_TRUE(vector) << vector.error().message;
  EXPECT_EQ(vector->series[0].labels.text(), R"(up{job="a"})");
  EXPECT_EQ(vector->series[0].samples[0].time.ms, 1500);
  EXPECT_EQ(vector->warnings[0], "w");
  const auto matrix = read_answer(R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"1"],[2,"NaN"]]}]}})");
  EXPECT_EQ(matrix->series[0].samples.size(), 2u);
  EXPECT_EQ(read_answer(R"({"status":"success","data":{"resultType":"scalar","result":[1,"2.5"]}})")->series[0].samples[0].value, 2.5);
  EXPECT_EQ(read_answer(R"({"status":"success","data":{"resultType":"string","result":[1,"hello"]}})")->text, "hello");
}

TEST(QueryAnswer, an_error_is_the_programs_own_message_and_rubbish_is_named) {
  EXPECT_EQ(read_answer(R"({"status":"error","errorType":"bad_data","error":"1:4: parse error: x"})").error().message, "1:4: parse error: x");
  for (const char* bad : {"", "<html>", "{}", R"({"status":"success","data":{"resultType":"vector","result":3}})",
                          R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1]}]}})"})
    EXPECT_EQ(read_answer(bad).error().code, Code::corrupt) << bad;
}

TEST(QueryChart, numbers_are_short) {
  const auto f = [](double value, std::string_view want) { EXPECT_EQ(short_number(value), want); };
  f(0, "0");
  f(1.5, "1.5");
  f(1234, "1.23 k");
  f(999.9, "1 k");
  f(80e9, "80 G");
  f(-45'600, "-45.6 k");
  f(0.0001, "0.0001");
}

std::vector<AnsweredSeries> ramp() {
  AnsweredSeries series{{{"__name__", "up"}}, {}};
  for (int i = 0; i <= 10; ++i) series.samples.push_back({{i * 1000}, static_cast<double>(i)});
  return {series};
}

TEST(QueryChart, a_rising_line_goes_from_the_lower_left_to_the_upper_right) {
  const std::string chart = draw_chart(ramp(), {.columns = 40, .rows = 4});
  const auto lines = split(chart, '\n');
  ASSERT_GE(lines.size(), 6u);
  EXPECT_NE(lines[0].find("10 │"), std::string_view::npos) << chart;
  EXPECT_GT(lines[0].find("\xE2\xA0"), lines[3].find("\xE2\xA0")) << chart;
  EXPECT_NE(chart.find("last       10"), std::string::npos) << chart;
}

TEST(QueryChart, says_when_there_is_nothing_and_when_there_is_too_much) {
  EXPECT_EQ(draw_chart({}, {}), "no data\n");
  std::vector<AnsweredSeries> many(kChartSeriesMax + 3, ramp()[0]);
  EXPECT_NE(draw_chart(many, {}).find("and 3 more series"), std::string::npos);
  EXPECT_NE(draw_chart({{{}, {{{0}, 5}, {{1000}, 5}}}}, {}).find("5"), std::string::npos) << "a flat line is drawn";
}

TEST(QueryTable, aligns_values_and_cuts_to_the_terminal) {
  Answer answer{.type = "vector"};
  answer.series.push_back({{{"__name__", "up"}, {"job", "a-very-long-job-name-that-does-not-fit"}}, {{{0}, 1}}});
  answer.series.push_back({{{"__name__", "up"}}, {{{0}, 0.25}}});
  EXPECT_EQ(draw_table(answer, {.columns = 0}), "up{job=\"a-very-long-job-name-that-does-not-fit\"}     1\nup                                                0.25\n");
  for (const std::string_view line : split(draw_table(answer, {.columns = 30}), '\n')) EXPECT_LE(line.size(), 30u) << line;
}

}  // namespace
}  // namespace monitorai::app
