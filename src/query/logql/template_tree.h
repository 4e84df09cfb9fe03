#pragma once
// The syntax tree of a template, and the values that its pipelines make.

#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/go_time.h"
#include "query/logql/json.h"
#include "query/logql/template.h"

namespace monitorai::query::logql {

using text::format_time;
using text::GoTime;
using text::in_zone;
using text::parse_time;

/// Texts are views of the template, of the line's labels or of its arena.
struct TemplateValue {
  enum class Kind { nil, boolean, integer, real, text, time, tree, labels };
  Kind kind = Kind::nil;
  bool boolean = false;
  int64_t integer = 0;
  double real = 0;
  std::string_view text;
  const GoTime* time = nullptr;
  const JsonTree* tree = nullptr;  ///< a list or a map of fromJson

  static TemplateValue of(bool b) { return {.kind = Kind::boolean, .boolean = b}; }
  static TemplateValue of(int64_t i) { return {.kind = Kind::integer, .integer = i}; }
  static TemplateValue of(double r) { return {.kind = Kind::real, .real = r}; }
  static TemplateValue of(std::string_view t) { return {.kind = Kind::text, .text = t}; }
  bool is(Kind k) const { return kind == k; }
};

/// Objects, arrays, null and scalars of JSON as template values.
TemplateValue value_of(const JsonTree& tree);
/// As Go's templates decide: empty and zero are false.
bool truth(const TemplateValue& value);
/// As Go prints it (%v).
std::string text_of(const TemplateValue& value);
/// "string", "int", ...: as Go's errors name the type.
std::string_view type_name(const TemplateValue& value);

/// What one execution has in hand.
struct TemplateRun {
  Line& line;
  const TemplateLimits& limits;
  size_t steps = 0;
  std::deque<GoTime> times;
  std::deque<JsonTree> trees;

  TemplateValue text(std::string_view t) { return TemplateValue::of(line.arena.copy(t)); }
  TemplateValue time(GoTime t) {
    times.push_back(std::move(t));
    return {.kind = TemplateValue::Kind::time, .time = &times.back()};
  }
};

using TemplateResult = Result<TemplateValue, std::string>;
struct TemplateFunction {
  std::string_view name;
  int args_min;
  int args_max;  ///< -1: any number
  TemplateResult (*call)(TemplateRun& run, std::span<const TemplateValue> args);
};
/// nullptr when there is none of this name.
const TemplateFunction* find_template_function(std::string_view name);

struct TemplatePipe;

struct TemplateOperand {
  enum class Kind { constant, dot, variable, function, pipe };
  Kind kind = Kind::constant;
  TemplateValue value;               ///< of a constant
  size_t variable = 0;               ///< its place on the stack of variables, from its bottom
  const TemplateFunction* function = nullptr;
  bool is_and = false;               ///< and, or: the later arguments are evaluated only if needed
  bool is_or = false;
  std::unique_ptr<TemplatePipe> pipe;
  std::vector<std::string> fields;   ///< .a.b behind it
};

struct TemplateCommand {
  std::vector<TemplateOperand> operands;  ///< a function and its arguments, or one value
};

struct TemplatePipe {
  std::vector<size_t> variables;  ///< set by it: none, one, or index and element of a range
  bool declares = false;          ///< := pushes, = sets
  std::vector<TemplateCommand> commands;
};

struct TemplateNode {
  TemplateNode() = default;
  TemplateNode(TemplateNode&&) = default;
  TemplateNode& operator=(TemplateNode&&) = default;
  enum class Kind { text, action, if_, range, with, break_, continue_ };
  Kind kind = Kind::text;
  std::string text;
  std::unique_ptr<TemplatePipe> pipe;
  std::vector<TemplateNode> body;
  std::vector<TemplateNode> otherwise;
};

struct TemplateTree {
  std::deque<std::string> strings;  ///< of constants
  std::vector<TemplateNode> nodes;
};

/// The error is a sentence.
Result<std::unique_ptr<const TemplateTree>, std::string> parse_template(std::string_view text);

}  // namespace monitorai::query::logql
