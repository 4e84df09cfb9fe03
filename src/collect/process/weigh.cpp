#include "collect/process/weigh.h"

#include <fmt/format.h>

#include "base/text.h"
#include "collect/process/model_name.h"
#include "collect/process/model_words.h"
#include "collect/process/redact.h"

namespace monitorai::collect {
namespace {

// Flags that only programs with a language model inside have.
struct FlagHint {
  std::string_view name;
  double weight;
};
constexpr FlagHint kFlagHints[] = {{"model-name-or-path", 0.6},
                                   {"load-in-4bit", 1.0},
                                   {"load-in-8bit", 1.0},
                                   {"max-new-tokens", 1.0},
                                   {"max-tokens", 0.6},
                                   {"max-length", 0.3},
                                   {"max-seq-len", 0.5},
                                   {"max-seq-length", 0.5},
                                   {"max-model-len", 1.0},
                                   {"chat-template", 1.0},
                                   {"tokenizer", 0.8},
                                   {"tokenizer-path", 0.8},
                                   {"tokenizer-dir", 0.8},
                                   {"tokenizer-name", 0.8},
                                   {"temperature", 0.8},
                                   {"top-p", 0.8},
                                   {"top-k", 0.5},
                                   {"prompt", 0.5},
                                   {"system-prompt", 1.0},
                                   {"num-beams", 0.8},
                                   {"lora-r", 0.8},
                                   {"lora-rank", 0.8},
                                   {"lora-path", 0.6},
                                   {"lora-weights", 0.6},
                                   {"use-lora", 0.8},
                                   {"n-gpu-layers", 1.2},
                                   {"ngl", 1.2},
                                   {"n-ctx", 1.0},
                                   {"ctx-size", 1.2},
                                   {"context-length", 1.0},
                                   {"ctx-len", 1.0},
                                   {"block-size", 0.3},
                                   {"do-sample", 0.8},
                                   {"ckpt-dir", 0.2},
                                   {"tokenizer-model", 0.8},
                                   {"seq-length", 0.6},
                                   {"seq-len", 0.6},
                                   {"num-attention-heads", 0.8},
                                   {"vocab-size", 0.8},
                                   {"vocab-file", 0.8},
                                   {"per-device-train-batch-size", 0.5},
                                   {"flash-attn", 0.6},
                                   {"use-flash-attn", 0.6},
                                   {"attn-implementation", 0.6},
                                   {"gradient-checkpointing", 0.3},
                                   {"deepspeed", 0.4},
                                   {"dataset-name", 0.2},
                                   {"tensor-parallel-size", 1.0},
                                   {"hf-model", 0.4},
                                   {"quantize", 0.3},
                                   {"preset", 0.2}};
constexpr double kFlagHintsMax = 1.5;

// Flags whose value is the address of a server elsewhere: the program is its client.
bool is_client_flag(const Flag& flag) {
  const std::string value = lower(flag.value);
  const bool url = value.starts_with("http://") || value.starts_with("https://");
  const std::string_view name = flag.name;
  for (const std::string_view other : {"otlp", "otel", "trace", "callback", "webhook", "controller", "registry", "mlflow", "wandb", "proxy",
                                       "endpoint-metrics", "data", "image", "rdzv", "s3", "hub", "hf-"})
    if (name.find(other) != std::string_view::npos) return false;
  for (const std::string_view exact :
       {"base-url", "api-base", "openai-api-base", "openai-base-url", "api-url", "llm-url", "vllm-url", "ollama-url", "ollama-host",
        "ollama-base-url", "inference-url", "backend-url", "server-url", "model-url-base", "openai-api-key"})
    if (name == exact) return true;
  if (!url) return false;
  for (const std::string_view part : {"url", "base", "endpoint", "server", "host", "api", "target", "address", "backend", "upstream"})
    if (name.find(part) != std::string_view::npos) return true;
  return value.find("/v1") != std::string::npos;
}

class Scale {
 public:
  Scale(double start, std::vector<signals::Reason>& reasons) : score_(start), reasons_(reasons) {}
  void add(std::string_view evidence, std::string text, double weight) {
    score_ += weight;
    reasons_.push_back({std::string(evidence), redact_text(text), weight});
  }
  double score() const { return score_; }

 private:
  double score_;
  std::vector<signals::Reason>& reasons_;
};

void weigh_libraries(const LibraryFacts& libraries, bool is_python, bool surely_torch, Scale& scale) {
  if (libraries.runtime != nullptr)
    scale.add("library", fmt::format("{} belongs to {}", libraries.runtime_library, libraries.runtime->title),
              libraries.runtime->kind == "llm" ? 3 : 1);
  if (libraries.llama) scale.add("library", libraries.example + " is llama.cpp's library", 2.5);
  const bool ml = libraries.torch || libraries.tensorflow || libraries.onnx || libraries.tensorrt || libraries.mlx || libraries.ctranslate2;
  if (libraries.torch || surely_torch) {
    scale.add("library", surely_torch && !libraries.torch ? "a PyTorch launcher starts it" : "PyTorch is mapped", 0.8);
  } else if (libraries.tensorflow) {
    scale.add("library", "TensorFlow is mapped", 0.7);
  } else if (libraries.onnx) {
    scale.add("library", "ONNX Runtime is mapped", 0.6);
  } else if (libraries.tensorrt) {
    scale.add("library", "TensorRT is mapped", 0.5);
  } else if (libraries.mlx || libraries.ctranslate2) {
    scale.add("library", libraries.example + " is mapped", 0.8);
  }
  if (libraries.text)
    scale.add("library", "a tokenizer or safetensors library is mapped: a text model of the transformers kind", ml ? 1.3 : 0.9);
  if (libraries.quantised) scale.add("library", libraries.example + " is hardly used but by language models", 1.2);
  if (libraries.other_media) scale.add("library", "a vision or audio library is mapped", -0.7);
  if (libraries.known && is_python && !libraries.any() && !libraries.ggml)
    scale.add("library", "no machine learning library is mapped", -2.5);
}

double weigh_flags(const Arguments& arguments) {
  double sum = 0;
  for (const FlagHint& hint : kFlagHints)
    if (arguments.has(hint.name)) sum += hint.weight;
  return std::min(sum, kFlagHintsMax);
}

// pytorch for raw checkpoints and for training without a hub's model, transformers for the rest.
std::string python_framework(const LibraryFacts& libraries, const FoundModel& model, bool surely_torch, std::string_view role) {
  if (libraries.runtime != nullptr && libraries.runtime->framework != "triton") return libraries.runtime->framework;
  if (libraries.llama) return "llama-cpp-python";
  const bool torch = libraries.torch || surely_torch;
  if (libraries.tensorflow && !torch) return "tensorflow";
  if (libraries.onnx && !torch) return "onnx";
  if (libraries.tensorrt && !torch) return "tensorrt";
  if (libraries.ctranslate2 && !torch) return "ctranslate2";
  if (libraries.mlx && !torch) return "mlx-lm";
  const std::string_view format = model_file_format(model.reference);
  if (format == "pt" || format == "pth" || format == "ckpt") return "pytorch";
  if (format == "onnx") return "onnx";
  if (format == "gguf" && !torch) return "llama-cpp-python";
  if (format == "h5" || format == "keras") return "tensorflow";
  const bool names_a_model = is_hub_id(model.reference) || is_model_path(model.reference) || judge_model_name(model.name).language > 0;
  if (!libraries.text && !libraries.quantised && !names_a_model && role == "trainer") return "pytorch";
  if (!libraries.text && (model.source == "--ckpt-dir" || model.source == "--load")) return "pytorch";
  return "transformers";
}

}  // namespace

std::string common_role(const Evidence& evidence, const Program& program, const Arguments& arguments) {
  if (program.name.find("ipykernel") != std::string::npos || program.name.find("kernel-launcher") != std::string::npos) return "notebook";
  if (!program.host.empty() && program.host != "celery") return "server";
  const std::string& name = program.name;
  const auto has = [&](std::initializer_list<std::string_view> parts) {
    return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) { return name.find(part) != std::string::npos; });
  };
  if (has({"train", "finetune", "fine-tune", "sft", "dpo", "grpo", "ppo", "clm", "mlm", "rlhf", "qlora"}) || arguments.has("do-train") ||
      arguments.has("output-dir"))
    return "trainer";
  if (evidence.environment.contains("LOCAL_RANK") && evidence.environment.contains("WORLD_SIZE") && !has({"serve", "infer", "generate"}))
    return "trainer";
  if (has({"worker"})) return "worker";
  if (has({"server", "serve", "api", "service"}) || arguments.has("port")) return "server";
  if (has({"eval", "batch", "bench"})) return "batch";
  if (has({"chat", "cli", "repl"})) return "cli";
  return "script";
}

Weighed weigh(const Evidence& evidence, const Program& program, const Arguments& arguments, const LibraryFacts& libraries, double start,
              bool surely_torch, std::vector<signals::Reason>& reasons) {
  Weighed out;
  Scale scale(start, reasons);
  const bool is_python = program.interpreter == "python" || program.kind == Program::Kind::title;
  weigh_libraries(libraries, is_python, surely_torch, scale);
  const bool in_process = libraries.any() || surely_torch || start > 0;

  if (evidence.gpu_memory_bytes.value_or(0) > 0) {
    scale.add("gpu", fmt::format("holds {} of GPU memory", format_bytes(static_cast<double>(*evidence.gpu_memory_bytes))),
              start > 0 ? 1.0 : 0.4);
  }

  out.model = find_model(arguments, evidence);
  bool names_language_model = false;
  if (out.model) {
    // The whole reference speaks, not only the name: "tts_models/en/vctk/vits".
    const WordEvidence by_name = judge_model_name(out.model.name);
    const WordEvidence by_reference = judge_model_name(out.model.reference);
    const WordEvidence& words = by_name.language > 0 || by_name.other_ai > 0 ? by_name : by_reference;
    const std::string_view format = model_file_format(out.model.reference);
    const bool tokenizer_only = out.model.source.starts_with("--tokenizer");
    if (is_hosted_model(out.model.reference)) {
      scale.add("flag", fmt::format("{} is a model of a provider: this is a client", out.model.reference), -3);
    } else if (words.other_ai > 0) {
      scale.add("flag", fmt::format("{} {} is a model of another kind (\"{}\")", out.model.source, out.model.reference, words.word), -3);
      out.other_ai = true;
    } else if (words.language > 0 && !tokenizer_only) {
      scale.add(out.model.from_flag ? "flag" : "environment",
                fmt::format("{} {} is a language model (\"{}\")", out.model.source, out.model.reference, words.word), words.language);
      names_language_model = true;
    } else if (is_hub_id(out.model.reference)) {
      scale.add("flag", fmt::format("{} {} has the form of a hub's model", out.model.source, out.model.reference), in_process ? 1.2 : 0.6);
      names_language_model = true;
    } else if (format == "gguf" || format == "safetensors") {
      scale.add("flag", fmt::format("{} {} is a model file", out.model.source, out.model.reference), 1.2);
      names_language_model = true;
    }
  }

  WordEvidence words = judge_program_words(program.kind == Program::Kind::title ? program.name : program.name);
  // A script called main.py is named by its directory.
  if (words.language == 0 && words.no_model == 0 && words.other_ai == 0 && program.kind == Program::Kind::script)
    words = judge_program_words(basename(dirname(program.path)));
  for (const std::string_view word : arguments.words()) {
    if (!word.ends_with(".py") && !word.ends_with(".yaml") && !word.ends_with(".yml")) continue;
    const WordEvidence config = judge_program_words(basename(word));
    if (config.language > words.language) words.language = config.language, words.word = config.word;
    words.other_ai = std::max(words.other_ai, config.other_ai);
  }
  if (words.other_ai > 0 && !names_language_model) {
    scale.add("script", "its name speaks of another kind of model", -2.5);
    out.other_ai = true;
  } else if (words.no_model > 0) {
    scale.add("script", "its name is that of a client or tool", -2);
  }
  if (words.language > 0) {
    // Words alone are no evidence that a model is inside.
    const double weight = in_process || names_language_model ? words.language : std::min(words.language, 1.2);
    scale.add("script", fmt::format("its name speaks of language models (\"{}\")", words.word), weight);
  }
  if (const double hints = weigh_flags(arguments); hints > 0)
    scale.add("flag", "has flags of language models", in_process || names_language_model ? hints : std::min(hints, 0.6));
  for (const Flag& flag : arguments.flags())
    if (is_client_flag(flag)) {
      scale.add("flag", fmt::format("--{} names a server elsewhere: this is a client", flag.name), -3);
      break;
    }

  out.score = scale.score();
  out.framework = python_framework(libraries, out.model, surely_torch, common_role(evidence, program, arguments));
  return out;
}

}  // namespace monitorai::collect
