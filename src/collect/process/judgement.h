#pragma once
// One process on its way to a verdict: evidence is looked at in the order of what it proves - known programs, titles, source of `python
// -c`, signatures, then everything else by weight - and each step that says something leaves a reason. Lives for one call of
// Detector::judge(), on its thread; parents and launched programs are judged by further ones.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/process/arguments.h"
#include "collect/process/argv.h"
#include "collect/process/detector.h"
#include "collect/process/libraries.h"
#include "collect/process/model_finder.h"

namespace monitorai::collect {

class Judgement {
 public:
  Judgement(const SignatureIndex& index, const Evidence& evidence, int depth, bool surely_torch)
      : index_(index), evidence_(evidence), depth_(depth), surely_torch_(surely_torch), program_(resolve_program(evidence)) {}

  static std::string_view title_of(const Signature& signature);
  // "llama.cpp's server", "LM Studio's engine", "a TensorRT-LLM example".
  static std::string part_of(const Signature& signature, std::string_view role);
  /// Once.
  signals::Verdict run();

 private:
  /// A text of ours: nothing in it to redact.
  void because(std::string_view evidence, const char* text, double weight);
  void because(std::string_view evidence, std::string text, double weight);
  void decide();

  // ---- wrappers, tools, launchers of any program ----
  bool stop_at_known_program();
  bool native_signature_of_the_user(const std::vector<SignatureHit>& hits) const;
  size_t user_count() const { return index_.all().size() - builtin_signatures().size(); }

  void judge_launched(std::string_view launcher);
  void judge_launched_by_python();
  void take_from_launched(signals::Verdict launched, std::string_view launcher);

  // ---- titles ----
  bool judge_title();
  // "Llama-3.1-8B.handle_request": a method is a word of lower-case letters.
  static std::string_view without_method(std::string_view name);
  // ray::ServeReplica:<application>:<deployment>[.method]: any application may stand there.
  bool judge_ray_replica(const SignatureHit& hit);

  // ---- python -c ----
  bool judge_source();

  // ---- signatures ----
  std::vector<SignatureHit> lookup() const;
  std::string script_below(std::string_view directory) const;
  // The directory in which a virtual environment lies: /home/u/tabbyAPI/venv/bin/python3.12 is of /home/u/tabbyAPI.
  std::string project_of_interpreter() const;
  // A module that is run by its file: ".../site-packages/vllm/entrypoints/openai/api_server.py".
  std::vector<SignatureHit> module_hits() const;
  bool holds(const std::string& condition) const;
  bool applies(const Signature& signature) const;
  std::string_view evidence_kind() const;
  bool judge_signatures();
  void take_signature(const Signature& signature, const SignatureHit& hit, size_t words_used);
  void set_model(FoundModel found);

  // ---- everything else ----
  void judge_by_weight(double start, const Signature* weak);
  bool has_gguf_argument() const;
  static std::string native_framework(const LibraryFacts& libraries);
  // Triton serves models of every kind: a language model's backend must be in it, or named.
  void judge_triton(const LibraryFacts& libraries, const Signature& signature);

  // ---- ancestry ----
  std::optional<signals::Verdict> parent_verdict() const;
  bool inherit(std::string_view what);
  // A fork has the argv of its parent; a retitled or nameless Python child with an ML library in it belongs to its parent.
  void inherit_as_fork();
  void consider_parent();

  const SignatureIndex& index_;
  const Evidence& evidence_;
  int depth_;
  bool surely_torch_;
  Program program_;
  Arguments arguments_;
  signals::Verdict verdict_;
};

}  // namespace monitorai::collect
