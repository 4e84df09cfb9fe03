#include "query/promql/annotations.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "query/promql/ast.h"

namespace monitorai::query {
namespace {

/// 2006-01-02T15:04:05Z
std::string utc(int64_t ms) {
  using namespace std::chrono;
  const sys_seconds time{floor<seconds>(milliseconds(ms))};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace

std::string general_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 40> buffer;
  const double size = std::abs(value);
  const bool exponent = size != 0 && (size < 1e-4 || size >= 1e6);
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 exponent ? std::chars_format::scientific : std::chars_format::fixed)
                       .ptr;
  return {buffer.data(), end};
}

void Annotations::add(Level level, std::string message, uint32_t position) { merge_entry(message, {level, position, std::nullopt}); }

void Annotations::add_monotonicity(std::string_view metric, uint32_t position, int64_t time_ms, double bucket_min, double bucket_max,
                                   double difference_max) {
  std::string message =
      "PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see "
      "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)";
  if (!metric.empty()) message += fmt::format(" for metric name {}", quote(metric));
  merge_entry(message, {Level::info, position, Repairs{time_ms, time_ms, bucket_min, bucket_max, difference_max, 1}});
}

void Annotations::merge(const Annotations& other) {
  for (const auto& [message, entry] : other.entries_) merge_entry(message, entry);
}

void Annotations::merge_entry(const std::string& message, const Entry& entry) {
  const auto [found, fresh] = entries_.try_emplace(message, entry);
  if (fresh) return;
  found->second.position = entry.position;
  if (!found->second.repairs || !entry.repairs) return;
  Repairs& mine = *found->second.repairs;
  const Repairs& theirs = *entry.repairs;
  mine.time_min_ms = std::min(mine.time_min_ms, theirs.time_min_ms);
  mine.time_max_ms = std::max(mine.time_max_ms, theirs.time_max_ms);
  mine.bucket_min = std::min(mine.bucket_min, theirs.bucket_min);
  mine.bucket_max = std::max(mine.bucket_max, theirs.bucket_max);
  mine.difference_max = std::max(mine.difference_max, theirs.difference_max);
  mine.count += theirs.count;
}

std::vector<std::string> Annotations::texts(Level level, std::string_view query) const {
  std::vector<std::string> out;
  for (const auto& [message, entry] : entries_) {
    if (entry.level != level) continue;
    const std::string place = line_and_column(query, entry.position);
    if (!entry.repairs) {
      out.push_back(fmt::format("{} ({})", message, place));
      continue;
    }
    const Repairs& r = *entry.repairs;
    out.push_back(fmt::format("{}, from buckets {} to {}, with a max diff of {:.2g}, over {} samples from {} to {} ({})", message,
                              general_number(r.bucket_min), general_number(r.bucket_max), r.difference_max, r.count, utc(r.time_min_ms),
                              utc(r.time_max_ms), place));
  }
  return out;
}

}  // namespace monitorai::query
