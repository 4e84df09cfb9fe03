#include "app/serve/past_process.h"

#include <algorithm>

#include "base/text.h"

namespace monitorai::app {
namespace {

using judge::ProcessKey;
using signals::Matcher;
using signals::MatchOp;
using signals::SeriesSet;

/// A span may be a little older than the first scan that saw its process, and younger than the last.
constexpr int64_t kBeforeMs = 60'000;
constexpr int64_t kAfterMs = 15'000;
/// Start times of processes have the grain of the kernel's ticks, and clocks of SDKs may be a little behind.
constexpr int64_t kStartSlackMs = 1000;
constexpr int64_t kNsPerMs = 1'000'000;
constexpr double kMsPerSecond = 1000;
/// Further processes of a service are not told.
constexpr size_t kMembersMax = 256;

/// The moment of a span, and the samples around it that tell of it.
struct Moment {
  explicit Moment(TimeNs at) : ms(at.ns / kNsPerMs), range{{ms - kBeforeMs}, {ms + kAfterMs}} {}
  int64_t ms;
  TimeRange range;
};

/// The series of a metric whose label is so; nullptr when the store failed.
std::unique_ptr<SeriesSet> series_of(const signals::MetricSource& source, std::string_view metric, std::string label, MatchOp op, std::string value, const Moment& moment) {
  auto name = Matcher::make("__name__", MatchOp::equal, std::string(metric));
  auto other = Matcher::make(std::move(label), op, std::move(value));
  if (!name || !other) return nullptr;
  const std::vector<Matcher> matchers{std::move(*name), std::move(*other)};
  auto found = source.select(matchers, moment.range);
  return found ? std::move(*found) : nullptr;
}

/// Whether the series went on at the moment: its newest sample may be a marker that it ended, if it did so later.
bool goes_on(const SeriesSet& set, size_t series, const Moment& moment) {
  const auto newest = set.newest(series, moment.range);
  return newest && newest->has_value() && !(signals::is_stale((*newest)->value) && (*newest)->time.ms <= moment.ms);
}

/// When a process started that ran then, in ms; nullopt where nothing says so.
std::optional<int64_t> started(const signals::MetricSource& source, std::string_view pid, const Moment& moment) {
  const auto found = series_of(source, "llm_process_start_time_seconds", "pid", MatchOp::equal, std::string(pid), moment);
  if (found == nullptr) return std::nullopt;
  signals::Columns samples;
  for (size_t i = 0; i < found->size(); ++i)
    if (goes_on(*found, i, moment) && !found->read(i, moment.range, samples)) return std::nullopt;
  const auto first = std::find_if(samples.values.begin(), samples.values.end(), [](double value) { return !signals::is_stale(value); });
  return first == samples.values.end() ? std::nullopt : std::optional(static_cast<int64_t>(*first * kMsPerSecond));
}

std::unique_ptr<SeriesSet> candidates(const signals::MetricSource& source, ProcessKey key, std::string_view value, const Moment& moment) {
  constexpr std::string_view kInfo = "llm_process_info";
  switch (key) {
    case ProcessKey::pid: return series_of(source, kInfo, "pid", MatchOp::equal, std::string(value), moment);
    case ProcessKey::container: return series_of(source, kInfo, "container", MatchOp::equal, std::string(value), moment);
    case ProcessKey::port: return !parse_integer<uint16_t>(value) ? nullptr : series_of(source, kInfo, "ports", MatchOp::regex, fmt::format("(.+,)?{}(,.+)?", value), moment);
  }
  return nullptr;
}

/// Of several the one that started last before the moment, since it took over, or the root of its service, whose key ends with its pid.
std::optional<size_t> best_of(const signals::MetricSource& source, const SeriesSet& found, const Moment& moment) {
  std::vector<size_t> alive;
  std::optional<size_t> best;
  int64_t best_start = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    if (!goes_on(found, i, moment)) continue;
    const int64_t start = started(source, found.label(i, "pid"), moment).value_or(moment.ms);
    if (start > moment.ms + kStartSlackMs) continue;
    alive.push_back(i);
    if (best && start <= best_start) continue;
    best = i;
    best_start = start;
  }
  for (const size_t i : alive)
    if (found.label(i, "service") == found.label(*best, "service") && found.label(i, "service").ends_with(fmt::format("@{}", found.label(i, "pid")))) return i;
  return best;
}

/// The pids of a service, ascending; `pid` alone where it has none.
std::vector<int64_t> members_of(const signals::MetricSource& source, const std::string& service, int64_t pid, const Moment& moment) {
  std::vector<int64_t> out{pid};
  const auto found = service.empty() ? nullptr : series_of(source, "llm_process_info", "service", MatchOp::equal, service, moment);
  for (size_t i = 0; found != nullptr && i < found->size() && out.size() < kMembersMax; ++i)
    if (const auto member = parse_integer<int64_t>(found->label(i, "pid")); member && goes_on(*found, i, moment)) out.push_back(*member);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<std::string> gpus_of(const signals::MetricSource& source, const std::vector<int64_t>& members, const Moment& moment) {
  std::vector<std::string> out;
  const auto found = series_of(source, "llm_process_gpu_memory_bytes", "pid", MatchOp::regex, fmt::format("{}", fmt::join(members, "|")), moment);
  for (size_t i = 0; found != nullptr && i < found->size(); ++i)
    if (goes_on(*found, i, moment)) out.emplace_back(found->label(i, "gpu"));
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace

judge::PastProcess past_process(const signals::MetricSource& source) {
  return [&source](ProcessKey key, std::string_view value, TimeNs at) -> std::optional<judge::KnownProcess> {
    const Moment moment(at);
    const auto found = candidates(source, key, value, moment);
    if (found == nullptr) return std::nullopt;
    const auto best = best_of(source, *found, moment);
    const auto pid = best ? parse_integer<int64_t>(found->label(*best, "pid")) : std::nullopt;
    if (!pid) return std::nullopt;
    const auto label = [&](std::string_view name) { return std::string(found->label(*best, name)); };
    judge::KnownProcess out{.pid = *pid,
                            .name = label("name"),
                            .llm_type = label("llm_type"),
                            .framework = label("framework"),
                            .model = label("model_name"),
                            .service = label("service"),
                            .container = label("container"),
                            .is_running = false,
                            .members = {},
                            .gpus = {}};
    out.members = members_of(source, out.service, *pid, moment);
    out.gpus = gpus_of(source, out.members, moment);
    return out;
  };
}

}  // namespace monitorai::app
