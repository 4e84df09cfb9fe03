#include "collect/otlp/otlp_grpc.h"

namespace monitorai::collect {
namespace {

using net::GrpcReply;
using net::GrpcStatus;

constexpr std::chrono::seconds kRetryAfter{5};

GrpcReply reply_of(const Result<OtlpAnswer>& answer) {
  if (answer) return {.body = otlp_response(*answer)};
  const Error& error = answer.error();
  switch (error.code) {
    case Code::exhausted: return {.status = GrpcStatus::resource_exhausted, .message = error.message, .retry_after = kRetryAfter};
    case Code::unavailable: return {.status = GrpcStatus::unavailable, .message = error.message, .retry_after = kRetryAfter};
    case Code::not_found: return {.status = GrpcStatus::unimplemented, .message = error.message};
    default: return {.status = GrpcStatus::invalid_argument, .message = error.message};
  }
}

}  // namespace

std::map<std::string, net::GrpcMethod> otlp_grpc_methods(OtlpReceiver& receiver) {
  const auto method = [&](OtlpSignal signal) { return [&receiver, signal](std::string message) { return reply_of(receiver.take(signal, std::move(message))); }; };
  return {{"/opentelemetry.proto.collector.trace.v1.TraceService/Export", method(OtlpSignal::traces)},
          {"/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", method(OtlpSignal::metrics)},
          {"/opentelemetry.proto.collector.logs.v1.LogsService/Export", method(OtlpSignal::logs)}};
}

}  // namespace monitorai::collect
