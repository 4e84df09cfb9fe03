#include "store/metrics/batch_sink.h"

namespace monitorai::store {
namespace {

using signals::Label;
using signals::Labels;
using signals::MetricFamily;
using signals::MetricPoint;
using signals::Sample;
using signals::SeriesWrite;

}  // namespace

BatchSink::Known& BatchSink::know(Source& source, const MetricFamily& family, const MetricPoint& point) {
  key_.assign(family.name).append(point.suffix);
  for (const Label& label : point.labels) ((key_ += '\0') += label.name).append(1, '\1') += label.value;
  std::unique_ptr<Known>& known = source.series[key_];
  if (known) return *known;
  known = std::make_unique<Known>();
  std::vector<Label> labels(labels_.begin(), labels_.end());
  labels.insert(labels.end(), point.labels.begin(), point.labels.end());
  labels.push_back({std::string(signals::kMetricName), family.name + std::string(point.suffix)});
  const Labels sorted = Labels::from(std::move(labels));
  known->labels.assign(sorted.begin(), sorted.end());
  for (const Label& label : known->labels) known->views.push_back({label.name, label.value});
  return *known;
}

Result<void> BatchSink::accept(std::shared_ptr<const signals::Batch> batch) {
  Source& source = sources_[batch->source];
  ++source.batches;
  std::vector<Known*> series;
  std::vector<Sample> samples;
  std::vector<std::pair<size_t, const signals::Exemplar*>> with_exemplar;
  std::vector<signals::MetadataWrite> metadata;
  for (const MetricFamily& family : batch->families) {
    if (family.points.empty()) continue;
    metadata.push_back({family.name, family.type, family.help, family.unit});
    for (const MetricPoint& point : family.points) {
      Known& known = know(source, family, point);
      // Points that differ in nothing are one series: the first counts.
      if (std::exchange(known.seen, source.batches) == source.batches) continue;
      if (point.exemplar) with_exemplar.emplace_back(series.size(), &*point.exemplar);
      series.push_back(&known);
      samples.push_back({batch->time, point.value});
    }
  }
  for (const auto& [key, known] : source.series) {
    if (known->seen == source.batches) continue;
    series.push_back(known.get());
    samples.push_back({batch->time, signals::stale_nan()});
  }
  std::vector<SeriesWrite> writes;
  writes.reserve(series.size());
  for (size_t i = 0; i < series.size(); ++i) writes.push_back({series[i]->views, std::span(&samples[i], 1)});
  std::vector<std::vector<signals::LabelView>> exemplar_labels(with_exemplar.size());
  std::vector<signals::ExemplarView> exemplars(with_exemplar.size());
  for (size_t i = 0; i < with_exemplar.size(); ++i) {
    const auto& [number, exemplar] = with_exemplar[i];
    for (const Label& label : exemplar->labels) exemplar_labels[i].push_back({label.name, label.value});
    exemplars[i] = {exemplar_labels[i], exemplar->value, exemplar->time.value_or(batch->time)};
    writes[number].exemplars = std::span(&exemplars[i], 1);
  }
  if (auto written = writer_.write(writes, metadata); !written) return wrap(written.error(), fmt::format("cannot store a batch of {}", batch->source));
  boost::unordered::erase_if(source.series, [&](const auto& entry) { return entry.second->seen != source.batches; });
  return {};
}

}  // namespace monitorai::store
