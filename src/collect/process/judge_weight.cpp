// The verdict over programs that no signature names, by the weight of all evidence (judgement.h).

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "collect/process/judgement.h"
#include "collect/process/model_name.h"
#include "collect/process/model_words.h"
#include "collect/process/weigh.h"

namespace monitorai::collect {

using signals::Verdict;

void Judgement::judge_by_weight(double start, const Signature* weak) {
  const LibraryFacts libraries = read_libraries(evidence_.libraries, index_);
  const bool native = program_.kind == Program::Kind::native;
  const bool triton = weak != nullptr && weak->framework == "triton";
  const bool other_interpreter = !native && program_.interpreter != "python" && program_.kind != Program::Kind::title;
  // Ordinary programs end here: nothing of machine learning in them, and no sign of a model in their arguments.
  const bool no_ml = !libraries.any() && !libraries.ggml && !evidence_.gpu_memory_bytes && evidence_.model_files.empty();
  if (weak == nullptr && (native || other_interpreter) && no_ml && !has_gguf_argument()) {
    because(evidence_kind(), "nothing speaks for an LLM", -1);
    return;
  }
  if (triton) return judge_triton(libraries, *weak);

  const Weighed weighed = weigh(evidence_, program_, arguments_, libraries, start, surely_torch_, verdict_.reasons);
  double score = weighed.score;
  // A native program needs a language model's library or a model file: GPU memory and common libraries say little.
  if (native && weak == nullptr) {
    if (libraries.llama || libraries.runtime != nullptr) {
      // decided by the libraries
    } else if (has_gguf_argument() || !evidence_.model_files.empty()) {
      score += 0.8;
    } else {
      score = std::min(score, kEnough - 0.1);
    }
  }
  if (native && libraries.ggml && !libraries.llama && weak == nullptr) score -= 0.5;
  if (weak != nullptr && weak->title == "llama.cpp's RPC worker" && libraries.ggml) {
    because("library", "ggml is mapped", 1);
    score += 1;
  }
  verdict_.is_llm = score >= kEnough;
  verdict_.is_ai = verdict_.is_llm || weighed.other_ai || libraries.any() || (weak != nullptr && weak->framework != "ollama");
  if (!verdict_.is_llm) {
    if (no_ml && !weighed.other_ai && !surely_torch_ && weak == nullptr) verdict_.is_ai = false;
    if (verdict_.is_ai && verdict_.framework.empty())
      verdict_.framework = native            ? std::string()
                           : libraries.any() ? weighed.framework == "transformers" ? "pytorch" : weighed.framework
                                             : std::string();
    // A worker without an identity of its own may still be part of a group.
    if (!weighed.other_ai) inherit_as_fork();
    return;
  }
  if (verdict_.framework.empty()) verdict_.framework = native ? native_framework(libraries) : weighed.framework;
  if (verdict_.role.empty()) verdict_.role = native ? "server" : common_role(evidence_, program_, arguments_);
  set_model(weighed.model);
}

bool Judgement::has_gguf_argument() const {
  for (const std::string_view name : {"m", "model", "model-path"})
    if (model_file_format(arguments_.value(name)) == "gguf") return true;
  return false;
}

std::string Judgement::native_framework(const LibraryFacts& libraries) {
  if (libraries.llama || libraries.ggml) return "llama.cpp";
  if (libraries.runtime != nullptr) return libraries.runtime->framework;
  if (libraries.onnx) return "onnx";
  if (libraries.tensorrt) return "tensorrt";
  if (libraries.torch) return "pytorch";
  return "llama.cpp";
}

void Judgement::judge_triton(const LibraryFacts& libraries, const Signature& signature) {
  double score = signature.weight;
  verdict_.is_ai = true;
  if (libraries.runtime != nullptr) {
    because("library", libraries.runtime_library + " is a language model's backend", 3);
    score += 3;
  }
  std::string model;
  for (const std::string& word : program_.arguments) {
    const std::string text = normalised(word);
    const bool backend = text.find("backends/vllm") != std::string::npos || text.find("tensorrtllm") != std::string::npos ||
                         text.find("tensorrt-llm") != std::string::npos || text.find("trtllm") != std::string::npos;
    const bool names_llm = !word.starts_with("--backend-config") && judge_model_name(basename(word)).language > 1.4;
    if ((backend || names_llm) && score < 3) {
      because("flag", fmt::format("{} speaks of a language model", word), backend ? 2 : 1.2);
      score += backend ? 2 : libraries.known && libraries.runtime == nullptr ? 0.5 : 1.2;
    }
  }
  FoundModel found = find_model(signature, 0, arguments_, program_.arguments, evidence_);
  if (verdict_.role == "worker" && program_.arguments.size() >= 2) {
    // <model>_<version>_<instance> DEFAULT
    std::string_view instance = program_.arguments[program_.arguments.size() - 2];
    for (int i = 0; i < 2; ++i) {
      const size_t at = instance.rfind('_');
      if (at != std::string_view::npos && at + 1 < instance.size() &&
          instance.find_first_not_of("0123456789", at + 1) == std::string_view::npos)
        instance = instance.substr(0, at);
    }
    found = {std::string(instance), std::string(instance), "argument", false};
  }
  const std::string name = normalised(found.name);
  for (const std::string_view part : {"preprocessing", "postprocessing", "tensorrt-llm", "tensorrt-llm-bls", "ensemble", "vllm-model"})
    if (name == part) found = {};
  if (score < kEnough && evidence_.parent != nullptr && verdict_.role == "worker" && depth_ < Detector::kAncestorsMax) {
    const Verdict parent = Judgement(index_, *evidence_.parent, depth_ + 1, false).run();
    if (parent.is_llm) {
      because("ancestry", "its parent serves a language model", 1.5);
      score += 1.5;
    }
  }
  verdict_.is_llm = score >= kEnough;
  set_model(std::move(found));
}

}  // namespace monitorai::collect
