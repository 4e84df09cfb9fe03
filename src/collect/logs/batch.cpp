#include "collect/logs/batch.h"

namespace monitorai::collect {

using signals::Label;
using signals::LabelView;

namespace {

std::vector<LabelView> views_of(const auto& labels) {
  std::vector<LabelView> views;
  for (const Label& label : labels) views.push_back({label.name, label.value});
  return views;
}

}  // namespace

void Batch::add(const std::shared_ptr<const FileContext>& context, std::vector<Label> labels, TimeNs time, std::string text,
                std::vector<Label> metadata, std::string original) {
  OfContext& of = contexts_[context.get()];
  if (!of.context) {
    of.context = context;
    of.metadata = views_of(context->metadata);
  }
  Stream& stream = stream_of(of, std::move(labels));
  bytes_ += text.size() + original.size();
  Line& line = lines_.emplace_back(Line{time, std::move(text), {}});
  std::span<const LabelView> views = of.metadata;
  if (!metadata.empty()) {
    metadata.insert(metadata.end(), context->metadata.begin(), context->metadata.end());
    const signals::Labels sorted = signals::Labels::from(std::move(metadata));
    line.metadata.assign(sorted.begin(), sorted.end());
    line.metadata_views = views_of(line.metadata);
    views = line.metadata_views;
  }
  signals::LogLineView& view = stream.lines.emplace_back(signals::LogLineView{.time = line.time, .line = line.text, .metadata = views});
  if (original.empty()) return;
  line.original = std::move(original);
  line.original_view = {.time = line.time, .line = line.original, .metadata = views};
  view.original = &line.original_view;
}

Batch::Stream& Batch::stream_of(OfContext& of, std::vector<Label> labels) {
  for (const auto& [added, stream] : of.streams)
    if (added == labels) return *stream;
  signals::Labels merged = of.context->labels;
  for (const Label& label : labels) merged = merged.with(label.name, label.value);
  Stream& stream = streams_[merged];
  if (stream.lines.empty()) {
    stream.labels = std::move(merged);
    stream.views = views_of(stream.labels);
  }
  of.streams.emplace_back(std::move(labels), &stream);
  return stream;
}

std::vector<signals::StreamWrite> Batch::streams() const {
  std::vector<signals::StreamWrite> out;
  out.reserve(streams_.size());
  for (const auto& [labels, stream] : streams_) out.push_back({.labels = stream.views, .lines = stream.lines});
  return out;
}

void Batch::clear() {
  streams_.clear();
  contexts_.clear();
  lines_.clear();
  steps_.clear();
  cursors_.clear();
  bytes_ = 0;
}

}  // namespace monitorai::collect
