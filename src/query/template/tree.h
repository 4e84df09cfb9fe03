#pragma once
// The syntax tree of a template.

#include <deque>
#include <map>

#include "query/template/template.h"

namespace monitorai::query::templates {

struct Pipe;

struct Operand {
  enum class Kind { constant, dot, variable, function, pipe };
  Kind kind = Kind::constant;
  Value value;          ///< of a constant
  size_t variable = 0;  ///< its place on the stack of variables, from its bottom
  const Function* function = nullptr;
  bool is_and = false;  ///< and, or: the later arguments are evaluated only if needed
  bool is_or = false;
  std::unique_ptr<Pipe> pipe;
  std::vector<std::string> fields;  ///< .a.b behind it
};

struct Command {
  std::vector<Operand> operands;  ///< a function and its arguments, or one value
};

struct Pipe {
  std::vector<size_t> variables;  ///< set by it: none, one, or index and element of a range
  bool declares = false;          ///< := pushes, = sets
  std::vector<Command> commands;
};

struct Node {
  enum class Kind { text, action, if_, range, with, break_, continue_, call };
  Kind kind = Kind::text;
  std::string text;            ///< of a call: the name of the template
  std::unique_ptr<Pipe> pipe;  ///< of a call: may be null
  std::vector<Node> body;
  std::vector<Node> otherwise;
};

struct Tree {
  std::deque<std::string> strings;  ///< of constants
  std::vector<Node> nodes;
  std::map<std::string, std::vector<Node>, std::less<>> defined;
};

Result<std::unique_ptr<const Tree>, std::string> parse_tree(std::string_view text, std::string_view name,
                                                            std::span<const Function> functions,
                                                            std::span<const std::string_view> libraries);

}  // namespace monitorai::query::templates
