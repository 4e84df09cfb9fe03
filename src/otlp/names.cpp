#include "otlp/names.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/text.h"

namespace monitorai::otlp {
namespace {

using Units = std::pair<std::string_view, std::string_view>;
constexpr std::array<Units, 29> kUnits{{{"d", "days"},       {"h", "hours"},        {"min", "minutes"},   {"s", "seconds"},    {"ms", "milliseconds"}, {"us", "microseconds"},
                                        {"ns", "nanoseconds"}, {"By", "bytes"},     {"KiBy", "kibibytes"}, {"MiBy", "mebibytes"}, {"GiBy", "gibibytes"}, {"TiBy", "tibibytes"},
                                        {"KBy", "kilobytes"}, {"MBy", "megabytes"}, {"GBy", "gigabytes"}, {"TBy", "terabytes"}, {"m", "meters"},       {"V", "volts"},
                                        {"A", "amperes"},    {"J", "joules"},       {"W", "watts"},       {"g", "grams"},      {"Cel", "celsius"},    {"Hz", "hertz"},
                                        {"1", ""},           {"%", "percent"},      {"bit", "bits"},      {"kBy", "kilobytes"}, {"B", "bytes"}}};
constexpr std::array<Units, 8> kPerUnits{{{"s", "second"}, {"m", "minute"}, {"h", "hour"}, {"d", "day"}, {"w", "week"}, {"mo", "month"}, {"y", "year"}, {"min", "minute"}}};

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// The words of a name: what stands between characters that are none of a word. ':' is kept, as Prometheus keeps it.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (is_word(c) || c == ':') out.back() += c;
    else if (!out.back().empty()) out.emplace_back();
  }
  if (out.back().empty()) out.pop_back();
  return out;
}

template <size_t N>
std::string unit_word(std::string_view unit, const std::array<Units, N>& known) {
  const auto found = std::find_if(known.begin(), known.end(), [&](const Units& u) { return u.first == unit; });
  return join(words_of(found == known.end() ? unit : found->second), "_");
}

}  // namespace

std::string label_name(std::string_view attribute) {
  std::string out;
  for (const char c : attribute) out += is_word(c) || c == '_' ? c : '_';
  if (out.empty()) return "_";
  if (out.front() >= '0' && out.front() <= '9') return "key_" + out;
  if (out.front() == '_' && !out.starts_with("__")) return "key" + out;
  return out;
}

std::string metric_name(std::string_view name, std::string_view unit, NameKind kind) {
  std::vector<std::string> words = words_of(name);
  const auto has = [&](const std::string& word) { return word.empty() || std::find(words.begin(), words.end(), word) != words.end(); };
  // Annotations such as {request} say nothing of the unit.
  const bool annotated = unit.find('{') != std::string_view::npos;
  const size_t slash = unit.find('/');
  const std::string_view main = trim(unit.substr(0, slash));
  if (main.find('{') == std::string_view::npos) {
    const std::string word = unit_word(main, kUnits);
    if (!has(word)) words.push_back(word);
  }
  if (slash != std::string_view::npos) {
    const std::string_view per = trim(unit.substr(slash + 1));
    if (!per.empty() && per.find('{') == std::string_view::npos) {
      const std::string word = unit_word(per, kPerUnits);
      if (!has(word)) {
        words.push_back("per");
        words.push_back(word);
      }
    }
  }
  if (kind == NameKind::counter) {
    std::erase(words, "total");
    words.push_back("total");
  }
  if (kind == NameKind::gauge && unit == "1" && !annotated) {
    std::erase(words, "ratio");
    words.push_back("ratio");
  }
  std::string out = join(words, "_");
  if (out.empty() || (out.front() >= '0' && out.front() <= '9')) out = "_" + out;
  return out;
}

}  // namespace monitorai::otlp
