// What one scan of the processes of this machine costs, in CPU time, with whatever runs on it: bench/collect.py starts a herd first.
// The clock moves by the default interval between two scans, and the first minutes are over when measuring begins.

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include "collect/process/collector.h"

namespace {

using namespace monitorai;

constexpr std::chrono::seconds kInterval{10};
constexpr int kScansBefore = 60;

struct Watch {
  FakeClock clock{SystemClock().now()};
  collect::Detector detector;
  collect::ProcessCollector collector;
  explicit Watch(bool events) : collector(collect::Procfs(), detector, clock, {.events = events}) {
    for (int i = 0; i < kScansBefore; ++i) scan();
  }
  std::shared_ptr<const signals::ProcessSnapshot> scan() {
    clock.advance(kInterval);
    return collector.scan(nullptr);
  }
};

void measure(benchmark::State& state, bool events) {
  Watch watch(events);
  if (events && !watch.collector.status().counters.has_events) {
    state.SkipWithError("process events are not permitted here");
    return;
  }
  std::shared_ptr<const signals::ProcessSnapshot> last;
  for (auto _ : state) last = watch.scan();
  state.counters["processes"] = static_cast<double>(last ? last->scanned : 0);
  state.counters["llms"] = static_cast<double>(last ? last->processes.size() : 0);
  state.counters["judged"] = static_cast<double>(watch.collector.status().counters.judged);
}

void scan_polling(benchmark::State& state) { measure(state, false); }
void scan_events(benchmark::State& state) { measure(state, true); }

void scan_first(benchmark::State& state) {
  const FakeClock clock{SystemClock().now()};
  const collect::Detector detector;
  for (auto _ : state) {
    collect::ProcessCollector collector(collect::Procfs(), detector, clock, {.events = false});
    benchmark::DoNotOptimize(collector.scan(nullptr));
  }
}

void families(benchmark::State& state) {
  Watch watch(false);
  const auto snapshot = watch.scan();
  for (auto _ : state) benchmark::DoNotOptimize(collect::process_families(*snapshot));
}

/// What a plain monitor does: stat, cmdline and statm of every process, opened and read.
void plain_read(benchmark::State& state) {
  collect::Procfs procfs;
  std::vector<int64_t> pids;
  collect::ProcessStat stat;
  for (auto _ : state) {
    if (!procfs.pids(pids)) break;
    for (const int64_t pid : pids) {
      benchmark::DoNotOptimize(procfs.stat(pid, stat));
      benchmark::DoNotOptimize(procfs.arguments(pid));
      benchmark::DoNotOptimize(read_file(fmt::format("/proc/{}/statm", pid), 4096));
    }
  }
}

}  // namespace

BENCHMARK(scan_polling)->Unit(benchmark::kMicrosecond);
BENCHMARK(scan_events)->Unit(benchmark::kMicrosecond);
BENCHMARK(scan_first)->Unit(benchmark::kMicrosecond);
BENCHMARK(plain_read)->Unit(benchmark::kMicrosecond);
BENCHMARK(families)->Unit(benchmark::kMicrosecond);
