#include "fleet.h"

#include <algorithm>
#include <cmath>
#include <protozero/pbf_writer.hpp>
#include <string_view>

#include "base/text.h"

namespace monitorai::bench {
namespace {

constexpr double kStepSeconds = 15;
constexpr size_t kSeriesPerGroup = 100;
constexpr size_t kProcessesPerGroup = 4;
constexpr size_t kHistogramSeries = 64;
constexpr size_t kCounterSeries = 20;
constexpr double kIdleShare = 0.1;
constexpr std::array<std::string_view, kBuckets> kBounds{"0.005", "0.01", "0.025", "0.05", "0.075", "0.1", "0.15",
                                                         "0.25",  "0.5",  "0.75",  "1",    "2.5",   "5",   "+Inf"};
constexpr std::array<double, kBuckets - 1> kBoundSeconds{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 0.75, 1, 2.5, 5};
constexpr std::array<std::string_view, 8> kModels{
    "gpt2", "Qwen2.5-7B-Instruct", "Llama-3.2-3B-Instruct", "DialoGPT-small", "Mistral-7B", "gemma-3-27b-it", "phi-4", "DeepSeek-R1"};
constexpr std::array<std::string_view, 4> kFrameworks{"vllm", "transformers", "llama.cpp", "sglang"};
/// Median latency of a request to each model.
constexpr std::array<double, 8> kLatencySeconds{0.04, 0.3, 0.15, 0.05, 0.3, 0.9, 0.5, 1.6};
constexpr double kLatencySigma = 0.6;  ///< of its logarithm

struct Place {
  size_t process;
  size_t line;  ///< 0..15 of the histogram, 16..20 counters, 21..24 gauges
};

Place place_of(size_t i) {
  const size_t group = i / kSeriesPerGroup, part = i % kSeriesPerGroup;
  const size_t first = group * kProcessesPerGroup;
  if (part < kHistogramSeries) return {first + part / 16, part % 16};
  const size_t rest = part - kHistogramSeries;
  if (rest < kCounterSeries) return {first + rest % 4, 16 + rest / 4};
  return {first + rest % 4, 21 + (rest - kCounterSeries) / 4};
}

std::string encoded(std::vector<std::pair<std::string, std::string>> labels) {
  std::sort(labels.begin(), labels.end());
  std::string out;
  protozero::pbf_writer series(out);
  for (const auto& [name, value] : labels) {
    protozero::pbf_writer label(series, 1);
    label.add_string(1, name);
    label.add_string(2, value);
  }
  return out;
}

std::string labels_of(Place place) {
  const auto [process, line] = place;
  std::vector<std::pair<std::string, std::string>> labels{{"job", "llm-monitor"},
                                                          {"instance", fmt::format("node-{:04}:9101", process / 8)},
                                                          {"pid", fmt::format("{}", 1000 + process)},
                                                          {"model_name", std::string(kModels[process % kModels.size()])},
                                                          {"framework", std::string(kFrameworks[process / 2 % kFrameworks.size()])}};
  const auto named = [&](std::string_view name, std::string_view extra = {}, std::string value = {}) {
    labels.emplace_back("__name__", name);
    if (!extra.empty()) labels.emplace_back(extra, std::move(value));
    return encoded(std::move(labels));
  };
  if (line < kBuckets) return named("llm_inference_latency_seconds_bucket", "le", std::string(kBounds[line]));
  const std::string gpu = fmt::format("gpu{}", process % 8);
  switch (line) {
    case 14:
      return named("llm_inference_latency_seconds_sum");
    case 15:
      return named("llm_inference_latency_seconds_count");
    case 16:
      return named("llm_requests_total", "status", "success");
    case 17:
      return named("llm_requests_total", "status", "error");
    case 18:
      return named("llm_tokens_total", "direction", "input");
    case 19:
      return named("llm_tokens_total", "direction", "output");
    case 20:
      return named("llm_process_cpu_seconds_total");
    case 21:
      return named("llm_process_cpu_percent");
    case 22:
      return named("llm_process_memory_bytes");
    case 23:
      return named("llm_process_gpu_memory_bytes", "gpu", gpu);
    default:
      return named("llm_process_gpu_utilization", "gpu", gpu);
  }
}

double value_of(const FleetProcess& process, size_t line) {
  if (line < kBuckets) return process.buckets[line];
  switch (line) {
    case 14:
      return process.latency_sum;
    case 15:
      return process.buckets.back();
    case 16:
      return process.requests - process.errors;
    case 17:
      return process.errors;
    case 18:
      return process.input_tokens;
    case 19:
      return process.output_tokens;
    case 20:
      return process.cpu_seconds();
    case 21:
      return process.cpu_percent;
    case 22:
      return process.memory_bytes;
    case 23:
      return process.gpu_memory_bytes;
    default:
      return process.gpu_percent;
  }
}

/// How many of log-normal latencies lie at or below a bound.
double share_below(double bound, double median) { return 0.5 * std::erfc(-std::log(bound / median) / kLatencySigma / std::sqrt(2.0)); }

}  // namespace

FleetProcess::FleetProcess(size_t number) : random_(number * 0x9E3779B97F4A7C15u + 4711) {
  const double median = kLatencySeconds[number % kLatencySeconds.size()];
  double before = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    const double below = i < kBoundSeconds.size() ? share_below(kBoundSeconds[i], median) : 1;
    shares_[i] = below - before;
    before = below;
  }
  latency_mean_ = median * std::exp(kLatencySigma * kLatencySigma / 2);
  latency_deviation_ = latency_mean_ * std::sqrt(std::exp(kLatencySigma * kLatencySigma) - 1);
  rate_ = uniform() < kIdleShare ? 0 : kStepSeconds * 0.3 * std::pow(100.0, uniform());
  phase_ = uniform() * 6.28;
  prompt_tokens_ = 100 + 900 * uniform();
  answer_tokens_ = 50 + 300 * uniform();
  memory_pages_ = std::floor(2e5 + 6e5 * uniform());
  gpu_mebibytes_ = std::floor(4000 + 60000 * uniform());
}

double FleetProcess::uniform() {  // splitmix64
  uint64_t z = random_ += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return static_cast<double>((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

double FleetProcess::normal() { return std::sqrt(-2 * std::log(1 - uniform())) * std::cos(6.283185307179586 * uniform()); }

uint64_t FleetProcess::poisson(double mean) {
  if (mean > 30) return static_cast<uint64_t>(std::max(0.0, std::round(mean + std::sqrt(mean) * normal())));
  uint64_t n = 0;
  for (double left = std::exp(-mean), product = uniform(); product > left; product *= uniform()) ++n;
  return n;
}

void FleetProcess::serve(double mean) {
  double now = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    if (shares_[i] > 1e-6) now += static_cast<double>(poisson(mean * shares_[i]));
    buckets[i] += now;
  }
  requests += now;
  errors += static_cast<double>(poisson(mean * 0.005));
  latency_sum += std::max(0.001, now * latency_mean_ + std::sqrt(now) * latency_deviation_ * normal()) * (now > 0 ? 1 : 0);
  const double spread = 0.7 * std::sqrt(now);
  input_tokens += std::floor(std::max(now, prompt_tokens_ * (now + spread * normal())));
  output_tokens += std::floor(std::max(now, answer_tokens_ * (now + spread * normal())));
  use_resources(now);
}

void FleetProcess::use_resources(double requests_now) {
  const double work = std::min(1.0, requests_now * latency_mean_ / kStepSeconds / 4);
  const auto ticks = static_cast<int64_t>(std::max(0.0, kStepSeconds * 100 * (0.02 + 0.9 * work) + 10 * std::sqrt(work) * normal()));
  cpu_ticks_ += rate_ > 0 ? ticks : static_cast<int64_t>(poisson(1.5));
  cpu_percent = std::round(static_cast<double>(rate_ > 0 ? ticks : 1) / kStepSeconds * 10) / 10;
  if (requests_now > 0 && uniform() < 0.3) memory_pages_ += std::floor(256 * normal());
  memory_bytes = memory_pages_ * 4096;
  if (uniform() < 0.02 * (rate_ > 0)) gpu_mebibytes_ += 2 * std::floor(40 * normal());
  gpu_memory_bytes = gpu_mebibytes_ * 1048576;
  gpu_percent = rate_ > 0 ? std::clamp(std::round(100 * work + 4 * normal()), 0.0, 100.0) : 0;
}

void FleetProcess::advance(size_t step) {
  if (step < next_step_) return;
  next_step_ = step + 1;
  const double drift = 0.7 + 0.3 * std::sin(phase_ + static_cast<double>(step) * 0.01);
  serve(rate_ * drift);
}

Fleet::Fleet(size_t from, size_t count) : from_(from), count_(count), first_process_(from / kSeriesPerGroup * kProcessesPerGroup) {
  labels_.reserve(count);
  for (size_t i = from; i < from + count; ++i) labels_.push_back(labels_of(place_of(i)));
  const size_t end = ((from + count) / kSeriesPerGroup + 1) * kProcessesPerGroup;
  for (size_t number = first_process_; number < end; ++number) processes_.emplace_back(number);
}

double Fleet::value(size_t i, size_t step) {
  const Place place = place_of(from_ + i);
  FleetProcess& process = processes_[place.process - first_process_];
  process.advance(step);
  return value_of(process, place.line);
}

}  // namespace monitorai::bench
