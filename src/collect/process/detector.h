#pragma once
// Judges one process: is it an LLM, of which framework, with which model, in which role, and why. Evidence is taken in the order in which
// it can be trusted: wrappers and tools, process titles, executable, script or module, flags, environment, libraries and files, GPU,
// ports, ancestry. The knowledge is in signature_table.cpp; docs/adding-a-runtime.md explains it.

#include <memory>
#include <vector>

#include "collect/process/evidence.h"
#include "collect/process/signatures.h"
#include "signals/process.h"

namespace monitorai::collect {

/// Immutable: thread-safe, cheap to copy. Reads nothing but the evidence.
class Detector {
 public:
  /// The user's signatures come before the built-in ones.
  explicit Detector(std::vector<Signature> user = {});

  /// Walks evidence.parent by itself, at most kAncestorsMax of them. All text in the verdict is redacted.
  signals::Verdict judge(const Evidence& evidence) const;

  const SignatureIndex& signatures() const { return *index_; }

  static constexpr int kAncestorsMax = 8;

 private:
  std::shared_ptr<const SignatureIndex> index_;
};

}  // namespace monitorai::collect
