#pragma once
// Programs that are never an LLM themselves, whatever their command line says: wrappers, which carry the whole command of a server in
// their own arguments, and ordinary tools. And those launchers that belong to the job they start.

#include <string_view>

namespace monitorai::collect {

enum class KnownProgram {
  unknown,
  wrapper,   ///< bash, sudo, docker, srun, tmux, uv, ...: starts or watches another process
  tool,      ///< grep, vim, git, curl, prometheus, chrome, ...
  launcher,  ///< mpirun and its kind: an LLM when what they launch is one
};

/// Takes a program_name(). O(1).
KnownProgram known_program(std::string_view name);

}  // namespace monitorai::collect
