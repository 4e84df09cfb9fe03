#pragma once
// What a process really runs: the program behind interpreters (`python3 /venv/bin/vllm serve X`, `python -m vllm...`, `python -c "..."`),
// loaders (`ape x.llamafile`), application servers (`uvicorn llama_cpp.server.app:create_app`) and profilers that stay in the process.
// Pure text work on one command line; foreign bytes of any kind are fine. Thread-safe.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collect/process/evidence.h"

namespace monitorai::collect {

/// The resolved program. Names are normalised for comparison: lower case, '_' as '-', without ".exe" and ".py".
struct Program {
  enum class Kind {
    none,         ///< no command line: a kernel thread, a zombie
    title,        ///< the process overwrote its argv: name holds the title, not normalised
    native,       ///< an executable
    script,       ///< a file that an interpreter runs
    module,       ///< python -m name, a Java class, or the application of an application server
    source,       ///< python -c: name is empty
    interactive,  ///< an interpreter without a program: a prompt, or source from stdin
  };
  Kind kind = Kind::none;
  std::string interpreter;  ///< "python", "node", "java", "ruby", "perl"; "" for native programs
  std::string host;         ///< "uvicorn", "gunicorn", ...: the application server in between
  std::string name;
  std::string other_name;                  ///< native: base name of argv[0] where it differs from the executable's
  std::string path;                        ///< of the executable or script as it was given, '\\' turned into '/'
  std::string source;                      ///< python -c
  std::span<const std::string> arguments;  ///< what follows the program; views into the evidence
};

Program resolve_program(const Evidence& evidence);

/// Lower case with '_' as '-': "MLC_LLM" is "mlc-llm".
std::string normalised(std::string_view name);
/// The base name, normalised, without ".exe", ".py", ".pyc", ".pyz", ".cmd", "-script.py" and Nix's ".X-wrapped".
std::string program_name(std::string_view path);
/// "python" for python3.12, pypy3, python.exe; "node", "java", "ruby", "perl"; "" for everything else. Takes a program_name().
std::string_view interpreter_name(std::string_view program);
/// '\\' as '/'.
std::string forward_slashes(std::string_view path);

}  // namespace monitorai::collect
