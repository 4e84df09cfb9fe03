#include "app/serve/traces.h"

#include "app/serve/host_names.h"
#include "app/serve/past_process.h"
#include "app/serve/port_owner.h"
#include "app/serve/text_rules.h"
#include "base/log.h"
#include "serve/traces/context.h"

namespace monitorai::app {
namespace {

using signals::Labels;
using signals::MetricFamily;
using signals::MetricType;

constexpr std::string_view kStoreFolder = "traces";

constexpr double kPercent = 100;

judge::SpanContentRules span_content(judge::TextRules rules) {
  using judge::SpanContent;
  using judge::TextContent;
  return {rules.content == TextContent::off ? SpanContent::off : rules.content == TextContent::full ? SpanContent::full : SpanContent::redacted, std::move(rules.redact)};
}

/// Prompts and answers are treated as those in logs.
Result<judge::SpanPipelineSettings> pipeline_settings(const Config& config) {
  judge::SpanPipelineSettings out{.head_share = static_cast<double>(config.traces.head_percent) / kPercent};
  MAI_TRY_ASSIGN(judge::TextRules rules, text_rules(config));
  judge::SpanContentRules content = span_content(std::move(rules));
  out.content = content.content;
  out.redact = std::move(content.redact);
  return out;
}

store::TraceSettings store_settings(const Config& config) {
  store::TraceSettings out;
  out.folder = std::filesystem::path(config.data) / kStoreFolder;
  out.retention = config.traces.retention;
  out.retention_bytes = static_cast<uint64_t>(config.traces.retention_bytes);
  out.durability = config.traces.durable_acknowledgement ? store::Durability::sync : store::Durability::batched;
  if (config.traces.tail_percent < 100) {
    const judge::TailSampling sampling{.share = static_cast<double>(config.traces.tail_percent) / kPercent, .slow_ns = std::chrono::nanoseconds(config.traces.slow).count()};
    out.keep = [sampling](std::span<const signals::Span> trace) { return judge::tail_keeps(sampling, trace); };
    out.decision_wait = config.traces.decision_wait;
  }
  return out;
}

using Points = std::vector<std::pair<Labels, uint64_t>>;

void counter(std::vector<MetricFamily>& out, std::string name, std::string help, Points points, std::string unit = {}) {
  MetricFamily family{.name = std::move(name), .help = std::move(help), .type = MetricType::counter, .unit = std::move(unit)};
  for (auto& [labels, value] : points) family.counter(std::move(labels), static_cast<double>(value));
  out.push_back(std::move(family));
}

void gauge(std::vector<MetricFamily>& out, std::string name, std::string help, Points points, std::string unit = {}) {
  MetricFamily family{.name = std::move(name), .help = std::move(help), .unit = std::move(unit)};
  for (auto& [labels, value] : points) family.gauge(std::move(labels), static_cast<double>(value));
  out.push_back(std::move(family));
}

void append_store_families(std::vector<MetricFamily>& out, const store::TraceStore& store) {
  const store::TraceStoreCounts counts = store.counts();
  counter(out, "monitorai_trace_store_spans", "Spans offered to the trace store, by what became of them.",
          {{{{"outcome", "accepted"}}, counts.spans_accepted},
           {{{"outcome", "duplicate"}}, counts.spans_duplicate},
           {{{"outcome", "too_old"}}, counts.spans_too_old},
           {{{"outcome", "too_new"}}, counts.spans_too_new},
           {{{"outcome", "too_large"}}, counts.spans_too_large}});
  counter(out, "monitorai_trace_store_accepted_bytes", "Spans that the trace store accepted, as it logs them.", {{{}, counts.bytes_accepted}}, "bytes");
  counter(out, "monitorai_trace_store_spans_persisted", "Spans that went to partitions.", {{{}, counts.spans_persisted}});
  counter(out, "monitorai_trace_store_blocks_persisted", "Blocks of spans that went to partitions.", {{{}, counts.blocks_persisted}});
  gauge(out, "monitorai_trace_store_blocked", "Whether writes are refused because the disk is full or failing.", {{{}, store.blocked() ? 1u : 0u}});
  counter(out, "monitorai_trace_store_writes_refused", "Writes refused because full heads wait for the disk.", {{{}, counts.writes_refused}});
  gauge(out, "monitorai_trace_store_memory_bytes", "Spans that the trace store holds in memory, by what they wait for.",
        {{{{"part", "open"}}, counts.head_bytes}, {{{"part", "waiting"}}, counts.waiting_bytes}}, "bytes");
  const store::TraceDiskUsage disk = store.disk_usage();
  gauge(out, "monitorai_trace_store_size_bytes", "Bytes of the trace store on disk.", {{{{"part", "partitions"}}, disk.partition_bytes}, {{{"part", "log"}}, disk.log_bytes}}, "bytes");
  gauge(out, "monitorai_trace_store_partitions", "Partitions (days) in the trace store.", {{{}, disk.partitions}});
  gauge(out, "monitorai_trace_store_partitions_set_aside", "Partitions that were damaged and are not read.", {{{}, store.set_aside().size()}});
  counter(out, "monitorai_trace_store_failures", "Operations on the disk that failed, by what was tried.",
          {{{{"operation", "log"}}, counts.log_failures}, {{{"operation", "sync"}}, counts.sync_failures}, {{{"operation", "persist"}}, counts.persist_failures}});
}

}  // namespace

Result<std::unique_ptr<Traces>> Traces::open(const Config& config, const Clock& clock, Metrics& metrics, Logs* logs, std::function<void(std::span<const signals::Span>)> tap) {
  std::unique_ptr<Traces> out(new Traces(config, clock));
  if (config.traces.enabled) {
    MAI_TRY_ASSIGN(out->store_, store::TraceStore::open(store_settings(config), clock, out->files_));
    MAI_TRY_ASSIGN(judge::SpanPipelineSettings pipeline, pipeline_settings(config));
    pipeline.tap = std::move(tap);
    out->metrics_ = std::make_unique<judge::SpanMetrics>(clock, config.traces.prices);
    out->graph_ = std::make_unique<judge::ServiceGraph>(clock);
    out->pipeline_ = std::make_unique<judge::SpanPipeline>(std::move(pipeline), *out->metrics_, *out->graph_, *out->store_);
  }
  out->otlp_ = std::make_unique<collect::OtlpReceiver>(out->pipeline_.get(), &metrics.store(), logs == nullptr ? nullptr : &logs->writer(), clock);
  return out;
}

Traces::~Traces() { stop(); }

Addresses::Line Traces::start_grpc(net::HttpGuard guard) {
  constexpr std::string_view kShown = "OTLP gRPC";
  const Listener& wanted = config_.otlp.grpc;
  if (!wanted.address) return {std::string(kShown), "off", false};
  net::GrpcSettings settings{.host = wanted.address->host, .port = wanted.address->port, .methods = collect::otlp_grpc_methods(*otlp_), .guard = std::move(guard)};
  settings.limits.message_bytes_max = static_cast<size_t>(config_.otlp.request_bytes_max);
  const bool tls = !wanted.tls.certificate.empty();
  if (tls) settings.tls = net::TlsFiles{wanted.tls.certificate, wanted.tls.key, wanted.tls.client_ca};
  auto server = net::GrpcServer::start(std::move(settings));
  if (!server) {
    const std::string message = listen_message(server.error(), wanted.address->port);
    log::warn("a listener is off", {{"listener", "otlp.grpc"}, {"error", message}});
    return {std::string(kShown), "off: " + message, false};
  }
  grpc_ = std::move(*server);
  Address at = *wanted.address;
  at.port = grpc_->port();
  return {std::string(kShown), (tls ? "https://" : "http://") + at.text(), true};
}

void Traces::set_text(judge::TextRules rules) {
  if (pipeline_) pipeline_->set_content(span_content(std::move(rules)));
}

void Traces::reload_tls() {
  if (!grpc_) return;
  if (const auto loaded = grpc_->reload_tls(); !loaded) log::error("cannot renew the certificate: the old one stays", {{"listener", "otlp.grpc"}, {"error", loaded.error().message}});
}

void Traces::stop() {
  if (grpc_) grpc_->stop();
}

void Traces::add_tempo_routes(net::Router& router, bool own_listener) {
  const auto api = std::make_shared<const serve::TempoApi>(serve::TempoApi{store_.get(), &engine_, &clock_});
  serve::add_tempo_api(router, api);
  serve::add_jaeger_api(router, api);
  if (own_listener) serve::add_tempo_status(router);
}

void Traces::add_context_route(net::Router& router, std::shared_ptr<const serve::PublishedObservation> observations, const signals::MetricSource& metrics) const {
  const auto processes = [observations = std::move(observations)]() -> std::shared_ptr<const signals::ProcessSnapshot> {
    const auto newest = observations->read();
    return newest == nullptr ? nullptr : newest->processes;
  };
  serve::add_trace_context(router, std::make_shared<const serve::TraceContext>(serve::TraceContext{store_.get(), config_.traces.prices, host_names(), processes, past_process(metrics)}));
}

void Traces::add_otlp_routes(net::Router& router) {
  collect::add_otlp_http(router, *otlp_, {config_.otlp.cors_origins, static_cast<size_t>(config_.otlp.request_bytes_max)});
  if (pipeline_) collect::add_zipkin(router, *pipeline_, zipkin_);
}

void Traces::append_families(std::vector<MetricFamily>& out) const {
  if (store_) {
    append_store_families(out, *store_);
    metrics_->append_families(out);
    graph_->append_families(out);
    const judge::ServiceGraphCounts graph = graph_->counts();
    counter(out, "monitorai_service_graph_dropped", "Calls that the service graph could not count, by the limit that was reached.",
            {{{{"limit", "waiting"}}, graph.dropped_halves}, {{{"limit", "services"}}, graph.over_limit}});
    const judge::SpanMetricsCounts spans = metrics_->counts();
    counter(out, "monitorai_spans_counted", "Spans that metrics were made of, before sampling.", {{{}, spans.spans}});
    counter(out, "monitorai_spans_counted_over_limit", "Spans that were counted as \"(other)\", because there were too many names.", {{{}, spans.over_limit}});
    counter(out, "monitorai_spans_sampled_out", "Spans that were not stored, by the sampling that dropped them.",
            {{{{"sampling", "head"}}, pipeline_->counts().sampled_out}, {{{"sampling", "tail"}}, store_->counts().spans_sampled_out}});
    counter(out, "monitorai_spans_content_masked", "Attributes with prompts or answers that were masked.", {{{}, pipeline_->counts().content_masked}});
  }
  if (grpc_) {
    const net::GrpcCounts grpc = grpc_->counts();
    counter(out, "monitorai_grpc_connections", "Connections of the gRPC listener, by what became of them.",
            {{{{"outcome", "accepted"}}, grpc.connections}, {{{"outcome", "refused"}}, grpc.connections_refused}, {{{"outcome", "ended"}}, grpc.ended_in_all()}});
    Points ended;
    for (size_t i = 0; i < net::kGrpcEnds; ++i)
      ended.push_back({{{"reason", std::string(net::grpc_end_name(static_cast<net::GrpcEnd>(i)))}}, grpc.connections_ended[i]});
    counter(out, "monitorai_grpc_connections_ended", "Connections of the gRPC listener that were ended by us, by reason.", std::move(ended));
    counter(out, "monitorai_grpc_calls_reset", "Calls of the gRPC listener that were reset before they came whole, by reason.",
            {{{{"reason", "header_too_large"}}, grpc.calls_header_too_large}, {{{"reason", "timeout"}}, grpc.calls_timed_out}});
    gauge(out, "monitorai_grpc_connections_open", "Connections of the gRPC listener that are open now.", {{{}, grpc.open}});
    counter(out, "monitorai_grpc_calls", "Calls of the gRPC listener, by outcome.", {{{{"outcome", "ok"}}, grpc.calls - grpc.calls_failed}, {{{"outcome", "failed"}}, grpc.calls_failed}});
  }
  counter(out, "monitorai_zipkin_requests", "Requests of Zipkin's API, by outcome.",
          {{{{"outcome", "taken"}}, zipkin_.requests - zipkin_.refused_requests}, {{{"outcome", "refused"}}, zipkin_.refused_requests}});
  counter(out, "monitorai_zipkin_spans", "Spans of Zipkin's API, by outcome.", {{{{"outcome", "accepted"}}, zipkin_.spans}, {{{"outcome", "refused"}}, zipkin_.refused_spans}});
  collect::OtlpCounts& counts = otlp_->counts();
  Points requests, items;
  for (const auto signal : {collect::OtlpSignal::traces, collect::OtlpSignal::metrics, collect::OtlpSignal::logs}) {
    const auto& of = counts.of(signal);
    const std::string name(collect::otlp_signal_name(signal));
    requests.push_back({{{"signal", name}, {"outcome", "taken"}}, of.requests - of.refused_requests});
    requests.push_back({{{"signal", name}, {"outcome", "refused"}}, of.refused_requests});
    items.push_back({{{"signal", name}, {"outcome", "accepted"}}, of.accepted});
    items.push_back({{{"signal", name}, {"outcome", "duplicate"}}, of.duplicates});
    items.push_back({{{"signal", name}, {"outcome", "refused"}}, of.refused});
  }
  counter(out, "monitorai_otlp_requests", "Requests of OTLP, by signal and outcome.", std::move(requests));
  counter(out, "monitorai_otlp_items", "Spans, samples and log lines that came by OTLP, by signal and outcome.", std::move(items));
  counter(out, "monitorai_otlp_received_bytes", "OTLP requests, uncompressed.",
          {{{{"signal", "traces"}}, counts.traces.bytes}, {{{"signal", "metrics"}}, counts.metrics.bytes}, {{{"signal", "logs"}}, counts.logs.bytes}}, "bytes");
  counter(out, "monitorai_otlp_spans_repaired", "Spans that ended before they began, and were kept with a duration of 0.", {{{}, counts.spans_end_before_start}});
  counter(out, "monitorai_otlp_attributes_cut", "Attributes that were too long and were cut.", {{{}, counts.attributes_cut}});
  counter(out, "monitorai_otlp_attributes_dropped", "Attributes beyond the limit of a span, or without a name.", {{{}, counts.attributes_dropped}});
}

}  // namespace monitorai::app
