#pragma once
// The requests of a simulated LLM server: they arrive, wait for a slot, are answered token by token, and leave. Everything that a
// simulated runtime shows (metrics, log lines, GPU use, its own CPU) follows from this one model, so its numbers agree with each other.
// The same seed and times give the same requests: the parts of one simulated server each run their own copy and stay in step.
// Thread: owned by one.

#include <deque>
#include <random>
#include <string_view>
#include <vector>

#include "app/demo/incident.h"

namespace monitorai::app::demo {

/// How busy and how fast a simulated server is.
struct TrafficShape {
  double requests_per_second = 1;      ///< mean over a cycle
  double cycle_seconds = 120;          ///< the rate swings round its mean with this period
  size_t slots = 4;                    ///< requests answered at once; others wait
  double prompt_tokens = 200;          ///< mean
  double output_tokens = 80;           ///< mean
  double prefill_tokens_per_second = 4000;
  double seconds_per_token = 0.02;     ///< of one request alone; more at once are slower
  double failed_fraction = 0.01;       ///< of requests that end in an error
  double kv_tokens_max = 50'000;       ///< tokens that fit the KV cache
};

enum class Finish { stop, length, error };

struct Request {
  uint64_t number = 0;      ///< 1 is the first
  double arrived = 0;       ///< times in seconds since the start of the traffic
  double started = 0;
  double first_token = 0;
  double finished = 0;
  uint64_t prompt_tokens = 0;
  uint64_t output_tokens = 0;
  uint64_t cached_tokens = 0;  ///< of the prompt, found in the prefix cache
  Finish finish = Finish::stop;
  size_t slot = 0;

  double queue_seconds() const { return started - arrived; }
  double time_to_first_token() const { return first_token - arrived; }
  double decode_seconds() const { return finished - first_token; }
  double total_seconds() const { return finished - arrived; }
};

/// What happened to a request at a moment.
struct TrafficEvent {
  enum class What { arrived, finished } what = What::arrived;
  double time = 0;
  Request request;
};

class Traffic {
 public:
  Traffic(TrafficShape shape, uint64_t seed, Incident incident = {});

  /// Moves to `seconds` since the start (going back does nothing) and returns what happened since the last call, in time order.
  std::vector<TrafficEvent> advance(double seconds);

  size_t running() const { return running_.size(); }
  size_t waiting() const { return waiting_.size(); }
  /// 0..1: the share of slots in use.
  double busy() const { return static_cast<double>(running_.size()) / static_cast<double>(shape_.slots); }
  /// 0..1: the part of the KV cache that the running requests hold now.
  double kv_cache_usage() const;
  const TrafficShape& shape() const { return shape_; }

 private:
  double uniform();  ///< [0, 1)
  double around(double mean);
  double next_arrival(double after);
  Request make_request(double arrived);
  void start(Request request, double time);
  size_t free_slot() const;

  const TrafficShape shape_;
  const Incident incident_;
  std::mt19937_64 random_;
  double now_ = 0;
  double arrival_ = 0;
  uint64_t made_ = 0;
  std::deque<Request> waiting_;
  std::vector<Request> running_;
};

}  // namespace monitorai::app::demo
