#include "collect/logs/level.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "collect/logs/fields.h"

namespace monitorai::collect {
namespace {

constexpr size_t kHeadBytes = 160;  ///< a level stands in the head of a line
constexpr std::array<std::string_view, 7> kKeys{"level", "levelname", "severity", "lvl", "log.level", "loglevel", "severity_text"};

struct Word {
  std::string_view word;
  std::string_view level;
};
constexpr std::array kWords{
    Word{"TRACE", "trace"},       Word{"DEBUG", "debug"},    Word{"INFO", "info"},   Word{"INFORMATION", "info"}, Word{"NOTICE", "info"},
    Word{"SUCCESS", "info"},      Word{"WARN", "warn"},      Word{"WARNING", "warn"}, Word{"ERROR", "error"},     Word{"ERR", "error"},
    Word{"CRITICAL", "critical"}, Word{"FATAL", "critical"}, Word{"PANIC", "critical"}, Word{"EMERG", "critical"}, Word{"ALERT", "critical"},
    Word{"CRIT", "critical"},     Word{"DBG", "debug"},      Word{"INF", "info"},    Word{"WRN", "warn"},         Word{"FTL", "critical"},
};

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_upper(c) || is_lower(c) || is_digit(c) || c == '_'; }

std::string_view level_of_upper(std::string_view word) {
  for (const Word& one : kWords)
    if (one.word == word) return one.level;
  return {};
}

std::string_view level_of_letter(char c) {
  switch (c) {
    case 'T': return "trace";
    case 'D': return "debug";
    case 'I': return "info";
    case 'W': return "warn";
    case 'E': return "error";
    case 'C': case 'F': return "critical";
    default: return {};
  }
}

/// klog and glog: "I1123 10:30:26.123456 ...".
bool is_klog(std::string_view line) {
  if (line.size() < 14 || line[5] != ' ' || line[8] != ':' || line[11] != ':') return false;
  return std::all_of(line.begin() + 1, line.begin() + 5, is_digit) && !level_of_letter(line[0]).empty();
}

/// llama.cpp with time and prefix: "0.00.035.060 I srv ...".
std::string_view llama_level(std::string_view line) {
  size_t i = 0, dots = 0;
  while (i < line.size() && (is_digit(line[i]) || line[i] == '.')) dots += line[i++] == '.';
  if (dots != 3 || i + 2 >= line.size() || line[i] != ' ' || line[i + 2] != ' ') return {};
  return level_of_letter(line[i + 1]);
}

/// A word that stands as a level does: upper case between non-words, or lower case at the start before ':' or in brackets.
std::string_view word_in_head(std::string_view head) {
  for (size_t i = 0; i < head.size();) {
    if (head[i] == '\x1b') {  // the colour's end
      while (i < head.size() && head[i] != 'm') ++i;
      ++i;
      continue;
    }
    if (!is_word(head[i])) {
      ++i;
      continue;
    }
    size_t end = i;
    while (end < head.size() && is_word(head[end])) ++end;
    const std::string_view word = head.substr(i, end - i);
    const char before = i == 0 ? '\0' : head[i - 1];
    const char after = end < head.size() ? head[end] : '\0';
    if (is_upper(word[0]) && is_upper(word.back())) {
      if (const auto level = level_of_upper(word); !level.empty()) return level;
    } else if ((i == 0 && after == ':') || (before == '[' && after == ']')) {
      if (const auto level = level_of_word(word); !level.empty()) return level;
    }
    i = end;
  }
  return {};
}

}  // namespace

std::string_view level_of_word(std::string_view word) {
  if (word.empty() || word.size() > 12) return {};
  if (is_digit(word[0])) {  // pino and bunyan; Python's numbers are the same
    const auto number = parse_integer<int>(word);
    if (!number || *number % 10 != 0) return {};
    constexpr std::array<std::string_view, 6> kByTen{"trace", "debug", "info", "warn", "error", "critical"};
    return *number >= 10 && *number <= 60 ? kByTen[static_cast<size_t>(*number / 10 - 1)] : std::string_view{};
  }
  std::string upper(word);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) { return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c; });
  if (upper.size() == 1) return level_of_letter(upper[0]);
  return level_of_upper(upper);
}

std::string_view level_of_line(std::string_view line) {
  if (line.empty()) return {};
  if (line[0] == '{') {
    for (const std::string_view key : kKeys)
      if (const auto value = json_field(line, key)) return level_of_word(*value);
    return {};
  }
  if (is_klog(line)) return level_of_letter(line[0]);
  if (line.size() > 3 && line[0] == '[' && line[2] == ' ' && is_digit(line[3]))
    if (const auto level = level_of_letter(line[1]); !level.empty()) return level;
  if (is_digit(line[0]))
    if (const auto level = llama_level(line); !level.empty()) return level;
  for (const std::string_view key : {"level", "lvl", "severity"})
    if (const auto value = logfmt_field(line, key)) return level_of_word(*value);
  return word_in_head(line.substr(0, kHeadBytes));
}

}  // namespace monitorai::collect
