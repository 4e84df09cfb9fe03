#include "app/demo/server_metrics.h"

#include "base/text.h"

namespace monitorai::app::demo {
namespace {

using signals::Labels;
using signals::MetricFamily;
using signals::MetricType;

// vLLM's own bounds (vllm/v1/metrics/loggers.py).
constexpr double kRequestSeconds[] = {0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680};
constexpr double kFirstTokenSeconds[] = {0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75,
                                         1,     2.5,   5,    7.5,  10,   20,   40,   80,  160,  640, 2560};
constexpr double kInterTokenSeconds[] = {0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80};
constexpr double kTokens[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000};

/// As Python's prometheus_client writes a bound: 1 is "1.0".
std::string bound_text(double bound) {
  std::string text = format_number(bound);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

MetricFamily one(std::string name, std::string help, MetricType type, const Labels& labels, double value) {
  MetricFamily family{.name = std::move(name), .help = std::move(help), .type = type};
  if (type == MetricType::counter) {
    family.counter(labels, value);
  } else {
    family.gauge(labels, value);
  }
  return family;
}

MetricFamily histogram(std::string name, std::string help, const Labels& labels, const Buckets& buckets) {
  MetricFamily family{.name = std::move(name), .help = std::move(help), .type = MetricType::histogram};
  buckets.append_to(family, labels);
  return family;
}

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

}  // namespace

void Buckets::observe(double value, uint64_t times) {
  for (size_t i = 0; i < bounds_.size(); ++i)
    if (value <= bounds_[i]) counts_[i] += times;
  count_ += times;
  sum_ += value * static_cast<double>(times);
}

void Buckets::append_to(MetricFamily& family, const Labels& labels) const {
  for (size_t i = 0; i < bounds_.size(); ++i)
    family.points.push_back({labels.with("le", bound_text(bounds_[i])), static_cast<double>(counts_[i]), "_bucket"});
  family.points.push_back({labels.with("le", "+Inf"), static_cast<double>(count_), "_bucket"});
  family.points.push_back({labels, sum_, "_sum"});
  family.points.push_back({labels, static_cast<double>(count_), "_count"});
}

ServerMetrics::ServerMetrics(Runtime runtime, std::string model)
    : runtime_(runtime),
      model_(std::move(model)),
      end_to_end_(kRequestSeconds),
      first_token_(kFirstTokenSeconds),
      inter_token_(kInterTokenSeconds),
      queue_(kRequestSeconds),
      prefill_(kRequestSeconds),
      decode_(kRequestSeconds),
      prompt_length_(kTokens),
      output_length_(kTokens) {}

void ServerMetrics::observe(std::span<const TrafficEvent> events, const Traffic& traffic) {
  for (const TrafficEvent& event : events) {
    if (event.what != TrafficEvent::What::finished) continue;
    const Request& request = event.request;
    ++finished_[static_cast<size_t>(request.finish)];
    if (request.finish == Finish::error) continue;
    prompt_tokens_ += request.prompt_tokens;
    cached_tokens_ += request.cached_tokens;
    output_tokens_ += request.output_tokens;
    tokens_max_ = std::max(tokens_max_, request.prompt_tokens + request.output_tokens);
    const double prefill = request.first_token - request.started;
    prompt_seconds_ += prefill;
    output_seconds_ += request.decode_seconds();
    end_to_end_.observe(request.total_seconds());
    first_token_.observe(request.time_to_first_token());
    queue_.observe(request.queue_seconds());
    prefill_.observe(prefill);
    decode_.observe(request.decode_seconds());
    prompt_length_.observe(static_cast<double>(request.prompt_tokens));
    output_length_.observe(static_cast<double>(request.output_tokens));
    if (request.output_tokens > 1)
      inter_token_.observe(request.decode_seconds() / static_cast<double>(request.output_tokens), request.output_tokens - 1);
  }
  running_ = static_cast<double>(traffic.running());
  waiting_ = static_cast<double>(traffic.waiting());
  kv_cache_usage_ = traffic.kv_cache_usage();
  slots_busy_sum_ += running_;
  ++observations_;
}

double ServerMetrics::prefix_cache_hit_rate() const {
  return ratio(static_cast<double>(cached_tokens_), static_cast<double>(prompt_tokens_));
}

std::vector<MetricFamily> ServerMetrics::families() const {
  switch (runtime_) {
    case Runtime::vllm: return vllm();
    case Runtime::llama_cpp: return llama_cpp();
    case Runtime::transformers: break;
  }
  return {};
}

std::vector<MetricFamily> ServerMetrics::vllm() const {
  const Labels labels{{"engine", "0"}, {"model_name", model_}};
  const auto gauge = [&](std::string name, std::string help, double value) {
    return one(std::move(name), std::move(help), MetricType::gauge, labels, value);
  };
  const auto counter = [&](std::string name, std::string help, uint64_t value) {
    return one(std::move(name), std::move(help), MetricType::counter, labels, static_cast<double>(value));
  };
  MetricFamily success{.name = "vllm:request_success", .help = "Count of successfully processed requests.", .type = MetricType::counter};
  success.counter(labels.with("finished_reason", "stop"), static_cast<double>(finished_[static_cast<size_t>(Finish::stop)]));
  success.counter(labels.with("finished_reason", "length"), static_cast<double>(finished_[static_cast<size_t>(Finish::length)]));
  success.counter(labels.with("finished_reason", "abort"), 0);
  success.counter(labels.with("finished_reason", "error"), static_cast<double>(finished_[static_cast<size_t>(Finish::error)]));
  std::vector<MetricFamily> out;
  out.push_back(gauge("vllm:num_requests_running", "Number of requests in model execution batches.", running_));
  out.push_back(gauge("vllm:num_requests_waiting", "Number of requests waiting to be processed.", waiting_));
  out.push_back(gauge("vllm:kv_cache_usage_perc", "KV-cache usage. 1 means 100 percent usage.", kv_cache_usage_));
  out.push_back(counter("vllm:prefix_cache_queries", "Prefix cache queries, in terms of number of queried tokens.", prompt_tokens_));
  out.push_back(counter("vllm:prefix_cache_hits", "Prefix cache hits, in terms of number of cached tokens.", cached_tokens_));
  out.push_back(counter("vllm:num_preemptions", "Cumulative number of preemption from the engine.", 0));
  out.push_back(counter("vllm:prompt_tokens", "Number of prefill tokens processed.", prompt_tokens_));
  out.push_back(counter("vllm:generation_tokens", "Number of generation tokens processed.", output_tokens_));
  out.push_back(std::move(success));
  out.push_back(histogram("vllm:request_prompt_tokens", "Number of prefill tokens processed.", labels, prompt_length_));
  out.push_back(histogram("vllm:request_generation_tokens", "Number of generation tokens processed.", labels, output_length_));
  out.push_back(histogram("vllm:time_to_first_token_seconds", "Histogram of time to first token in seconds.", labels, first_token_));
  out.push_back(histogram("vllm:inter_token_latency_seconds", "Histogram of inter-token latency in seconds.", labels, inter_token_));
  out.push_back(histogram("vllm:e2e_request_latency_seconds", "Histogram of e2e request latency in seconds.", labels, end_to_end_));
  out.push_back(histogram("vllm:request_queue_time_seconds", "Histogram of time spent in WAITING phase for request.", labels, queue_));
  out.push_back(histogram("vllm:request_prefill_time_seconds", "Histogram of time spent in PREFILL phase for request.", labels, prefill_));
  out.push_back(histogram("vllm:request_decode_time_seconds", "Histogram of time spent in DECODE phase for request.", labels, decode_));
  return out;
}

std::vector<MetricFamily> ServerMetrics::llama_cpp() const {
  const auto gauge = [](std::string name, std::string help, double value) {
    return one(std::move(name), std::move(help), MetricType::gauge, {}, value);
  };
  const auto counter = [](std::string name, std::string help, double value) {
    return one(std::move(name), std::move(help), MetricType::counter, {}, value);
  };
  const double prompt = static_cast<double>(prompt_tokens_);
  const double output = static_cast<double>(output_tokens_);
  std::vector<MetricFamily> out;
  out.push_back(counter("llamacpp:prompt_tokens", "Number of prompt tokens processed.", prompt));
  out.push_back(counter("llamacpp:prompt_seconds", "Prompt process time", prompt_seconds_));
  out.push_back(counter("llamacpp:tokens_predicted", "Number of generation tokens processed.", output));
  out.push_back(counter("llamacpp:tokens_predicted_seconds", "Predict process time", output_seconds_));
  out.push_back(counter("llamacpp:n_decode", "Total number of llama_decode() calls", output));
  out.push_back(gauge("llamacpp:n_tokens_max", "Largest observed n_tokens.", static_cast<double>(tokens_max_)));
  out.push_back(gauge("llamacpp:n_busy_slots_per_decode", "Average number of busy slots per llama_decode() call",
                      ratio(slots_busy_sum_, static_cast<double>(observations_))));
  out.push_back(gauge("llamacpp:prompt_tokens_seconds", "Average prompt throughput in tokens/s.", ratio(prompt, prompt_seconds_)));
  out.push_back(gauge("llamacpp:predicted_tokens_seconds", "Average generation throughput in tokens/s.", ratio(output, output_seconds_)));
  out.push_back(gauge("llamacpp:requests_processing", "Number of requests processing.", running_));
  out.push_back(gauge("llamacpp:requests_deferred", "Number of requests deferred.", waiting_));
  return out;
}

}  // namespace monitorai::app::demo
