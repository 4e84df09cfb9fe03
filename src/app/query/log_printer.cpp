#include "app/query/log_printer.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <ctime>

#include "base/text.h"

namespace monitorai::app {
namespace {

constexpr std::string_view kDim = "\x1b[2m", kPlain = "\x1b[0m", kRed = "\x1b[31m", kYellow = "\x1b[33m", kGrey = "\x1b[90m";
constexpr std::array<std::string_view, 6> kNameColours{"\x1b[38;5;41m", "\x1b[38;5;75m", "\x1b[38;5;209m", "\x1b[38;5;141m", "\x1b[38;5;80m", "\x1b[38;5;221m"};
constexpr std::array<std::string_view, 4> kNames{"model_name", "service_name", "job", "app"};

std::string time_text(TimeNs time, bool local) {
  const int64_t seconds = time.ns / 1'000'000'000 - (time.ns % 1'000'000'000 < 0 ? 1 : 0);
  const int64_t ms = (time.ns - seconds * 1'000'000'000) / 1'000'000;
  const auto at = static_cast<std::time_t>(seconds);
  std::tm parts{};
  if (local) localtime_r(&at, &parts);
  else gmtime_r(&at, &parts);
  return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:03}{}", parts, ms, local ? "" : "Z");
}

/// What a person knows the stream by.
std::string_view name_of(const signals::Labels& labels) {
  for (const std::string_view name : kNames)
    if (const std::string_view value = labels.value(name); !value.empty()) return value;
  return "-";
}

std::string_view colour_of_level(const signals::Labels& labels) {
  std::string level = lower(labels.value("level"));
  if (level.empty()) level = lower(labels.value("detected_level"));
  if (level.starts_with("err") || level.starts_with("crit") || level == "fatal" || level == "panic") return kRed;
  if (level.starts_with("warn")) return kYellow;
  if (level == "debug" || level == "trace") return kGrey;
  return "";
}

std::string_view colour_of_name(std::string_view name) {
  size_t sum = 0;
  for (const char c : name) sum = sum * 31 + static_cast<unsigned char>(c);
  return kNameColours[sum % kNameColours.size()];
}

/// Control characters but tab and line end as pictures of themselves: U+2400 and on.
std::string visible(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte >= 0x20 && byte != 0x7f) || c == '\t' || c == '\n') {
      out += c;
    } else {
      out += "\xe2\x90";
      out += static_cast<char>(byte == 0x7f ? 0xA1 : 0x80 + byte);
    }
  }
  return out;
}

void append_standard(std::string& out, const AnsweredLine& line, const signals::Labels& labels, const LogPrinting& printing) {
  const std::string time = time_text(line.time, printing.local_time);
  const std::string_view name = name_of(labels);
  if (printing.colours) {
    const std::string_view level = colour_of_level(labels);
    fmt::format_to(std::back_inserter(out), "{}{}{} {}{}{} ", kDim, time, kPlain, colour_of_name(name), visible(name), kPlain);
    if (printing.labels) fmt::format_to(std::back_inserter(out), "{}{}{} ", kDim, visible(labels.text()), kPlain);
    fmt::format_to(std::back_inserter(out), "{}{}{}\n", level, visible(line.text), level.empty() ? std::string_view() : kPlain);
    return;
  }
  fmt::format_to(std::back_inserter(out), "{} {} {}{}{}\n", time, name, printing.labels ? labels.text() : "", printing.labels ? " " : "", line.text);
}

void append_jsonl(std::string& out, const AnsweredLine& line, const signals::Labels& labels) {
  fmt::format_to(std::back_inserter(out), R"({{"timestamp":"{}","labels":{{)", line.time.ns);
  bool first = true;
  for (const signals::Label& label : labels) fmt::format_to(std::back_inserter(out), "{}{}:{}", std::exchange(first, false) ? "" : ",", json_string(label.name), json_string(label.value));
  fmt::format_to(std::back_inserter(out), "}},\"line\":{}}}\n", json_string(line.text));
}

}  // namespace

std::string print_logs(const AnsweredLogs& logs, const LogPrinting& printing) {
  std::vector<const AnsweredLine*> ordered;
  for (const AnsweredLine& line : logs.lines) ordered.push_back(&line);
  std::stable_sort(ordered.begin(), ordered.end(), [](const AnsweredLine* a, const AnsweredLine* b) { return a->time < b->time; });
  std::string out;
  for (const AnsweredLine* line : ordered) {
    const signals::Labels& labels = logs.streams[line->stream];
    switch (printing.output) {
      case LogOutput::standard: append_standard(out, *line, labels, printing); break;
      case LogOutput::raw: out += printing.colours ? visible(line->text) : line->text; out += '\n'; break;
      case LogOutput::jsonl: append_jsonl(out, *line, labels); break;
    }
  }
  return out;
}

}  // namespace monitorai::app
