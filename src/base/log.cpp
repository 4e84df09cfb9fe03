#include "base/log.h"

#include <fmt/chrono.h>
#include <unistd.h>

#include "base/text.h"

namespace monitorai::log {
namespace {

std::atomic<Level> g_level{Level::info};
std::atomic<Format> g_format{Format::text};
std::array<std::atomic<uint64_t>, 4> g_written{};

constexpr std::array<std::string_view, 4> kNames{"DEBUG", "INFO", "WARN", "ERROR"};
constexpr std::array<std::string_view, 4> kJsonNames{"debug", "info", "warn", "error"};

std::string timestamp() {
  const auto now = std::chrono::system_clock::now();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)), ms);
}

bool plain(std::string_view value) {
  return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '='; });
}

std::string text_line(Level level, std::string_view message, std::initializer_list<Field> fields) {
  std::string line = fmt::format("{} {:<5} {}", timestamp(), kNames[static_cast<size_t>(level)], message);
  for (const Field& field : fields) {
    if (plain(field.value)) {
      fmt::format_to(std::back_inserter(line), " {}={}", field.key, field.value);
    } else {
      fmt::format_to(std::back_inserter(line), " {}=", field.key);
      append_json_string(line, field.value);
    }
  }
  return line;
}

std::string json_line(Level level, std::string_view message, std::initializer_list<Field> fields) {
  std::string line = fmt::format(R"({{"time":"{}","level":"{}","message":)", timestamp(), kJsonNames[static_cast<size_t>(level)]);
  append_json_string(line, message);
  for (const Field& field : fields) {
    line += ',';
    append_json_string(line, field.key);
    line += ':';
    append_json_string(line, field.value);
  }
  line += '}';
  return line;
}

}  // namespace

void set_level(Level level) { g_level = level; }
void set_format(Format format) { g_format = format; }
Level level() { return g_level; }
uint64_t lines_written(Level level) { return g_written[static_cast<size_t>(level)]; }

Result<Level> parse_level(std::string_view text) {
  for (size_t i = 0; i < kJsonNames.size(); ++i)
    if (text == kJsonNames[i]) return static_cast<Level>(i);
  return Error{Code::invalid, fmt::format("cannot read log level \"{}\": it is one of debug, info, warn, error", text)};
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (level < g_level.load()) return;
  ++g_written[static_cast<size_t>(level)];
  std::string line = g_format == Format::json ? json_line(level, message, fields) : text_line(level, message, fields);
  line += '\n';
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace monitorai::log
