// What a scrape of 200 processes costs: 25 series each, as the process collector labels them.

#include <benchmark/benchmark.h>

#include "serve/exposition/exposition.h"

namespace monitorai::serve {
namespace {

constexpr int kProcesses = 200;
constexpr int kFamilies = 25;

std::vector<signals::MetricFamily> families() {
  std::vector<signals::MetricFamily> out;
  for (int f = 0; f < kFamilies; ++f) {
    signals::MetricFamily family{fmt::format("llm_process_number_{}_bytes", f), "Something that is measured of a process.",
                                 signals::MetricType::gauge, "bytes"};
    for (int p = 0; p < kProcesses; ++p)
      family.gauge({{"pid", fmt::format("{}", 10'000 + p)},
                    {"name", "python3"},
                    {"llm_type", "llm"},
                    {"model_name", "meta-llama/Llama-3.1-8B-Instruct"},
                    {"framework", "transformers"}},
                   f % 2 == 0 ? 1024.0 * (p + 1) * (f + 1) : 3.14159 * (p + 1));
    out.push_back(std::move(family));
  }
  return out;
}

void print(benchmark::State& state, Format format) {
  const auto all = families();
  size_t bytes = 0;
  for ([[maybe_unused]] auto _ : state) bytes = to_text(all, format).size();
  state.counters["series"] = kProcesses * kFamilies;
  state.counters["bytes"] = static_cast<double>(bytes);
}

BENCHMARK_CAPTURE(print, prometheus_text, Format::prometheus_text)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(print, open_metrics, Format::open_metrics)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace monitorai::serve
