#pragma once
// Traces: the trace store with what writes into it, and OTLP's receivers, which take metrics and logs too. Threads: main owns it; handlers
// run on the HTTP workers.

#include <memory>

#include "app/config/config.h"
#include "app/serve/addresses.h"
#include "app/serve/logs.h"
#include "app/serve/metrics.h"
#include "collect/otlp/otlp_grpc.h"
#include "collect/otlp/otlp_http.h"
#include "collect/push/zipkin_receiver.h"
#include "judge/quality/watch/evaluation.h"
#include "judge/spans/span_pipeline.h"
#include "serve/jaeger/api.h"
#include "serve/observation.h"
#include "serve/tempo/api.h"
#include "store/traces/trace_store.h"

namespace monitorai::app {

class Traces {
 public:
  /// Opens the store in the data folder, unless traces.enabled is off: then OTLP takes metrics and logs alone. `logs` is null where logs
  /// are off; both outlive this. `tap` is shown spans before they are masked (null: nobody looks).
  static Result<std::unique_ptr<Traces>> open(const Config& config, const Clock& clock, Metrics& metrics, Logs* logs,
                                              std::function<void(std::span<const signals::Span>)> tap);
  ~Traces();

  /// Tempo's API, and Jaeger's below /jaeger, where traces are on; /ready too for a listener of its own.
  void add_tempo_routes(net::Router& router, bool own_listener);
  /// Opens OTLP's gRPC listener, unless it is off; a port that another program has costs a warning. What to tell a person: an address, or
  /// why there is none.
  Addresses::Line start_grpc(net::HttpGuard guard);
  /// Reads the gRPC listener's certificate again; where that fails, the old one stays.
  void reload_tls();
  /// What is stored of prompts and answers from now on.
  void set_text(judge::TextRules rules);
  /// Ends the gRPC listener.
  void stop();
  /// /api/v1/traces/{id}/context, where traces are on: the processes of the newest scan, and past ones that `metrics` knows, behind spans.
  void add_context_route(net::Router& router, std::shared_ptr<const serve::PublishedObservation> observations, const signals::MetricSource& metrics) const;
  /// OTLP over HTTP, and Zipkin's spans where traces are on.
  void add_otlp_routes(net::Router& router);
  /// Metrics from spans (llm_*, traces_spanmetrics_*, traces_service_graph_*), monitorai_trace_store_*, monitorai_otlp_*.
  void append_families(std::vector<signals::MetricFamily>& out) const;

 private:
  Traces(const Config& config, const Clock& clock) : config_(config), clock_(clock) {}

  const Config config_;
  const Clock& clock_;
  store::PosixFileSystem files_;
  std::unique_ptr<store::TraceStore> store_;  ///< null where traces are off
  const query::TraceQlEngine engine_;
  std::unique_ptr<judge::SpanMetrics> metrics_;
  std::unique_ptr<judge::ServiceGraph> graph_;
  std::unique_ptr<judge::SpanPipeline> pipeline_;
  std::unique_ptr<collect::OtlpReceiver> otlp_;
  collect::ZipkinCounts zipkin_;
  std::unique_ptr<net::GrpcServer> grpc_;  ///< null where it is off
};

}  // namespace monitorai::app
