#include "judge/spans/service_graph.h"

#include <algorithm>

#include "base/text.h"

namespace monitorai::judge {

using signals::Labels;
using signals::MetricFamily;
using signals::MetricType;
using signals::Span;
using signals::SpanKind;

void ServiceGraph::Times::add(double seconds) {
  ++buckets[static_cast<size_t>(std::lower_bound(kBounds.begin(), kBounds.end(), seconds) - kBounds.begin())];
  sum += seconds;
}

ServiceGraph::Edge* ServiceGraph::edge(Key key) {
  const auto found = edges_.find(key);
  if (found != edges_.end()) return &found->second;
  if (edges_.size() >= kEdgesMax) {
    ++counts_.over_limit;
    return nullptr;
  }
  return &edges_[std::move(key)];
}

void ServiceGraph::join(const Half& client, const Half& server) {
  Edge* made = edge({client.service, server.service, client.connection_type});
  if (made == nullptr) return;
  ++made->calls;
  made->failed += client.failed || server.failed ? 1 : 0;
  made->client.add(client.seconds);
  made->server.add(server.seconds);
}

void ServiceGraph::take(const Call& call, Half half) {
  const auto found = halves_.find(call);
  if (found != halves_.end()) {
    if (found->second.client == half.client) return;
    half.client ? join(half, found->second) : join(found->second, half);
    halves_.erase(found);
    return;
  }
  while (halves_.size() >= kHalvesMax && !order_.empty()) {
    counts_.dropped_halves += halves_.erase(order_.front());
    order_.pop_front();
  }
  halves_.emplace(call, std::move(half));
  order_.push_back(call);
}

/// What waited long enough: clients that name whom they called make an edge alone.
void ServiceGraph::give_up(std::chrono::nanoseconds before) {
  while (!order_.empty()) {
    const auto found = halves_.find(order_.front());
    if (found != halves_.end()) {
      if (found->second.came > before) return;
      if (const Half& half = found->second; half.client && !half.peer.empty()) {
        if (Edge* made = edge({half.service, half.peer, half.connection_type.empty() ? "virtual_node" : half.connection_type}); made != nullptr) {
          ++made->calls;
          made->failed += half.failed ? 1 : 0;
          made->client.add(half.seconds);
        }
      }
      halves_.erase(found);
    }
    order_.pop_front();
  }
}

void ServiceGraph::count(std::span<const Span> spans) {
  const auto now = clock_.monotonic();
  const std::lock_guard lock(mutex_);
  give_up(now - kHalfWait);
  for (const Span& span : spans) {
    const bool client = span.kind == SpanKind::client || span.kind == SpanKind::producer;
    const bool server = span.kind == SpanKind::server || span.kind == SpanKind::consumer;
    if (!client && (!server || !span.parent.valid())) continue;
    const std::string_view service = span.origin->service();
    Half half{.client = client,
              .failed = span.status == signals::SpanStatus::error,
              .seconds = static_cast<double>(span.duration_ns) / 1e9,
              .service = std::string(service.empty() ? "unknown_service" : service),
              .came = now};
    if (client) {
      const auto text = [&](std::string_view key) { return std::string(signals::text_attribute(span.attributes, key)); };
      half.peer = text("peer.service");
      std::string database = text("db.system.name");
      if (database.empty()) database = text("db.system");
      if (!database.empty()) half.connection_type = "database";
      else if (span.kind == SpanKind::producer) half.connection_type = "messaging_system";
      if (half.peer.empty()) half.peer = database;
      if (half.peer.empty()) half.peer = text("gen_ai.provider.name");
      if (half.peer.empty()) half.peer = text("server.address");
    }
    take({span.trace, client ? span.id.value : span.parent.value}, std::move(half));
  }
}

void ServiceGraph::append(MetricFamily& family, const Labels& labels, const Times& times) {
  uint64_t below = 0;
  for (size_t i = 0; i < times.buckets.size(); ++i)
    family.points.push_back({labels.with("le", i < kBounds.size() ? format_number(kBounds[i]) : "+Inf"), static_cast<double>(below += times.buckets[i]), "_bucket"});
  family.points.push_back({labels, times.sum, "_sum"});
  family.points.push_back({labels, static_cast<double>(below), "_count"});
}

void ServiceGraph::append_families(std::vector<MetricFamily>& out) {
  MetricFamily calls{.name = "traces_service_graph_request", .help = "Calls from service to service, from spans.", .type = MetricType::counter};
  MetricFamily failed{.name = "traces_service_graph_request_failed", .help = "Calls from service to service that failed, from spans.", .type = MetricType::counter};
  MetricFamily server{.name = "traces_service_graph_request_server_seconds", .help = "How long calls took, as the server saw it.", .type = MetricType::histogram, .unit = "seconds"};
  MetricFamily client{.name = "traces_service_graph_request_client_seconds", .help = "How long calls took, as the client saw it.", .type = MetricType::histogram, .unit = "seconds"};
  const std::lock_guard lock(mutex_);
  give_up(clock_.monotonic() - kHalfWait);
  for (const auto& [key, edge] : edges_) {
    const Labels labels{{"client", key[0]}, {"server", key[1]}, {"connection_type", key[2]}};
    calls.counter(labels, static_cast<double>(edge.calls));
    failed.counter(labels, static_cast<double>(edge.failed));
    append(server, labels, edge.server);
    append(client, labels, edge.client);
  }
  for (MetricFamily* made : {&calls, &failed, &server, &client})
    if (!made->points.empty()) out.push_back(std::move(*made));
}

ServiceGraphCounts ServiceGraph::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace monitorai::judge
