#include "collect/process/judgement.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "collect/process/known_programs.h"
#include "collect/process/launchers.h"
#include "collect/process/model_name.h"
#include "collect/process/model_words.h"
#include "collect/process/python_source.h"
#include "collect/process/redact.h"

namespace monitorai::collect {
namespace {

constexpr size_t kLaunchedWordsMax = 64;  // so many words of mpirun's arguments are tried as the start of the program

}  // namespace

using signals::Verdict;

std::string_view Judgement::title_of(const Signature& signature) {
  return signature.title.empty() ? std::string_view(signature.framework) : std::string_view(signature.title);
}

std::string Judgement::part_of(const Signature& signature, std::string_view role) {
  const std::string title(title_of(signature));
  const bool whole = role.empty() || title.starts_with("a ") || title.starts_with("the ") || title.find("'s ") != std::string::npos;
  return whole ? title : fmt::format("{}'s {}", title, role);
}

Verdict Judgement::run() {
  decide();
  if (verdict_.is_llm) consider_parent();
  verdict_.model = redact_text(verdict_.model);
  verdict_.model_ref = redact_text(verdict_.model_ref);
  return std::move(verdict_);
}

void Judgement::because(std::string_view evidence, const char* text, double weight) {
  verdict_.reasons.push_back({std::string(evidence), text, weight});
}

void Judgement::because(std::string_view evidence, std::string text, double weight) {
  verdict_.reasons.push_back({std::string(evidence), redact_text(text), weight});
}

void Judgement::decide() {
  if (program_.kind == Program::Kind::none) return because("executable", "it has no command line: a kernel thread or a zombie", -3);
  if (stop_at_known_program()) return;
  if (program_.kind == Program::Kind::title) {
    if (judge_title()) return;
  }
  arguments_ = Arguments(program_.arguments);
  if (is_python_launcher(program_)) return judge_launched_by_python();
  if (program_.kind == Program::Kind::source && judge_source()) return;
  if (judge_signatures()) return;
  judge_by_weight(0, nullptr);
}

bool Judgement::stop_at_known_program() {
  const bool native = program_.kind == Program::Kind::native || program_.kind == Program::Kind::title;
  if (!native) return false;
  const std::string name = program_.kind == Program::Kind::native ? program_.name
                           : evidence_.exe.empty()                ? std::string()
                                                                  : program_name(evidence_.exe);
  KnownProgram known = known_program(name);
  const auto hits = [&] { return index_.executables(program_.name, program_.path); };
  // argv[0] says something only where the executable says nothing.
  if (known == KnownProgram::unknown && !program_.other_name.empty() && hits().empty()) known = known_program(program_.other_name);
  if (known == KnownProgram::unknown) return false;
  if (user_count() > 0 && native_signature_of_the_user(hits())) return false;
  switch (known) {
    case KnownProgram::unknown:
      return false;
    case KnownProgram::wrapper:
      because("wrapper", fmt::format("{} only starts or carries other programs", name), -3);
      verdict_.role = "wrapper";
      return true;
    case KnownProgram::tool:
      because("executable", fmt::format("{} is a known tool", name), -3);
      verdict_.role = "tool";
      return true;
    case KnownProgram::launcher:
      judge_launched(name);
      return true;
  }
  return false;
}

bool Judgement::native_signature_of_the_user(const std::vector<SignatureHit>& hits) const {
  return !hits.empty() && hits.front().signature < index_.all().data() + user_count();
}

void Judgement::judge_launched(std::string_view launcher) {
  verdict_.role = "wrapper";
  for (size_t i = 0; i < std::min(program_.arguments.size(), kLaunchedWordsMax); ++i) {
    if (program_.arguments[i].starts_with('-') || depth_ >= 3) continue;
    Evidence inner;
    inner.argv.assign(program_.arguments.begin() + static_cast<std::ptrdiff_t>(i), program_.arguments.end());
    inner.environment = evidence_.environment;
    inner.cwd = evidence_.cwd;
    Verdict launched = Judgement(index_, inner, depth_ + 1, true).run();
    if (!launched.is_llm) continue;
    take_from_launched(std::move(launched), launcher);
    return;
  }
  because("wrapper", fmt::format("{} launches no LLM", launcher), -3);
}

void Judgement::judge_launched_by_python() {
  const auto inner = depth_ < 3 ? launched_by_python(program_, evidence_) : std::nullopt;
  verdict_.role = "launcher";
  verdict_.is_ai = true;
  verdict_.framework = "pytorch";
  if (!inner) return because("script", fmt::format("{} launches PyTorch jobs; which one is not to be seen", program_.name), 0.8);
  Verdict launched = Judgement(index_, *inner, depth_ + 1, true).run();
  if (launched.is_llm) return take_from_launched(std::move(launched), program_.name);
  because("script", fmt::format("{} launches a PyTorch job that does not look like an LLM", program_.name), 0.8);
  for (auto& reason : launched.reasons) verdict_.reasons.push_back(std::move(reason));
}

void Judgement::take_from_launched(Verdict launched, std::string_view launcher) {
  verdict_ = std::move(launched);
  verdict_.role = "launcher";
  because("wrapper", fmt::format("{} launches it and is its root", launcher), 1);
}

bool Judgement::judge_source() {
  const std::string& source = program_.source;
  const auto has = [&](std::string_view text) { return source.find(text) != std::string::npos; };
  if (has("resource_tracker") || has("semaphore_tracker")) {
    because("script", "multiprocessing's resource tracker", -3);
    verdict_.role = "helper";
    return true;
  }
  if (has("multiprocessing.spawn") || has("multiprocessing.forkserver") || has("loky.backend") || has("spawn_main")) {
    verdict_.role = "helper";
    if (!inherit("a child that Python's multiprocessing started"))
      because("ancestry", "a multiprocessing child of a process that is no LLM", -1);
    return true;
  }
  const PythonSource found = judge_python_source(source);
  if (found.framework.empty()) return false;
  verdict_.is_ai = true;
  verdict_.framework = found.framework;
  verdict_.is_llm = found.kind == "llm" || found.kind == "embedding";
  verdict_.role = "script";
  because("script", fmt::format("its source calls {}", found.call), verdict_.is_llm ? 3 : -2);
  if (!found.model.empty() && !is_hosted_model(found.model))
    set_model({display_name(redact_text(found.model)), found.model, "its source", false});
  return true;
}

std::optional<Verdict> Judgement::parent_verdict() const {
  if (evidence_.parent == nullptr || depth_ >= Detector::kAncestorsMax) return std::nullopt;
  return Judgement(index_, *evidence_.parent, depth_ + 1, false).run();
}

bool Judgement::inherit(std::string_view what) {
  const auto parent = parent_verdict();
  if (!parent || !parent->is_llm) return false;
  verdict_.is_llm = verdict_.is_ai = true;
  verdict_.framework = parent->framework;
  verdict_.model = parent->model;
  verdict_.model_ref = parent->model_ref;
  verdict_.role = "worker";
  because("ancestry", fmt::format("{}; its parent is {}", what, parent->framework), 2.5);
  return true;
}

void Judgement::inherit_as_fork() {
  if (evidence_.parent == nullptr) return;
  if (evidence_.parent->argv == evidence_.argv) {
    inherit("a fork");
  } else if (evidence_.argv.size() == 1 && program_.kind == Program::Kind::script && program_.path.find('/') == std::string::npos &&
             !program_.path.ends_with(".py") && !evidence_.libraries.empty()) {
    inherit("a worker under a title of its own");
  } else if ((program_.kind == Program::Kind::interactive || program_.kind == Program::Kind::title) && !evidence_.libraries.empty()) {
    inherit("a worker without a name of its own");
  }
}

void Judgement::consider_parent() {
  const bool may_learn = verdict_.model.empty() || verdict_.framework == "llama.cpp" || verdict_.role == "server";
  if (!may_learn) return;
  const auto parent = parent_verdict();
  if (!parent || !parent->is_llm) return;
  // llama-server inside another runtime's group is that runtime's engine.
  if (verdict_.framework == "llama.cpp" && (parent->framework == "ollama" || parent->framework == "localai" ||
                                            parent->framework == "text-generation-webui" || parent->framework == "lmstudio")) {
    verdict_.framework = parent->framework;
    verdict_.role = "worker";
    because("ancestry", fmt::format("its parent is {}", parent->framework), 1);
  }
  if (parent->framework != verdict_.framework) return;
  if (verdict_.role == "server" && parent->role != "launcher") verdict_.role = "worker";
  if (verdict_.model.empty() && !parent->model.empty() && !blob_digest(verdict_.model_ref)) {
    verdict_.model = parent->model;
    verdict_.model_ref = parent->model_ref;
    because("ancestry", fmt::format("the model is that of its parent: {}", parent->model), 0);
  }
}

}  // namespace monitorai::collect
