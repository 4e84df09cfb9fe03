#include "serve/traces/context.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/files.h"

namespace monitorai::serve {
namespace {

using signals::Attribute;
using signals::AttributeValue;

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kStart = 1'700'000'000'000 * kMs;

class OneTrace final : public signals::SpanSource {
 public:
  OneTrace() {
    signals::SpanArena& arena = batch_->arena;
    const auto bag = [&](std::vector<Attribute> attributes) { return arena.keep(std::span<const Attribute>(attributes)); };
    const auto text = [](std::string_view one) { return AttributeValue::of(one); };
    const auto number = [](int64_t one) { return AttributeValue::of(one); };
    const signals::SpanOrigin* rag = arena.keep_one(signals::SpanOrigin{.resource = bag({{"service.name", text("rag")}})});
    const signals::SpanOrigin* vllm = arena.keep_one(signals::SpanOrigin{.resource = bag({{"service.name", text("vllm")}})});
    batch_->spans = {
        {.trace = {1, 2},
         .id = {1},
         .origin = rag,
         .name = "POST /ask",
         .start = {kStart},
         .duration_ns = 300 * kMs,
         .kind = signals::SpanKind::server},
        {.trace = {1, 2},
         .id = {2},
         .parent = {1},
         .origin = rag,
         .name = "inference",
         .start = {kStart + 40 * kMs},
         .duration_ns = 220 * kMs,
         .kind = signals::SpanKind::client,
         .attributes = bag({{"gen_ai.operation.name", text("chat")},
                            {"gen_ai.provider.name", text("vllm")},
                            {"gen_ai.request.model", text("gpt2")},
                            {"gen_ai.usage.input_tokens", number(1000)},
                            {"gen_ai.usage.output_tokens", number(500)},
                            {"gen_ai.usage.cache_read.input_tokens", number(200)},
                            {"gen_ai.response.time_to_first_chunk", AttributeValue::of(0.042)},
                            {"server.address", text("127.0.0.1")},
                            {"server.port", number(8000)}})},
        {.trace = {1, 2},
         .id = {3},
         .parent = {2},
         .origin = vllm,
         .name = "llm_request",
         .start = {kStart + 45 * kMs},
         .duration_ns = 200 * kMs,
         .attributes = bag({{"gen_ai.latency.e2e", AttributeValue::of(0.2)}})},
    };
  }
  Result<std::shared_ptr<const signals::SpanBatch>> trace(signals::TraceId id, size_t) const override {
    if (id.high == 0xbad) return Error{Code::corrupt, "cannot read a block"};
    return id == signals::TraceId{1, 2} ? std::shared_ptr<const signals::SpanBatch>(batch_) : nullptr;
  }
  Result<std::unique_ptr<signals::SpanCursor>> scan(signals::SpanRange, signals::SpanHint) const override {
    return Error{Code::unavailable, "not asked for here"};
  }

 private:
  std::shared_ptr<signals::SpanBatch> batch_ = std::make_shared<signals::SpanBatch>();
};

signals::ProcessSnapshot scan() {
  signals::ProcessSnapshot out;
  signals::Process server;
  server.id.pid = 4711;
  server.name = "vllm";
  server.llm_type = "llm";
  server.verdict.framework = "vllm";
  server.verdict.model = "gpt2";
  server.service = "vllm/gpt2@4711";
  server.is_root = true;
  server.ports = {{"0.0.0.0", 8000, false}};
  signals::Process worker = server;
  worker.id.pid = 4712;
  worker.is_root = false;
  worker.ports.clear();
  worker.gpus = {{.gpu = "gpu1"}};
  out.processes = {server, worker};
  return out;
}

net::HttpResponse get(const std::string& id) {
  static const OneTrace source;
  net::Router router;
  const auto processes = [] { return std::make_shared<const signals::ProcessSnapshot>(scan()); };
  const auto past = [](judge::ProcessKey, std::string_view, TimeNs) -> std::optional<judge::KnownProcess> { return std::nullopt; };
  add_trace_context(router, std::make_shared<const TraceContext>(TraceContext{
                                &source, {{.model = "gpt*", .input = 2, .output = 10, .cached = 1}}, {"box"}, processes, past}));
  net::HttpRequest request{.method = "GET", .path = "/api/v1/traces/" + id + "/context"};
  return router.route(request);
}

TEST(TraceContext, tells_calls_of_models_and_the_processes_behind_spans) {
  const net::HttpResponse response = get("10000000000000002");
  EXPECT_EQ(response.status, 200);
  const std::string path = MAI_SOURCE_DIR "/tests/golden/trace_context.json";
  // With MAI_GOLDEN=write the file is made anew: look at the difference before you keep it.
  if (const char* mode = std::getenv("MAI_GOLDEN"); mode != nullptr && std::string_view(mode) == "write")
    std::ofstream(path) << response.body;
  const auto golden = read_file(path, 1 << 20);
  ASSERT_TRUE(golden);
  EXPECT_EQ(response.body, *golden);
}

TEST(TraceContext, what_is_not_there_or_damaged_is_told) {
  const auto f = [](const std::string& id) { return get(id).status; };
  EXPECT_EQ(f("ff"), 404);
  EXPECT_EQ(f("nothing"), 400);
  EXPECT_EQ(f("bad0000000000000000"), 500);
}

}  // namespace
}  // namespace monitorai::serve
