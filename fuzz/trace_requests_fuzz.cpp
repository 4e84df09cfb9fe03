// Tempo's and Jaeger's APIs as strangers ask them: each line of the input is the target of a GET. No answer is our own error, and what says
// that it is JSON is.

#include <simdjson.h>

#include "base/check.h"
#include "net/target.h"
#include "query/traceql/testing/memory_span_source.h"
#include "serve/jaeger/api.h"
#include "serve/tempo/api.h"

namespace {

using namespace monitorai;

constexpr size_t kRequestsMax = 16;

std::shared_ptr<const signals::SpanBatch> batch() {
  auto out = std::make_shared<signals::SpanBatch>();
  const signals::Attribute attributes[] = {{"a", signals::AttributeValue::of(int64_t{-1})},
                                           {"service.name", signals::AttributeValue::of(std::string_view("s"))}};
  const auto kept = out->arena.keep(std::span<const signals::Attribute>(attributes));
  const auto* origin = out->arena.keep_one(signals::SpanOrigin{.resource = kept, .scope_name = "scope", .scope_attributes = kept});
  for (uint64_t i = 1; i <= 3; ++i)
    out->spans.push_back({.trace = {1, 1},
                          .id = {i},
                          .parent = {i / 2},
                          .origin = origin,
                          .name = "n",
                          .start = {static_cast<int64_t>(i) * 20'000'000'000},
                          .duration_ns = 7,
                          .attributes = kept});
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  static const std::shared_ptr<const signals::SpanBatch> owner = batch();
  static const query::MemorySpanSource source(owner->spans, owner);
  static const query::TraceQlEngine engine;
  static const FakeClock clock({120'000});
  static const net::Router router = [] {
    net::Router out;
    const auto api = std::make_shared<const serve::TempoApi>(serve::TempoApi{&source, &engine, &clock});
    serve::add_tempo_api(out, api);
    serve::add_jaeger_api(out, api);
    return out;
  }();
  std::string_view text(reinterpret_cast<const char*>(bytes), size);
  for (size_t i = 0; i < kRequestsMax && !text.empty(); ++i) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    auto target = net::parse_target(line);
    if (!target) continue;
    net::HttpRequest request{.method = "GET", .path = std::move(target->path), .query = std::move(target->query), .headers = {}};
    const net::HttpResponse answer = router.route(request);
    MAI_CHECK(answer.status < 500);
    if (answer.stream || answer.content_type != "application/json") continue;
    simdjson::dom::parser parser;
    MAI_CHECK(parser.parse(answer.body.data(), answer.body.size()).error() == simdjson::SUCCESS);
  }
  return 0;
}
