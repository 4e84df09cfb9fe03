#include "app/demo/log_lines.h"

#include <fmt/chrono.h>

namespace monitorai::app::demo {
namespace {

constexpr std::chrono::milliseconds kStatisticsInterval{10'000};

constexpr std::string_view kPrompts[] = {
    "Hello", "What is the capital of France?", "Tell me a story about a lighthouse", "How do I reverse a list in Python?",
    "Why is the sky blue?", "Write a haiku about rain", "Explain gradient descent in one sentence", "What should I cook tonight?",
};
constexpr std::string_view kAnswers[] = {
    "Hello! How can I help you today?", "The capital of France is Paris.", "Once upon a time, on a rock far out at sea, a light turned.",
    "Use reversed(items), or items[::-1] for a copy.", "Air scatters blue light more than red light.", "Grey rain on the roof / ...",
    "Walk downhill on the loss, one small step at a time.", "Something simple: pasta, garlic, oil.",
};
constexpr std::string_view kErrors[] = {
    "CUDA out of memory. Tried to allocate 128.00 MiB",
    "Failed to load model: Out of memory",
    "Generation timed out after 30.0 s",
};

std::tm local(TimeMs time) { return fmt::localtime(static_cast<std::time_t>(time.ms / 1000)); }
std::string vllm_time(TimeMs time) { return fmt::format("{:%m-%d %H:%M:%S}", local(time)); }
std::string_view pick(std::span<const std::string_view> from, uint64_t number) { return from[number % from.size()]; }
double milliseconds(double seconds) { return seconds * 1000; }

}  // namespace

std::string python_time(TimeMs time) { return fmt::format("{:%Y-%m-%d %H:%M:%S},{:03}", local(time), time.ms % 1000); }

std::vector<std::string> LogLines::lines(const std::vector<TrafficEvent>& events, const Traffic& traffic, const ServerMetrics& metrics,
                                         TimeMs now) {
  std::vector<std::string> out;
  for (const TrafficEvent& event : events) {
    switch (part_.runtime) {
      case Runtime::transformers: transformers(event, now, out); break;
      case Runtime::vllm: vllm(event, now, out); break;
      case Runtime::llama_cpp: llama_cpp(event, out); break;
    }
  }
  if (part_.runtime == Runtime::vllm && now - last_statistics_ >= kStatisticsInterval) vllm_statistics(traffic, metrics, now, out);
  return out;
}

void LogLines::transformers(const TrafficEvent& event, TimeMs now, std::vector<std::string>& out) const {
  const Request& request = event.request;
  if (event.what == TrafficEvent::What::arrived) {
    out.push_back(fmt::format("{} - INFO - [USER] Request #{}: {}", python_time(now), request.number, pick(kPrompts, request.number)));
    return;
  }
  const bool failed = request.finish == Finish::error;
  if (failed) {
    out.push_back(fmt::format("{} - ERROR - Request #{} failed: {}", python_time(now), request.number, pick(kErrors, request.number)));
  } else {
    out.push_back(fmt::format("{} - INFO - [MODEL] Response #{}: {}", python_time(now), request.number, pick(kAnswers, request.number)));
  }
  // As structlog writes it: what a person reads above, for `| json` again.
  out.push_back(fmt::format(R"({{"timestamp":"{:%Y-%m-%dT%H:%M:%S}.{:03}Z","level":"{}","message":"request {}","model_name":"{}","request":{},"seconds":{:.3f},"tokens":{}}})",
                            fmt::gmtime(static_cast<std::time_t>(now.ms / 1000)), now.ms % 1000, failed ? "error" : "info", failed ? "failed" : "done", part_.model, request.number,
                            request.finished - request.arrived, request.output_tokens));
}

void LogLines::vllm(const TrafficEvent& event, TimeMs now, std::vector<std::string>& out) const {
  if (event.what == TrafficEvent::What::arrived) return;
  const bool failed = event.request.finish == Finish::error;
  if (failed)
    out.push_back(fmt::format("(APIServer pid={}) ERROR {} [serving_chat.py:1219] Error in chat completion: {}", pid_, vllm_time(now),
                              pick(kErrors, event.request.number)));
  out.push_back(fmt::format(R"((APIServer pid={}) INFO:     127.0.0.1:{} - "POST /v1/chat/completions HTTP/1.1" {})", pid_,
                            40000 + event.request.number % 20000, failed ? "500 Internal Server Error" : "200 OK"));
}

void LogLines::vllm_statistics(const Traffic& traffic, const ServerMetrics& metrics, TimeMs now, std::vector<std::string>& out) {
  const double seconds = last_statistics_.ms == 0 ? 0 : static_cast<double>((now - last_statistics_).count()) / 1000;
  const auto rate = [&](uint64_t tokens) { return seconds > 0 ? static_cast<double>(tokens) / seconds : 0.0; };
  out.push_back(fmt::format("(APIServer pid={}) INFO {} [loggers.py:248] Engine 000: Avg prompt throughput: {:.1f} tokens/s, "
                            "Avg generation throughput: {:.1f} tokens/s, Running: {} reqs, Waiting: {} reqs, GPU KV cache usage: {:.1f}%, "
                            "Prefix cache hit rate: {:.1f}%",
                            pid_, vllm_time(now), rate(metrics.prompt_tokens() - last_prompt_tokens_),
                            rate(metrics.output_tokens() - last_output_tokens_), traffic.running(), traffic.waiting(),
                            traffic.kv_cache_usage() * 100, metrics.prefix_cache_hit_rate() * 100));
  last_statistics_ = now;
  last_prompt_tokens_ = metrics.prompt_tokens();
  last_output_tokens_ = metrics.output_tokens();
}

void LogLines::llama_cpp(const TrafficEvent& event, std::vector<std::string>& out) const {
  const Request& request = event.request;
  if (event.what == TrafficEvent::What::arrived) {
    out.push_back(fmt::format("srv  params_from_: Chat format: Content-only, task {}", request.number));
    return;
  }
  if (request.finish == Finish::error) {
    out.push_back(fmt::format("srv    send_error: task id = {}, error: the request exceeds the available context size", request.number));
    out.push_back("srv  log_server_r: request: POST /v1/chat/completions 127.0.0.1 500");
    return;
  }
  const auto timing = [&](std::string_view what, double seconds, uint64_t tokens) {
    const double ms = milliseconds(seconds);
    const double count = static_cast<double>(std::max<uint64_t>(tokens, 1));
    out.push_back(fmt::format("{} = {:10.2f} ms / {:5} tokens ({:8.2f} ms per token, {:8.2f} tokens per second)", what, ms, tokens, ms / count,
                              ms > 0 ? count * 1000 / ms : 0.0));
  };
  out.push_back(fmt::format("slot print_timing: id {:2} | task {} | ", request.slot, request.number));
  timing("prompt eval time", request.first_token - request.started, request.prompt_tokens - request.cached_tokens);
  timing("       eval time", request.decode_seconds(), request.output_tokens);
  out.push_back(fmt::format("      total time = {:10.2f} ms / {:5} tokens", milliseconds(request.finished - request.started),
                            request.prompt_tokens - request.cached_tokens + request.output_tokens));
  out.push_back(fmt::format("slot      release: id {:2} | task {} | stop processing: n_tokens = {}, truncated = 0", request.slot, request.number,
                            request.prompt_tokens + request.output_tokens));
  out.push_back("srv  log_server_r: request: POST /v1/chat/completions 127.0.0.1 200");
}

}  // namespace monitorai::app::demo
