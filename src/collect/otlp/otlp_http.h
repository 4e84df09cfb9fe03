#pragma once
// OTLP over HTTP: POST /v1/traces, /v1/metrics, /v1/logs with protobuf or JSON, as opentelemetry.io/docs/specs/otlp (OTLP/HTTP) has it,
// with CORS for pages of the origins that the user allowed. Handlers run on the HTTP workers.

#include <span>

#include "collect/otlp/otlp_receiver.h"
#include "net/http.h"

namespace monitorai::collect {

struct OtlpHttpSettings {
  /// Origins ("https://app.example.com") whose pages may send; "*" is every origin.
  std::vector<std::string> cors_origins;
  size_t request_bytes_max = kOtlpRequestBytesMax;  ///< as sent and after decompression: beyond it 413
};

/// 200: taken, or in part (partial success in the body). 400: unreadable. 404: the signal is off. 415: neither protobuf nor JSON. 429: under
/// pressure, 503: the disk is full or failing; nothing was kept, send it again after Retry-After. Errors are a google.rpc.Status.
void add_otlp_http(net::Router& router, OtlpReceiver& receiver, OtlpHttpSettings settings);

bool cors_allows(std::span<const std::string> origins, std::string_view origin);

}  // namespace monitorai::collect
