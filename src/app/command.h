#pragma once
// A command of the program (`monitorai ps`): its name, its help, its options, and what it does. The library that parses the command
// line is seen in command_line.cpp only.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace monitorai::app {

/// Declares the options of one command; the targets live until run() returned. Names as "-w,--watch".
class Options {
 public:
  virtual ~Options() = default;
  virtual void flag(const std::string& names, bool& target, const std::string& help) = 0;
  virtual void value(const std::string& names, std::string& target, const std::string& help, const std::string& placeholder) = 0;
  virtual void value(const std::string& names, int64_t& target, const std::string& help, const std::string& placeholder) = 0;
  virtual void values(const std::string& names, std::vector<std::string>& target, const std::string& help,
                      const std::string& placeholder) = 0;
  virtual void positional(const std::string& name, std::string& target, const std::string& help, bool required) = 0;
  virtual void positionals(const std::string& name, std::vector<std::string>& target, const std::string& help, bool required) = 0;
};

/// Exit codes: 0 done, 1 it failed, 2 the command line is wrong (and "the answer is no" for checks: 1).
struct Command {
  std::string name;         ///< "ps"; "check config" for a command below another
  std::string summary;      ///< one line, for the list of commands
  std::string description;  ///< what --help prints above the options
  std::function<void(Options&)> declare;
  std::function<int()> run;
};

/// Parses argv against the commands, prints help, version and errors, and runs the chosen one. Returns the exit code.
int run_command_line(const std::vector<Command>& commands, int argc, char** argv);

}  // namespace monitorai::app
