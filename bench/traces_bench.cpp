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
#include "store/traces/trace_store.h"

namespace {

using namespace monitorai;
using signals::Attribute;
using signals::AttributeValue;

constexpr size_t kBatch = 512;
constexpr size_t kSpansOfTrace = 8;
constexpr int64_t kHourNs = 3'600'000'000'000;

double cpu_seconds(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}
double wall_seconds() { return cpu_seconds(CLOCK_MONOTONIC); }

/// Requests as an exporter sends them: spans of 15 attributes, 8 spans a trace, 10 services, times spread over the last hour.
class Load {
 public:
  Load(uint64_t seed, size_t spans, int64_t end_ns) : random_(seed), spans_(spans), start_ns_(end_ns - kHourNs) {}

  std::string next(std::vector<signals::TraceId>* ids) {
    signals::SpanArena arena;
    const std::string service = fmt::format("service-{}", random_() % 10);
    const std::vector<Attribute> resource{{"service.name", AttributeValue::of(arena.keep(service))}, {"host.name", AttributeValue::of(std::string_view("gpu-box-1"))}, {"process.pid", AttributeValue::of(int64_t{4711})}};
    const signals::SpanOrigin origin{.resource = resource, .scope_name = "opentelemetry.instrumentation.fastapi", .scope_version = "0.50b0"};
    std::vector<signals::Span> spans;
    for (size_t i = 0; i < kBatch; ++i) {
      if (i % kSpansOfTrace == 0) {
        trace_ = {random_(), random_()};
        parent_ = {};
        if (ids != nullptr && random_() % 64 == 0) ids->push_back(trace_);
      }
      const auto text = [&](std::string value) { return AttributeValue::of(arena.keep(value)); };
      const auto number = [&](uint64_t below) { return AttributeValue::of(static_cast<int64_t>(random_() % below)); };
      const std::vector<Attribute> attributes{{"http.request.method", text(random_() % 4 == 0 ? "POST" : "GET")},
                                              {"http.route", text(fmt::format("/v1/route/{}", random_() % 20))},
                                              {"http.response.status_code", AttributeValue::of(int64_t{random_() % 50 == 0 ? 500 : 200})},
                                              {"url.scheme", text("http")},
                                              {"network.protocol.version", text("1.1")},
                                              {"client.address", text(fmt::format("10.0.{}.{}", random_() % 4, random_() % 250))},
                                              {"server.port", AttributeValue::of(int64_t{8000})},
                                              {"user_agent.original", text("python-httpx/0.27")},
                                              {"thread.id", number(64)},
                                              {"user.id", text(fmt::format("user-{}", random_() % 10'000))},
                                              {"gen_ai.request.model", text(random_() % 2 == 0 ? "gpt2" : "Qwen2.5-7B")},
                                              {"gen_ai.usage.input_tokens", number(2000)},
                                              {"gen_ai.request.temperature", AttributeValue::of(static_cast<double>(random_() % 10) / 10)},
                                              {"cached", AttributeValue::of(random_() % 3 == 0)},
                                              {"attempt", number(3)}};
      signals::Span span{.trace = trace_, .id = {random_() | 1}, .parent = parent_, .origin = &origin, .name = arena.keep(fmt::format("operation {}", random_() % 30))};
      span.start.ns = start_ns_ + static_cast<int64_t>(static_cast<double>(made_) / static_cast<double>(spans_) * static_cast<double>(kHourNs)) + static_cast<int64_t>(random_() % 1'000'000);
      span.duration_ns = static_cast<int64_t>(std::exp2(static_cast<double>(random_() % 1000) / 1000 * 14 + 16));
      span.kind = signals::SpanKind::server;
      span.status = random_() % 50 == 0 ? signals::SpanStatus::error : signals::SpanStatus::unset;
      span.attributes = arena.keep(std::span<const Attribute>(attributes));
      parent_ = span.id;
      spans.push_back(span);
      ++made_;
    }
    return otlp::write_traces(spans);
  }

 private:
  std::mt19937_64 random_;
  const size_t spans_;
  const int64_t start_ns_;
  signals::TraceId trace_;
  signals::SpanId parent_;
  size_t made_ = 0;
};

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

  std::vector<double> by_id;
  std::shuffle(ids.begin(), ids.end(), std::mt19937_64(3));
  ids.resize(std::min<size_t>(ids.size(), 500));
  for (const signals::TraceId id : ids) {
    const double begun = wall_seconds();
    const auto found = (*store)->trace(id, 10'000);
    if (!found || *found == nullptr || (*found)->spans.size() != kSpansOfTrace) return 1;
    by_id.push_back((wall_seconds() - begun) * 1000);
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
             R"("trace_p50_ms":{:.2f},"trace_p95_ms":{:.2f},"search_ms":{:.1f},"search_none_ms":{:.1f},"attribute_ms":{:.1f},"rate_ms":{:.1f},"memory_mib":{:.0f}}})"
             "\n",
             sent, static_cast<double>(sample.size()) / kBatch, decode * 1e9, thread_cpu * 1e9 / static_cast<double>(sent), process_cpu * 1e9 / static_cast<double>(sent),
             static_cast<double>(disk.partition_bytes) / static_cast<double>(sent), percentile(by_id, 0.5), percentile(by_id, 0.95), common, none, attribute, rate_ms,
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
