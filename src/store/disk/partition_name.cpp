#include "store/disk/partition_name.h"

#include <chrono>

#include "base/text.h"

namespace monitorai::store {
namespace {

constexpr int64_t kDayMs = 86'400'000;

}  // namespace

std::string partition_name(int64_t begin_ms) {
  const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds{begin_ms}};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  std::string name = fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                                 static_cast<unsigned>(date.day()));
  if (const int64_t rest = (time - day).count(); rest != 0)
    name += fmt::format("T{:02}{:02}{:05}", rest / 3'600'000, rest / 60'000 % 60, rest % 60'000);
  return name;
}

std::optional<int64_t> partition_begin_ms(std::string_view name) {
  const auto number = [&](size_t at, size_t digits) {
    return at + digits <= name.size() ? parse_integer<unsigned>(name.substr(at, digits)) : std::nullopt;
  };
  const auto year = number(0, 4);
  const auto month = number(5, 2);
  const auto day = number(8, 2);
  if (!year || !month || !day || name[4] != '-' || name[7] != '-') return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month), std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  const int64_t midnight = std::chrono::sys_days(date).time_since_epoch().count() * kDayMs;
  if (name.size() == 10) return midnight;
  const auto hour = number(11, 2);
  const auto minute = number(13, 2);
  const auto ms = number(15, 5);
  if (name.size() != 20 || name[10] != 'T' || !hour || !minute || !ms) return std::nullopt;
  return midnight + int64_t{*hour} * 3'600'000 + int64_t{*minute} * 60'000 + *ms;
}

std::filesystem::path aside_path(const std::filesystem::path& folder) {
  std::filesystem::path target = folder.native() + std::string(kAsideSuffix);
  std::error_code error;
  for (int n = 2; std::filesystem::exists(target, error); ++n) target = fmt::format("{}{}.{}", folder.native(), kAsideSuffix, n);
  return target;
}

}  // namespace monitorai::store
