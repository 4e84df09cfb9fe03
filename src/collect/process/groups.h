#pragma once
// Processes that serve together are one service: a root and what it started. The root is the top-most ancestor that is an LLM process
// itself; wrappers between them do not count, and process groups say nothing (TGI gives every child its own). Servers of several models
// (Ollama, llama.cpp's router, Triton, LocalAI) have one service for each runner below their own; Ray's workers all descend from one raylet and are
// grouped by application. Pure.

#include <vector>

#include "signals/process.h"

namespace monitorai::collect {

/// What grouping needs to know beside the process itself.
struct Kinship {
  int64_t llm_parent = 0;  ///< pid of the nearest ancestor that is an LLM process, 0 without one
  bool root_died = false;  ///< it had such an ancestor once
  std::string title;       ///< argv[0]: titles of workers tell whose they are
  bool wrote_title = false; ///< detection went by the title
};

/// Fills service, is_root and is_orphan of the processes (by pid, LLM processes only take part), workers inherit framework and model
/// from their root, and makes the services, in the order of their roots.
std::vector<signals::Service> group(std::vector<signals::Process>& processes, const std::vector<Kinship>& kinship);

}  // namespace monitorai::collect
