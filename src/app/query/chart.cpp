#include "app/query/chart.h"

#include <fmt/chrono.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "base/text.h"

namespace monitorai::app {
namespace {

constexpr size_t kAxisColumns = 9;
constexpr size_t kColumnsMin = 30;
constexpr std::array<std::string_view, kChartSeriesMax> kColours{"\x1b[38;5;41m",  "\x1b[38;5;221m", "\x1b[38;5;75m",  "\x1b[38;5;209m",
                                                                 "\x1b[38;5;141m", "\x1b[38;5;80m",  "\x1b[38;5;168m", "\x1b[38;5;250m"};
constexpr std::string_view kPlain = "\x1b[0m";

struct Bounds {
  int64_t from_ms = std::numeric_limits<int64_t>::max();
  int64_t to_ms = std::numeric_limits<int64_t>::min();
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  bool any() const { return low <= high; }
};

Bounds bounds_of(std::span<const AnsweredSeries> series) {
  Bounds out;
  for (const AnsweredSeries& one : series) {
    for (const signals::Sample& sample : one.samples) {
      if (!std::isfinite(sample.value)) continue;
      out.from_ms = std::min(out.from_ms, sample.time.ms);
      out.to_ms = std::max(out.to_ms, sample.time.ms);
      out.low = std::min(out.low, sample.value);
      out.high = std::max(out.high, sample.value);
    }
  }
  // A flat line stands in the middle.
  if (out.any() && out.low == out.high) {
    const double room = out.low == 0 ? 1 : std::fabs(out.low) * 0.1;
    out.low -= room;
    out.high += room;
  }
  return out;
}

/// A canvas of braille cells, 2 x 4 dots each; a cell has the colour of the series that drew into it last.
class Canvas {
 public:
  Canvas(size_t columns, size_t rows) : columns_(columns), rows_(rows), dots_(columns * rows), colour_(columns * rows) {}
  size_t width() const { return columns_ * 2; }
  size_t height() const { return rows_ * 4; }
  void dot(size_t x, size_t y, size_t series) {
    constexpr uint8_t kBits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    const size_t cell = y / 4 * columns_ + x / 2;
    dots_[cell] = static_cast<uint8_t>(dots_[cell] | kBits[y % 4][x % 2]);
    colour_[cell] = series;
  }
  void line(size_t x0, size_t y0, size_t x1, size_t y1, size_t series) {
    const auto dx = static_cast<double>(x1) - static_cast<double>(x0), dy = static_cast<double>(y1) - static_cast<double>(y0);
    const size_t steps = static_cast<size_t>(std::max({std::fabs(dx), std::fabs(dy), 1.0}));
    for (size_t i = 0; i <= steps; ++i) {
      const double part = static_cast<double>(i) / static_cast<double>(steps);
      dot(static_cast<size_t>(std::lround(static_cast<double>(x0) + dx * part)), static_cast<size_t>(std::lround(static_cast<double>(y0) + dy * part)), series);
    }
  }
  std::string row(size_t r, bool colours) const {
    std::string out;
    size_t before = kChartSeriesMax;
    for (size_t c = 0; c < columns_; ++c) {
      const size_t cell = r * columns_ + c;
      if (dots_[cell] == 0) {
        out += ' ';
        continue;
      }
      if (colours && colour_[cell] != before) out += kColours[before = colour_[cell]];
      const unsigned code = 0x2800u + dots_[cell];
      out += static_cast<char>(0xE0 | code >> 12);
      out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
      out += static_cast<char>(0x80 | (code & 0x3F));
    }
    if (colours && before != kChartSeriesMax) out += kPlain;
    return out;
  }

 private:
  size_t columns_, rows_;
  std::vector<uint8_t> dots_;
  std::vector<size_t> colour_;
};

void plot(Canvas& canvas, const AnsweredSeries& series, size_t index, const Bounds& bounds) {
  const auto x_of = [&](int64_t ms) {
    const double span = std::max<double>(1, static_cast<double>(bounds.to_ms - bounds.from_ms));
    return static_cast<size_t>(static_cast<double>(ms - bounds.from_ms) / span * static_cast<double>(canvas.width() - 1));
  };
  const auto y_of = [&](double value) {
    return static_cast<size_t>((bounds.high - value) / (bounds.high - bounds.low) * static_cast<double>(canvas.height() - 1));
  };
  std::optional<std::pair<size_t, size_t>> before;
  for (const signals::Sample& sample : series.samples) {
    if (!std::isfinite(sample.value)) {
      before.reset();
      continue;
    }
    const std::pair<size_t, size_t> at{x_of(sample.time.ms), y_of(sample.value)};
    if (before) canvas.line(before->first, before->second, at.first, at.second, index);
    else canvas.dot(at.first, at.second, index);
    before = at;
  }
}

std::string clock_text(int64_t ms) { return fmt::format("{:%m-%d %H:%M:%S}", fmt::localtime(static_cast<std::time_t>(ms / 1000))); }

std::string cut(std::string text, size_t columns) {
  if (text.size() <= columns) return text;
  return columns < 4 ? text.substr(0, columns) : text.substr(0, columns - 3) + "...";
}

std::string legend_line(const AnsweredSeries& series, size_t index, const ChartSize& size) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const signals::Sample& sample : series.samples) {
    low = std::min(low, sample.value);
    high = std::max(high, sample.value);
  }
  const std::string numbers = fmt::format("last {:>8}  min {:>8}  max {:>8}", short_number(series.samples.back().value), short_number(low), short_number(high));
  const size_t room = size.columns > numbers.size() + 5 ? size.columns - numbers.size() - 5 : 10;
  return fmt::format("{}━{} {:<{}}  {}\n", size.colours ? kColours[index] : "", size.colours ? kPlain : "", cut(series.labels.text(), room), room, numbers);
}

}  // namespace

std::string short_number(double value) {
  if (!std::isfinite(value)) return format_number(value);
  constexpr std::array<std::string_view, 6> kUnits{"", " k", " M", " G", " T", " P"};
  const double magnitude = std::fabs(value);
  if (magnitude != 0 && magnitude < 1e-3) return fmt::format("{:.2g}", value);
  size_t unit = 0;
  double scaled = value;
  while (std::fabs(scaled) >= 999.5 && unit + 1 < kUnits.size()) {
    scaled /= 1000;
    ++unit;
  }
  const double shown = std::fabs(scaled);
  std::string digits = shown >= 100 ? fmt::format("{:.0f}", scaled) : shown >= 10 ? fmt::format("{:.1f}", scaled) : fmt::format("{:.2f}", scaled);
  if (digits.find('.') != std::string::npos) {
    while (digits.back() == '0') digits.pop_back();
    if (digits.back() == '.') digits.pop_back();
  }
  return digits + std::string(kUnits[unit]);
}

std::string draw_chart(const std::vector<AnsweredSeries>& all, const ChartSize& size) {
  const std::span<const AnsweredSeries> series = std::span(all).first(std::min(all.size(), kChartSeriesMax));
  const Bounds bounds = bounds_of(series);
  if (!bounds.any()) return "no data\n";
  const size_t columns = std::max(size.columns, kColumnsMin) - kAxisColumns;
  Canvas canvas(columns, size.rows);
  for (size_t i = 0; i < series.size(); ++i) plot(canvas, series[i], i, bounds);
  std::string out;
  for (size_t row = 0; row < size.rows; ++row) {
    const bool labelled = row == 0 || row + 1 == size.rows || row == size.rows / 2;
    const double value = bounds.high - (bounds.high - bounds.low) * static_cast<double>(row) / static_cast<double>(std::max<size_t>(1, size.rows - 1));
    out += fmt::format("{:>7} │{}\n", labelled ? short_number(value) : "", canvas.row(row, size.colours));
  }
  const std::string from = clock_text(bounds.from_ms), to = clock_text(bounds.to_ms);
  std::string axis;
  for (size_t i = 0; i < columns; ++i) axis += "─";
  out += fmt::format("{:>7} └{}\n{:>9}{}{:>{}}\n", "", axis, "", from, to, columns > from.size() ? columns - from.size() : to.size());
  for (size_t i = 0; i < series.size(); ++i) out += legend_line(series[i], i, size);
  if (all.size() > series.size()) out += fmt::format("and {} more series: narrow the query, or --table\n", all.size() - series.size());
  return out;
}

std::string draw_table(const Answer& answer, const ChartSize& size) {
  if (answer.type == "string") return answer.text + '\n';
  if (answer.series.empty()) return "no data\n";
  if (answer.type == "scalar") return format_number(answer.series[0].samples[0].value) + '\n';
  size_t widest = 0;
  std::vector<std::pair<std::string, std::string>> lines;
  for (const AnsweredSeries& series : answer.series) {
    const std::string value = series.samples.empty()       ? std::string("-")
                              : series.samples.size() == 1 ? format_number(series.samples[0].value)
                                                           : fmt::format("{} -> {}  ({} samples)", format_number(series.samples.front().value),
                                                                         format_number(series.samples.back().value), series.samples.size());
    widest = std::max(widest, value.size());
    lines.emplace_back(series.labels.text(), value);
  }
  const size_t room = size.columns > widest + 12 ? size.columns - widest - 2 : 10;
  size_t longest = 0;
  for (const auto& [labels, value] : lines) longest = std::max(longest, labels.size());
  const size_t width = size.columns == 0 ? longest : std::min(longest, room);
  std::string out;
  for (const auto& [labels, value] : lines) out += fmt::format("{:<{}}  {:>{}}\n", size.columns == 0 ? labels : cut(labels, width), width, value, widest);
  return out;
}

ChartSize terminal_size() {
  ChartSize size{.columns = 0, .colours = false};
  winsize window{};
  if (::isatty(STDOUT_FILENO) == 1) {
    size.columns = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0 ? window.ws_col : 80;
    size.colours = std::getenv("NO_COLOR") == nullptr;
  }
  return size;
}

}  // namespace monitorai::app
