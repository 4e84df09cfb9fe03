#include "app/demo/traces.h"

#include <array>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <variant>

#include "base/json_writer.h"
#include "net/http_client.h"

namespace monitorai::app::demo {
namespace {

constexpr auto kSendEvery = std::chrono::seconds(2);
constexpr uint64_t kKeptOneIn = 5;
constexpr double kNsPerSecond = 1e9;
/// What the service does around a call of the model.
constexpr double kPromptSeconds = 0.002, kEmbedSeconds = 0.018, kRetrieveSeconds = 0.035, kAnswerSeconds = 0.004;

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kTalks{{
    {"What is the capital of France?", "The capital of France is Paris."},
    {"Summarise the incident of last night in two sentences.",
     "The cache was full from 02:10 on, and requests waited. It was enlarged at 02:40."},
    {"Which of our documents mention retention?", "Three do: the store's manual, the security policy and the cost report."},
    {"Write a haiku about a busy GPU.", "Fans hum in the dark / tokens fall like autumn leaves / the batch is full now"},
}};

using Value = std::variant<std::string, int64_t, double, bool>;
using Bag = std::vector<std::pair<std::string_view, Value>>;

/// A fixed function of its input in which every bit matters (splitmix64).
uint64_t mixed(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

void append_attributes(JsonWriter& json, const Bag& bag) {
  json.key("attributes").begin_list();
  for (const auto& [name, value] : bag) {
    json.begin_object().field("key", name).key("value").begin_object();
    if (const auto* text = std::get_if<std::string>(&value)) json.field("stringValue", *text);
    if (const auto* integer = std::get_if<int64_t>(&value)) json.field("intValue", fmt::format("{}", *integer));
    if (const auto* real = std::get_if<double>(&value)) json.field("doubleValue", *real);
    if (const auto* truth = std::get_if<bool>(&value)) json.field("boolValue", *truth);
    json.end_object().end_object();
  }
  json.end_list();
}

std::string message(std::string_view role, std::string_view text) {
  JsonWriter json;
  json.begin_list().begin_object().field("role", role).key("parts").begin_list();
  json.begin_object().field("type", "text").field("content", text).end_object();
  json.end_list().end_object().end_list();
  return json.take();
}

struct SpanTimes {
  double from = 0;
  double to = 0;
};

/// Writes the spans of one request, of the service or of the model server.
class RequestSpans {
 public:
  RequestSpans(JsonWriter& json, const Request& request, const TraceOrigin& origin)
      : json_(json), request_(request), origin_(origin), seed_(mixed(static_cast<uint64_t>(origin.epoch.ns)) ^ request.number) {}

  void of_service() {
    const auto& [prompt, answer] = kTalks[request_.number % kTalks.size()];
    const bool failed = request_.finish == Finish::error;
    // The model is called at the moment at which the request arrives there.
    const double called = request_.arrived, begun = called - kPromptSeconds - kEmbedSeconds - kRetrieveSeconds,
                 answered = request_.finished, ended = answered + kAnswerSeconds;
    const int64_t prompt_length = static_cast<int64_t>(prompt.size());
    span(1, 0, "POST /ask", 2, {begun, ended},
         {{"http.request.method", std::string("POST")},
          {"http.route", std::string("/ask")},
          {"http.response.status_code", int64_t{failed ? 500 : 200}},
          {"prompt.length", prompt_length}},
         failed ? "Internal Server Error" : "");
    span(2, 1, "prompt", 1, {begun, begun + kPromptSeconds}, {{"prompt.length", prompt_length}}, "");
    span(3, 1, "embed", 1, {begun + kPromptSeconds, begun + kPromptSeconds + kEmbedSeconds},
         {{"gen_ai.operation.name", std::string("embeddings")}, {"gen_ai.request.model", std::string("all-MiniLM-L6-v2")}}, "");
    span(4, 1, "retrieve", 3, {called - kRetrieveSeconds, called},
         {{"db.system", std::string("chroma")}, {"retrieval.documents.count", int64_t{4}}}, "");
    Bag call{{"gen_ai.operation.name", std::string("chat")},
             {"gen_ai.provider.name", std::string("vllm")},
             {"gen_ai.request.model", std::string(origin_.model)},
             {"gen_ai.usage.input_tokens", tokens(request_.prompt_tokens)},
             {"gen_ai.usage.cache_read.input_tokens", tokens(request_.cached_tokens)},
             {"gen_ai.input.messages", message("user", prompt)},
             {"server.address", std::string("127.0.0.1")},
             {"server.port", int64_t{origin_.port}}};
    if (!failed) {
      call.insert(call.end(), {{"gen_ai.usage.output_tokens", tokens(request_.output_tokens)},
                               {"tokens.generated", tokens(request_.output_tokens)},
                               {"gen_ai.response.time_to_first_chunk", request_.time_to_first_token()},
                               {"gen_ai.output.messages", message("assistant", answer)}});
    }
    span(5, 1, "inference", 3, {called, answered}, call, failed ? "the model server answered 500" : "");
    if (!failed) span(6, 1, "post-process", 1, {answered, ended}, {{"answer.length", static_cast<int64_t>(answer.size())}}, "");
  }
  void of_server() {
    const bool failed = request_.finish == Finish::error;
    Bag bag{{"gen_ai.response.model", std::string(origin_.model)},
            {"gen_ai.usage.prompt_tokens", tokens(request_.prompt_tokens)},
            {"gen_ai.latency.time_in_queue", request_.queue_seconds()},
            {"gen_ai.latency.e2e", request_.total_seconds()}};
    if (!failed)
      bag.insert(bag.end(), {{"gen_ai.usage.completion_tokens", tokens(request_.output_tokens)},
                             {"gen_ai.latency.time_to_first_token", request_.time_to_first_token()}});
    span(7, 5, "llm_request", 2, {request_.arrived, request_.finished}, bag, failed ? "engine error" : "");
  }

 private:
  static int64_t tokens(uint64_t count) { return static_cast<int64_t>(count); }
  std::string id(uint64_t number) const { return fmt::format("{:016x}", mixed(seed_ + number)); }
  std::string time(double seconds) const { return fmt::format("{}", origin_.epoch.ns + std::llround(seconds * kNsPerSecond)); }
  void span(uint64_t number, uint64_t parent, std::string_view name, int kind, SpanTimes times, const Bag& bag, std::string_view error) {
    json_.begin_object().field("traceId", id(100) + id(101)).field("spanId", id(number));
    if (parent != 0) json_.field("parentSpanId", id(parent));
    json_.field("name", name).field("kind", kind).field("startTimeUnixNano", time(times.from)).field("endTimeUnixNano", time(times.to));
    append_attributes(json_, bag);
    if (!error.empty()) json_.key("status").begin_object().field("code", 2).field("message", error).end_object();
    json_.end_object();
  }

  JsonWriter& json_;
  const Request& request_;
  const TraceOrigin& origin_;
  const uint64_t seed_;
};

}  // namespace

std::string traces_json(std::span<const Request> requests, const TraceOrigin& origin) {
  JsonWriter json;
  json.begin_object().key("resourceSpans").begin_list();
  for (const bool is_server : {false, true}) {
    json.begin_object().key("resource").begin_object();
    append_attributes(json, {{"service.name", std::string(is_server ? "vllm-demo" : "rag-demo")}, {"simulated", true}});
    json.end_object()
        .key("scopeSpans")
        .begin_list()
        .begin_object()
        .key("scope")
        .begin_object()
        .field("name", "monitorai.demo")
        .end_object()
        .key("spans")
        .begin_list();
    for (const Request& request : requests) {
      RequestSpans spans(json, request, origin);
      is_server ? spans.of_server() : spans.of_service();
    }
    json.end_list().end_object().end_list().end_object();
  }
  json.end_list().end_object();
  return json.take();
}

TraceSender::TraceSender(std::string url, Traffic traffic, int64_t epoch_ns, uint16_t port, std::string_view model)
    : url_(std::move(url)),
      traffic_(std::move(traffic)),
      epoch_ns_(epoch_ns),
      origin_{{SystemClock().now().ms * 1'000'000 - (SystemClock().monotonic().count() - epoch_ns)}, port, model},
      thread_([this](std::stop_token stop) { run(stop); }) {}

void TraceSender::run(std::stop_token stop) {
  net::HttpClient client({.connect_timeout = std::chrono::milliseconds(500), .total_timeout = std::chrono::seconds(5)});
  const SystemClock clock;
  std::mutex mutex;
  std::condition_variable_any wake;
  while (!stop.stop_requested()) {
    std::vector<Request> requests;
    for (const TrafficEvent& event : traffic_.advance(static_cast<double>(clock.monotonic().count() - epoch_ns_) / kNsPerSecond))
      if (event.what == TrafficEvent::What::finished && (event.request.number % kKeptOneIn == 0 || event.request.finish == Finish::error))
        requests.push_back(event.request);
    // What nobody takes is gone: a demo keeps no queue.
    if (!requests.empty()) (void)client.post(url_ + "/v1/traces", traces_json(requests, origin_), "application/json", {}, stop);
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, kSendEvery, [] { return false; });
  }
}

}  // namespace monitorai::app::demo
