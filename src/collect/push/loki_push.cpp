#include "collect/push/loki_push.h"

#include <snappy.h>

#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>

#include "base/text.h"
#include "collect/push/field_types.h"
#include "collect/push/loki_push_builder.h"
#include "signals/labels.h"

namespace monitorai::collect {
namespace {

using signals::LabelView;

enum class RequestField : protozero::pbf_tag_type { streams = 1 };
enum class StreamField : protozero::pbf_tag_type { labels = 1, entries = 2, hash = 3 };
enum class EntryField : protozero::pbf_tag_type { timestamp = 1, line = 2, metadata = 3 };
enum class TimestampField : protozero::pbf_tag_type { seconds = 1, nanos = 2 };
enum class PairField : protozero::pbf_tag_type { name = 1, value = 2 };

constexpr int64_t kNanosPerSecond = 1'000'000'000;

std::string_view view(protozero::data_view bytes) { return {bytes.data(), bytes.size()}; }

/// google.protobuf.Timestamp; nullopt where 64 bits of nanoseconds do not hold it.
std::optional<TimeNs> time_of(protozero::pbf_message<TimestampField> message) {
  int64_t seconds = 0, nanos = 0, ns = 0;
  while (message.next()) {
    switch (message.tag_and_type()) {
      case varint_of(TimestampField::seconds): seconds = message.get_int64(); break;
      case varint_of(TimestampField::nanos): nanos = message.get_int32(); break;
      default: message.skip();
    }
  }
  if (__builtin_mul_overflow(seconds, kNanosPerSecond, &ns) || __builtin_add_overflow(ns, nanos, &ns)) return std::nullopt;
  return TimeNs{ns};
}

void read_pair(protozero::pbf_message<PairField> message, LokiPushBuilder& out) {
  LabelView pair;
  while (message.next()) {
    switch (message.tag_and_type()) {
      case bytes_of(PairField::name): pair.name = view(message.get_view()); break;
      case bytes_of(PairField::value): pair.value = view(message.get_view()); break;
      default: message.skip();
    }
  }
  out.metadata(pair.name, pair.value);
}

void read_entry(protozero::pbf_message<EntryField> message, LokiPushBuilder& out) {
  std::optional<TimeNs> time = TimeNs{};
  std::string_view line;
  while (message.next()) {
    switch (message.tag_and_type()) {
      case bytes_of(EntryField::timestamp): time = time_of(message.get_message()); break;
      case bytes_of(EntryField::line): line = view(message.get_view()); break;
      case bytes_of(EntryField::metadata): read_pair(message.get_message(), out); break;
      default: message.skip();
    }
  }
  out.line(time, line);
}

/// Labels may stand behind the entries: two passes, so that messages about lines can name the stream.
void read_stream(protozero::pbf_message<StreamField> message, LokiPushBuilder& out) {
  out.begin_stream();
  for (auto pass = message; pass.next();) {
    if (pass.tag_and_type() == bytes_of(StreamField::labels)) out.labels_text(view(pass.get_view()));
    else pass.skip();
  }
  while (message.next()) {
    if (message.tag_and_type() == bytes_of(StreamField::entries)) read_entry(message.get_message(), out);
    else message.skip();
  }
  out.end_stream();
}

}  // namespace

Result<std::unique_ptr<LokiPush>> LokiPush::decode_protobuf(std::string_view compressed) {
  size_t size = 0;
  if (!snappy::GetUncompressedLength(compressed.data(), compressed.size(), &size))
    return Error{Code::invalid, fmt::format("cannot read a push ({} bytes): it is not snappy", compressed.size())};
  if (size > kLokiPushBytesMax)
    return Error{Code::exhausted, fmt::format("cannot read a push: it uncompresses to {} bytes, of at most {}", size, kLokiPushBytesMax)};
  LokiPushBuilder builder;
  if (!snappy::Uncompress(compressed.data(), compressed.size(), &builder.bytes()))
    return Error{Code::invalid, fmt::format("cannot read a push ({} bytes): its snappy data is damaged", compressed.size())};
  try {
    protozero::pbf_message<RequestField> request(builder.bytes());
    while (request.next()) {
      if (request.tag_and_type() == bytes_of(RequestField::streams)) read_stream(request.get_message(), builder);
      else request.skip();
    }
  } catch (const protozero::exception& error) {
    return Error{Code::invalid, fmt::format("cannot read a push ({} bytes uncompressed): it is not a PushRequest: {}", size, error.what())};
  }
  return builder.finish();
}

std::string encode_loki_push(std::span<const signals::StreamWrite> streams) {
  std::string bytes;
  protozero::pbf_builder<RequestField> request(bytes);
  const auto add_string = [](auto& to, auto field, std::string_view text) { to.add_string(field, text.data(), text.size()); };
  for (const signals::StreamWrite& stream : streams) {
    protozero::pbf_builder<StreamField> out(request, RequestField::streams);
    std::string labels = "{";
    for (const LabelView& label : stream.labels) fmt::format_to(std::back_inserter(labels), "{}{}={}", labels.size() > 1 ? ", " : "", label.name, json_string(label.value));
    add_string(out, StreamField::labels, labels + "}");
    for (const signals::LogLineView& line : stream.lines) {
      protozero::pbf_builder<EntryField> entry(out, StreamField::entries);
      {
        int64_t seconds = line.time.ns / kNanosPerSecond, nanos = line.time.ns % kNanosPerSecond;
        if (nanos < 0) {
          --seconds;
          nanos += kNanosPerSecond;
        }
        protozero::pbf_builder<TimestampField> time(entry, EntryField::timestamp);
        time.add_int64(TimestampField::seconds, seconds);
        time.add_int32(TimestampField::nanos, static_cast<int32_t>(nanos));
      }
      add_string(entry, EntryField::line, line.line);
      for (const LabelView& pair : line.metadata) {
        protozero::pbf_builder<PairField> one(entry, EntryField::metadata);
        add_string(one, PairField::name, pair.name);
        add_string(one, PairField::value, pair.value);
      }
    }
  }
  std::string compressed;
  snappy::Compress(bytes.data(), bytes.size(), &compressed);
  return compressed;
}

}  // namespace monitorai::collect
