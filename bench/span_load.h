#pragma once
// The load of bench/traces.py.

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "otlp/traces.h"

namespace monitorai::bench {

inline constexpr size_t kBatch = 512;
inline constexpr size_t kSpansOfTrace = 8;
inline constexpr int64_t kHourNs = 3'600'000'000'000;

/// Requests as an exporter sends them: spans of 15 attributes, 8 spans a trace, 10 services, times spread over the last hour.
class Load {
 public:
  Load(uint64_t seed, size_t spans, int64_t end_ns) : random_(seed), spans_(spans), start_ns_(end_ns - kHourNs) {}

  std::string next(std::vector<signals::TraceId>* ids) {
    signals::SpanArena arena;
    const std::string service = fmt::format("service-{}", random_() % 10);
    const std::vector<signals::Attribute> resource{{"service.name", signals::AttributeValue::of(arena.keep(service))}, {"host.name", signals::AttributeValue::of(std::string_view("gpu-box-1"))}, {"process.pid", signals::AttributeValue::of(int64_t{4711})}};
    const signals::SpanOrigin origin{.resource = resource, .scope_name = "opentelemetry.instrumentation.fastapi", .scope_version = "0.50b0"};
    std::vector<signals::Span> spans;
    for (size_t i = 0; i < kBatch; ++i) {
      if (i % kSpansOfTrace == 0) {
        trace_ = {random_(), random_()};
        parent_ = {};
        if (ids != nullptr && random_() % 64 == 0) ids->push_back(trace_);
      }
      const auto text = [&](std::string value) { return signals::AttributeValue::of(arena.keep(value)); };
      const auto number = [&](uint64_t below) { return signals::AttributeValue::of(static_cast<int64_t>(random_() % below)); };
      const std::vector<signals::Attribute> attributes{{"http.request.method", text(random_() % 4 == 0 ? "POST" : "GET")},
                                              {"http.route", text(fmt::format("/v1/route/{}", random_() % 20))},
                                              {"http.response.status_code", signals::AttributeValue::of(int64_t{random_() % 50 == 0 ? 500 : 200})},
                                              {"url.scheme", text("http")},
                                              {"network.protocol.version", text("1.1")},
                                              {"client.address", text(fmt::format("10.0.{}.{}", random_() % 4, random_() % 250))},
                                              {"server.port", signals::AttributeValue::of(int64_t{8000})},
                                              {"user_agent.original", text("python-httpx/0.27")},
                                              {"thread.id", number(64)},
                                              {"user.id", text(fmt::format("user-{}", random_() % 10'000))},
                                              {"gen_ai.request.model", text(random_() % 2 == 0 ? "gpt2" : "Qwen2.5-7B")},
                                              {"gen_ai.usage.input_tokens", number(2000)},
                                              {"gen_ai.request.temperature", signals::AttributeValue::of(static_cast<double>(random_() % 10) / 10)},
                                              {"cached", signals::AttributeValue::of(random_() % 3 == 0)},
                                              {"attempt", number(3)}};
      signals::Span span{.trace = trace_, .id = {random_() | 1}, .parent = parent_, .origin = &origin, .name = arena.keep(fmt::format("operation {}", random_() % 30))};
      span.start.ns = start_ns_ + static_cast<int64_t>(static_cast<double>(made_) / static_cast<double>(spans_) * static_cast<double>(kHourNs)) + static_cast<int64_t>(random_() % 1'000'000);
      span.duration_ns = static_cast<int64_t>(std::exp2(static_cast<double>(random_() % 1000) / 1000 * 14 + 16));
      span.kind = signals::SpanKind::server;
      span.status = random_() % 50 == 0 ? signals::SpanStatus::error : signals::SpanStatus::unset;
      span.attributes = arena.keep(std::span<const signals::Attribute>(attributes));
      parent_ = span.id;
      spans.push_back(span);
      ++made_;
    }
    return otlp::write_traces(spans);
  }

 private:
  std::mt19937_64 random_;
  const size_t spans_;
  const int64_t start_ns_;
  signals::TraceId trace_;
  signals::SpanId parent_;
  size_t made_ = 0;
};

}  // namespace monitorai::bench
