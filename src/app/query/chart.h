#pragma once
// Query answers for a terminal: a table of series and values, or lines drawn with braille dots.

#include <string>
#include <vector>

#include "app/query/api_client.h"

namespace monitorai::app {

struct ChartSize {
  size_t columns = 80;
  size_t rows = 16;
  bool colours = false;
};

/// Of stdout: no columns and no colours where it is no terminal, no colours with NO_COLOR.
ChartSize terminal_size();

/// Series drawn over one pair of axes, at most kChartSeriesMax of them, with a legend of last, min and max below.
std::string draw_chart(const std::vector<AnsweredSeries>& series, const ChartSize& size);
inline constexpr size_t kChartSeriesMax = 8;

/// One line a series: labels and value (a vector), or labels and how many samples, first and last (a matrix).
std::string draw_table(const Answer& answer, const ChartSize& size);

/// "1.23", "45.6 k", "789 M": at most four digits and a unit of thousands, for axes.
std::string short_number(double value);

}  // namespace monitorai::app
