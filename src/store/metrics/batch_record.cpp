#include "store/metrics/batch_record.h"

#include "store/disk/bytes.h"

namespace monitorai::store {

using signals::ExemplarView;
using signals::LabelView;
using signals::MetadataWrite;
using signals::Sample;

namespace {

enum Kind : unsigned { kOneSample = 0, kSamples = 1, kSeries = 2, kExemplar = 3, kFamily = 4, kTombstone = 5 };
constexpr unsigned kKindBits = 4;
constexpr unsigned kKindMask = (1u << kKindBits) - 1;

/// The high bytes of a double say most: whole numbers end in zero bytes, which are left out.
unsigned value_bytes(double value) { return 8 - static_cast<unsigned>(std::countr_zero(std::bit_cast<uint64_t>(value))) / 8; }

void put_value(std::string& out, double value, unsigned bytes) {
  const uint64_t word = std::bit_cast<uint64_t>(value) >> (bytes == 0 ? 0 : 64 - 8 * bytes);
  char buffer[8];
  std::memcpy(buffer, &word, 8);
  out.append(buffer, bytes);
}

double take_value(ByteReader& in, unsigned bytes) {
  const std::string_view from = in.bytes(bytes);
  uint64_t word = 0;
  if (from.empty()) return 0;
  std::memcpy(&word, from.data(), from.size());
  return std::bit_cast<double>(word << (64 - 8 * bytes));
}

void put_labels(std::string& out, std::span<const LabelView> labels) {
  put_varint(out, labels.size());
  for (const LabelView& label : labels) {
    put_text(out, label.name);
    put_text(out, label.value);
  }
}

/// Reads entries one after another; state that one entry leaves to the next is kept here.
class Decoder {
 public:
  Decoder(std::string_view payload, BatchVisitor& visitor) : in_(payload), visitor_(visitor) {}

  bool at_end() const { return in_.at_end(); }
  bool entry() {
    const unsigned tag = in_.byte();
    switch (tag & kKindMask) {
      case kOneSample:
        return one_sample(tag >> kKindBits);
      case kSamples:
        return tag == kSamples && samples();
      case kSeries:
        return tag == kSeries && series();
      case kExemplar:
        return tag == kExemplar && exemplar();
      case kFamily:
        return tag == kFamily && family();
      case kTombstone:
        return tag == kTombstone && tombstone();
      default:
        return false;
    }
  }

 private:
  StorageId id() { return last_id_ += static_cast<StorageId>(in_.signed_varint()); }
  TimeMs time() { return {last_ms_ = plus(last_ms_, in_.signed_varint())}; }
  Sample sample() {
    const TimeMs at = time();
    const unsigned bytes = in_.byte();
    if (bytes > 8) in_.bytes(SIZE_MAX);
    return {at, take_value(in_, std::min(bytes, 8u))};
  }
  bool labels() {
    labels_.clear();
    const uint64_t n = in_.varint();
    if (n > in_.left()) return false;
    for (uint64_t i = 0; i < n; ++i) {
      const std::string_view name = in_.text();
      labels_.push_back({name, in_.text()});
    }
    return in_.ok();
  }

  bool one_sample(unsigned bytes) {
    const StorageId of = id();
    const TimeMs at = time();
    if (bytes > 8) return false;
    const Sample one{at, take_value(in_, bytes)};
    if (in_.ok()) visitor_.on_samples(of, {&one, 1}, {});
    return in_.ok();
  }
  bool samples() {
    const StorageId of = id();
    const uint64_t in_order = in_.varint();
    const uint64_t late = in_.varint();
    if (in_order > in_.left() || late > in_.left()) return false;
    samples_.clear();
    for (uint64_t i = 0; i < in_order + late && in_.ok(); ++i) samples_.push_back(sample());
    if (in_.ok()) visitor_.on_samples(of, std::span(samples_).first(in_order), std::span(samples_).subspan(in_order));
    return in_.ok();
  }
  bool series() {
    const StorageId of = id();
    if (!labels()) return false;
    visitor_.on_series(of, labels_);
    return true;
  }
  bool exemplar() {
    const StorageId of = id();
    const Sample at = sample();
    if (!labels()) return false;
    visitor_.on_exemplar(of, {labels_, at.value, at.time});
    return true;
  }
  bool family() {
    MetadataWrite family;
    const unsigned type = in_.byte();
    family.family = in_.text();
    family.help = in_.text();
    family.unit = in_.text();
    if (!in_.ok() || type > static_cast<unsigned>(signals::MetricType::unknown)) return false;
    family.type = static_cast<signals::MetricType>(type);
    visitor_.on_family(family);
    return true;
  }
  bool tombstone() {
    const StorageId of = id();
    const int64_t from = in_.signed_varint();
    const int64_t to = in_.signed_varint();
    if (!in_.ok() || from > to) return false;
    visitor_.on_tombstone(of, {{from}, {to}});
    return true;
  }

  ByteReader in_;
  BatchVisitor& visitor_;
  StorageId last_id_ = 0;
  int64_t last_ms_ = 0;
  std::vector<LabelView> labels_;
  std::vector<Sample> samples_;
};

}  // namespace

void BatchEncoder::begin() {
  out_.clear();
  last_id_ = 0;
  last_ms_ = 0;
}

void BatchEncoder::put_id(StorageId id) {
  put_signed(out_, static_cast<int64_t>(id) - static_cast<int64_t>(last_id_));
  last_id_ = id;
}

void BatchEncoder::put_sample(const Sample& sample) {
  put_signed(out_, minus(sample.time.ms, last_ms_));
  last_ms_ = sample.time.ms;
  const unsigned bytes = value_bytes(sample.value);
  out_ += static_cast<char>(bytes);
  put_value(out_, sample.value, bytes);
}

void BatchEncoder::series(StorageId id, std::span<const LabelView> labels) {
  out_ += static_cast<char>(kSeries);
  put_id(id);
  put_labels(out_, labels);
}

void BatchEncoder::samples(StorageId id, std::span<const Sample> in_order, std::span<const Sample> late) {
  if (in_order.size() == 1 && late.empty()) {
    const unsigned bytes = value_bytes(in_order[0].value);
    out_ += static_cast<char>(kOneSample | (bytes << kKindBits));
    put_id(id);
    put_signed(out_, minus(in_order[0].time.ms, last_ms_));
    last_ms_ = in_order[0].time.ms;
    put_value(out_, in_order[0].value, bytes);
    return;
  }
  out_ += static_cast<char>(kSamples);
  put_id(id);
  put_varint(out_, in_order.size());
  put_varint(out_, late.size());
  for (const Sample& sample : in_order) put_sample(sample);
  for (const Sample& sample : late) put_sample(sample);
}

void BatchEncoder::exemplar(StorageId id, const ExemplarView& exemplar) {
  out_ += static_cast<char>(kExemplar);
  put_id(id);
  put_sample({exemplar.time, exemplar.value});
  put_labels(out_, exemplar.labels);
}

void BatchEncoder::family(const MetadataWrite& family) {
  out_ += static_cast<char>(kFamily);
  out_ += static_cast<char>(family.type);
  put_text(out_, family.family);
  put_text(out_, family.help);
  put_text(out_, family.unit);
}

void BatchEncoder::tombstone(StorageId id, TimeRange range) {
  out_ += static_cast<char>(kTombstone);
  put_id(id);
  put_signed(out_, range.from.ms);
  put_signed(out_, range.to.ms);
}

Result<void> decode_batch(std::string_view payload, BatchVisitor& visitor) {
  Decoder decoder(payload, visitor);
  size_t entries = 0;
  for (; !decoder.at_end(); ++entries)
    if (!decoder.entry())
      return Error{Code::corrupt, fmt::format("cannot decode batch ({} bytes): entry {} is damaged", payload.size(), entries)};
  return {};
}

}  // namespace monitorai::store
