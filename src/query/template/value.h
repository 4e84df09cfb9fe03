#pragma once
// The values that pipelines of templates make, and what the functions of a dialect get. A dialect (LogQL's line_format, Prometheus's
// alerts) brings a table of functions and its own kinds of objects.

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "text/go_time.h"

namespace monitorai::query::templates {

using text::GoTime;

class Object;

/// Cheap to copy. Texts and pointers live as long as the run, the template, or what the caller handed in.
struct Value {
  enum class Kind { nil, boolean, integer, real, text, time, object };
  Kind kind = Kind::nil;
  bool boolean = false;
  int64_t integer = 0;
  double real = 0;
  std::string_view text;
  const GoTime* time = nullptr;
  const Object* object = nullptr;  ///< of kind object, never null

  static Value of(bool b) { return {.kind = Kind::boolean, .boolean = b}; }
  static Value of(int64_t i) { return {.kind = Kind::integer, .integer = i}; }
  static Value of(double r) { return {.kind = Kind::real, .real = r}; }
  static Value of(std::string_view t) { return {.kind = Kind::text, .text = t}; }
  static Value of(const Object& o) { return {.kind = Kind::object, .object = &o}; }
  bool is(Kind k) const { return kind == k; }
};

struct Limits {
  size_t output_bytes_max = size_t{1} << 20;
  size_t steps_max = 100'000;  ///< actions, rounds of loops and calls
};

/// What one execution has in hand. A dialect may derive from it to give its functions more. Thread: one.
class Run {
 public:
  explicit Run(const Limits& run_limits) : limits(run_limits) {}
  virtual ~Run() = default;
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// A copy of the text that lives as long as the run.
  virtual std::string_view keep(std::string_view text) { return texts_.emplace_back(text); }
  Value text(std::string_view t) { return Value::of(keep(t)); }
  /// Puts what an action gives to the output. A dialect may escape it by what stands before it.
  virtual void append(std::string& out, const Value& value);
  Value time(GoTime t) { return {.kind = Value::Kind::time, .time = &times_.emplace_back(std::move(t))}; }
  /// Makes an object that lives as long as the run.
  template <class T, class... Args>
  Value make(Args&&... args) {
    auto made = std::make_unique<T>(std::forward<Args>(args)...);
    const Object& object = *made;
    objects_.push_back(std::move(made));
    return Value::of(object);
  }

  const Limits& limits;
  size_t steps = 0;

 private:
  std::deque<std::string> texts_;
  std::deque<GoTime> times_;
  std::deque<std::unique_ptr<const Object>> objects_;
};

using ValueResult = Result<Value, std::string>;  ///< the error is a sentence
using Args = std::span<const Value>;

/// A structure, a map or a list of a dialect.
class Object {
 public:
  virtual ~Object() = default;
  /// As Go's errors name the type: "map[string]string".
  virtual std::string_view type_name() const = 0;
  /// As Go prints it (%v).
  virtual std::string text() const = 0;
  virtual bool truth() const { return true; }
  /// `.name`; nullopt: it has no such field. Maps give their zero value for an absent key.
  virtual std::optional<Value> field(Run&, std::string_view) const { return std::nullopt; }
  /// `.name args...`; nullopt: it has no such method.
  virtual std::optional<Result<Value, std::string>> call(Run&, std::string_view, std::span<const Value>) const { return std::nullopt; }
  /// `index x key`.
  virtual ValueResult index(Run& run, const Value& key) const;
  virtual std::optional<int64_t> length() const { return std::nullopt; }
  /// What range walks, in its order: keys (or indices) and elements. False: it cannot be walked.
  virtual bool items(Run&, std::vector<std::pair<Value, Value>>&) const { return false; }
};

struct Function {
  std::string_view name;
  int args_min;
  int args_max;  ///< -1: any number
  ValueResult (*call)(Run& run, Args args);
};
/// The functions of text/template itself.
std::span<const Function> builtin_functions();

/// As Go's templates decide: empty and zero are false.
bool truth(const Value& value);
/// As Go prints it (%v).
std::string text_of(const Value& value);
/// "string", "int", ...: as Go's errors name the type.
std::string_view type_name(const Value& value);
/// "wrong type for value; expected string; got int"
std::string wrong_type(std::string_view wanted, const Value& got);
/// As fmt.Sprint joins them.
std::string printed(Args args, bool spaces_always);
/// As url.QueryEscape: "a b" is "a+b".
std::string url_query_escaped(std::string_view text);

}  // namespace monitorai::query::templates
