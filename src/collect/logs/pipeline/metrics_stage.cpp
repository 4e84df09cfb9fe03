// The metrics stage: counters, gauges and histograms from lines.

#include "base/text.h"
#include "collect/logs/pipeline/pipeline_metrics.h"
#include "collect/logs/pipeline/stage.h"

namespace monitorai::collect {

PipelineMetrics::Series* PipelineMetrics::series_of(const MetricSettings& metric, const Extracted& labels) {
  Family& family = families_.try_emplace(metric.prefix + metric.name, Family{metric}).first->second;
  std::vector<signals::Label> list;
  for (const auto& [name, value] : labels)
    if (signals::valid_label_name(name)) list.push_back({name, value});
  signals::Labels key = signals::Labels::from(std::move(list));
  const auto found = family.series.find(key);
  if (found != family.series.end()) return &found->second;
  if (family.series.size() >= kPipelineSeriesMax) {
    ++family.left_out;
    return nullptr;
  }
  Series fresh;
  fresh.buckets.resize(metric.buckets.size());
  return &family.series.emplace(std::move(key), std::move(fresh)).first->second;
}

void PipelineMetrics::add(const MetricSettings& metric, const Extracted& labels, double by) {
  const std::lock_guard lock(mutex_);
  if (Series* series = series_of(metric, labels)) series->value += by;
}

void PipelineMetrics::set(const MetricSettings& metric, const Extracted& labels, double value) {
  const std::lock_guard lock(mutex_);
  if (Series* series = series_of(metric, labels)) series->value = value;
}

void PipelineMetrics::observe(const MetricSettings& metric, const Extracted& labels, double value) {
  const std::lock_guard lock(mutex_);
  Series* series = series_of(metric, labels);
  if (series == nullptr) return;
  series->value += value;
  ++series->count;
  for (size_t i = 0; i < metric.buckets.size(); ++i)
    if (value <= metric.buckets[i]) ++series->buckets[i];
}

void PipelineMetrics::append_families(std::vector<signals::MetricFamily>& out) const {
  using signals::MetricType;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, one] : families_) {
    signals::MetricFamily family{.name = name, .help = one.settings.description, .type = MetricType::gauge};
    const bool histogram = one.settings.type == "histogram";
    if (one.settings.type == "counter") {
      family.type = MetricType::counter;
      if (family.name.ends_with("_total")) family.name.resize(family.name.size() - 6);
    }
    if (histogram) family.type = MetricType::histogram;
    for (const auto& [labels, series] : one.series) {
      if (one.settings.type == "counter") family.counter(labels, series.value);
      else if (!histogram) family.gauge(labels, series.value);
      if (!histogram) continue;
      for (size_t i = 0; i < series.buckets.size(); ++i)
        family.points.push_back({labels.with("le", format_number(one.settings.buckets[i])), static_cast<double>(series.buckets[i]), "_bucket"});
      family.points.push_back({labels.with("le", "+Inf"), static_cast<double>(series.count), "_bucket"});
      family.points.push_back({labels, series.value, "_sum"});
      family.points.push_back({labels, static_cast<double>(series.count), "_count"});
    }
    out.push_back(std::move(family));
  }
}

namespace {

/// A number, or a duration in seconds.
std::optional<double> number_of(const std::string& text) {
  if (const auto number = parse_number(text)) return number;
  if (const auto duration = parse_duration(text)) return static_cast<double>(duration->count()) / 1000;
  return std::nullopt;
}

void apply(const MetricSettings& metric, const PipelineLine& line, PipelineMetrics& metrics) {
  const auto field = line.extracted.find(metric.source.empty() ? metric.name : metric.source);
  const bool has_field = field != line.extracted.end();
  if (metric.count_entry_bytes) return metrics.add(metric, line.labels, static_cast<double>(line.text.size()));
  if (metric.match_all && metric.action == "inc") return metrics.add(metric, line.labels, 1);
  if (!has_field || (!metric.value.empty() && field->second != metric.value)) return;
  if (metric.action == "inc") return metrics.add(metric, line.labels, 1);
  if (metric.action == "dec") return metrics.add(metric, line.labels, -1);
  const auto number = number_of(field->second);
  if (!number) return;
  if (metric.type == "histogram") metrics.observe(metric, line.labels, *number);
  else if (metric.action == "set") metrics.set(metric, line.labels, *number);
  else if (metric.action == "add" && (metric.type == "gauge" || *number >= 0)) metrics.add(metric, line.labels, *number);
  else if (metric.action == "sub") metrics.add(metric, line.labels, -*number);
}

Result<void> check(const MetricSettings& metric) {
  const auto wrong = [&](std::string_view why) { return Error{Code::invalid, fmt::format("cannot make metric \"{}\": {}", metric.name, why)}; };
  if (!signals::valid_metric_name(metric.prefix + metric.name)) return wrong("its name is no metric's name");
  const std::string& action = metric.action;
  if (metric.type == "counter") {
    if (action != "inc" && action != "add") return wrong("the action of a counter is inc or add");
    if (metric.match_all && action != "inc" && !metric.count_entry_bytes) return wrong("match_all needs the action inc");
    if (metric.count_entry_bytes && (!metric.match_all || action != "add")) return wrong("count_entry_bytes needs match_all and the action add");
  } else if (metric.type == "gauge") {
    if (action != "inc" && action != "dec" && action != "set" && action != "add" && action != "sub")
      return wrong("the action of a gauge is set, inc, dec, add or sub");
  } else if (metric.type == "histogram") {
    if (!std::is_sorted(metric.buckets.begin(), metric.buckets.end())) return wrong("its buckets are not in order");
  } else {
    return wrong("its type is Counter, Gauge or Histogram");
  }
  return {};
}

}  // namespace

StageResult compile(const MetricsStage& settings, const StageTools& tools) {
  auto metrics = std::make_shared<std::vector<MetricSettings>>(settings.metrics);
  for (MetricSettings& metric : *metrics) {
    metric.type = lower(metric.type);
    metric.action = lower(metric.action);
    MAI_TRY(check(metric));
    if (metric.type == "histogram" && metric.buckets.empty())
      metric.buckets = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};  // prometheus.DefBuckets
  }
  return stateless([metrics = std::shared_ptr<const std::vector<MetricSettings>>(std::move(metrics)), into = tools.metrics](PipelineLine& line) {
    for (const MetricSettings& metric : *metrics) apply(metric, line, *into);
    return true;
  });
}

}  // namespace monitorai::collect
