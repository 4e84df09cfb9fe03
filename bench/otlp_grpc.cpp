// OTLP over gRPC, received and decoded by us and by grpc++ with generated protobuf, for bench/traces.py:
//   otlp_grpc ours|grpc   prints its port, serves until its input ends, prints JSON: its CPU time and what it counted
//   otlp_grpc send PORT REQUESTS   sends them over one connection, two at a time (grpc++ in either case)

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <sys/resource.h>

#include <thread>

#include "base/clock.h"
#include "base/text.h"
#include "net/grpc_server.h"
#include "otlp_trace.grpc.pb.h"
#include "span_load.h"

namespace {

namespace wire = opentelemetry::proto::collector::trace::v1;
using namespace monitorai;

std::atomic<uint64_t> spans_seen{0}, attributes_seen{0};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Service final : public wire::TraceService::Service {
  grpc::Status Export(grpc::ServerContext*, const wire::ExportTraceServiceRequest* request, wire::ExportTraceServiceResponse*) override {
    for (const auto& resource : request->resource_spans())
      for (const auto& scope : resource.scope_spans())
        for (const auto& span : scope.spans()) {
          ++spans_seen;
          attributes_seen += static_cast<uint64_t>(span.attributes_size());
        }
    return grpc::Status::OK;
  }
};

net::GrpcReply decode(std::string message) {
  const auto request = otlp::read_traces(std::move(message));
  if (!request) return {.status = net::GrpcStatus::invalid_argument, .message = request.error().message};
  for (const auto& span : (*request)->batch.spans) {
    ++spans_seen;
    attributes_seen += span.attributes.size();
  }
  return {};
}

/// Prints the port and waits for the end of the input.
void serve(int port) {
  fmt::print("{}\n", port);
  std::fflush(stdout);
  const double begun = cpu_seconds();
  while (std::getchar() != EOF) {
  }
  fmt::print(R"({{"cpu_seconds":{:.4f},"spans":{},"attributes":{}}})", cpu_seconds() - begun, spans_seen.load(), attributes_seen.load());
}

int serve_ours() {
  net::GrpcSettings settings;
  settings.methods["/opentelemetry.proto.collector.trace.v1.TraceService/Export"] = decode;
  const auto server = net::GrpcServer::start(std::move(settings));
  if (!server) return 1;
  serve((*server)->port());
  return 0;
}

int serve_grpc() {
  Service service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  if (!server) return 1;
  serve(port);
  server->Shutdown();
  return 0;
}

int send(const std::string& port, size_t requests) {
  wire::ExportTraceServiceRequest request;
  const std::string bytes = bench::Load(2, bench::kBatch, SystemClock().now().ms * 1'000'000).next(nullptr);
  if (!request.ParseFromString(bytes)) return 1;
  const auto channel = grpc::CreateChannel("127.0.0.1:" + port, grpc::InsecureChannelCredentials());
  const auto stub = wire::TraceService::NewStub(channel);
  std::atomic<size_t> left{requests}, failed{0};
  std::vector<std::thread> senders;
  for (int i = 0; i < 2; ++i)
    senders.emplace_back([&] {
      for (size_t now = left; now > 0;) {
        if (!left.compare_exchange_weak(now, now - 1)) continue;
        grpc::ClientContext context;
        wire::ExportTraceServiceResponse response;
        if (!stub->Export(&context, request, &response).ok()) ++failed;
        now = left;
      }
    });
  for (std::thread& sender : senders) sender.join();
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view what = count > 1 ? arguments[1] : "";
  if (what == "ours") return serve_ours();
  if (what == "grpc") return serve_grpc();
  if (what == "send" && count == 4) return send(arguments[2], parse_integer<size_t>(arguments[3]).value_or(0));
  fmt::print(stderr, "usage: otlp_grpc ours | grpc | send PORT REQUESTS\n");
  return 2;
}
