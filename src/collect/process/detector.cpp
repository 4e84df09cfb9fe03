#include "collect/process/detector.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "collect/process/arguments.h"
#include "collect/process/argv.h"
#include "collect/process/known_programs.h"
#include "collect/process/launchers.h"
#include "collect/process/libraries.h"
#include "collect/process/model_finder.h"
#include "collect/process/model_name.h"
#include "collect/process/model_words.h"
#include "collect/process/python_source.h"
#include "collect/process/redact.h"
#include "collect/process/weigh.h"

namespace monitorai::collect {
namespace {

using signals::Verdict;

constexpr size_t kLaunchedWordsMax = 64;  // so many words of mpirun's arguments are tried as the start of the program

bool matches_pattern(std::string_view pattern, std::string_view text) {
  const std::string want = normalised(pattern), have = normalised(text);
  const std::string_view p = want;
  if (p.size() > 1 && p.starts_with('*') && p.ends_with('*')) return have.find(p.substr(1, p.size() - 2)) != std::string::npos;
  if (p.ends_with('*')) return have.starts_with(p.substr(0, p.size() - 1));
  if (p.starts_with('*')) return have.ends_with(p.substr(1));
  return p == have;
}

/// One process on its way to a verdict.
class Judgement {
 public:
  Judgement(const SignatureIndex& index, const Evidence& evidence, int depth, bool surely_torch)
      : index_(index), evidence_(evidence), depth_(depth), surely_torch_(surely_torch), program_(resolve_program(evidence)) {}

  static std::string_view title_of(const Signature& signature) {
    return signature.title.empty() ? std::string_view(signature.framework) : std::string_view(signature.title);
  }

  // "llama.cpp's server", "LM Studio's engine", "a TensorRT-LLM example".
  static std::string part_of(const Signature& signature, std::string_view role) {
    const std::string title(title_of(signature));
    const bool whole = role.empty() || title.starts_with("a ") || title.starts_with("the ") || title.find("'s ") != std::string::npos;
    return whole ? title : fmt::format("{}'s {}", title, role);
  }

  Verdict run() {
    decide();
    if (verdict_.is_llm) consider_parent();
    verdict_.model = redact_text(verdict_.model);
    verdict_.model_ref = redact_text(verdict_.model_ref);
    return std::move(verdict_);
  }

 private:
  /// A text of ours: nothing in it to redact.
  void because(std::string_view evidence, const char* text, double weight) {
    verdict_.reasons.push_back({std::string(evidence), text, weight});
  }
  void because(std::string_view evidence, std::string text, double weight) {
    verdict_.reasons.push_back({std::string(evidence), redact_text(text), weight});
  }

  void decide() {
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

  // ---- wrappers, tools, launchers of any program ----

  bool stop_at_known_program() {
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

  bool native_signature_of_the_user(const std::vector<SignatureHit>& hits) const {
    return !hits.empty() && hits.front().signature < index_.all().data() + user_count();
  }

  size_t user_count() const { return index_.all().size() - builtin_signatures().size(); }

  void judge_launched(std::string_view launcher) {
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

  void judge_launched_by_python() {
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

  void take_from_launched(Verdict launched, std::string_view launcher) {
    verdict_ = std::move(launched);
    verdict_.role = "launcher";
    because("wrapper", fmt::format("{} launches it and is its root", launcher), 1);
  }

  // ---- titles ----

  bool judge_title() {
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

  // "Llama-3.1-8B.handle_request": a method is a word of lower-case letters.
  static std::string_view without_method(std::string_view name) {
    const size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || name.size() - dot < 4) return name;
    return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", dot + 1) == std::string_view::npos ? name.substr(0, dot) : name;
  }

  // ray::ServeReplica:<application>:<deployment>[.method]: any application may stand there.
  bool judge_ray_replica(const SignatureHit& hit) {
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
                        app == "vllm" || app == "openai" || app == "api" || app.empty() || app.starts_with("llm-") ||
                        app.ends_with("-app") || app == "chat";
    if (name.empty() && !common) name = application;
    verdict_.model = verdict_.model_ref = name;
    return true;
  }

  // ---- python -c ----

  bool judge_source() {
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

  // ---- signatures ----

  std::vector<SignatureHit> lookup() const {
    std::vector<SignatureHit> hits;
    const auto append = [&](std::vector<SignatureHit> more) { hits.insert(hits.end(), more.begin(), more.end()); };
    switch (program_.kind) {
      case Program::Kind::native:
        append(index_.executables(program_.name, program_.path));
        if (!program_.other_name.empty()) append(index_.executables(program_.other_name, forward_slashes(evidence_.argv.front())));
        break;
      case Program::Kind::module:
        append(index_.modules(program_.name));
        break;
      case Program::Kind::script: {
        const std::string paths[] = {script_below(evidence_.cwd), script_below(project_of_interpreter()), program_.path};
        for (const std::string& path : paths)
          if (!path.empty()) append(index_.scripts(program_.name, path));
        // A console script (/venv/bin/vllm) is an executable in all but its format; vllm.py is somebody's file.
        if (!program_.path.ends_with(".py") || program_.path.ends_with("-script.py"))
          append(index_.executables(program_.name, program_.path));
        std::stable_sort(hits.begin(), hits.end(),
                         [](const SignatureHit& a, const SignatureHit& b) { return a.pattern.size() > b.pattern.size(); });
        if (program_.interpreter == "python") {
          std::vector<SignatureHit> modules = module_hits();
          hits.insert(hits.begin(), modules.begin(), modules.end());
        }
        break;
      }
      case Program::Kind::none:
      case Program::Kind::title:
      case Program::Kind::source:
      case Program::Kind::interactive:
        break;
    }
    if (program_.interpreter == "node" || program_.interpreter == "java")
      append(index_.executables(program_name(evidence_.exe), forward_slashes(evidence_.exe)));
    return hits;
  }

  std::string script_below(std::string_view directory) const {
    const bool relative = !program_.path.starts_with('/') && !(program_.path.size() > 1 && program_.path[1] == ':');
    if (!relative || directory.empty()) return {};
    std::string_view path = program_.path;
    while (path.starts_with("./")) path.remove_prefix(2);
    return forward_slashes(directory) + "/" + std::string(path);
  }

  // The directory in which a virtual environment lies: /home/u/tabbyAPI/venv/bin/python3.12 is of /home/u/tabbyAPI.
  std::string project_of_interpreter() const {
    for (const std::string& text : {evidence_.exe, evidence_.argv.front()}) {
      const std::string path = forward_slashes(text);
      for (const std::string_view mark :
           {"/installer_files/", "/venv/", "/.venv/", "/env/", "/.env/", "/python_embeded/", "/python/", "/envs/"}) {
        const size_t at = path.find(mark);
        if (at == std::string::npos) continue;
        // A conda environment may be called after the program.
        if (mark == "/envs/") return path.substr(0, path.find('/', at + mark.size()));
        return path.substr(0, at);
      }
    }
    return {};
  }

  // A module that is run by its file: ".../site-packages/vllm/entrypoints/openai/api_server.py".
  std::vector<SignatureHit> module_hits() const {
    std::string path = normalised(program_.path);
    if (path.ends_with(".py")) path.resize(path.size() - 3);
    if (path.ends_with("/--main--")) path.resize(path.size() - 9);
    const size_t packages = path.find("-packages/");
    std::string_view rest = path;
    if (packages != std::string::npos) rest.remove_prefix(packages + 10);
    auto parts = split(rest, '/');
    std::erase_if(parts, [](std::string_view part) { return part.empty(); });
    size_t first = packages != std::string::npos ? 0 : parts.size() > 5 ? parts.size() - 5 : 0;
    for (; first + 1 < parts.size(); ++first) {
      std::string dotted(parts[first]);
      for (size_t i = first + 1; i < parts.size(); ++i) dotted.append(".").append(parts[i]);
      auto hits = index_.modules(dotted);
      std::erase_if(hits, [&](const SignatureHit& hit) { return packages == std::string::npos && hit.signature->kind == "tool"; });
      if (!hits.empty()) return hits;
      if (packages != std::string::npos) break;
    }
    return {};
  }

  bool holds(const std::string& condition) const {
    if (condition.starts_with('!')) return !holds(condition.substr(1));
    if (condition.starts_with("lib:")) {
      const std::string_view pattern = std::string_view(condition).substr(4);
      return std::any_of(evidence_.libraries.begin(), evidence_.libraries.end(),
                         [&](const std::string& library) { return matches_pattern(pattern, basename(library)); });
    }
    if (condition.starts_with("env:")) return evidence_.environment.contains(condition.substr(4));
    if (condition.starts_with("word:")) {
      const std::string_view pattern = std::string_view(condition).substr(5);
      return std::any_of(arguments_.words().begin(), arguments_.words().end(),
                         [&](std::string_view word) { return matches_pattern(pattern, word); });
    }
    const size_t equals = condition.find('=');
    std::string name = condition.substr(0, equals);
    if (name.size() > 1) name = normalised(name);
    if (equals == std::string::npos) return arguments_.has(name);
    return matches_pattern(std::string_view(condition).substr(equals + 1), arguments_.value(name));
  }

  bool applies(const Signature& signature) const {
    return signature.when.empty() ||
           std::any_of(signature.when.begin(), signature.when.end(), [&](const std::string& condition) { return holds(condition); });
  }

  std::string_view evidence_kind() const {
    return program_.kind == Program::Kind::module ? "module" : program_.kind == Program::Kind::script ? "script" : "executable";
  }

  bool judge_signatures() {
    for (const SignatureHit& found : lookup()) {
      const Signature& signature = *found.signature;
      if (!applies(signature)) continue;
      SignatureHit hit = found;
      size_t words_used = 0;
      if (hit.role.empty()) {
        hit = index_.command(signature, arguments_.words(), words_used);
        if (hit.signature == nullptr) hit.role = "server";
        hit.pattern = found.pattern;
      } else if (const SignatureHit command = index_.command(signature, arguments_.words(), words_used);
                 command.signature == nullptr || command.pattern.ends_with('*')) {
        words_used = 0;
      }
      take_signature(signature, hit, words_used);
      return true;
    }
    return false;
  }

  void take_signature(const Signature& signature, const SignatureHit& hit, size_t words_used) {
    const std::string name = program_.name.empty() ? program_.path : program_.name;
    verdict_.framework = signature.framework;
    verdict_.role = hit.role;
    if (signature.kind == "tool" || hit.negative) {
      verdict_.is_ai = signature.kind != "tool" && signature.kind != "llm" && signature.kind != "embedding";
      because(evidence_kind(),
              hit.negative && signature.kind != "tool"
                  ? fmt::format("{} is {}, which holds no language model", name, part_of(signature, hit.role))
                  : fmt::format("{} is {}", name, title_of(signature)),
              -3);
      if (verdict_.is_ai) set_model(find_model(signature, words_used, arguments_, program_.arguments, evidence_));
      return;
    }
    if (signature.weight < kEnough) {
      because(evidence_kind(), fmt::format("{} may be {}", name, title_of(signature)), signature.weight);
      judge_by_weight(signature.weight, &signature);
      return;
    }
    verdict_.is_llm = verdict_.is_ai = true;
    because(evidence_kind(), fmt::format("{} is {}", name, part_of(signature, hit.role)), signature.weight);
    FoundModel found = find_model(signature, words_used, arguments_, program_.arguments, evidence_);
    // A llamafile is program and model in one.
    if (!found && signature.framework == "llamafile" && program_.name.ends_with(".llamafile"))
      found = {display_name(program_.path), program_.path, "its own file", false};
    // A flag that the signature does not know.
    if (!found && hit.role != "router") found = find_model(arguments_, evidence_);
    set_model(std::move(found));
  }

  void set_model(FoundModel found) {
    if (!found) return;
    verdict_.model = std::move(found.name);
    verdict_.model_ref = std::move(found.reference);
    because(found.from_flag                                              ? "flag"
            : found.source == "mapped file"                              ? "file"
            : found.source == "argument" || found.source == "its source" ? "flag"
                                                                         : "environment",
            fmt::format("the model comes from {}: {}", found.source, verdict_.model_ref), 0);
  }

  // ---- everything else ----

  void judge_by_weight(double start, const Signature* weak) {
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

  bool has_gguf_argument() const {
    for (const std::string_view name : {"m", "model", "model-path"})
      if (model_file_format(arguments_.value(name)) == "gguf") return true;
    return false;
  }

  static std::string native_framework(const LibraryFacts& libraries) {
    if (libraries.llama || libraries.ggml) return "llama.cpp";
    if (libraries.runtime != nullptr) return libraries.runtime->framework;
    if (libraries.onnx) return "onnx";
    if (libraries.tensorrt) return "tensorrt";
    if (libraries.torch) return "pytorch";
    return "llama.cpp";
  }

  // Triton serves models of every kind: a language model's backend must be in it, or named.
  void judge_triton(const LibraryFacts& libraries, const Signature& signature) {
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

  // ---- ancestry ----

  std::optional<Verdict> parent_verdict() const {
    if (evidence_.parent == nullptr || depth_ >= Detector::kAncestorsMax) return std::nullopt;
    return Judgement(index_, *evidence_.parent, depth_ + 1, false).run();
  }

  bool inherit(std::string_view what) {
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

  // A fork has the argv of its parent; a retitled or nameless Python child with an ML library in it belongs to its parent.
  void inherit_as_fork() {
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

  void consider_parent() {
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

  const SignatureIndex& index_;
  const Evidence& evidence_;
  int depth_;
  bool surely_torch_;
  Program program_;
  Arguments arguments_;
  Verdict verdict_;
};

}  // namespace

Detector::Detector(std::vector<Signature> user) : index_(std::make_shared<const SignatureIndex>(std::move(user))) {}

Verdict Detector::judge(const Evidence& evidence) const { return Judgement(*index_, evidence, 0, false).run(); }

}  // namespace monitorai::collect
