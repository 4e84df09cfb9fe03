#pragma once
// The options that a command declares, as data: what help, completion and error messages are made of.

#include <optional>
#include <string>
#include <vector>

#include "app/command.h"

namespace monitorai::app {

struct DeclaredOption {
  std::vector<std::string> names;  ///< "-w", "--watch"; one without dashes: a positional
  std::string help;
  std::string placeholder;  ///< "" for a flag
  bool repeatable = false;
  bool positional = false;
  bool required = false;
};

/// In the order of declaration.
std::vector<DeclaredOption> options_of(const Command& command);

/// `monitorai --help`.
std::string help_of(const std::vector<Command>& commands);
/// `monitorai ps --help`.
std::string help_of(const Command& command);

/// The command that these words begin with ("check", "config", "x.yml"): its index, and how many words name it; nullopt for none.
struct FoundCommand {
  size_t index = 0;
  size_t words = 0;
};
std::optional<FoundCommand> find_command(const std::vector<Command>& commands, const std::vector<std::string>& words);

/// A script for "bash", "zsh" or "fish"; "" for another shell.
std::string completion_script(const std::vector<Command>& commands, std::string_view shell);

}  // namespace monitorai::app
