#include "collect/push/remote_write.h"

#include <snappy.h>

#include <algorithm>
#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>

#include "base/text.h"

namespace monitorai::collect {
namespace {

using signals::LabelView;
using signals::MetricType;

enum class RequestField : protozero::pbf_tag_type { timeseries = 1, metadata = 3 };
enum class SeriesField : protozero::pbf_tag_type { labels = 1, samples = 2, exemplars = 3, histograms = 4 };
enum class LabelField : protozero::pbf_tag_type { name = 1, value = 2 };
enum class SampleField : protozero::pbf_tag_type { value = 1, timestamp = 2 };
enum class ExemplarField : protozero::pbf_tag_type { labels = 1, value = 2, timestamp = 3 };
enum class MetadataField : protozero::pbf_tag_type { type = 1, family = 2, help = 4, unit = 5 };

/// prompb.MetricMetadata.MetricType.
MetricType metric_type(int32_t number) {
  switch (number) {
    case 1: return MetricType::counter;
    case 2: return MetricType::gauge;
    case 3:
    case 4: return MetricType::histogram;
    case 5: return MetricType::summary;
    case 6: return MetricType::info;
    case 7: return MetricType::stateset;
    default: return MetricType::unknown;
  }
}

std::string_view view(protozero::data_view bytes) { return {bytes.data(), bytes.size()}; }

LabelView label_of(protozero::pbf_message<LabelField> message) {
  LabelView label;
  while (message.next()) {
    switch (message.tag()) {
      case LabelField::name: label.name = view(message.get_view()); break;
      case LabelField::value: label.value = view(message.get_view()); break;
      default: message.skip();
    }
  }
  return label;
}

signals::Sample sample_of(protozero::pbf_message<SampleField> message) {
  signals::Sample sample;
  while (message.next()) {
    switch (message.tag()) {
      case SampleField::value: sample.value = message.get_double(); break;
      case SampleField::timestamp: sample.time.ms = message.get_int64(); break;
      default: message.skip();
    }
  }
  return sample;
}

int32_t metric_number(MetricType type) {
  switch (type) {
    case MetricType::counter: return 1;
    case MetricType::gauge: return 2;
    case MetricType::histogram: return 3;
    case MetricType::summary: return 5;
    case MetricType::info: return 6;
    case MetricType::stateset: return 7;
    case MetricType::unknown: return 0;
  }
  return 0;
}

template <class Parent, class Field>
void add_labels(Parent& parent, Field field, std::span<const LabelView> labels) {
  for (const LabelView& label : labels) {
    protozero::pbf_builder<LabelField> out(parent, field);
    out.add_string(LabelField::name, label.name.data(), label.name.size());
    out.add_string(LabelField::value, label.value.data(), label.value.size());
  }
}

/// "" or why these labels are not those of a series.
std::string problem_of(std::span<const LabelView> labels) {
  if (labels.size() > kLabelsMax) return fmt::format("{} labels, of at most {}", labels.size(), kLabelsMax);
  bool named = false;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i].name.empty()) return "a label without a name";
    if (i > 0 && labels[i].name == labels[i - 1].name) return fmt::format("label {} occurs twice", to_valid_utf8(labels[i].name));
    if (!valid_utf8(labels[i].name) || !valid_utf8(labels[i].value)) return fmt::format("label {} is not UTF-8", to_valid_utf8(labels[i].name));
    named = named || labels[i].name == signals::kMetricName;
  }
  return named ? "" : "no __name__";
}

}  // namespace

/// Fills a RemoteWrite. The flat vectors may move while they grow, so series are kept as ranges until the end.
class RemoteWriteDecoder {
 public:
  explicit RemoteWriteDecoder(RemoteWrite& out) : out_(out) {}

  void decode() {
    protozero::pbf_message<RequestField> request(out_.bytes_);
    while (request.next()) {
      switch (request.tag()) {
        case RequestField::timeseries: series(request.get_message()); break;
        case RequestField::metadata: metadata(request.get_message()); break;
        default: request.skip();
      }
    }
    link();
  }

 private:
  struct Range {
    size_t from = 0;
    size_t to = 0;
  };
  struct SeriesRanges {
    Range labels, samples, exemplars;
  };

  void series(protozero::pbf_message<SeriesField> message) {
    SeriesRanges ranges{{out_.labels_.size(), 0}, {out_.samples_.size(), 0}, {out_.exemplars_.size(), 0}};
    pending_exemplars_.clear();
    while (message.next()) {
      switch (message.tag()) {
        case SeriesField::labels: out_.labels_.push_back(label_of(message.get_message())); break;
        case SeriesField::samples: out_.samples_.push_back(sample_of(message.get_message())); break;
        case SeriesField::exemplars: pending_exemplars_.push_back(message.get_view()); break;
        case SeriesField::histograms:
          ++out_.native_histograms_;
          message.skip();
          break;
        default: message.skip();
      }
    }
    ranges.labels.to = tidy(ranges.labels.from);
    ranges.samples.to = out_.samples_.size();
    const std::span labels(out_.labels_.data() + ranges.labels.from, ranges.labels.to - ranges.labels.from);
    if (std::string problem = problem_of(labels); !problem.empty()) {
      refuse(ranges, labels, problem);
      return;
    }
    const std::span samples(out_.samples_.data() + ranges.samples.from, ranges.samples.to - ranges.samples.from);
    const auto earlier = [](const signals::Sample& a, const signals::Sample& b) { return a.time < b.time; };
    if (!std::is_sorted(samples.begin(), samples.end(), earlier)) std::stable_sort(samples.begin(), samples.end(), earlier);
    for (const protozero::data_view bytes : pending_exemplars_) exemplar(bytes);
    ranges.exemplars.to = out_.exemplars_.size();
    ranges_.push_back(ranges);
  }

  /// Sorts the labels from here on and drops those without a value; returns the new end.
  size_t tidy(size_t from) {
    const auto begin = out_.labels_.begin() + static_cast<ptrdiff_t>(from);
    const auto by_name = [](const LabelView& a, const LabelView& b) { return a.name < b.name; };
    if (!std::is_sorted(begin, out_.labels_.end(), by_name)) std::stable_sort(begin, out_.labels_.end(), by_name);
    out_.labels_.erase(std::remove_if(begin, out_.labels_.end(), [](const LabelView& label) { return label.value.empty(); }), out_.labels_.end());
    return out_.labels_.size();
  }

  void refuse(const SeriesRanges& ranges, std::span<const LabelView> labels, const std::string& problem) {
    out_.invalid_samples_ += std::max<size_t>(ranges.samples.to - ranges.samples.from, 1);
    if (out_.first_problem_.empty()) {
      std::string shown;
      for (const LabelView& label : labels.first(std::min<size_t>(labels.size(), 8)))
        fmt::format_to(std::back_inserter(shown), "{}{}={}", shown.empty() ? "" : ", ", to_valid_utf8(label.name.substr(0, 64)), json_string(label.value.substr(0, 64)));
      out_.first_problem_ = fmt::format("series {{{}}}: {}", shown, problem);
    }
    out_.labels_.resize(ranges.labels.from);
    out_.samples_.resize(ranges.samples.from);
  }

  /// Labels of exemplars live behind those of series, each exemplar's in a vector of ranges until link().
  void exemplar(protozero::data_view bytes) {
    protozero::pbf_message<ExemplarField> message(bytes);
    signals::ExemplarView exemplar;
    Range labels{out_.labels_.size(), 0};
    while (message.next()) {
      switch (message.tag()) {
        case ExemplarField::labels: out_.labels_.push_back(label_of(message.get_message())); break;
        case ExemplarField::value: exemplar.value = message.get_double(); break;
        case ExemplarField::timestamp: exemplar.time.ms = message.get_int64(); break;
        default: message.skip();
      }
    }
    labels.to = out_.labels_.size();
    out_.exemplars_.push_back(exemplar);
    exemplar_labels_.push_back(labels);
  }

  void metadata(protozero::pbf_message<MetadataField> message) {
    signals::MetadataWrite one;
    while (message.next()) {
      switch (message.tag()) {
        case MetadataField::type: one.type = metric_type(message.get_enum()); break;
        case MetadataField::family: one.family = view(message.get_view()); break;
        case MetadataField::help: one.help = view(message.get_view()); break;
        case MetadataField::unit: one.unit = view(message.get_view()); break;
        default: message.skip();
      }
    }
    if (!one.family.empty() && valid_utf8(one.family) && valid_utf8(one.help) && valid_utf8(one.unit)) out_.metadata_.push_back(one);
  }

  void link() {
    for (size_t i = 0; i < out_.exemplars_.size(); ++i)
      out_.exemplars_[i].labels = std::span(out_.labels_.data() + exemplar_labels_[i].from, exemplar_labels_[i].to - exemplar_labels_[i].from);
    out_.series_.reserve(ranges_.size());
    const auto part = [](const auto& all, const Range& range) { return std::span(all.data() + range.from, range.to - range.from); };
    for (const SeriesRanges& ranges : ranges_)
      out_.series_.push_back({part(out_.labels_, ranges.labels), part(out_.samples_, ranges.samples), part(out_.exemplars_, ranges.exemplars)});
  }

  RemoteWrite& out_;
  std::vector<SeriesRanges> ranges_;
  std::vector<Range> exemplar_labels_;
  std::vector<protozero::data_view> pending_exemplars_;
};

Result<std::unique_ptr<RemoteWrite>> RemoteWrite::decode(std::string_view compressed) {
  size_t size = 0;
  if (!snappy::GetUncompressedLength(compressed.data(), compressed.size(), &size))
    return Error{Code::invalid, fmt::format("cannot read a remote write ({} bytes): it is not snappy", compressed.size())};
  if (size > kRemoteWriteBytesMax)
    return Error{Code::exhausted, fmt::format("cannot read a remote write: it uncompresses to {} bytes, of at most {}", size, kRemoteWriteBytesMax)};
  std::unique_ptr<RemoteWrite> out(new RemoteWrite());
  if (!snappy::Uncompress(compressed.data(), compressed.size(), &out->bytes_))
    return Error{Code::invalid, fmt::format("cannot read a remote write ({} bytes): its snappy data is damaged", compressed.size())};
  try {
    RemoteWriteDecoder(*out).decode();
  } catch (const protozero::exception& error) {
    return Error{Code::invalid, fmt::format("cannot read a remote write ({} bytes uncompressed): it is not a WriteRequest: {}", size, error.what())};
  }
  return out;
}

std::string encode_remote_write(std::span<const signals::SeriesWrite> series, std::span<const signals::MetadataWrite> metadata) {
  std::string bytes;
  protozero::pbf_builder<RequestField> request(bytes);
  for (const signals::SeriesWrite& one : series) {
    protozero::pbf_builder<SeriesField> out(request, RequestField::timeseries);
    add_labels(out, SeriesField::labels, one.labels);
    for (const signals::Sample& sample : one.samples) {
      protozero::pbf_builder<SampleField> message(out, SeriesField::samples);
      message.add_double(SampleField::value, sample.value);
      message.add_int64(SampleField::timestamp, sample.time.ms);
    }
    for (const signals::ExemplarView& exemplar : one.exemplars) {
      protozero::pbf_builder<ExemplarField> message(out, SeriesField::exemplars);
      add_labels(message, ExemplarField::labels, exemplar.labels);
      message.add_double(ExemplarField::value, exemplar.value);
      message.add_int64(ExemplarField::timestamp, exemplar.time.ms);
    }
  }
  for (const signals::MetadataWrite& one : metadata) {
    protozero::pbf_builder<MetadataField> out(request, RequestField::metadata);
    out.add_enum(MetadataField::type, metric_number(one.type));
    out.add_string(MetadataField::family, one.family.data(), one.family.size());
    out.add_string(MetadataField::help, one.help.data(), one.help.size());
    out.add_string(MetadataField::unit, one.unit.data(), one.unit.size());
  }
  std::string compressed;
  snappy::Compress(bytes.data(), bytes.size(), &compressed);
  return compressed;
}

}  // namespace monitorai::collect
