#include "app/serve/past_process.h"

#include <algorithm>

namespace monitorai::app {
namespace {

/// A span may be a little older than the first scan that saw its process, and younger than the last.
constexpr int64_t kBeforeMs = 60'000;
constexpr int64_t kAfterMs = 15'000;
constexpr int64_t kNsPerMs = 1'000'000;

/// The series of a metric with this pid that have a sample then; nullptr when none was found or the store failed.
std::unique_ptr<signals::SeriesSet> series_of(const signals::MetricSource& source, std::string_view metric, int64_t pid, TimeRange range) {
  auto name = signals::Matcher::make("__name__", signals::MatchOp::equal, std::string(metric));
  auto of_pid = signals::Matcher::make("pid", signals::MatchOp::equal, fmt::format("{}", pid));
  if (!name || !of_pid) return nullptr;
  const std::vector<signals::Matcher> matchers{std::move(*name), std::move(*of_pid)};
  auto found = source.select(matchers, range);
  return found ? std::move(*found) : nullptr;
}

/// Whether the series went on at `ms`: its newest sample may be a marker that it ended, if it did so later.
bool goes_on(const signals::SeriesSet& set, size_t series, TimeRange range, int64_t ms) {
  const auto newest = set.newest(series, range);
  return newest && newest->has_value() && !(signals::is_stale((*newest)->value) && (*newest)->time.ms <= ms);
}

}  // namespace

judge::PastProcess past_process(const signals::MetricSource& source) {
  return [&source](int64_t pid, TimeNs at) -> std::optional<judge::KnownProcess> {
    const int64_t ms = at.ns / kNsPerMs;
    const TimeRange range{{ms - kBeforeMs}, {ms + kAfterMs}};
    const auto found = series_of(source, "llm_process_memory_bytes", pid, range);
    if (found == nullptr) return std::nullopt;
    for (size_t i = 0; i < found->size(); ++i) {
      if (!goes_on(*found, i, range, ms)) continue;
      const auto label = [&](std::string_view name) { return std::string(found->label(i, name)); };
      judge::KnownProcess out{.pid = pid,
                              .name = label("name"),
                              .llm_type = label("llm_type"),
                              .framework = label("framework"),
                              .model = label("model_name"),
                              .service = {},
                              .container = {},
                              .is_running = false,
                              .members = {pid},
                              .gpus = {}};
      if (const auto gpus = series_of(source, "llm_process_gpu_memory_bytes", pid, range))
        for (size_t k = 0; k < gpus->size(); ++k)
          if (goes_on(*gpus, k, range, ms)) out.gpus.emplace_back(gpus->label(k, "gpu"));
      std::sort(out.gpus.begin(), out.gpus.end());
      return out;
    }
    return std::nullopt;
  };
}

}  // namespace monitorai::app
