#pragma once
// Weighing: where no signature decides, libraries, GPU, model, words and flags each add or take away. At kEnough a process is an LLM.

#include "collect/process/arguments.h"
#include "collect/process/argv.h"
#include "collect/process/libraries.h"
#include "collect/process/model_finder.h"
#include "signals/process.h"

namespace monitorai::collect {

inline constexpr double kEnough = 2;

struct Weighed {
  double score = 0;
  bool other_ai = false;  ///< AI, but of speech, images, ...
  std::string framework;  ///< the best guess, for an LLM
  FoundModel model;
};

/// Appends its reasons. `start` is what a weak signature has given already, `surely_torch` for what a PyTorch launcher starts.
Weighed weigh(const Evidence& evidence, const Program& program, const Arguments& arguments, const LibraryFacts& libraries, double start,
              bool surely_torch, std::vector<signals::Reason>& reasons);

/// The role of a program without a signature: by its words, its environment and its host.
std::string common_role(const Evidence& evidence, const Program& program, const Arguments& arguments);

}  // namespace monitorai::collect
