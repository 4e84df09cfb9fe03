#include "collect/push/remote_write.h"

#include <snappy.h>

#include <algorithm>
#include <cstring>
#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>

#include "base/text.h"
#include "collect/push/field_types.h"

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
    case 1:
      return MetricType::counter;
    case 2:
      return MetricType::gauge;
    case 3:
    case 4:
      return MetricType::histogram;
    case 5:
      return MetricType::summary;
    case 6:
      return MetricType::info;
    case 7:
      return MetricType::stateset;
    default:
      return MetricType::unknown;
  }
}

/// Labels that were read are kept in blocks of this many.
constexpr size_t kLabelsPerBlock = 4096;

std::string_view view(protozero::data_view bytes) { return {bytes.data(), bytes.size()}; }

LabelView label_of(protozero::pbf_message<LabelField> message) {
  LabelView label;
  while (message.next()) {
    switch (message.tag_and_type()) {
      case bytes_of(LabelField::name):
        label.name = view(message.get_view());
        break;
      case bytes_of(LabelField::value):
        label.value = view(message.get_view());
        break;
      default:
        message.skip();
    }
  }
  return label;
}

/// The first byte of a field: number and wire type.
constexpr char tag_of(auto field, protozero::pbf_wire_type type) {
  return static_cast<char>((static_cast<unsigned>(field) << 3) | static_cast<unsigned>(type));
}
constexpr char kLabelsTag = tag_of(SeriesField::labels, protozero::pbf_wire_type::length_delimited);
constexpr char kSamplesTag = tag_of(SeriesField::samples, protozero::pbf_wire_type::length_delimited);
constexpr char kValueTag = tag_of(SampleField::value, protozero::pbf_wire_type::fixed64);
constexpr char kTimestampTag = tag_of(SampleField::timestamp, protozero::pbf_wire_type::varint);

/// Takes one field of this tag from the front of bytes: nullopt, and nothing taken, when another stands there.
std::optional<std::string_view> take_field(std::string_view& bytes, char tag) {
  if (bytes.empty() || bytes.front() != tag) return std::nullopt;
  const char* at = bytes.data() + 1;
  const char* const end = bytes.data() + bytes.size();
  const uint64_t length = protozero::decode_varint(&at, end);
  if (length > static_cast<uint64_t>(end - at)) throw protozero::end_of_buffer_exception{};
  bytes = {at + length, end};
  return std::string_view(at, length);
}

signals::Sample sample_of(protozero::pbf_message<SampleField> message, signals::Sample sample) {
  while (message.next()) {
    switch (message.tag_and_type()) {
      case double_of(SampleField::value):
        sample.value = message.get_double();
        break;
      case varint_of(SampleField::timestamp):
        sample.time.ms = message.get_int64();
        break;
      default:
        message.skip();
    }
  }
  return sample;
}

signals::Sample sample_of(std::string_view bytes) {
  signals::Sample sample;
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  // Value and timestamp as every sender writes them; anything else goes the general way.
  while (at < end) {
    if (*at == kValueTag && end - at > 8) {
      std::memcpy(&sample.value, at + 1, sizeof sample.value);
      at += 9;
    } else if (*at == kTimestampTag) {
      ++at;
      sample.time.ms = static_cast<int64_t>(protozero::decode_varint(&at, end));
    } else {
      return sample_of(protozero::pbf_message<SampleField>(protozero::data_view(at, static_cast<size_t>(end - at))), sample);
    }
  }
  return sample;
}

int32_t metric_number(MetricType type) {
  switch (type) {
    case MetricType::counter:
      return 1;
    case MetricType::gauge:
      return 2;
    case MetricType::histogram:
      return 3;
    case MetricType::summary:
      return 5;
    case MetricType::info:
      return 6;
    case MetricType::stateset:
      return 7;
    case MetricType::unknown:
      return 0;
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
    if (!valid_utf8(labels[i].name) || !valid_utf8(labels[i].value))
      return fmt::format("label {} is not UTF-8", to_valid_utf8(labels[i].name));
    named = named || labels[i].name == signals::kMetricName;
  }
  return named ? "" : "no __name__";
}

}  // namespace

/// Fills a RemoteWrite. The flat vectors may move while they grow, so what points into them is set at the end.
class RemoteWriteDecoder {
 public:
  explicit RemoteWriteDecoder(RemoteWrite& out) : out_(out) {}

  void decode() {
    out_.messages_.reserve(out_.bytes_.size() / kSeriesBytesLikely);
    out_.samples_.reserve(out_.bytes_.size() / kSeriesBytesLikely);
    protozero::pbf_message<RequestField> request(out_.bytes_);
    while (request.next()) {
      switch (request.tag_and_type()) {
        case bytes_of(RequestField::timeseries):
          series(view(request.get_view()));
          break;
        case bytes_of(RequestField::metadata):
          metadata(request.get_message());
          break;
        default:
          request.skip();
      }
    }
    link();
  }

 private:
  static constexpr size_t kSeriesBytesLikely = 128;
  struct Range {
    size_t from = 0;
    size_t to = 0;
  };
  struct Parts {
    Range samples, exemplars;
  };

  void series(std::string_view message) {
    Parts parts{{out_.samples_.size(), 0}, {out_.exemplars_.size(), 0}};
    std::string_view rest = message;
    while (take_field(rest, kLabelsTag)) continue;
    std::string_view labels(message.data(), message.size() - rest.size());
    while (const auto sample = take_field(rest, kSamplesTag)) out_.samples_.push_back(sample_of(*sample));
    protozero::pbf_message<SeriesField> others(protozero::data_view(rest.data(), rest.size()));
    while (others.next()) {
      switch (others.tag_and_type()) {
        case bytes_of(SeriesField::labels):
          labels = {};  // they do not stand together
          others.skip();
          break;
        case bytes_of(SeriesField::samples):
          out_.samples_.push_back(sample_of(view(others.get_view())));
          break;
        case bytes_of(SeriesField::exemplars):
          exemplar(others.get_message());
          break;
        case bytes_of(SeriesField::histograms):
          ++out_.native_histograms_;
          others.skip();
          break;
        default:
          others.skip();
      }
    }
    parts.samples.to = out_.samples_.size();
    parts.exemplars.to = out_.exemplars_.size();
    const auto samples = out_.samples_.begin() + static_cast<std::ptrdiff_t>(parts.samples.from);
    const auto earlier = [](const signals::Sample& a, const signals::Sample& b) { return a.time < b.time; };
    if (!std::is_sorted(samples, out_.samples_.end(), earlier)) std::stable_sort(samples, out_.samples_.end(), earlier);
    out_.messages_.push_back({message, labels});
    parts_.push_back(parts);
  }

  void exemplar(protozero::pbf_message<ExemplarField> message) {
    signals::ExemplarView exemplar;
    Range labels{out_.exemplar_labels_.size(), 0};
    while (message.next()) {
      switch (message.tag_and_type()) {
        case bytes_of(ExemplarField::labels):
          out_.exemplar_labels_.push_back(label_of(message.get_message()));
          break;
        case double_of(ExemplarField::value):
          exemplar.value = message.get_double();
          break;
        case varint_of(ExemplarField::timestamp):
          exemplar.time.ms = message.get_int64();
          break;
        default:
          message.skip();
      }
    }
    labels.to = out_.exemplar_labels_.size();
    out_.exemplars_.push_back(exemplar);
    exemplar_labels_.push_back(labels);
  }

  void metadata(protozero::pbf_message<MetadataField> message) {
    signals::MetadataWrite one;
    while (message.next()) {
      switch (message.tag_and_type()) {
        case varint_of(MetadataField::type):
          one.type = metric_type(message.get_enum());
          break;
        case bytes_of(MetadataField::family):
          one.family = view(message.get_view());
          break;
        case bytes_of(MetadataField::help):
          one.help = view(message.get_view());
          break;
        case bytes_of(MetadataField::unit):
          one.unit = view(message.get_view());
          break;
        default:
          message.skip();
      }
    }
    if (!one.family.empty() && valid_utf8(one.family) && valid_utf8(one.help) && valid_utf8(one.unit)) out_.metadata_.push_back(one);
  }

  void link() {
    const auto part = [](const auto& all, const Range& range) { return std::span(all.data() + range.from, range.to - range.from); };
    for (size_t i = 0; i < out_.exemplars_.size(); ++i) out_.exemplars_[i].labels = part(out_.exemplar_labels_, exemplar_labels_[i]);
    out_.series_.reserve(parts_.size());
    for (const Parts& parts : parts_)
      out_.series_.push_back({{}, part(out_.samples_, parts.samples), part(out_.exemplars_, parts.exemplars)});
  }

  RemoteWrite& out_;
  std::vector<Parts> parts_;
  std::vector<Range> exemplar_labels_;
};

std::span<const LabelView> RemoteWrite::keep(std::span<const LabelView> labels) {
  static_assert(kLabelsMax <= kLabelsPerBlock);
  if (kept_.empty() || kept_.back().capacity() - kept_.back().size() < labels.size()) kept_.emplace_back().reserve(kLabelsPerBlock);
  std::vector<LabelView>& block = kept_.back();
  block.insert(block.end(), labels.begin(), labels.end());
  return std::span(block).last(labels.size());
}

void RemoteWrite::refuse(size_t series, std::span<const LabelView> labels, const std::string& problem) {
  invalid_samples_ += std::max<size_t>(series_[series].samples.size(), 1);
  if (!first_problem_.empty()) return;
  std::string shown;
  for (const LabelView& label : labels.first(std::min<size_t>(labels.size(), 8)))
    fmt::format_to(std::back_inserter(shown), "{}{}={}", shown.empty() ? "" : ", ", to_valid_utf8(label.name.substr(0, 64)),
                   json_string(label.value.substr(0, 64)));
  first_problem_ = fmt::format("series {{{}}}: {}", shown, problem);
}

std::span<const LabelView> RemoteWrite::labels(size_t series) {
  if (read_.empty()) read_.resize(series_.size());
  ReadLabels& known = read_[series];
  if (known.read) return {known.first, known.count};
  known.read = true;
  const Message& message = messages_[series];
  reading_.clear();
  std::string problem;
  try {
    const std::string_view bytes = message.labels.empty() ? message.all : message.labels;
    protozero::pbf_message<SeriesField> fields(protozero::data_view(bytes.data(), bytes.size()));
    while (fields.next(SeriesField::labels, protozero::pbf_wire_type::length_delimited)) reading_.push_back(label_of(fields.get_message()));
    const auto by_name = [](const LabelView& a, const LabelView& b) { return a.name < b.name; };
    if (!std::is_sorted(reading_.begin(), reading_.end(), by_name)) std::stable_sort(reading_.begin(), reading_.end(), by_name);
    std::erase_if(reading_, [](const LabelView& label) { return label.value.empty(); });
    problem = problem_of(reading_);
  } catch (const protozero::exception& error) { problem = fmt::format("a label is damaged: {}", error.what()); }
  if (!problem.empty()) {
    refuse(series, reading_, problem);
    return {};
  }
  const auto kept = keep(reading_);
  known.first = kept.data();
  known.count = kept.size();
  return kept;
}

Result<std::unique_ptr<RemoteWrite>> RemoteWrite::decode(std::string_view compressed) {
  size_t size = 0;
  if (!snappy::GetUncompressedLength(compressed.data(), compressed.size(), &size))
    return Error{Code::invalid, fmt::format("cannot read a remote write ({} bytes): it is not snappy", compressed.size())};
  if (size > kRemoteWriteBytesMax)
    return Error{Code::exhausted,
                 fmt::format("cannot read a remote write: it uncompresses to {} bytes, of at most {}", size, kRemoteWriteBytesMax)};
  std::unique_ptr<RemoteWrite> out(new RemoteWrite());
  if (!snappy::Uncompress(compressed.data(), compressed.size(), &out->bytes_))
    return Error{Code::invalid, fmt::format("cannot read a remote write ({} bytes): its snappy data is damaged", compressed.size())};
  try {
    RemoteWriteDecoder(*out).decode();
  } catch (const protozero::exception& error) {
    return Error{Code::invalid,
                 fmt::format("cannot read a remote write ({} bytes uncompressed): it is not a WriteRequest: {}", size, error.what())};
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
