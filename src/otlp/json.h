#pragma once
// OTLP's JSON turned into protobuf and back, by the tables of schema.h: the adapter of simdjson for OTLP. Pure; any thread.
// Source: opentelemetry.io/docs/specs/otlp (JSON protobuf encoding): ids in hex, enums as numbers, unknown fields ignored, names in lowerCamelCase.

#include <string>
#include <string_view>

#include "base/result.h"
#include "otlp/schema.h"

namespace monitorai::otlp {

/// Values nested deeper are an error.
inline constexpr int kDepthMax = 48;

/// Code::invalid names the field that is wrong: "cannot read resourceSpans[0].scopeSpans[1].spans[0].kind: ...".
Result<std::string> protobuf_of_json(const Message& message, std::string_view json);

enum class Ids { hex, base64 };
/// JSON as the specification writes it (ids in hex), or as protobuf's own JSON does, which Tempo serves (ids in base64). Enums by name.
/// Code::invalid when the bytes are no such message.
Result<std::string> json_of_protobuf(const Message& message, std::string_view bytes, Ids ids);

}  // namespace monitorai::otlp
