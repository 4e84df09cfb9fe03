#include "store/traces/span_block.h"

#include <zstd.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/check.h"
#include "store/disk/frame.h"
#include "store/traces/span_filter.h"
#include "store/traces/span_record.h"

namespace monitorai::store {

using signals::Attribute;
using signals::AttributeType;
using signals::AttributeValue;
using signals::Span;
using signals::SpanArena;
using signals::SpanBatch;
using signals::SpanKind;
using signals::SpanOrigin;
using signals::SpanStatus;
using signals::TraceId;

namespace {

/// Numbers texts in the order in which they come. The texts must stay.
class Dictionary {
 public:
  uint32_t number(std::string_view text) {
    const auto [at, added] = numbers_.try_emplace(text, static_cast<uint32_t>(texts_.size()));
    if (added) texts_.push_back(text);
    return at->second;
  }
  const std::vector<std::string_view>& texts() const { return texts_; }
  void put(std::string& out) const {
    put_varint(out, texts_.size());
    for (const std::string_view text : texts_) put_text(out, text);
  }

 private:
  std::unordered_map<std::string_view, uint32_t> numbers_;
  std::vector<std::string_view> texts_;
};

std::vector<std::string_view> take_texts(ByteReader& in) {
  std::vector<std::string_view> out;
  const uint64_t count = in.varint();
  for (uint64_t i = 0; i < count && in.ok(); ++i) out.push_back(in.text());
  return out;
}

std::string pack(const std::string& part, int compression) {
  std::string out;
  put_varint(out, part.size());
  const size_t head = out.size();
  out.resize(head + ZSTD_compressBound(part.size()));
  const size_t size = ZSTD_compress(out.data() + head, out.size() - head, part.data(), part.size(), compression);
  MAI_CHECK(!ZSTD_isError(size));
  out.resize(head + size);
  return frame_header(out) + out;
}

Result<std::string> unpack(std::string_view bytes) {
  const auto payload = take_frame(bytes);
  if (!payload || !bytes.empty()) return Error{Code::corrupt, "cannot read a block of spans: a checksum is wrong"};
  ByteReader in(*payload);
  const uint64_t size = in.varint();
  if (!in.ok() || size > kBlockPartBytesMax) return Error{Code::corrupt, fmt::format("cannot read a block of spans: a part of {} bytes", size)};
  const std::string_view compressed = in.bytes(in.left());
  if (ZSTD_getFrameContentSize(compressed.data(), compressed.size()) != size) return Error{Code::corrupt, "cannot read a block of spans: a part has not its size"};
  std::string out(size, '\0');
  const size_t got = ZSTD_decompress(out.data(), out.size(), compressed.data(), compressed.size());
  if (got != size) return Error{Code::corrupt, "cannot read a block of spans: a part does not decompress"};
  return out;
}

// ---- attributes ----

struct Column {
  uint32_t key = 0;
  AttributeType type = AttributeType::text;
  std::vector<const AttributeValue*> values;
};

bool is_number_column(AttributeType type) { return type == AttributeType::integer || type == AttributeType::boolean; }

void put_column(std::string& out, const Column& column) {
  put_varint(out, column.key);
  out += static_cast<char>(column.type);
  put_varint(out, column.values.size());
  if (is_number_column(column.type)) {
    for (const AttributeValue* value : column.values) put_signed(out, value->bits);
    return;
  }
  if (column.type == AttributeType::real) {
    for (const AttributeValue* value : column.values) put_word(out, value->bits);
    return;
  }
  Dictionary dictionary;
  std::vector<uint32_t> numbers;
  for (const AttributeValue* value : column.values) numbers.push_back(dictionary.number(value->text));
  const bool repeats = dictionary.texts().size() * 2 <= numbers.size();
  out += static_cast<char>(repeats ? 1 : 0);
  if (!repeats) {
    for (const AttributeValue* value : column.values) put_varint(out, value->text.size());
    for (const AttributeValue* value : column.values) out += value->text;
    return;
  }
  dictionary.put(out);
  if (dictionary.texts().size() > 1)
    for (const uint32_t number : numbers) put_varint(out, number);
}

std::string put_attribute_part(std::span<const Span> spans) {
  Dictionary keys;
  std::vector<Column> columns;
  std::map<std::pair<uint32_t, AttributeType>, uint32_t> by_key;
  std::map<std::vector<uint32_t>, uint32_t> shapes;
  std::vector<const std::vector<uint32_t>*> shape_list;
  std::string shape_numbers;
  std::vector<uint32_t> shape;
  uint32_t shape_number = 0;
  std::span<const Attribute> before;
  for (const Span& span : spans) {
    // Most spans have the attributes of the one before them.
    const bool same = std::equal(span.attributes.begin(), span.attributes.end(), before.begin(), before.end(),
                                 [](const Attribute& a, const Attribute& b) { return a.value.type == b.value.type && a.key == b.key; });
    before = span.attributes;
    if (same && !shape.empty()) {
      for (size_t i = 0; i < shape.size(); ++i) columns[shape[i]].values.push_back(&span.attributes[i].value);
      put_varint(shape_numbers, shape_number);
      continue;
    }
    shape.clear();
    for (const Attribute& attribute : span.attributes) {
      const std::pair key{keys.number(attribute.key), attribute.value.type};
      const auto [at, added] = by_key.try_emplace(key, static_cast<uint32_t>(columns.size()));
      if (added) columns.push_back({key.first, key.second, {}});
      columns[at->second].values.push_back(&attribute.value);
      shape.push_back(at->second);
    }
    const auto [at, added] = shapes.try_emplace(shape, static_cast<uint32_t>(shapes.size()));
    if (added) shape_list.push_back(&at->first);
    shape_number = at->second;
    put_varint(shape_numbers, shape_number);
  }
  std::string out;
  keys.put(out);
  put_varint(out, columns.size());
  for (const Column& column : columns) put_column(out, column);
  put_varint(out, shape_list.size());
  for (const auto* one : shape_list) {
    put_varint(out, one->size());
    for (const uint32_t column : *one) put_varint(out, column);
  }
  return out + shape_numbers;
}

/// What a damaged block claims is not allocated at once.
constexpr uint64_t kReserveMax = 4096;

struct ReadColumn {
  std::string_view key;
  std::vector<AttributeValue> values;
  size_t next = 0;
};

bool take_column(ByteReader& in, const std::vector<std::string_view>& keys, ReadColumn& out) {
  const uint64_t key = in.varint();
  const uint8_t type_number = in.byte();
  const uint64_t count = in.varint();
  if (!in.ok() || key >= keys.size() || type_number > static_cast<uint8_t>(AttributeType::map)) return false;
  out.key = keys[key];
  const auto type = static_cast<AttributeType>(type_number);
  out.values.reserve(std::min<uint64_t>(count, kReserveMax));
  if (is_number_column(type)) {
    for (uint64_t i = 0; i < count && in.ok(); ++i) out.values.push_back({type, in.signed_varint(), {}});
    return in.ok();
  }
  if (type == AttributeType::real) {
    for (uint64_t i = 0; i < count && in.ok(); ++i) out.values.push_back({type, in.word<int64_t>(), {}});
    return in.ok();
  }
  if (in.byte() == 0) {
    std::vector<uint64_t> sizes;
    for (uint64_t i = 0; i < count && in.ok(); ++i) sizes.push_back(in.varint());
    for (const uint64_t size : sizes) out.values.push_back({type, 0, in.bytes(size)});
    return in.ok();
  }
  const std::vector<std::string_view> texts = take_texts(in);
  if (!in.ok() || texts.empty() || (texts.size() == 1 && count > kBlockPartBytesMax / 64)) return false;
  for (uint64_t i = 0; i < count && in.ok(); ++i) {
    const uint64_t number = texts.size() == 1 ? 0 : in.varint();
    if (number >= texts.size()) return false;
    out.values.push_back({type, 0, texts[number]});
  }
  return in.ok();
}

bool take_attribute_part(std::string_view part, SpanBatch& batch) {
  ByteReader in(part);
  const std::vector<std::string_view> keys = take_texts(in);
  const uint64_t column_count = in.varint();
  std::vector<ReadColumn> columns;
  for (uint64_t i = 0; i < column_count && in.ok(); ++i)
    if (!take_column(in, keys, columns.emplace_back())) return false;
  std::vector<std::vector<uint32_t>> shapes;
  const uint64_t shape_count = in.varint();
  for (uint64_t i = 0; i < shape_count && in.ok(); ++i) {
    std::vector<uint32_t>& shape = shapes.emplace_back();
    const uint64_t size = in.varint();
    for (uint64_t k = 0; k < size && in.ok(); ++k) {
      const uint64_t column = in.varint();
      if (column >= columns.size()) return false;
      shape.push_back(static_cast<uint32_t>(column));
    }
  }
  std::vector<Attribute> scratch;
  for (Span& span : batch.spans) {
    const uint64_t shape = in.varint();
    if (!in.ok() || shape >= shapes.size()) return false;
    scratch.clear();
    for (const uint32_t number : shapes[shape]) {
      ReadColumn& column = columns[number];
      if (column.next == column.values.size()) return false;
      scratch.push_back({column.key, column.values[column.next++]});
    }
    span.attributes = batch.arena.keep(std::span<const Attribute>(scratch));
  }
  return in.at_end();
}

// ---- the index ----

std::string put_index_part(std::span<const Span> spans, const std::vector<uint32_t>& origin_of, const std::vector<const SpanOrigin*>& origins) {
  std::string out;
  Dictionary names;
  put_varint(out, spans.size());
  put_varint(out, origins.size());
  for (const SpanOrigin* origin : origins) put_text(out, origin->service());
  for (size_t i = 0; i < spans.size();) {
    size_t end = i;
    while (end < spans.size() && spans[end].trace == spans[i].trace) ++end;
    put_word(out, spans[i].trace.high);
    put_word(out, spans[i].trace.low);
    put_varint(out, end - i);
    i = end;
  }
  int64_t last = 0;
  for (const Span& span : spans) {
    put_signed(out, minus(span.start.ns, last));
    last = span.start.ns;
  }
  for (const Span& span : spans) put_varint(out, static_cast<uint64_t>(span.duration_ns));
  for (const Span& span : spans) out += static_cast<char>(static_cast<unsigned>(span.kind) | static_cast<unsigned>(span.status) << 4);
  for (const uint32_t origin : origin_of) put_varint(out, origin);
  std::string numbers;
  for (const Span& span : spans) put_varint(numbers, names.number(span.name));
  names.put(out);
  return out + numbers;
}

bool take_index_part(std::string_view part, SpanBatch& batch, std::vector<uint32_t>& origin_of) {
  ByteReader in(part);
  const uint64_t count = in.varint();
  if (count > part.size()) return false;
  batch.spans.resize(count);
  origin_of.resize(count);
  std::vector<const SpanOrigin*> origins;
  const uint64_t origin_count = in.varint();
  for (uint64_t i = 0; i < origin_count && in.ok(); ++i) {
    const Attribute service{"service.name", AttributeValue::of(in.text())};
    const std::span<const Attribute> resource{&service, service.value.text.empty() ? 0u : 1u};
    origins.push_back(batch.arena.keep_one(SpanOrigin{.resource = batch.arena.keep(resource)}));
  }
  for (size_t i = 0; i < count && in.ok();) {
    TraceId trace{in.word<uint64_t>(), 0};
    trace.low = in.word<uint64_t>();
    const uint64_t spans = in.varint();
    if (spans == 0 || spans > count - i) return false;
    for (const size_t end = i + spans; i < end; ++i) batch.spans[i].trace = trace;
  }
  int64_t last = 0;
  for (Span& span : batch.spans) span.start.ns = last = plus(last, in.signed_varint());
  for (Span& span : batch.spans) span.duration_ns = static_cast<int64_t>(in.varint() & INT64_MAX);
  for (Span& span : batch.spans) {
    const uint8_t kinds = in.byte();
    if ((kinds & 15) > static_cast<int>(SpanKind::consumer) || (kinds >> 4) > static_cast<int>(SpanStatus::error)) return false;
    span.kind = static_cast<SpanKind>(kinds & 15);
    span.status = static_cast<SpanStatus>(kinds >> 4);
  }
  for (size_t i = 0; i < count; ++i) {
    const uint64_t origin = in.varint();
    if (origin >= origins.size()) return false;
    origin_of[i] = static_cast<uint32_t>(origin);
    batch.spans[i].origin = origins[origin];
  }
  const std::vector<std::string_view> names = take_texts(in);
  for (Span& span : batch.spans) {
    const uint64_t name = in.varint();
    if (name >= names.size()) return false;
    span.name = names[name];
  }
  return in.ok() && in.at_end();
}

// ---- ids ----

/// A parent in the same trace and block is its distance in spans; another stands as it is.
std::string put_ids_part(std::span<const Span> spans) {
  std::string out;
  for (const Span& span : spans) put_word(out, span.id.value);
  std::unordered_map<uint64_t, size_t> places;
  for (size_t i = 0, begin = 0; i < spans.size(); ++i) {
    if (i == begin || spans[i].trace != spans[begin].trace) {
      begin = i;
      places.clear();
      for (size_t k = i; k < spans.size() && spans[k].trace == spans[i].trace; ++k) places.try_emplace(spans[k].id.value, k - begin);
    }
    if (!spans[i].parent.valid()) {
      put_varint(out, 0);
    } else if (const auto found = places.find(spans[i].parent.value); found != places.end()) {
      put_varint(out, found->second + 2);
    } else {
      put_varint(out, 1);
      put_word(out, spans[i].parent.value);
    }
  }
  return out;
}

bool take_ids_part(std::string_view part, SpanBatch& batch) {
  ByteReader in(part);
  std::vector<Span>& spans = batch.spans;
  for (Span& span : spans) span.id.value = in.word<uint64_t>();
  for (size_t i = 0, begin = 0; i < spans.size(); ++i) {
    if (spans[i].trace != spans[begin].trace) begin = i;
    const uint64_t parent = in.varint();
    if (parent == 1) {
      spans[i].parent.value = in.word<uint64_t>();
    } else if (parent > 1) {
      if (parent - 2 >= spans.size() - begin || spans[begin + parent - 2].trace != spans[begin].trace) return false;
      spans[i].parent = spans[begin + parent - 2].id;
    }
  }
  return in.ok() && in.at_end();
}

// ---- the rest ----

std::string put_extras_part(std::span<const Span> spans, const std::vector<const SpanOrigin*>& origins) {
  std::string out;
  put_varint(out, origins.size());
  for (const SpanOrigin* origin : origins) put_origin(out, *origin);
  for (const Span& span : spans) put_extras(out, span);
  return out;
}

bool take_extras_part(std::string_view part, SpanBatch& batch, const std::vector<uint32_t>& origin_of) {
  ByteReader in(part);
  std::vector<const SpanOrigin*> origins;
  const uint64_t count = in.varint();
  for (uint64_t i = 0; i < count && in.ok(); ++i) origins.push_back(take_origin(in, batch.arena));
  for (size_t i = 0; i < batch.spans.size() && in.ok(); ++i) {
    if (origin_of[i] >= origins.size()) return false;
    batch.spans[i].origin = origins[origin_of[i]];
    take_extras(in, batch.arena, batch.spans[i]);
  }
  return in.ok() && in.at_end();
}

}  // namespace

EncodedBlock encode_span_block(std::span<const Span> spans, int compression) {
  MAI_CHECK(!spans.empty());
  EncodedBlock out;
  out.spans = static_cast<uint32_t>(spans.size());
  out.from_ns = INT64_MAX;
  out.to_ns = INT64_MIN;
  std::vector<uint32_t> origin_of;
  std::vector<const SpanOrigin*> origins;
  std::unordered_map<std::string, uint32_t> by_bytes;
  std::unordered_map<const SpanOrigin*, uint32_t> by_pointer;
  std::vector<uint64_t> entries;
  TraceId last_trace;
  std::string bytes;
  const auto add_attributes = [&](std::span<const Attribute> attributes) {
    for (const Attribute& attribute : attributes)
      if (attribute.value.type == AttributeType::text && attribute.value.text.size() <= kFilteredValueBytesMax)
        entries.push_back(attribute_entry(attribute.key, attribute.value.text));
  };
  for (const Span& span : spans) {
    out.from_ns = std::min(out.from_ns, span.start.ns);
    out.to_ns = std::max(out.to_ns, span.start.ns);
    out.duration_max_ns = std::max(out.duration_max_ns, span.duration_ns);
    out.errors += span.status == SpanStatus::error ? 1 : 0;
    const auto [known, fresh] = by_pointer.try_emplace(span.origin, 0);
    if (fresh) {
      bytes.clear();
      put_origin(bytes, *span.origin);
      const auto [at, added] = by_bytes.try_emplace(bytes, static_cast<uint32_t>(origins.size()));
      if (added) {
        origins.push_back(span.origin);
        entries.push_back(service_entry(span.origin->service()));
        add_attributes(span.origin->resource);
      }
      known->second = at->second;
    }
    origin_of.push_back(known->second);
    if (span.trace != last_trace) {
      const auto of_trace = trace_entries(span.trace);
      entries.insert(entries.end(), of_trace.begin(), of_trace.end());
      last_trace = span.trace;
    }
    entries.push_back(name_entry(span.name));
    add_attributes(span.attributes);
  }
  out.filter = make_span_filter(entries);
  out.parts[0] = pack(put_index_part(spans, origin_of, origins), compression);
  out.parts[1] = pack(put_ids_part(spans), compression);
  out.parts[2] = pack(put_attribute_part(spans), compression);
  out.parts[3] = pack(put_extras_part(spans, origins), compression);
  return out;
}

Result<std::shared_ptr<SpanBatch>> decode_span_block(const BlockBytes& bytes) {
  auto out = std::make_shared<SpanBatch>();
  const auto damaged = [](std::string_view part) { return Error{Code::corrupt, fmt::format("cannot read a block of spans: its {} are damaged", part)}; };
  std::vector<uint32_t> origin_of;
  MAI_TRY_ASSIGN(std::string index, unpack(bytes.index));
  if (!take_index_part(out->arena.own(std::move(index)), *out, origin_of)) return damaged("columns");
  if (!bytes.whole) return out;
  MAI_TRY_ASSIGN(const std::string ids, unpack(bytes.ids));
  if (!take_ids_part(ids, *out)) return damaged("ids");
  MAI_TRY_ASSIGN(std::string attributes, unpack(bytes.attributes));
  if (!take_attribute_part(out->arena.own(std::move(attributes)), *out)) return damaged("attributes");
  MAI_TRY_ASSIGN(std::string extras, unpack(bytes.extras));
  if (!take_extras_part(out->arena.own(std::move(extras)), *out, origin_of)) return damaged("events");
  return out;
}

}  // namespace monitorai::store
