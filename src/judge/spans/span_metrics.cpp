#include "judge/spans/span_metrics.h"

#include <algorithm>
#include <unordered_map>

#include "base/text.h"

namespace monitorai::judge {

using signals::Exemplar;
using signals::Labels;
using signals::MetricFamily;
using signals::MetricType;
using signals::Span;
using signals::SpanKind;
using signals::SpanStatus;

namespace {

/// Longer names are cut: they come from outside and become labels.
constexpr size_t kLabelBytesMax = 256;

std::string label_of(std::string_view text) {
  if (text.size() <= kLabelBytesMax) return std::string(text);
  size_t end = kLabelBytesMax;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end));
}

std::string service_of(const Span& span) {
  const std::string_view service = span.origin->service();
  return service.empty() ? "unknown_service" : label_of(service);
}

double seconds_of(const Span& span) { return static_cast<double>(span.duration_ns) / 1e9; }

/// As Tempo's metrics generator names them.
std::string tempo_name(std::string_view prefix, std::string_view name) {
  std::string out(prefix);
  for (const char c : name) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

MetricFamily family(std::string name, std::string help, MetricType type, std::string unit = {}) {
  return {.name = std::move(name), .help = std::move(help), .type = type, .unit = std::move(unit)};
}

}  // namespace

template <class Group>
SpanMetrics::Found<Group> SpanMetrics::group_of(std::map<Key, Group>& groups, Key key) {
  const auto found = groups.find(key);
  if (found != groups.end()) return {&found->second};
  const bool over_limit = groups.size() >= kSpanGroupsMax;
  if (over_limit) {
    key[0] = key[1] = "(other)";
    key[2].clear();
    key[3].clear();
  }
  return {&groups[std::move(key)], over_limit};
}

template <size_t N>
void SpanMetrics::observe(Histogram<N>& histogram, const std::array<double, N>& bounds, double value, const Span& span) {
  const auto bucket = static_cast<size_t>(std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin());
  ++histogram.buckets[bucket];
  histogram.sum += value;
  histogram.exemplars[bucket] = {span.trace, span.id, value, now_};
}

template <size_t N>
void SpanMetrics::append(MetricFamily& family, const Labels& labels, const Histogram<N>& histogram, const std::array<double, N>& bounds, bool told) {
  const auto exemplar = [](const Example& example) -> std::optional<Exemplar> {
    if (!example.trace.valid()) return std::nullopt;
    return Exemplar{{{"trace_id", example.trace.hex()}, {"span_id", example.span.hex()}}, example.value, example.time};
  };
  uint64_t below = 0;
  for (size_t i = 0; i <= N; ++i) {
    below += histogram.buckets[i];
    const Labels bucket = labels.with("le", i < N ? format_number(bounds[i]) : "+Inf");
    family.points.push_back({bucket, told ? static_cast<double>(below) : 0, "_bucket", told ? exemplar(histogram.exemplars[i]) : std::nullopt});
  }
  family.points.push_back({labels, told ? histogram.sum : 0, "_sum"});
  family.points.push_back({labels, told ? static_cast<double>(below) : 0, "_count"});
}

void SpanMetrics::count_call(const Span& span, const GenAiCall& call) {
  ++counts_.calls;
  const auto found = group_of(models_, {service_of(span), call.model.empty() ? "unknown" : label_of(call.model), label_of(call.provider), std::string(genai_kind_name(call.kind))});
  counts_.over_limit += found.over_limit ? 1 : 0;
  Model& model = *found.group;
  ++(span.status == SpanStatus::error ? model.errors : model.ok);
  const auto input = static_cast<uint64_t>(call.input_tokens.value_or(0));
  model.input += input;
  model.output += static_cast<uint64_t>(call.output_tokens.value_or(0));
  model.cached += std::min(input, static_cast<uint64_t>(call.cached_tokens.value_or(0)));
  if (const auto cost = cost_of(call, prices_)) model.cost = model.cost.value_or(0) + *cost;
  const double latency = call.latency_seconds.value_or(seconds_of(span));
  observe(model.latency, kLatencyBounds, latency, span);
  if (!call.first_token_seconds) return;
  observe(model.first_token, kFirstTokenBounds, *call.first_token_seconds, span);
  model.has_first_token = true;
  if (call.output_tokens.value_or(0) < 2 || latency < *call.first_token_seconds) return;
  // Source: gen_ai.server.time_per_output_token of the GenAI conventions.
  observe(model.per_token, kPerTokenBounds, (latency - *call.first_token_seconds) / static_cast<double>(*call.output_tokens - 1), span);
  model.has_per_token = true;
}

SpanMetrics::Found<SpanMetrics::Operation> SpanMetrics::operation_of(const Span& span) {
  return group_of(operations_, {service_of(span), label_of(span.name), tempo_name("SPAN_KIND_", kind_name(span.kind)), tempo_name("STATUS_CODE_", status_name(span.status))});
}

void SpanMetrics::count(std::span<const Span> spans) {
  const std::lock_guard lock(mutex_);
  counts_.spans += spans.size();
  now_ = clock_.now();
  // A request has few names: its groups are looked up once.
  struct Names {
    const signals::SpanOrigin* origin;
    std::string_view name;
    SpanKind kind;
    SpanStatus status;
    bool operator==(const Names&) const = default;
  };
  const auto hash = [](const Names& n) {
    return std::hash<std::string_view>()(n.name) ^ (reinterpret_cast<uintptr_t>(n.origin) * 31 + static_cast<size_t>(n.kind) * 7 + static_cast<size_t>(n.status));
  };
  std::unordered_map<Names, Found<Operation>, decltype(hash)> operations(16, hash);
  for (const Span& span : spans) {
    Found<Operation>& operation = operations[{span.origin, span.name, span.kind, span.status}];
    if (operation.group == nullptr) operation = operation_of(span);
    counts_.over_limit += operation.over_limit ? 1 : 0;
    ++operation.group->calls;
    observe(operation.group->latency, kLatencyBounds, seconds_of(span), span);
    if (const auto call = read_genai(span); call && (call->kind == GenAiKind::inference || call->kind == GenAiKind::embedding)) count_call(span, *call);
  }
}

void SpanMetrics::append_families(std::vector<MetricFamily>& out) {
  MetricFamily requests = family("llm_requests", "Calls of models, from spans.", MetricType::counter);
  MetricFamily latency = family("llm_inference_latency_seconds", "How long calls of models took, from spans.", MetricType::histogram, "seconds");
  MetricFamily first_token = family("llm_time_to_first_token_seconds", "Until the first token came, from spans.", MetricType::histogram, "seconds");
  MetricFamily per_token = family("llm_time_per_output_token_seconds", "From token to token behind the first, from spans.", MetricType::histogram, "seconds");
  MetricFamily tokens = family("llm_tokens", "Tokens of calls of models, from spans; cached ones are a part of the input.", MetricType::counter);
  MetricFamily cost = family("llm_cost_dollars", "What calls of models cost by the price table, from spans.", MetricType::counter, "dollars");
  MetricFamily calls = family("traces_spanmetrics_calls", "Spans, by service, name, kind and status.", MetricType::counter);
  MetricFamily durations = family("traces_spanmetrics_latency", "Durations of spans in seconds.", MetricType::histogram);
  const std::lock_guard lock(mutex_);
  for (auto& [key, model] : models_) {
    const Labels labels = Labels{{"service", key[0]}, {"model_name", key[1]}, {"provider", key[2]}, {"operation", key[3]}};
    const auto told = [&](uint64_t count) { return model.told ? static_cast<double>(count) : 0; };
    requests.counter(labels.with("status", "success"), told(model.ok));
    requests.counter(labels.with("status", "error"), told(model.errors));
    append(latency, labels, model.latency, kLatencyBounds, model.told);
    if (model.has_first_token) append(first_token, labels, model.first_token, kFirstTokenBounds, model.told);
    if (model.has_per_token) append(per_token, labels, model.per_token, kPerTokenBounds, model.told);
    tokens.counter(labels.with("direction", "input"), told(model.input));
    tokens.counter(labels.with("direction", "output"), told(model.output));
    tokens.counter(labels.with("direction", "cached"), told(model.cached));
    if (model.cost) cost.counter(labels, model.told ? *model.cost : 0);
    model.told = true;
  }
  for (auto& [key, operation] : operations_) {
    const Labels labels = Labels{{"service", key[0]}, {"span_name", key[1]}, {"span_kind", key[2]}, {"status_code", key[3]}};
    calls.counter(labels, operation.told ? static_cast<double>(operation.calls) : 0);
    append(durations, labels, operation.latency, kLatencyBounds, operation.told);
    operation.told = true;
  }
  for (MetricFamily* made : {&requests, &latency, &first_token, &per_token, &tokens, &cost, &calls, &durations})
    if (!made->points.empty()) out.push_back(std::move(*made));
}

SpanMetricsCounts SpanMetrics::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace monitorai::judge
