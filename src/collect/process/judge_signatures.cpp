// Which signature a program has, and what follows from it (judgement.h).

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "collect/process/judgement.h"
#include "collect/process/model_name.h"
#include "collect/process/weigh.h"

namespace monitorai::collect {
namespace {

bool matches_pattern(std::string_view pattern, std::string_view text) {
  const std::string want = normalised(pattern), have = normalised(text);
  const std::string_view p = want;
  if (p.size() > 1 && p.starts_with('*') && p.ends_with('*')) return have.find(p.substr(1, p.size() - 2)) != std::string::npos;
  if (p.ends_with('*')) return have.starts_with(p.substr(0, p.size() - 1));
  if (p.starts_with('*')) return have.ends_with(p.substr(1));
  return p == have;
}

}  // namespace

std::vector<SignatureHit> Judgement::lookup() const {
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

std::string Judgement::script_below(std::string_view directory) const {
  const bool relative = !program_.path.starts_with('/') && !(program_.path.size() > 1 && program_.path[1] == ':');
  if (!relative || directory.empty()) return {};
  std::string_view path = program_.path;
  while (path.starts_with("./")) path.remove_prefix(2);
  return forward_slashes(directory) + "/" + std::string(path);
}

std::string Judgement::project_of_interpreter() const {
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

std::vector<SignatureHit> Judgement::module_hits() const {
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

bool Judgement::holds(const std::string& condition) const {
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

bool Judgement::applies(const Signature& signature) const {
  return signature.when.empty() ||
         std::any_of(signature.when.begin(), signature.when.end(), [&](const std::string& condition) { return holds(condition); });
}

std::string_view Judgement::evidence_kind() const {
  return program_.kind == Program::Kind::module ? "module" : program_.kind == Program::Kind::script ? "script" : "executable";
}

bool Judgement::judge_signatures() {
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

void Judgement::take_signature(const Signature& signature, const SignatureHit& hit, size_t words_used) {
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

void Judgement::set_model(FoundModel found) {
  if (!found) return;
  verdict_.model = std::move(found.name);
  verdict_.model_ref = std::move(found.reference);
  because(found.from_flag                                              ? "flag"
          : found.source == "mapped file"                              ? "file"
          : found.source == "argument" || found.source == "its source" ? "flag"
                                                                       : "environment",
          fmt::format("the model comes from {}: {}", found.source, verdict_.model_ref), 0);
}

}  // namespace monitorai::collect
