#include "serve/traces/context.h"

#include "base/check.h"
#include "base/json_writer.h"
#include "base/text.h"

namespace monitorai::serve {
namespace {

void append_call(JsonWriter& json, const signals::Span& span, const judge::GenAiCall& call, std::span<const judge::ModelPrice> prices) {
  json.begin_object().field("span", span.id.hex()).field("kind", judge::genai_kind_name(call.kind)).field("dialect", call.dialect);
  json.field("provider", call.provider).field("model", call.model);
  json.field("input_tokens", call.input_tokens).field("output_tokens", call.output_tokens).field("cached_tokens", call.cached_tokens);
  json.field("first_token_seconds", call.first_token_seconds)
      .field("latency_seconds", call.latency_seconds)
      .field("cost_dollars", judge::cost_of(call, prices));
  json.end_object();
}

void append_process(JsonWriter& json, const judge::ProcessOfTrace& one) {
  const judge::KnownProcess& process = one.process;
  json.begin_object()
      .field("pid", process.pid)
      .field("name", process.name)
      .field("llm_type", process.llm_type)
      .field("framework", process.framework);
  json.field("model", process.model)
      .field("service", process.service)
      .field("container", process.container)
      .field("is_running", process.is_running);
  json.key("members").begin_list();
  for (const int64_t pid : process.members) json.value(pid);
  json.end_list().key("gpus").begin_list();
  for (const std::string& gpu : process.gpus) json.value(gpu);
  json.end_list().key("spans").begin_list();
  for (const judge::JoinedSpan& span : one.spans)
    json.begin_object()
        .field("span", span.span.hex())
        .field("role", judge::join_role_name(span.role))
        .field("by", judge::joined_by_name(span.by))
        .end_object();
  json.end_list().end_object();
}

net::HttpResponse answer(const TraceContext& context, const net::HttpRequest& request) {
  const auto id = signals::TraceId::from_hex(request.path_parameter("id"));
  if (!id)
    return net::HttpResponse::text(
        400, fmt::format("trace IDs can only contain hex characters: {}\n", json_string(request.path_parameter("id").substr(0, 64))));
  const auto batch = context.source->trace(*id, kContextSpansMax);
  if (!batch) return net::HttpResponse::text(500, batch.error().message + "\n");
  if (*batch == nullptr) return net::HttpResponse::text(404, fmt::format("trace not found: {}\n", id->hex()));
  const std::span<const signals::Span> spans = (*batch)->spans;
  const auto now = context.processes();
  const signals::ProcessSnapshot none;
  return net::HttpResponse::json(
      200, trace_context_json(spans, context.prices, judge::join_processes(spans, now ? *now : none, context.host_names, context.past)));
}

}  // namespace

std::string trace_context_json(std::span<const signals::Span> trace, std::span<const judge::ModelPrice> prices,
                               std::span<const judge::ProcessOfTrace> processes) {
  JsonWriter json;
  json.begin_object().field("trace_id", trace.empty() ? "" : trace.front().trace.hex());
  json.key("calls").begin_list();
  for (const signals::Span& span : trace)
    if (const auto call = judge::read_genai(span)) append_call(json, span, *call, prices);
  json.end_list().key("processes").begin_list();
  for (const judge::ProcessOfTrace& process : processes) append_process(json, process);
  json.end_list().end_object();
  return json.take();
}

void add_trace_context(net::Router& router, std::shared_ptr<const TraceContext> context) {
  MAI_CHECK(context->source != nullptr && context->processes && context->past);
  router.add("GET", "/api/v1/traces/{id}/context",
             [context = std::move(context)](const net::HttpRequest& request) { return answer(*context, request); });
}

}  // namespace monitorai::serve
