#pragma once
// The messages of OTLP as tables, so that protobuf and JSON are one decoder: JSON is turned into protobuf, and back.
// Source: github.com/open-telemetry/opentelemetry-proto v1 (trace.proto, logs.proto, metrics.proto, common.proto, resource.proto).

#include <cstdint>
#include <span>
#include <string_view>

namespace monitorai::otlp {

enum class FieldKind : uint8_t { message, text, id, bytes, boolean, int64, uint32, uint64, fixed64, fixed32, sfixed64, sint32, real, enumeration };

struct Message;
struct Field {
  std::string_view name;  ///< in JSON
  uint32_t number = 0;
  FieldKind kind = FieldKind::text;
  bool repeated = false;
  const Message* message = nullptr;                   ///< of kind message
  std::span<const std::string_view> enumerators = {};  ///< of kind enumeration, in order from 0
};
struct Message {
  std::string_view name;
  std::span<const Field> fields;
};

/// ExportTraceServiceRequest, which has the same bytes as TracesData and as Tempo's Trace.
extern const Message kTraces;
extern const Message kLogs;
extern const Message kMetrics;

}  // namespace monitorai::otlp
