#pragma once
// Which service calls which: a client's span and the server's span below it make an edge, as Tempo's metrics generator counts them. A client
// whose server never tells of itself makes one to what it says it called (peer.service, a database). Thread-safe.
// Source: grafana.com/docs/tempo/latest/metrics-generator/service_graphs.

#include <array>
#include <deque>
#include <map>
#include <mutex>
#include <unordered_map>

#include "base/clock.h"
#include "signals/metric.h"
#include "signals/spans.h"

namespace monitorai::judge {

inline constexpr size_t kHalvesMax = 20'000;  ///< halves that wait for their other; the oldest gives way
inline constexpr size_t kEdgesMax = 2'000;    ///< pairs of services; calls of further ones are dropped and counted
inline constexpr std::chrono::seconds kHalfWait{10};

struct ServiceGraphCounts {
  uint64_t dropped_halves = 0;  ///< because too many waited
  uint64_t over_limit = 0;      ///< calls of services beyond kEdgesMax
};

class ServiceGraph {
 public:
  explicit ServiceGraph(const Clock& clock) : clock_(clock) {}

  void count(std::span<const signals::Span> spans);
  /// traces_service_graph_request_total, _failed_total, _server_seconds, _client_seconds {client, server, connection_type}.
  void append_families(std::vector<signals::MetricFamily>& out);
  ServiceGraphCounts counts() const;

 private:
  static constexpr std::array<double, 14> kBounds{0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6, 819.2};
  struct Times {
    std::array<uint64_t, kBounds.size() + 1> buckets{};
    double sum = 0;
    void add(double seconds);
  };
  struct Edge {
    uint64_t calls = 0, failed = 0;
    Times client, server;
  };
  /// One side of a call; the other has the same key.
  struct Half {
    bool client = false;
    bool failed = false;
    double seconds = 0;
    std::string service;
    std::string peer;             ///< of a client: whom it says it called
    std::string connection_type;  ///< of a client: "", "messaging_system", "database"
    std::chrono::nanoseconds came{0};
  };
  using Key = std::array<std::string, 3>;  ///< client, server, connection type
  struct Call {
    signals::TraceId trace;
    uint64_t client_span = 0;
    bool operator==(const Call&) const = default;
  };
  struct CallHash {
    size_t operator()(const Call& call) const { return std::hash<signals::TraceId>()(call.trace) ^ (call.client_span * 0x9e3779b97f4a7c15u); }
  };

  void take(const Call& call, Half half);
  void join(const Half& client, const Half& server);
  void give_up(std::chrono::nanoseconds before);
  Edge* edge(Key key);
  static void append(signals::MetricFamily& family, const signals::Labels& labels, const Times& times);

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::unordered_map<Call, Half, CallHash> halves_;
  std::deque<Call> order_;  ///< of halves_, oldest first; some may be joined already
  std::map<Key, Edge> edges_;
  ServiceGraphCounts counts_;
};

}  // namespace monitorai::judge
