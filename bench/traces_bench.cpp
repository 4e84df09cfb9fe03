// The way of spans from OTLP's bytes to the partition and back, for bench/traces.py: traces_bench FOLDER SPANS. Prints JSON.

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <random>

#include "base/text.h"
#include "collect/otlp/otlp_receiver.h"
#include "judge/spans/span_pipeline.h"
#include "otlp/traces.h"
#include "query/traceql/engine.h"
#include "span_load.h"
#include "store/traces/trace_store.h"

namespace {

using namespace monitorai;
using bench::kBatch;
using bench::kHourNs;
using bench::kSpansOfTrace;
using bench::Load;

double cpu_seconds(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}
double wall_seconds() { return cpu_seconds(CLOCK_MONOTONIC); }

double percentile(std::vector<double> values, double p) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(p * static_cast<double>(values.size() - 1))];
}

int run(const std::filesystem::path& folder, size_t spans) {
  const SystemClock clock;
  store::PosixFileSystem files;
  const int64_t now_ns = clock.now().ms * 1'000'000;
  Load load(1, spans, now_ns);

  // Decoding alone, of one request again and again.
  const std::string sample = Load(2, kBatch, now_ns).next(nullptr);
  const double decode_begun = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
  constexpr size_t kDecodes = 400;
  for (size_t i = 0; i < kDecodes; ++i)
    if (const auto request = otlp::read_traces(sample); !request || (*request)->batch.spans.size() != kBatch) return 1;
  const double decode = (cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - decode_begun) / static_cast<double>(kDecodes * kBatch);

  auto store = store::TraceStore::open({.folder = folder}, clock, files);
  if (!store) return 1;
  judge::SpanMetrics metrics(clock);
  judge::ServiceGraph graph(clock);
  judge::SpanPipeline pipeline({.content = judge::SpanContent::redacted}, metrics, graph, **store);
  collect::OtlpReceiver receiver(&pipeline, nullptr, nullptr, clock);
  std::vector<signals::TraceId> ids;
  double thread_cpu = 0, made_cpu = 0;
  const double process_begun = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
  size_t sent = 0;
  for (; sent < spans; sent += kBatch) {
    const double making = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
    std::string request = load.next(&ids);
    const double begun = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
    made_cpu += begun - making;
    // What comes faster than the disk takes is sent again, as exporters do.
    for (std::string again = request; !receiver.take(collect::OtlpSignal::traces, std::move(again)); again = request) (void)(*store)->maintain();
    thread_cpu += cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - begun;
  }
  if (!(*store)->flush()) return 1;
  const double process_cpu = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - process_begun - made_cpu;
  const auto disk = (*store)->disk_usage();

  std::vector<double> by_id, by_id_cpu;
  std::shuffle(ids.begin(), ids.end(), std::mt19937_64(3));
  ids.resize(std::min<size_t>(ids.size(), 500));
  for (const signals::TraceId id : ids) {
    const double begun = wall_seconds(), cpu_begun = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
    const auto found = (*store)->trace(id, 10'000);
    if (!found || *found == nullptr || (*found)->spans.size() != kSpansOfTrace) return 1;
    by_id.push_back((wall_seconds() - begun) * 1000);
    by_id_cpu.push_back((cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - cpu_begun) * 1000);
  }
  const query::TraceQlEngine engine;
  const signals::SpanRange hour{{now_ns - kHourNs - 1'000'000'000}, {now_ns + 1'000'000'000}};
  const auto timed = [&](std::string_view query, size_t runs) {
    std::vector<double> times;
    for (size_t i = 0; i < runs; ++i) {
      const double begun = wall_seconds();
      if (!engine.search(**store, query, {.range = hour})) return -1.0;
      times.push_back((wall_seconds() - begun) * 1000);
    }
    return percentile(times, 0.5);
  };
  const double common = timed(R"({ resource.service.name = "service-3" && duration > 500ms })", 5);
  const double none = timed(R"({ resource.service.name = "service-3" && duration > 1070ms && status = error && name = "operation 3" && kind = client })", 5);
  const double attribute = timed(R"({ span.user.id = "user-77" })", 5);
  const double begun = wall_seconds();
  const auto rate = engine.range(**store, "{ status = error } | rate() by (resource.service.name)", hour, std::chrono::minutes(1));
  const double rate_ms = rate ? (wall_seconds() - begun) * 1000 : -1;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  fmt::print(R"({{"spans":{},"request_bytes_per_span":{:.0f},"decode_ns":{:.0f},"ingest_thread_ns":{:.0f},"ingest_process_ns":{:.0f},"disk_bytes_per_span":{:.1f},)"
             R"("trace_p50_ms":{:.2f},"trace_p95_ms":{:.2f},"trace_cpu_p50_ms":{:.2f},"trace_cpu_p95_ms":{:.2f},"search_ms":{:.1f},"search_none_ms":{:.1f},"attribute_ms":{:.1f},"rate_ms":{:.1f},"memory_mib":{:.0f}}})"
             "\n",
             sent, static_cast<double>(sample.size()) / kBatch, decode * 1e9, thread_cpu * 1e9 / static_cast<double>(sent), process_cpu * 1e9 / static_cast<double>(sent),
             static_cast<double>(disk.partition_bytes) / static_cast<double>(sent), percentile(by_id, 0.5), percentile(by_id, 0.95), percentile(by_id_cpu, 0.5), percentile(by_id_cpu, 0.95), common, none, attribute, rate_ms,
             static_cast<double>(usage.ru_maxrss) / 1024);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const auto spans = count == 3 ? monitorai::parse_integer<size_t>(arguments[2]) : std::nullopt;
  if (!spans || *spans == 0) {
    fmt::print(stderr, "usage: traces_bench FOLDER SPANS\n");
    return 2;
  }
  return run(arguments[1], *spans);
}
