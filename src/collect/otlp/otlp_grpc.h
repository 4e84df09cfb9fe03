#pragma once
// OTLP over gRPC: the three Export methods of opentelemetry.proto.collector, for a GrpcServer.

#include "collect/otlp/otlp_receiver.h"
#include "net/grpc_server.h"

namespace monitorai::collect {

/// INVALID_ARGUMENT: unreadable; UNIMPLEMENTED: the signal is off; RESOURCE_EXHAUSTED and UNAVAILABLE with a retry hint: nothing was kept,
/// send it again later. The receiver must outlive the server.
std::map<std::string, net::GrpcMethod> otlp_grpc_methods(OtlpReceiver& receiver);

}  // namespace monitorai::collect
