#pragma once
// The log lines of an LLM fleet, as its programs write them: vLLM, llama-server, uvicorn access logs, a gateway's JSON lines, tracebacks.
// Seeded: the same seed gives the same lines. Streams differ in what they are and how much they say.

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "base/text.h"

namespace monitorai::bench {

class LogCorpus {
 public:
  enum class Kind { vllm, llama_server, uvicorn, json, application };
  static constexpr int kKinds = 5;

  LogCorpus(int streams, uint64_t seed) : random_(seed), states_(static_cast<size_t>(streams)) {
    for (size_t i = 0; i < states_.size(); ++i) {
      states_[i].kind = static_cast<Kind>(i % kKinds);
      states_[i].task = static_cast<int>(random_() % 100'000);
      states_[i].model = kModels[random_() % std::size(kModels)];
    }
  }

  int streams() const { return static_cast<int>(states_.size()); }
  Kind kind(int stream) const { return states_[static_cast<size_t>(stream)].kind; }
  const std::string& model(int stream) const { return states_[static_cast<size_t>(stream)].model; }
  static std::string_view name(Kind kind) {
    constexpr std::string_view kNames[] = {"vllm", "llama-server", "uvicorn", "gateway", "application"};
    return kNames[static_cast<int>(kind)];
  }
  /// The identifier of the last request that was logged: for a search that finds few lines.
  const std::string& last_request() const { return request_; }

  /// The next line of a stream at this time, without its end.
  void line(int stream, int64_t time_ns, std::string& out) {
    State& state = states_[static_cast<size_t>(stream)];
    out.clear();
    switch (state.kind) {
      case Kind::vllm:
        return vllm(state, time_ns, out);
      case Kind::llama_server:
        return llama(state, out);
      case Kind::uvicorn:
        return access(out);
      case Kind::json:
        return json(state, time_ns, out);
      case Kind::application:
        return application(state, time_ns, out);
    }
  }

 private:
  struct State {
    Kind kind{};
    int task = 0;
    int step = 0;
    std::string model;
    std::string request;
  };
  static constexpr const char* kModels[] = {"meta-llama/Llama-3.1-8B-Instruct", "mistralai/Mistral-7B-Instruct-v0.3", "Qwen/Qwen2.5-14B-Instruct",
                                            "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "google/gemma-2-9b-it"};

  uint64_t below(uint64_t n) { return random_() % n; }
  double real(double from, double to) { return from + (to - from) * static_cast<double>(random_() >> 11) * 0x1p-53; }
  std::string hex(int digits) {
    std::string out;
    while (static_cast<int>(out.size()) < digits) out += fmt::format("{:016x}", random_());
    out.resize(static_cast<size_t>(digits));
    return out;
  }
  std::string uuid() { return fmt::format("{}-{}-4{}-a{}-{}", hex(8), hex(4), hex(3), hex(3), hex(12)); }
  static std::string clock(int64_t time_ns, char between) {
    const int64_t s = time_ns / 1'000'000'000 % 86'400;
    return fmt::format("11-23{}{:02}:{:02}:{:02}", between, s / 3600, s / 60 % 60, s % 60);
  }

  void access(std::string& out) {
    static constexpr const char* kPaths[] = {"/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/health", "/metrics", "/v1/models"};
    const uint64_t roll = below(100);
    const char* path = kPaths[roll < 60 ? 0 : roll < 70 ? 1 : roll < 80 ? 2 : roll < 90 ? 3 : roll < 98 ? 4 : 5];
    const char* status = roll % 50 == 7 ? "500 Internal Server Error" : roll % 33 == 5 ? "429 Too Many Requests" : "200 OK";
    out = fmt::format("INFO:     10.0.{}.{}:{} - \"{} {} HTTP/1.1\" {}", below(4), below(250), 32768 + below(28000),
                      roll < 80 ? "POST" : "GET", path, status);
  }

  void vllm(State& state, int64_t time_ns, std::string& out) {
    switch (state.step++ % 6) {
      case 0:
        request_ = state.request = "chatcmpl-" + hex(32);
        out = fmt::format(
            "INFO {} [logger.py:42] Received request {}: prompt: '<redacted {} characters>', params: SamplingParams(n=1, presence_penalty=0.0, "
            "frequency_penalty=0.0, repetition_penalty=1.0, temperature={:.1f}, top_p=0.95, top_k=-1, min_p=0.0, seed=None, stop=[], "
            "stop_token_ids=[], bad_words=[], include_stop_str_in_output=False, ignore_eos=False, max_tokens={}, min_tokens=0, logprobs=None, "
            "prompt_logprobs=None, skip_special_tokens=True, spaces_between_special_tokens=True, truncate_prompt_tokens=None), "
            "prompt_token_ids: None, lora_request: None, prompt_adapter_request: None.",
            clock(time_ns, ' '), state.request, below(20'000), real(0, 1), 64 * (1 + below(32)));
        return;
      case 1:
        out = fmt::format("INFO {} [async_llm.py:256] Added request {}.", clock(time_ns, ' '), state.request);
        return;
      case 2:
      case 3:
        return access(out);
      case 4:
        out = fmt::format(
            "INFO {} [loggers.py:116] Engine 000: Avg prompt throughput: {:.1f} tokens/s, Avg generation throughput: {:.1f} tokens/s, Running: {} "
            "reqs, Waiting: {} reqs, GPU KV cache usage: {:.1f}%, Prefix cache hit rate: {:.1f}%",
            clock(time_ns, ' '), real(0, 5000), real(0, 2000), below(64), below(8), real(0, 100), real(0, 100));
        return;
      default:
        if (below(40) == 0) return traceback(time_ns, out);
        out = fmt::format("INFO {} [async_llm.py:411] Request {} finished: reason={}, prompt_tokens={}, generation_tokens={}, e2e={:.3f}s",
                          clock(time_ns, ' '), state.request, below(3) == 0 ? "length" : "stop", below(8000), below(1024), real(0.05, 30));
    }
  }

  void llama(State& state, std::string& out) {
    const uint64_t slot = below(8);
    switch (state.step++ % 5) {
      case 0:
        out = fmt::format("slot launch_slot_: id  {} | task {} | processing task", slot, ++state.task);
        return;
      case 1:
        out = fmt::format("slot update_slots: id  {} | task {} | new prompt, n_ctx_slot = 8192, n_keep = 0, n_prompt_tokens = {}", slot, state.task,
                          below(8000));
        return;
      case 2:
        out = fmt::format("slot update_slots: id  {} | task {} | prompt done, n_past = {}, n_tokens = {}", slot, state.task, below(8000),
                          below(2048));
        return;
      case 3: {
        const uint64_t tokens = 1 + below(1000);
        const double ms = real(100, 20'000);
        out = fmt::format(
            "slot print_timing: id  {} | task {} | \nprompt eval time = {:>10.2f} ms / {:>5} tokens ({:>8.2f} ms per token, {:>8.2f} tokens per "
            "second)\n       eval time = {:>10.2f} ms / {:>5} tokens ({:>8.2f} ms per token, {:>8.2f} tokens per second)",
            slot, state.task, ms / 7, tokens * 3, ms / 7 / static_cast<double>(tokens * 3), 7000 * static_cast<double>(tokens * 3) / ms, ms, tokens,
            ms / static_cast<double>(tokens), 1000 * static_cast<double>(tokens) / ms);
        return;
      }
      default:
        out = fmt::format("srv  log_server_r: request: POST /v1/chat/completions 10.0.{}.{} 200", below(4), below(250));
    }
  }

  void json(State& state, int64_t time_ns, std::string& out) {
    request_ = uuid();
    const int64_t ms = time_ns / 1'000'000 % 1000;
    const uint64_t roll = below(100);
    out = fmt::format(
        "{{\"timestamp\":\"2026-{}.{:03}Z\",\"level\":\"{}\",\"logger\":\"gateway.{}\",\"msg\":\"{}\",\"request_id\":\"{}\",\"model\":\"{}\",\"status\":{},"
        "\"latency_ms\":{:.1f},\"prompt_tokens\":{},\"completion_tokens\":{},\"user\":\"u-{}\",\"client\":\"10.1.{}.{}\"}}",
        clock(time_ns, 'T'), ms, roll < 95 ? "info" : roll < 99 ? "warning" : "error", roll % 3 == 0 ? "stream" : "http",
        roll < 95 ? "request completed" : roll < 99 ? "request was slow" : "upstream failed", request_, state.model, roll < 99 ? 200 : 502,
        real(20, 30'000), below(8000), below(2000), below(5000), below(8), below(250));
  }

  void application(State& state, int64_t time_ns, std::string& out) {
    const int64_t ms = time_ns / 1'000'000 % 1000;
    const uint64_t roll = below(400);
    if (roll == 0) return traceback(time_ns, out);
    switch (state.step++ % 4) {
      case 0:
        out = fmt::format("2026-{},{:03} - rag.retriever - INFO - retrieved {} documents in {:.1f} ms (index=products, score_max={:.4f})",
                          clock(time_ns, ' '), ms, 1 + below(20), real(1, 80), real(0, 1));
        return;
      case 1:
        out = fmt::format("2026-{},{:03} - rag.prompt - DEBUG - built prompt: {} tokens, {} documents, template=answer_v{}", clock(time_ns, ' '),
                          ms, below(6000), 1 + below(20), 1 + below(3));
        return;
      case 2:
        out = fmt::format("2026-{},{:03} - httpx - INFO - HTTP Request: POST http://llm-{}:8000/v1/chat/completions \"HTTP/1.1 200 OK\"",
                          clock(time_ns, ' '), ms, below(4));
        return;
      default:
        out = fmt::format("2026-{},{:03} - rag.answer - {} - answered session={} in {:.2f} s, {} tokens, feedback={}", clock(time_ns, ' '), ms,
                          roll % 50 == 0 ? "WARNING" : "INFO", hex(12), real(0.2, 20), below(1000), roll % 7 == 0 ? "negative" : "none");
    }
  }

  void traceback(int64_t time_ns, std::string& out) {
    out = fmt::format(
        "ERROR {} [serving_chat.py:{}] Error in chat completion stream generator.\nTraceback (most recent call last):\n  File "
        "\"/usr/local/lib/python3.12/site-packages/vllm/entrypoints/openai/serving_chat.py\", line {}, in chat_completion_stream_generator\n    "
        "async for res in result_generator:\n  File \"/usr/local/lib/python3.12/site-packages/vllm/v1/engine/async_llm.py\", line {}, in "
        "generate\n    out = q.get_nowait() or await q.get()\n  File \"/usr/local/lib/python3.12/site-packages/vllm/v1/engine/output_processor.py\", "
        "line {}, in get\n    raise output\ntorch.OutOfMemoryError: CUDA out of memory. Tried to allocate {} MiB. GPU {} has a total capacity of "
        "79.10 GiB of which {:.2f} MiB is free.",
        clock(time_ns, ' '), 480 + below(200), 480 + below(200), 250 + below(100), 40 + below(60), 2 * (1 + below(500)), below(8), real(1, 2000));
  }

  std::mt19937_64 random_;
  std::vector<State> states_;
  std::string request_;
};

}  // namespace monitorai::bench
