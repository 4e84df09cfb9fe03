#include "text/go_time.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <map>
#include <mutex>
#include <vector>

#include "base/files.h"
#include "base/text.h"

namespace monitorai::text {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr std::array<std::string_view, 12> kMonths = {"January", "February", "March",     "April",   "May",      "June",
                                                      "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

/// Longer ones first: a layout is cut at the first that fits.
constexpr std::array<std::string_view, 44> kWords = {
    "January", "Jan", "Monday", "Mon", "MST",       "2006",      "002", "01", "02", "03", "04",  "05",    "06",      "15",
    "Z07:00:00", "Z07:00", "Z0700", "Z07", "-07:00:00", "-07:00", "-0700", "-07", "_2", "PM", "pm", ".000000000", ".000000", ".000",
    ".999999999", ".999999", ".999", ".00", ".0", ".99", ".9", ",000000000", ",000000", ",000", ",999", "1", "2", "3", "4", "5"};

std::string_view next_word(std::string_view layout) {
  for (const std::string_view word : kWords) {
    if (!layout.starts_with(word)) continue;
    // A fraction ends where the digits do.
    const bool digit_follows = layout.size() > word.size() && layout[word.size()] >= '0' && layout[word.size()] <= '9';
    if ((word[0] == '.' || word[0] == ',') && digit_follows) continue;
    return word;
  }
  return {};
}

struct Fields {
  int64_t year = 1;
  unsigned month = 1;
  unsigned day = 1;
  int64_t hour = 0;
  int64_t minute = 0;
  int64_t second = 0;
  int64_t ns = 0;
  unsigned weekday = 0;
  int64_t year_day = 1;
};

Fields fields_of(const GoTime& time) {
  constexpr int64_t kNsPerSecond = 1'000'000'000;
  const int64_t fraction = time.ns % kNsPerSecond;
  const int64_t total = time.ns / kNsPerSecond - (fraction < 0 ? 1 : 0);
  const int64_t local = total + time.offset_seconds;
  const auto day = std::chrono::floor<days>(std::chrono::sys_time<seconds>(seconds(local)));
  const std::chrono::year_month_day ymd(day);
  Fields f;
  f.year = static_cast<int>(ymd.year());
  f.month = static_cast<unsigned>(ymd.month());
  f.day = static_cast<unsigned>(ymd.day());
  const int64_t rest = local - day.time_since_epoch().count() * 86400;
  f.hour = rest / 3600;
  f.minute = rest / 60 % 60;
  f.second = rest % 60;
  f.ns = fraction < 0 ? fraction + kNsPerSecond : fraction;
  f.weekday = std::chrono::weekday(day).c_encoding();
  f.year_day = (day - std::chrono::sys_days(ymd.year() / 1 / 1)).count() + 1;
  return f;
}

std::string offset_text(int32_t offset, std::string_view word) {
  const bool zulu = word[0] == 'Z';
  if (zulu && offset == 0) return "Z";
  const bool colon = word.find(':') != std::string_view::npos;
  const int32_t a = std::abs(offset);
  std::string out = fmt::format("{}{:02}", offset < 0 ? '-' : '+', a / 3600);
  if (word.size() > 3) out += fmt::format("{}{:02}", colon ? ":" : "", a / 60 % 60);
  if (word.size() > 6) out += fmt::format(":{:02}", a % 60);
  return out;
}

/// One zone's changes, from a TZif file (RFC 8536).
struct Zone {
  struct Kind {
    int32_t offset = 0;
    std::string name;
  };
  std::vector<int64_t> changes;
  std::vector<uint8_t> kind_of;
  std::vector<Kind> kinds;
};

std::optional<Zone> parse_zone(std::string_view data) {
  const auto number = [&](size_t at, size_t bytes) -> int64_t {
    uint64_t v = bytes == 8 || (static_cast<unsigned char>(data[at]) & 0x80u) == 0 ? 0 : ~uint64_t{0};
    for (size_t i = 0; i < bytes; ++i) v = (v << 8) | static_cast<unsigned char>(data[at + i]);
    return static_cast<int64_t>(v);
  };
  size_t at = 0;
  size_t width = 4;
  std::array<size_t, 6> counts{};
  for (;;) {
    if (data.size() < at + 44 || data.substr(at, 4) != "TZif") return std::nullopt;
    for (size_t i = 0; i < 6; ++i) counts[i] = static_cast<size_t>(number(at + 20 + 4 * i, 4));
    if (*std::max_element(counts.begin(), counts.end()) > 10'000) return std::nullopt;
    const bool newer = data[at + 4] >= '2' && width == 4;
    at += 44;
    if (!newer) break;
    at += counts[3] * 5 + counts[4] * 6 + counts[5] + counts[2] * 8 + counts[1] + counts[0];
    width = 8;
  }
  const auto [utc, standard, leaps, times, kinds, chars] = counts;
  (void)utc, (void)standard, (void)leaps;
  if (kinds == 0 || data.size() < at + times * (width + 1) + kinds * 6 + chars) return std::nullopt;
  Zone out;
  for (size_t i = 0; i < times; ++i) out.changes.push_back(number(at + i * width, width));
  at += times * width;
  for (size_t i = 0; i < times; ++i) out.kind_of.push_back(static_cast<uint8_t>(data[at + i]));
  at += times;
  const std::string_view names = data.substr(at + kinds * 6, chars);
  for (size_t i = 0; i < kinds; ++i) {
    const size_t name = static_cast<unsigned char>(data[at + i * 6 + 5]);
    if (name >= names.size()) return std::nullopt;
    out.kinds.push_back({static_cast<int32_t>(number(at + i * 6, 4)), std::string(names.substr(name, names.find('\0', name) - name))});
  }
  for (const uint8_t kind : out.kind_of)
    if (kind >= kinds) return std::nullopt;
  return out;
}

/// Read once and kept; nullptr where there is none.
const Zone* find_zone(std::string_view name) {
  constexpr size_t kZonesKeptMax = 1000;
  constexpr size_t kZoneBytesMax = 1 << 20;
  static std::mutex mutex;
  static std::map<std::string, std::optional<Zone>, std::less<>> zones;
  const bool plain = !name.empty() && name.size() < 64 && name[0] != '/' && name.find("..") == std::string_view::npos;
  if (!plain || name == "UTC" || name == "Local") return nullptr;
  const std::lock_guard lock(mutex);
  auto found = zones.find(name);
  if (found == zones.end()) {
    if (zones.size() >= kZonesKeptMax) zones.clear();
    const auto data = read_file("/usr/share/zoneinfo/" + std::string(name), kZoneBytesMax);
    found = zones.emplace(std::string(name), data ? parse_zone(*data) : std::nullopt).first;
  }
  return found->second ? &*found->second : nullptr;
}

struct Reader {
  std::string_view text;
  bool ok = true;

  int64_t number(size_t min, size_t max) {
    size_t width = 0;
    int64_t value = 0;
    while (width < max && width < text.size() && text[width] >= '0' && text[width] <= '9') value = value * 10 + (text[width++] - '0');
    ok = ok && width >= min;
    text.remove_prefix(width);
    return value;
  }
  template <size_t N>
  unsigned name(const std::array<std::string_view, N>& names, bool shortened) {
    for (unsigned i = 0; i < N; ++i) {
      const std::string_view name = shortened ? names[i].substr(0, 3) : names[i];
      if (!starts_with_ignoring_case(text, name)) continue;
      text.remove_prefix(name.size());
      return i;
    }
    ok = false;
    return 0;
  }
  bool accept(std::string_view piece) {
    if (!text.starts_with(piece)) return false;
    text.remove_prefix(piece.size());
    return true;
  }
  /// ".123" as nanoseconds.
  int64_t fraction(bool needed) {
    if (text.empty() || (text[0] != '.' && text[0] != ',')) {
      ok = ok && !needed;
      return 0;
    }
    int64_t value = 0;
    int64_t scale = 100'000'000;
    size_t at = 1;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      value += (text[at] - '0') * scale;
      scale /= 10;
    }
    text.remove_prefix(at);
    return value;
  }
  int32_t offset(std::string_view word) {
    if (word[0] == 'Z' && accept("Z")) return 0;
    const bool minus = accept("-");
    if (!minus && !accept("+")) {
      ok = false;
      return 0;
    }
    int64_t out = number(2, 2) * 3600;
    if (word.size() > 3) {
      if (word.find(':') != std::string_view::npos) ok = accept(":") && ok;
      out += number(2, 2) * 60;
    }
    return static_cast<int32_t>(minus ? -out : out);
  }
};

}  // namespace

std::string format_time(const GoTime& time, std::string_view layout) {
  const Fields f = fields_of(time);
  std::string out;
  while (!layout.empty()) {
    const std::string_view word = next_word(layout);
    if (word.empty()) {
      out += layout[0];
      layout.remove_prefix(1);
      continue;
    }
    layout.remove_prefix(word.size());
    const int64_t twelve = f.hour % 12 == 0 ? 12 : f.hour % 12;
    if (word == "January") out += kMonths[f.month - 1];
    else if (word == "Jan") out += kMonths[f.month - 1].substr(0, 3);
    else if (word == "Monday") out += kDays[f.weekday];
    else if (word == "Mon") out += kDays[f.weekday].substr(0, 3);
    else if (word == "MST") out += time.zone.empty() ? offset_text(time.offset_seconds, "-0700") : time.zone;
    else if (word == "2006") out += fmt::format("{:04}", f.year);
    else if (word == "06") out += fmt::format("{:02}", f.year % 100);
    else if (word == "01") out += fmt::format("{:02}", f.month);
    else if (word == "1") out += fmt::format("{}", f.month);
    else if (word == "02") out += fmt::format("{:02}", f.day);
    else if (word == "_2") out += fmt::format("{:2}", f.day);
    else if (word == "2") out += fmt::format("{}", f.day);
    else if (word == "002") out += fmt::format("{:03}", f.year_day);
    else if (word == "15") out += fmt::format("{:02}", f.hour);
    else if (word == "03") out += fmt::format("{:02}", twelve);
    else if (word == "3") out += fmt::format("{}", twelve);
    else if (word == "04") out += fmt::format("{:02}", f.minute);
    else if (word == "4") out += fmt::format("{}", f.minute);
    else if (word == "05") out += fmt::format("{:02}", f.second);
    else if (word == "5") out += fmt::format("{}", f.second);
    else if (word == "PM") out += f.hour >= 12 ? "PM" : "AM";
    else if (word == "pm") out += f.hour >= 12 ? "pm" : "am";
    else if (word[0] == 'Z' || word[0] == '-') out += offset_text(time.offset_seconds, word);
    else {
      std::string digits = fmt::format("{:09}", f.ns).substr(0, word.size() - 1);
      if (word[1] == '9')
        while (!digits.empty() && digits.back() == '0') digits.pop_back();
      if (!digits.empty()) out += word[0] + digits;
    }
  }
  return out;
}

std::optional<GoTime> parse_time(std::string_view layout, std::string_view text, std::string_view zone) {
  Fields f;
  f.year = 0;
  std::optional<int32_t> offset;
  std::optional<bool> afternoon;
  std::string name;
  Reader in{text};
  while (!layout.empty() && in.ok) {
    const std::string_view word = next_word(layout);
    if (word.empty()) {
      in.ok = in.accept(layout.substr(0, 1));
      layout.remove_prefix(1);
      continue;
    }
    layout.remove_prefix(word.size());
    if (word == "January" || word == "Jan") f.month = in.name(kMonths, word.size() == 3) + 1;
    else if (word == "Monday" || word == "Mon") in.name(kDays, word.size() == 3);
    else if (word == "MST") {
      size_t width = 0;
      while (width < in.text.size() && width < 5 && in.text[width] >= 'A' && in.text[width] <= 'Z') ++width;
      in.ok = in.ok && width >= 3;
      name = std::string(in.text.substr(0, width));
      in.text.remove_prefix(width);
    }
    else if (word == "2006") f.year = in.number(4, 4);
    else if (word == "06") f.year = in.number(2, 2), f.year += f.year >= 69 ? 1900 : 2000;
    else if (word == "01") f.month = static_cast<unsigned>(in.number(2, 2));
    else if (word == "1") f.month = static_cast<unsigned>(in.number(1, 2));
    else if (word == "02") f.day = static_cast<unsigned>(in.number(2, 2));
    else if (word == "_2" || word == "2") in.accept(" "), f.day = static_cast<unsigned>(in.number(1, 2));
    else if (word == "002") in.number(3, 3);
    else if (word == "15") f.hour = in.number(2, 2);
    else if (word == "03") f.hour = in.number(2, 2);
    else if (word == "3") f.hour = in.number(1, 2);
    else if (word == "04") f.minute = in.number(2, 2);
    else if (word == "4") f.minute = in.number(1, 2);
    else if (word == "05" || word == "5") {
      f.second = in.number(word.size(), 2);
      // A fraction may follow the seconds even where the layout has none.
      const bool said = layout.size() > 1 && (layout[0] == '.' || layout[0] == ',') && (layout[1] == '0' || layout[1] == '9');
      if (!said) f.ns = in.fraction(false);
    }
    else if (word == "PM" || word == "pm") {
      afternoon = starts_with_ignoring_case(in.text, "pm");
      in.ok = *afternoon || starts_with_ignoring_case(in.text, "am");
      in.text.remove_prefix(std::min<size_t>(2, in.text.size()));
    }
    else if (word[0] == 'Z' || word[0] == '-') offset = in.offset(word);
    else f.ns = in.fraction(word[1] == '0');
  }
  const std::chrono::year_month_day ymd{std::chrono::year(static_cast<int>(f.year)), std::chrono::month(f.month), std::chrono::day(f.day)};
  if (!in.ok || !in.text.empty() || !ymd.ok() || f.hour > 23 || f.minute > 59 || f.second > 59) return std::nullopt;
  if (afternoon) f.hour = f.hour % 12 + (*afternoon ? 12 : 0);
  const int64_t local = std::chrono::sys_days(ymd).time_since_epoch().count() * 86400 + f.hour * 3600 + f.minute * 60 + f.second;
  constexpr int64_t kSecondsMax = std::numeric_limits<int64_t>::max() / 1'000'000'000 - 200'000;
  if (std::abs(local) > kSecondsMax) return std::nullopt;
  GoTime out;
  if (offset) {
    out.offset_seconds = *offset;
    out.zone = *offset == 0 ? "UTC" : name;
  } else {
    // The zone's distance at that time: looked up twice, for the hour round a change.
    const GoTime guess = in_zone(local * 1'000'000'000, zone);
    const GoTime exact = in_zone((local - guess.offset_seconds) * 1'000'000'000, zone);
    out.offset_seconds = exact.offset_seconds;
    out.zone = exact.zone;
  }
  out.ns = (local - out.offset_seconds) * 1'000'000'000 + f.ns;
  return out;
}

GoTime in_zone(int64_t ns, std::string_view zone) {
  GoTime out{ns, 0, "UTC"};
  const Zone* found = find_zone(zone);
  if (found == nullptr) return out;
  const int64_t second = ns / 1'000'000'000;
  const auto after = std::upper_bound(found->changes.begin(), found->changes.end(), second);
  const size_t kind = after == found->changes.begin() ? 0 : found->kind_of[static_cast<size_t>(after - found->changes.begin()) - 1];
  out.offset_seconds = found->kinds[kind].offset;
  out.zone = found->kinds[kind].name;
  return out;
}

}  // namespace monitorai::text
