// What a process title says (judgement.h).

#include <fmt/format.h>

#include "base/text.h"
#include "collect/process/judgement.h"
#include "collect/process/model_words.h"
#include "collect/process/weigh.h"

namespace monitorai::collect {

bool Judgement::judge_title() {
  for (const SignatureHit& hit : index_.titles(program_.name)) {
    if (hit.negative) {
      verdict_.role = hit.role;
      because("title", fmt::format("{} is no LLM of its own", program_.name), -3);
      return true;
    }
    if (hit.signature->framework == "ray") return judge_ray_replica(hit);
    verdict_.is_llm = verdict_.is_ai = true;
    verdict_.framework = hit.signature->framework;
    verdict_.role = hit.role;
    because("title", fmt::format("{} is a title of {}'s processes", program_.name, title_of(*hit.signature)), hit.signature->weight);
    return true;
  }
  return false;
}

std::string_view Judgement::without_method(std::string_view name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || name.size() - dot < 4) return name;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", dot + 1) == std::string_view::npos ? name.substr(0, dot) : name;
}

bool Judgement::judge_ray_replica(const SignatureHit& hit) {
  auto parts = split(program_.name, ':');
  std::erase_if(parts, [](std::string_view part) { return part.empty(); });
  const std::string application(parts.size() > 2 ? parts[2] : std::string_view{});
  const std::string text = lower(program_.name);
  const LibraryFacts libraries = read_libraries(evidence_.libraries, index_);
  double score = 0;
  const auto add = [&](std::string_view evidence, std::string why, double weight) {
    because(evidence, std::move(why), weight);
    score += weight;
  };
  for (const std::string_view part : {"llm", "sglang", "openai", "tgi", "chatcompletion", "textgeneration"})
    if (text.find(part) != std::string::npos) {
      add("title", fmt::format("{} is a replica of Ray Serve with a language model (\"{}\")", program_.name, part), 2.5);
      break;
    }
  if (score == 0 && judge_model_name(text).language > 1) add("title", fmt::format("{} names a language model", program_.name), 2);
  if (judge_model_name(text).other_ai > 0 && score == 0) add("title", "its name speaks of another kind of model", -2.5);
  if (libraries.runtime != nullptr) add("library", libraries.runtime_library + " belongs to " + libraries.runtime->title, 3);
  if (libraries.torch) add("library", "PyTorch is mapped", 0.8);
  if (libraries.text) add("library", "a tokenizer library is mapped", 1.3);
  verdict_.is_ai = libraries.any() || score >= kEnough;
  verdict_.framework = "ray";
  verdict_.role = hit.role;
  // Routers and ingress of an LLM application hold no model, but belong to it.
  verdict_.is_llm = score >= kEnough;
  if (!verdict_.is_llm) {
    if (score == 0) because("title", fmt::format("{} is a replica of Ray Serve, of what is not to be seen", program_.name), 0);
    return true;
  }
  // The model after the deployment ("LLMServer:meta-llama--Llama-3"), or the application where its name is not a common word.
  std::string name;
  if (parts.size() > 4) name = without_method(parts[4]);
  if (name.empty() && parts.size() > 3)
    if (const size_t dashes = parts[3].find("--"); dashes != std::string_view::npos) name = parts[3];
  for (size_t dashes = name.find("--"); dashes != std::string::npos; dashes = name.find("--")) name.replace(dashes, 2, "/");
  const std::string app = normalised(application);
  const bool common = app == "llm" || app == "llms" || app == "default" || app == "app" || app == "llm-app" || app == "serve" ||
                      app == "vllm" || app == "openai" || app == "api" || app.empty() || app.starts_with("llm-") || app.ends_with("-app") ||
                      app == "chat";
  if (name.empty() && !common) name = application;
  verdict_.model = verdict_.model_ref = name;
  return true;
}

}  // namespace monitorai::collect
