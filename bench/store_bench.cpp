// The metric store on the load of an LLM fleet: what a sample costs in CPU, on disk and to read back, what a series costs in memory.
// Plain program, one pass each, because every figure needs its own fresh store:
//   store_bench [series=100000] [samples=120] [folder]

#include <sys/resource.h>
#include <sys/time.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <random>

#include "base/files.h"
#include "base/text.h"
#include "store/metrics/metric_store.h"

namespace monitorai::store {
namespace {

using signals::LabelView;
using signals::Sample;
using signals::SeriesWrite;

constexpr int64_t kStart = 1'764'000'000'000;
constexpr int64_t kStepMs = 15'000;
constexpr int kBuckets = 14;
/// Series of one process: a histogram of latency and one of time to first token, and 18 counters and gauges.
constexpr int kPerProcess = 2 * (kBuckets + 2) + 18;
constexpr size_t kSeriesPerRequest = 2000;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double wall_seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0;
  statm >> pages >> pages;
  return pages * 4096;
}

double folder_bytes(const std::filesystem::path& folder) {
  double sum = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) sum += static_cast<double>(entry.file_size());
  return sum;
}

/// One series of the fleet: its labels, and the state from which its next value comes.
struct Fleet {
  std::vector<std::vector<std::string>> texts;
  std::vector<std::vector<LabelView>> labels;
  std::vector<int> kind;  ///< 0 gauge with noise, 1 counter, 2 bucket, 3 sum, 4 constant, 5 gauge of whole megabytes
  std::vector<double> value;
  std::mt19937_64 random{42};

  explicit Fleet(size_t series) {
    static const char* kLe[kBuckets] = {"0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "30", "60", "+Inf"};
    for (size_t i = 0; i < series; ++i) {
      const size_t process = i / kPerProcess;
      const size_t k = i % kPerProcess;
      std::string name;
      std::string le;
      int of_kind = 0;
      if (k < 2 * (kBuckets + 2)) {
        const size_t at = k % (kBuckets + 2);
        const std::string base = k < kBuckets + 2 ? "llm_inference_latency_seconds" : "llm_time_to_first_token_seconds";
        name = base + (at < kBuckets ? "_bucket" : at == kBuckets ? "_sum" : "_count");
        if (at < kBuckets) le = kLe[at];
        of_kind = at < kBuckets ? 2 : at == kBuckets ? 3 : 1;
      } else {
        const size_t at = k - 2 * (kBuckets + 2);
        name = fmt::format("llm_process_metric_{}", at);
        of_kind = at < 6 ? 1 : at < 10 ? 0 : at < 14 ? 4 : 5;
      }
      texts.push_back({name, fmt::format("gpu-node-{:03}:9100", process / 8 % 500), fmt::format("{}", 1000 + process),
                       fmt::format("model-{}", process % 40), le});
      const std::vector<std::string>& t = texts.back();
      std::vector<LabelView> l{{"__name__", t[0]}, {"framework", "vllm"}, {"instance", t[1]}, {"job", "llm-monitor"}};
      if (!le.empty()) l.push_back({"le", t[4]});
      l.push_back({"model_name", t[3]});
      l.push_back({"pid", t[2]});
      l.push_back({"region", process % 2 == 0 ? "eu-west-1" : "us-east-1"});
      labels.push_back(std::move(l));
      kind.push_back(of_kind);
      value.push_back(of_kind == 0 ? 40 + static_cast<double>(i % 50) : of_kind == 5 ? 4096.0 * 1048576 : static_cast<double>(i % 1000));
    }
  }
  double next(size_t i) {
    const auto uniform = [&] { return static_cast<double>(random() >> 11) / 9007199254740992.0; };
    switch (kind[i]) {
      case 0:
        return std::round((value[i] + (uniform() - 0.5) * 10) * 100) / 100;
      case 1:
        return value[i] += static_cast<double>(random() % 30);
      case 2:
        return value[i] += static_cast<double>(random() % 8);
      case 3:
        return value[i] += uniform() * 12;
      case 4:
        return value[i];
      default:
        return value[i] += random() % 4 == 0 ? 1048576.0 * static_cast<double>(random() % 5) : 0;
    }
  }
};

void report(const char* what, double value, const char* unit) {
  std::printf("%-52s %10.3f %s\n", what, value, unit);
  std::fflush(stdout);
}

void ingest(MetricStore& store, Fleet& fleet, size_t samples, double& in_writes) {
  std::vector<Sample> points(kSeriesPerRequest);
  std::vector<SeriesWrite> request(kSeriesPerRequest);
  for (size_t step = 0; step < samples; ++step) {
    for (size_t at = 0; at < fleet.labels.size(); at += kSeriesPerRequest) {
      const size_t n = std::min(kSeriesPerRequest, fleet.labels.size() - at);
      for (size_t i = 0; i < n; ++i) {
        points[i] = {{kStart + static_cast<int64_t>(step) * kStepMs}, fleet.next(at + i)};
        request[i] = {fleet.labels[at + i], {&points[i], 1}};
      }
      const double before = cpu_seconds();
      const auto outcome = store.write(std::span(request).first(n));
      MAI_CHECK(outcome.has_value() && outcome->accepted == n);
      in_writes += cpu_seconds() - before;
    }
    const double before = cpu_seconds();
    MAI_CHECK(store.maintain().has_value());
    in_writes += cpu_seconds() - before;
  }
}

void selection(const MetricStore& store, const char* what, std::vector<signals::Matcher> matchers) {
  double best = 1e9;
  size_t found = 0;
  for (int round = 0; round < 5; ++round) {
    const double before = wall_seconds();
    const auto set = *store.select(matchers, {{kStart}, {INT64_MAX}});
    double sum = 0;
    for (size_t i = 0; i < set->size(); ++i)
      if (const auto newest = *set->newest(i, {{kStart}, {INT64_MAX}})) sum += newest->value;
    best = std::min(best, wall_seconds() - before);
    found = set->size();
    if (sum == 0.5) std::printf(" ");
  }
  std::printf("%-40s %9zu series %10.3f ms\n", what, found, best * 1e3);
}

void read_all(const MetricStore& store, const char* what, size_t samples) {
  const auto set = *store.select({}, {{kStart}, {INT64_MAX}});
  signals::Columns columns;
  size_t decoded = 0;
  const double before = cpu_seconds();
  for (size_t i = 0; i < set->size(); ++i) {
    columns.clear();
    MAI_CHECK(set->read(i, {{kStart}, {INT64_MAX}}, columns).has_value());
    decoded += columns.times_ms.size();
  }
  report(what, (cpu_seconds() - before) * 1e9 / static_cast<double>(decoded), "ns a sample");
  MAI_CHECK(decoded == samples);
}

int run(size_t series, size_t samples, const std::filesystem::path& folder) {
  Fleet fleet(series);
  const double resident_before = resident_bytes();
  FakeClock clock{{kStart + static_cast<int64_t>(samples) * kStepMs}};
  PosixFileSystem files;
  Settings settings;
  settings.folder = folder;
  settings.background = false;
  auto store = *MetricStore::open(settings, clock, files);
  const double million = static_cast<double>(series * samples) / 1e6;

  double ingest_cpu = 0;
  ingest(*store, fleet, samples, ingest_cpu);
  report("CPU s per million samples, log and upkeep included", ingest_cpu / million, "s");
  report("resident bytes a series", (resident_bytes() - resident_before) / static_cast<double>(series), "B");

  const auto m = [](const char* name, signals::MatchOp op, const char* value) { return *signals::Matcher::make(name, op, value); };
  selection(*store, "{job=\"llm-monitor\"}", {m("job", signals::MatchOp::equal, "llm-monitor")});
  selection(*store, "one metric", {m("__name__", signals::MatchOp::equal, "llm_process_metric_10")});
  selection(*store, "one metric, one instance",
            {m("__name__", signals::MatchOp::equal, "llm_process_metric_10"), m("instance", signals::MatchOp::equal, "gpu-node-007:9100")});
  selection(*store, "one metric, instance by regex",
            {m("__name__", signals::MatchOp::equal, "llm_process_metric_10"), m("instance", signals::MatchOp::regex, "gpu-node-0.*")});

  read_all(*store, "read from memory", series * samples);
  store.reset();
  double before = cpu_seconds();
  store = *MetricStore::open(settings, clock, files);
  report("open after a kill (checkpoint and log), CPU", cpu_seconds() - before, "s");
  report("  batches replayed", static_cast<double>(store->replayed().batches), "");

  before = cpu_seconds();
  MAI_CHECK(store->flush().has_value());
  report("flush of everything, CPU", cpu_seconds() - before, "s");
  double partition = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.is_directory() && entry.path().filename().native().starts_with("20")) partition += folder_bytes(entry.path());
  report("partition bytes a sample", partition / million / 1e6, "B");
  report("all bytes a sample, with index and checkpoint", folder_bytes(folder) / million / 1e6, "B");

  store.reset();
  before = cpu_seconds();
  store = *MetricStore::open(settings, clock, files);
  report("open after a clean stop, CPU", cpu_seconds() - before, "s");
  read_all(*store, "read from the partition", series * samples);
  return 0;
}

}  // namespace
}  // namespace monitorai::store

int main(int argc, char** argv) {
  const size_t series = argc > 1 ? monitorai::parse_integer<size_t>(argv[1]).value_or(100'000) : 100'000;
  const size_t samples = argc > 2 ? monitorai::parse_integer<size_t>(argv[2]).value_or(120) : 120;
  const monitorai::TemporaryDirectory temporary;
  return monitorai::store::run(series, samples, argc > 3 ? std::filesystem::path(argv[3]) : temporary.path() / "data");
}
