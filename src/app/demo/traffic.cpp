#include "app/demo/traffic.h"

#include <cmath>
#include <numbers>

#include "base/check.h"

namespace monitorai::app::demo {
namespace {

constexpr double kRateSwing = 0.7;        // of the mean rate, up and down
constexpr double kSlowdownPerRequest = 0.04;
constexpr double kCachedFraction = 0.3;   // of prompts that begin like an earlier one
constexpr double kLengthFraction = 0.08;  // of requests that end at their token limit
constexpr double kTokensMax = 4096;
constexpr double kIncidentSlowdown = 20;
constexpr double kIncidentFailedFraction = 0.3;

}  // namespace

Traffic::Traffic(TrafficShape shape, uint64_t seed, Incident incident) : shape_(shape), incident_(incident), random_(seed) {
  MAI_CHECK(shape_.slots > 0 && shape_.requests_per_second > 0 && shape_.kv_tokens_max > 0);
  arrival_ = next_arrival(0);
}

double Traffic::uniform() { return static_cast<double>(random_() >> 11U) * 0x1.0p-53; }

/// Log-normal with this mean and a spread as prompts and answers have.
double Traffic::around(double mean) {
  constexpr double kSigma = 0.6;
  const double normal = std::sqrt(-2 * std::log(1 - uniform())) * std::cos(2 * std::numbers::pi * uniform());
  return std::clamp(mean * std::exp(kSigma * normal - kSigma * kSigma / 2), 1.0, kTokensMax);
}

/// A Poisson process whose rate follows a sine, by thinning (Lewis and Shedler 1979).
double Traffic::next_arrival(double after) {
  const double rate_max = shape_.requests_per_second * (1 + kRateSwing);
  double time = after;
  for (;;) {
    time += -std::log(1 - uniform()) / rate_max;
    const double swing = std::sin(2 * std::numbers::pi * time / shape_.cycle_seconds);
    if (uniform() * (1 + kRateSwing) <= 1 + kRateSwing * swing) return time;
  }
}

Request Traffic::make_request(double arrived) {
  Request request;
  request.number = ++made_;
  request.arrived = arrived;
  request.prompt_tokens = static_cast<uint64_t>(around(shape_.prompt_tokens));
  request.output_tokens = static_cast<uint64_t>(around(shape_.output_tokens));
  if (uniform() < kCachedFraction) request.cached_tokens = request.prompt_tokens / 2;
  const double fate = uniform();
  const bool failing = incident_.kind == IncidentKind::errors && incident_.lasts(arrived);
  const double failed_fraction = failing ? kIncidentFailedFraction : shape_.failed_fraction;
  if (fate < failed_fraction) {
    request.finish = Finish::error;
    request.output_tokens = 0;
  } else if (fate < failed_fraction + kLengthFraction) {
    request.finish = Finish::length;
  }
  return request;
}

size_t Traffic::free_slot() const {
  for (size_t slot = 0;; ++slot)
    if (std::none_of(running_.begin(), running_.end(), [&](const Request& r) { return r.slot == slot; })) return slot;
}

void Traffic::start(Request request, double time) {
  const bool slow = incident_.kind == IncidentKind::latency && incident_.lasts(time);
  const double slowdown = (1 + kSlowdownPerRequest * static_cast<double>(running_.size())) * (slow ? kIncidentSlowdown : 1);
  const double prefill = static_cast<double>(request.prompt_tokens - request.cached_tokens) / shape_.prefill_tokens_per_second;
  request.slot = free_slot();
  request.started = time;
  request.first_token = time + (prefill + shape_.seconds_per_token) * slowdown;
  request.finished = request.first_token + static_cast<double>(request.output_tokens) * shape_.seconds_per_token * slowdown;
  running_.push_back(request);
}

std::vector<TrafficEvent> Traffic::advance(double seconds) {
  std::vector<TrafficEvent> events;
  for (;;) {
    const auto first = std::min_element(running_.begin(), running_.end(), [](auto& a, auto& b) { return a.finished < b.finished; });
    const double next = first == running_.end() ? arrival_ : std::min(arrival_, first->finished);
    if (next > seconds) break;
    if (next == arrival_) {
      const Request request = make_request(arrival_);
      events.push_back({TrafficEvent::What::arrived, next, request});
      waiting_.push_back(request);
      arrival_ = next_arrival(arrival_);
    } else {
      events.push_back({TrafficEvent::What::finished, next, *first});
      running_.erase(first);
    }
    while (!waiting_.empty() && running_.size() < shape_.slots) {
      start(waiting_.front(), next);
      waiting_.pop_front();
    }
  }
  now_ = std::max(now_, seconds);
  return events;
}

double Traffic::kv_cache_usage() const {
  double tokens = 0;
  for (const Request& request : running_) {
    const double whole = request.finished - request.first_token;
    const double done = whole > 0 ? std::clamp((now_ - request.first_token) / whole, 0.0, 1.0) : 1;
    tokens += static_cast<double>(request.prompt_tokens) + done * static_cast<double>(request.output_tokens);
  }
  return std::min(1.0, tokens / shape_.kv_tokens_max);
}

}  // namespace monitorai::app::demo
