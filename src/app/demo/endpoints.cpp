#include "app/demo/endpoints.h"

#include "base/text.h"
#include "serve/exposition/exposition.h"

namespace monitorai::app::demo {
namespace {

using net::HttpRequest;
using net::HttpResponse;

void add_json(net::Router& router, const std::string& path, std::string body) {
  router.add("GET", path, [body = std::move(body)](const HttpRequest&) { return HttpResponse::json(200, body); });
}

void add_metrics(net::Router& router, std::shared_ptr<const Published<ServerMetrics>> metrics) {
  router.add("GET", "/metrics", [metrics = std::move(metrics)](const HttpRequest&) {
    HttpResponse response = HttpResponse::text(200, serve::to_prometheus_text(metrics->read()->families()));
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return response;
  });
}

/// OpenAI's chat completion, not streamed: always the same sentence. Tokens are counted as four bytes of the request each.
void add_chat(net::Router& router, const std::string& model) {
  static constexpr std::string_view kAnswer = "This is a simulated answer: no model has read the question.";
  static constexpr size_t kAnswerTokens = 13, kBytesPerToken = 4;
  router.add("POST", "/v1/chat/completions", [model](const HttpRequest& request) {
    const size_t prompt_tokens = request.body.size() / kBytesPerToken + 1;
    return HttpResponse::json(
        200, fmt::format(R"({{"id":"chatcmpl-simulated","object":"chat.completion","created":0,"model":{},)"
                         R"("choices":[{{"index":0,"message":{{"role":"assistant","content":{}}},"finish_reason":"stop"}}],)"
                         R"("usage":{{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{}}}}})",
                         json_string(model), json_string(kAnswer), prompt_tokens, kAnswerTokens, prompt_tokens + kAnswerTokens));
  });
}

void add_vllm(net::Router& router, const std::string& model) {
  add_chat(router, model);
  router.add("GET", "/health", [](const HttpRequest&) { return HttpResponse::text(200, ""); });
  add_json(router, "/version", R"({"version":"0.18.0+simulated"})");
  add_json(router, "/v1/models",
           fmt::format(R"({{"object":"list","data":[{{"id":{0},"object":"model","owned_by":"vllm","root":{0},"parent":null,"max_model_len":32768}}]}})",
                       json_string(model)));
}

void add_llama_server(net::Router& router, const std::string& model) {
  const size_t slots = traffic_of("llama-server").slots;
  add_json(router, "/health", R"({"status":"ok"})");
  add_json(router, "/props",
           fmt::format(R"({{"total_slots":{},"model_alias":{},"model_path":{},"endpoint_metrics":true,"is_sleeping":false,"build_info":"simulated"}})",
                       slots, json_string(model), json_string(kGgufFile)));
  add_json(router, "/v1/models",
           fmt::format(R"({{"object":"list","data":[{{"id":{},"object":"model","owned_by":"llamacpp"}}]}})", json_string(model)));
}

}  // namespace

net::Router endpoints(const Part& part, std::shared_ptr<const Published<ServerMetrics>> metrics) {
  net::Router router;
  const std::string model(part.model);
  add_metrics(router, std::move(metrics));
  if (part.runtime == Runtime::vllm) add_vllm(router, model);
  if (part.runtime == Runtime::llama_cpp) add_llama_server(router, model);
  return router;
}

}  // namespace monitorai::app::demo
