// Bytes of an OTLP request: by the first byte traces, metrics or logs, as protobuf or as JSON. What is read is valid text, is written and
// read back the same, and goes through the trace store's records.

#include "base/check.h"
#include "base/text.h"
#include "otlp/json.h"
#include "otlp/logs.h"
#include "otlp/metrics.h"
#include "otlp/traces.h"
#include "store/traces/span_block.h"
#include "store/traces/span_record.h"

namespace {

using namespace monitorai;

void check(std::span<const signals::Attribute> attributes) {
  for (const auto& [key, value] : attributes) MAI_CHECK(!key.empty() && valid_utf8(key) && (value.type == signals::AttributeType::bytes || valid_utf8(value.text)));
}

void check_traces(std::string protobuf) {
  const auto request = otlp::read_traces(std::move(protobuf));
  if (!request) return;
  std::vector<signals::Span>& spans = (*request)->batch.spans;
  for (const signals::Span& span : spans) {
    MAI_CHECK(span.trace.valid() && span.id.valid() && span.duration_ns >= 0 && valid_utf8(span.name));
    check(span.attributes);
    check(span.origin->resource);
  }
  const auto again = otlp::read_traces(otlp::write_traces(spans));
  MAI_CHECK(again && (*again)->batch.spans.size() == spans.size() && (*again)->invalid == 0);
  const std::string record = store::encode_spans(spans);
  signals::SpanBatch batch;
  MAI_CHECK(store::decode_spans(record, batch) && batch.spans.size() == spans.size());
  if (spans.empty() || spans.size() > store::kBlockSpansMax) return;
  std::sort(spans.begin(), spans.end(), [](const auto& a, const auto& b) { return a.trace < b.trace; });
  const store::EncodedBlock block = store::encode_span_block(spans, 1);
  const auto read = store::decode_span_block({block.parts[0], block.parts[1], block.parts[2], block.parts[3], true});
  MAI_CHECK(read && (*read)->spans.size() == spans.size());
  for (size_t i = 0; i < spans.size(); ++i) MAI_CHECK((*read)->spans[i].id == spans[i].id && std::ranges::equal((*read)->spans[i].attributes, spans[i].attributes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size == 0) return 0;
  std::string body(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const int signal = bytes[0] % 3;
  const otlp::Message& message = signal == 0 ? otlp::kTraces : signal == 1 ? otlp::kMetrics : otlp::kLogs;
  if (bytes[0] / 3 % 2 == 1) {
    auto protobuf = otlp::protobuf_of_json(message, body);
    if (!protobuf) return 0;
    MAI_CHECK(otlp::json_of_protobuf(message, *protobuf, otlp::Ids::hex));
    body = std::move(*protobuf);
  } else {
    (void)otlp::json_of_protobuf(message, body, otlp::Ids::base64);
  }
  if (signal == 0) check_traces(std::move(body));
  else if (signal == 1) (void)otlp::read_metrics(std::move(body), {1});
  else (void)otlp::read_logs(std::move(body), {1});
  return 0;
}
