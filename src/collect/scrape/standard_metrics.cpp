#include "collect/scrape/standard_metrics.h"

#include <array>
#include <span>
#include <vector>

#include "base/text.h"
#include "collect/scrape/exposition_parser.h"

namespace monitorai::collect {
namespace {

using signals::LabelView;

/// How series of one standard name that differ only in labels we do not keep (engine, rank, reason) become one.
enum class Fold { sum, max };

/// One runtime metric that stands for a standard one. `only` is `label=value1|value2` that the series must have; `except` the opposite.
struct Source {
  std::string_view standard;
  std::string_view name;      ///< of the runtime's sample; for histograms without _bucket, _sum, _count
  Fold fold = Fold::sum;
  std::string_view label{};   ///< `name=value` that the derived series gets
  std::string_view only{};
  std::string_view except{};
  double scale = 1;
};

struct Dialect {
  std::string_view runtime;
  std::span<const std::string_view> prefixes;
  std::span<const Source> histograms;  ///< of one standard name the first that the runtime exposes counts
  std::span<const Source> values;      ///< likewise, within one `label`
};

constexpr std::string_view kLatency = "llm_inference_latency_seconds";
constexpr std::string_view kFirstToken = "llm_time_to_first_token_seconds";
constexpr std::string_view kPerToken = "llm_time_per_output_token_seconds";
constexpr std::string_view kRequests = "llm_requests_total";
constexpr std::string_view kTokens = "llm_tokens_total";
constexpr std::string_view kRunning = "llm_requests_running";
constexpr std::string_view kWaiting = "llm_requests_waiting";
constexpr std::string_view kCache = "llm_kv_cache_usage_ratio";
constexpr std::string_view kSuccess = "status=success";
constexpr std::string_view kError = "status=error";
constexpr std::string_view kAborted = "status=aborted";
constexpr std::string_view kInput = "direction=input";
constexpr std::string_view kOutput = "direction=output";

constexpr std::array<std::string_view, 5> kVllmPrefixes{"vllm:", "ray_vllm_", "ray_vllm:", "kserve_vllm:", "aphrodite:"};
constexpr std::array<Source, 6> kVllmHistograms{{{kLatency, "e2e_request_latency_seconds"},
                                                 {kFirstToken, "time_to_first_token_seconds"},
                                                 {kPerToken, "request_time_per_output_token_seconds"},
                                                 {kPerToken, "inter_token_latency_seconds"},
                                                 {kPerToken, "time_per_output_token_seconds"},
                                                 {kPerToken, "request_mean_time_per_output_token_seconds"}}};
constexpr std::array<Source, 9> kVllmValues{{{kRequests, "request_success_total", Fold::sum, kSuccess, "", "finished_reason=abort|error"},
                                             {kRequests, "request_success_total", Fold::sum, kAborted, "finished_reason=abort"},
                                             {kRequests, "request_success_total", Fold::sum, kError, "finished_reason=error"},
                                             {kTokens, "prompt_tokens_total", Fold::sum, kInput},
                                             {kTokens, "generation_tokens_total", Fold::sum, kOutput},
                                             {kRunning, "num_requests_running"},
                                             {kWaiting, "num_requests_waiting"},
                                             {kCache, "kv_cache_usage_perc", Fold::max},
                                             {kCache, "gpu_cache_usage_perc", Fold::max}}};

constexpr std::array<std::string_view, 1> kSglangPrefixes{"sglang:"};
constexpr std::array<Source, 4> kSglangHistograms{{{kLatency, "e2e_request_latency_seconds"},
                                                   {kFirstToken, "time_to_first_token_seconds"},
                                                   {kPerToken, "inter_token_latency_seconds"},
                                                   {kPerToken, "time_per_output_token_seconds"}}};
constexpr std::array<Source, 7> kSglangValues{{{kRequests, "num_requests_total", Fold::sum, kSuccess},
                                               {kRequests, "num_aborted_requests_total", Fold::sum, kAborted},
                                               {kTokens, "prompt_tokens_total", Fold::sum, kInput},
                                               {kTokens, "generation_tokens_total", Fold::sum, kOutput},
                                               {kRunning, "num_running_reqs", Fold::max},
                                               {kWaiting, "num_queue_reqs", Fold::max},
                                               {kCache, "token_usage", Fold::max}}};

constexpr std::array<std::string_view, 1> kTgiPrefixes{"tgi_"};
constexpr std::array<Source, 2> kTgiHistograms{{{kLatency, "request_duration"}, {kPerToken, "request_mean_time_per_token_duration"}}};
constexpr std::array<Source, 7> kTgiValues{{{kRequests, "request_success", Fold::sum, kSuccess},
                                            {kRequests, "request_success_total", Fold::sum, kSuccess},
                                            {kRequests, "request_failure", Fold::sum, kError},
                                            {kTokens, "request_input_length_sum", Fold::sum, kInput},
                                            {kTokens, "request_generated_tokens_sum", Fold::sum, kOutput},
                                            {kRunning, "batch_current_size"},
                                            {kWaiting, "queue_size"}}};

constexpr std::array<std::string_view, 1> kTeiPrefixes{"te_"};
constexpr std::array<Source, 1> kTeiHistograms{{{kLatency, "request_duration"}}};
constexpr std::array<Source, 4> kTeiValues{{{kRequests, "request_success", Fold::sum, kSuccess},
                                            {kRequests, "request_failure", Fold::sum, kError},
                                            {kRunning, "batch_next_size_last"},
                                            {kWaiting, "queue_size"}}};

constexpr std::array<std::string_view, 1> kLlamaPrefixes{"llamacpp:"};
constexpr std::array<Source, 5> kLlamaValues{{{kTokens, "prompt_tokens_total", Fold::sum, kInput},
                                              {kTokens, "tokens_predicted_total", Fold::sum, kOutput},
                                              {kRunning, "requests_processing"},
                                              {kWaiting, "requests_deferred"},
                                              {kCache, "kv_cache_usage_ratio", Fold::max}}};

constexpr std::array<std::string_view, 2> kTrtPrefixes{"trtllm_", "trtllm:"};
constexpr std::array<Source, 3> kTrtHistograms{{{kLatency, "e2e_request_latency_seconds"},
                                                {kFirstToken, "time_to_first_token_seconds"},
                                                {kPerToken, "time_per_output_token_seconds"}}};
constexpr std::array<Source, 7> kTrtValues{{{kRequests, "request_success_total", Fold::sum, kSuccess},
                                            {kRequests, "request_error_total", Fold::sum, kError},
                                            {kTokens, "prompt_tokens_total", Fold::sum, kInput},
                                            {kTokens, "generation_tokens_total", Fold::sum, kOutput},
                                            {kRunning, "num_requests_running"},
                                            {kWaiting, "num_requests_waiting"},
                                            {kCache, "kv_cache_utilization", Fold::max}}};

constexpr std::array<std::string_view, 1> kLmdeployPrefixes{"lmdeploy:"};
constexpr std::array<Source, 3> kLmdeployHistograms{{{kLatency, "e2e_request_latency_seconds"},
                                                     {kFirstToken, "time_to_first_token_seconds"},
                                                     {kPerToken, "time_per_output_token_seconds"}}};
constexpr std::array<Source, 6> kLmdeployValues{{{kRequests, "request_success_total", Fold::sum, kSuccess},
                                                 {kTokens, "prompt_tokens_total", Fold::sum, kInput},
                                                 {kTokens, "generation_tokens_total", Fold::sum, kOutput},
                                                 {kRunning, "num_requests_running"},
                                                 {kWaiting, "num_requests_waiting"},
                                                 {kCache, "gpu_cache_usage_perc", Fold::max}}};

constexpr std::array<std::string_view, 1> kTritonPrefixes{"nv_"};
constexpr std::array<Source, 1> kTritonHistograms{{{kFirstToken, "inference_first_response_histogram_ms", Fold::sum, "", "", "", 1e-3}}};
constexpr std::array<Source, 4> kTritonValues{{{kRequests, "inference_request_success", Fold::sum, kSuccess},
                                               {kRequests, "inference_request_failure", Fold::sum, kError},
                                               {kRunning, "trt_llm_request_metrics", Fold::sum, "", "request_type=active"},
                                               {kWaiting, "inference_pending_request_count"}}};

constexpr std::array<Dialect, 8> kDialects{{{"vllm", kVllmPrefixes, kVllmHistograms, kVllmValues},
                                            {"sglang", kSglangPrefixes, kSglangHistograms, kSglangValues},
                                            {"tgi", kTgiPrefixes, kTgiHistograms, kTgiValues},
                                            {"tei", kTeiPrefixes, kTeiHistograms, kTeiValues},
                                            {"llama.cpp", kLlamaPrefixes, {}, kLlamaValues},
                                            {"tensorrt", kTrtPrefixes, kTrtHistograms, kTrtValues},
                                            {"lmdeploy", kLmdeployPrefixes, kLmdeployHistograms, kLmdeployValues},
                                            {"triton", kTritonPrefixes, kTritonHistograms, kTritonValues}}};

constexpr std::array<std::string_view, 3> kHistogramSuffixes{"_bucket", "_sum", "_count"};

struct Family {
  std::string_view name;
  std::string_view type;
  std::string_view help;
};
constexpr std::array<Family, 8> kFamilies{{{kRequests, "counter", "Requests that ended, by status"},
                                           {kLatency, "histogram", "Time from a request's arrival to its last token"},
                                           {kFirstToken, "histogram", "Time from a request's arrival to its first token"},
                                           {kPerToken, "histogram", "Time per output token after the first"},
                                           {kTokens, "counter", "Tokens read (input) and generated (output)"},
                                           {kRunning, "gauge", "Requests that are being worked on"},
                                           {kWaiting, "gauge", "Requests that wait in the runtime's queue"},
                                           {kCache, "gauge", "Used part of the KV cache, 0 to 1"}}};

const Dialect* dialect_of(std::string_view metric, std::string_view& stem) {
  for (const Dialect& dialect : kDialects) {
    for (const std::string_view prefix : dialect.prefixes) {
      if (!metric.starts_with(prefix)) continue;
      stem = metric.substr(prefix.size());
      return &dialect;
    }
  }
  return nullptr;
}

std::string_view label(std::span<const LabelView> labels, std::string_view name) {
  for (const LabelView& one : labels)
    if (one.name == name) return one.value;
  return {};
}

/// `name=value1|value2` against the labels.
bool has_one_of(std::span<const LabelView> labels, std::string_view condition) {
  const size_t equals = condition.find('=');
  const std::string_view value = label(labels, condition.substr(0, equals));
  for (const std::string_view wanted : split(condition.substr(equals + 1), '|'))
    if (value == wanted) return true;
  return false;
}

/// The model of a series: what the runtime calls it, "" where it says nothing of use.
std::string_view model_of(std::span<const LabelView> labels) {
  for (const std::string_view name : {"model_name", "model"}) {
    const std::string_view value = label(labels, name);
    if (!value.empty() && value != "undefined") return value;
  }
  return {};
}

/// `{model_name="m",status="success",le="1"}` with what is not empty.
std::string series_labels(std::string_view model, std::string_view extra, std::string_view le) {
  std::string out;
  const auto add = [&](std::string_view name, std::string_view value) {
    out += out.empty() ? '{' : ',';
    out += name;
    out += "=\"";
    for (const char c : value) {
      if (c == '\\' || c == '"') out += '\\';
      if (c == '\n') out += "\\n";
      else out += c;
    }
    out += '"';
  };
  if (!model.empty()) add("model_name", model);
  if (const size_t equals = extra.find('='); equals != std::string_view::npos) add(extra.substr(0, equals), extra.substr(equals + 1));
  if (!le.empty()) add("le", le);
  if (!out.empty()) out += '}';
  return out;
}

/// Sums up what a whole exposition says, by standard series; then the best source of each standard name is kept.
class Deriver final : public ExpositionVisitor {
 public:
  Result<void> sample(const ExposedSample& sample) override {
    std::string_view stem;
    const std::string_view name = sample.series_text.substr(0, sample.series_text.find_first_of("{ \t"));
    const Dialect* dialect = dialect_of(name, stem);
    if (dialect == nullptr) return {};
    MAI_TRY_ASSIGN(const ExposedLabels series, parse_series(sample.series_text));
    for (size_t i = 0; i < dialect->histograms.size(); ++i) add_histogram(dialect->histograms[i], i, stem, series.labels, sample.value);
    for (size_t i = 0; i < dialect->values.size(); ++i) add_value(dialect->values[i], i, stem, series.labels, sample.value);
    return {};
  }
  void type(std::string_view, signals::MetricType) override {}
  void help(std::string_view, std::string_view) override {}
  void unit(std::string_view, std::string_view) override {}

  /// A derived series of one source; `rank` is the source's place in its table, the lowest of a standard name wins.
  struct Value {
    size_t rank;
    double value;
    std::string suffix;
    std::string model;
    std::string extra;
    double le;
  };
  std::map<std::string_view, std::map<std::string, Value>> by_standard;  ///< standard name -> series text -> value

 private:
  void add_histogram(const Source& source, size_t rank, std::string_view stem, std::span<const LabelView> labels, double value) {
    for (const std::string_view suffix : kHistogramSuffixes) {
      if (stem.size() != source.name.size() + suffix.size() || !stem.starts_with(source.name) || !stem.ends_with(suffix)) continue;
      std::string le(label(labels, "le"));
      double bound = 0;
      if (suffix == "_bucket") {
        const auto parsed = parse_number(le);
        if (!parsed) return;
        bound = *parsed * source.scale;
        le = format_number(bound);
      }
      add(source, rank, suffix, labels, le, bound, suffix == "_sum" ? value * source.scale : value);
    }
  }
  void add_value(const Source& source, size_t rank, std::string_view stem, std::span<const LabelView> labels, double value) {
    if (stem != source.name) return;
    if (!source.only.empty() && !has_one_of(labels, source.only)) return;
    if (!source.except.empty() && has_one_of(labels, source.except)) return;
    add(source, rank, "", labels, "", 0, value * source.scale);
  }
  void add(const Source& source, size_t rank, std::string_view suffix, std::span<const LabelView> labels, std::string_view le, double bound, double value) {
    const std::string_view model = model_of(labels);
    const std::string text = fmt::format("{}{}{}", source.standard, suffix, series_labels(model, source.label, le));
    auto& series = by_standard[source.standard];
    const auto [found, is_new] = series.try_emplace(text, Value{rank, value, std::string(suffix), std::string(model), std::string(source.label), bound});
    if (is_new) return;
    Value& kept = found->second;
    if (rank < kept.rank) {
      kept.rank = rank;
      kept.value = value;
    } else if (rank == kept.rank) {
      kept.value = source.fold == Fold::sum ? kept.value + value : std::max(kept.value, value);
    }
  }
};

/// Lines of one family; of a histogram only those of the best source, buckets in the order of their bounds.
void append_family(std::string& out, const Family& family, const std::map<std::string, Deriver::Value>& series) {
  std::vector<std::pair<std::string_view, const Deriver::Value*>> lines;
  size_t best = static_cast<size_t>(-1);
  for (const auto& [text, value] : series) best = std::min(best, value.rank);
  for (const auto& [text, value] : series)
    if (family.type != "histogram" || value.rank == best) lines.emplace_back(text, &value);
  std::stable_sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) {
    return std::tie(a.second->model, a.second->suffix, a.second->le) < std::tie(b.second->model, b.second->suffix, b.second->le);
  });
  fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", family.name, family.help, family.name, family.type);
  for (const auto& [text, value] : lines) {
    out += text;
    out += ' ';
    append_number(out, value->value);
    out += '\n';
  }
}

}  // namespace

Result<std::string> StandardMetrics::derive(std::string_view exposition, TimeMs now) {
  Deriver deriver;
  if (auto read = parse_exposition(exposition, ExpositionFormat::prometheus_text, deriver); !read) return std::move(read).error();
  std::string out;
  for (const Family& family : kFamilies)
    if (const auto found = deriver.by_standard.find(family.name); found != deriver.by_standard.end()) append_family(out, family, found->second);

  std::map<std::string, Requests> requests;
  if (const auto found = deriver.by_standard.find(kRequests); found != deriver.by_standard.end()) {
    for (const auto& [text, value] : found->second) {
      Requests& sum = requests[value.model];
      sum.total += value.value;
      if (value.extra == kError) sum.failed += value.value;
      sum.time = now;
    }
  }
  std::string rates, errors;
  for (const auto& [model, is] : requests) {
    const auto was = before_.find(model);
    if (was == before_.end() || is.total < was->second.total || is.failed < was->second.failed || now <= was->second.time) continue;
    const double ended = is.total - was->second.total;
    const double seconds = static_cast<double>((now - was->second.time).count()) / 1000;
    fmt::format_to(std::back_inserter(rates), "llm_rps{} {}\n", series_labels(model, "", ""), format_number(ended / seconds));
    if (ended > 0) fmt::format_to(std::back_inserter(errors), "llm_error_rate{} {}\n", series_labels(model, "", ""), format_number((is.failed - was->second.failed) / ended));
  }
  if (!rates.empty()) out += "# HELP llm_rps Requests that ended per second since the scrape before\n# TYPE llm_rps gauge\n" + rates;
  if (!errors.empty()) out += "# HELP llm_error_rate Part of these requests that failed, 0 to 1\n# TYPE llm_error_rate gauge\n" + errors;
  before_ = std::move(requests);
  return out;
}

std::string_view runtime_of_exposition(std::string_view exposition) {
  while (!exposition.empty()) {
    const size_t end = exposition.find('\n');
    std::string_view line = exposition.substr(0, end);
    for (const std::string_view comment : {"# HELP ", "# TYPE "})
      if (line.starts_with(comment)) line.remove_prefix(comment.size());
    std::string_view stem;
    if (const Dialect* dialect = dialect_of(line, stem)) return line.starts_with("aphrodite:") ? "aphrodite" : dialect->runtime;
    if (end == std::string_view::npos) break;
    exposition.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace monitorai::collect
