// Tempo's and Jaeger's APIs as strangers ask them: each line of the input is the target of a GET. No answer is our own error, and what says
// that it is JSON is.

#include <simdjson.h>

#include "base/check.h"
#include "cyclic_spans.h"
#include "net/target.h"
#include "query/traceql/testing/memory_span_source.h"
#include "serve/jaeger/api.h"
#include "serve/tempo/api.h"

namespace {

using namespace monitorai;

constexpr size_t kRequestsMax = 16;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  static const std::shared_ptr<const signals::SpanBatch> owner = cyclic_spans();
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
