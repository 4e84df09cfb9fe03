#include "collect/process/python_source.h"

#include "base/text.h"

namespace monitorai::collect {
namespace {

struct Call {
  std::string_view text;   // what stands in the source
  std::string_view needs;  // must stand there too; "" for nothing
  std::string_view framework;
  std::string_view kind;
};

// In order: the first that is found decides.
constexpr Call kCalls[] = {
    {"LLM(", "vllm", "vllm", "llm"},
    {"AsyncLLMEngine", "vllm", "vllm", "llm"},
    {"LLMEngine", "vllm", "vllm", "llm"},
    {"sgl.Engine(", "", "sglang", "llm"},
    {"Engine(", "sglang", "sglang", "llm"},
    {"Llama(", "llama_cpp", "llama-cpp-python", "llm"},
    {"Llama.from_pretrained(", "llama_cpp", "llama-cpp-python", "llm"},
    {"LLM(", "tensorrt_llm", "tensorrt", "llm"},
    {"ModelRunner", "tensorrt_llm", "tensorrt", "llm"},
    {"og.Model(", "", "onnx", "llm"},
    {"Model(", "onnxruntime_genai", "onnx", "llm"},
    {"pipeline(", "lmdeploy", "lmdeploy", "llm"},
    {"MLCEngine(", "", "mlc-llm", "llm"},
    {"load(", "mlx_lm", "mlx-lm", "llm"},
    {"GPT4All(", "gpt4all", "gpt4all", "llm"},
    {"ExLlamaV2", "", "exllama", "llm"},
    {"GemmaCausalLM", "", "tensorflow", "llm"},
    {"CausalLM.from_preset", "", "tensorflow", "llm"},
    {"TFAutoModel", "", "tensorflow", "llm"},
    {"TFGPT2", "", "tensorflow", "llm"},
    {"DiffusionPipeline", "", "pytorch", "image"},
    {"StableDiffusion", "", "pytorch", "image"},
    {"FluxPipeline", "", "pytorch", "image"},
    {"Whisper", "", "pytorch", "speech"},
    {"whisper.load_model", "", "pytorch", "speech"},
    {"AutoModelForSpeech", "", "pytorch", "speech"},
    {"AutoModelForImage", "", "pytorch", "vision"},
    {"ViTFor", "", "pytorch", "vision"},
    {"torchvision", "", "pytorch", "vision"},
    {"YOLO(", "", "pytorch", "vision"},
    {"ORTModelFor", "", "onnx", "llm"},
    {"SentenceTransformer(", "", "transformers", "embedding"},
    {"CrossEncoder(", "", "transformers", "embedding"},
    {"FlagModel(", "", "transformers", "embedding"},
    {"AutoModelFor", "", "transformers", "llm"},
    {"AutoGPTQ", "", "transformers", "llm"},
    {"AutoAWQ", "", "transformers", "llm"},
    {"FastLanguageModel", "", "transformers", "llm"},
    {"LMHeadModel", "", "transformers", "llm"},
    {"ForCausalLM", "", "transformers", "llm"},
    {"ForConditionalGeneration", "", "transformers", "llm"},
    {"AutoModel.from_pretrained", "", "transformers", "llm"},
    {"SFTTrainer(", "", "transformers", "llm"},
    {"pipeline(", "transformers", "transformers", "llm"},
};

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

// The string literal that begins at `at`, or "".
std::string_view literal(std::string_view source, size_t at) {
  while (at < source.size() && (source[at] == 'r' || source[at] == 'f' || source[at] == 'u')) ++at;
  if (at >= source.size() || (source[at] != '\'' && source[at] != '"')) return {};
  const size_t end = source.find(source[at], at + 1);
  return end == std::string_view::npos ? std::string_view{} : source.substr(at + 1, end - at - 1);
}

std::string_view bound_literal(std::string_view source, std::string_view name) {
  for (size_t at = source.find(name); at != std::string_view::npos; at = source.find(name, at + 1)) {
    if (at > 0 && is_word(source[at - 1])) continue;
    size_t after = at + name.size();
    while (after < source.size() && source[after] == ' ') ++after;
    if (after + 1 >= source.size() || source[after] != '=' || source[after + 1] == '=') continue;
    ++after;
    while (after < source.size() && source[after] == ' ') ++after;
    if (const auto value = literal(source, after); !value.empty()) return value;
  }
  return {};
}

// A literal, or a name bound to one.
std::string_view value_at(std::string_view source, size_t at) {
  while (at < source.size() && (source[at] == ' ' || source[at] == '\n')) ++at;
  if (const auto value = literal(source, at); !value.empty()) return value;
  size_t end = at;
  while (end < source.size() && is_word(source[end])) ++end;
  return end > at ? bound_literal(source, source.substr(at, end - at)) : std::string_view{};
}

std::string_view keyword(std::string_view source, std::string_view name, size_t from) {
  for (size_t at = source.find(name, from); at != std::string_view::npos; at = source.find(name, at + 1)) {
    if (at > 0 && is_word(source[at - 1])) continue;
    size_t after = at + name.size();
    while (after < source.size() && source[after] == ' ') ++after;
    if (after < source.size() && source[after] == '=' && (after + 1 == source.size() || source[after + 1] != '='))
      return value_at(source, after + 1);
  }
  return {};
}

std::string_view first_argument(std::string_view source, size_t from) {
  const size_t open = source.find('(', from);
  return open == std::string_view::npos ? std::string_view{} : value_at(source, open + 1);
}

}  // namespace

PythonSource judge_python_source(std::string_view source) {
  PythonSource out;
  const auto has = [&](std::string_view text) { return source.find(text) != std::string_view::npos; };
  for (const Call& call : kCalls) {
    const size_t at = source.find(call.text);
    if (at == std::string_view::npos || (!call.needs.empty() && !has(call.needs))) continue;
    if (at > 0 && is_word(call.text[0]) && is_word(source[at - 1]) && call.text.ends_with('(')) continue;
    // An import alone runs nothing; neither does a look at the version or a download of files.
    const bool loads = call.text.ends_with('(') || call.text == "whisper.load_model" || has("from_pretrained(") || has("from_preset(") ||
                       has("from_engine_args(");
    if (!loads) continue;
    out = {std::string(call.framework), std::string(call.kind), {}, call.text};
    if (call.text == "pipeline(" && call.framework == "transformers") {
      out.model = keyword(source, "model", at);
      for (const std::string_view task : {"image", "video", "audio", "speech", "object-detection", "depth"})
        if (first_argument(source, at).find(task) != std::string_view::npos) out.kind = "vision";
      return out;
    }
    for (const std::string_view name : {"model_path", "model_name_or_path", "model", "repo_id", "model_name", "model_dir"}) {
      out.model = keyword(source, name, at);
      if (!out.model.empty()) return out;
    }
    const size_t loader = call.text.ends_with('(') ? at : source.find("from_pre", at);
    out.model = first_argument(source, loader == std::string_view::npos ? at : loader);
    if (out.model.empty())
      if (const size_t any = source.find("from_pretrained("); any != std::string_view::npos) out.model = first_argument(source, any);
    return out;
  }
  return out;
}

}  // namespace monitorai::collect
