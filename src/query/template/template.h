#pragma once
// Go's text/template: actions, fields, variables, pipelines, if, range, with, define, template, block, break, continue and the trimming
// of white space, over the functions and objects of a dialect. Every execution is bounded in steps, depth and bytes of output.

#include <map>
#include <memory>

#include "query/template/value.h"

namespace monitorai::query::templates {

struct Tree;

/// Immutable, thread-safe.
class Template {
 public:
  /// `name` is for errors; functions of the dialect are looked up before the built-in ones, and must outlive the template. The error is a
  /// sentence: "template: name:1: function \"f\" not defined".
  /// `libraries` are texts whose {{define}}s it may call; of two definitions of one name that of the later text counts, and its own last.
  static Result<Template, std::string> parse(std::string_view text, std::string_view name, std::span<const Function> functions,
                                             std::span<const std::string_view> libraries = {});
  Template(Template&&) noexcept;
  Template& operator=(Template&&) noexcept;
  ~Template();

  /// What the template makes of a value. Errors are sentences.
  struct Output {
    std::string text;
  };
  Result<Output, std::string> run(Run& run, const Value& dot) const;
  /// The one field that it prints, if that is all it does (`{{.name}}`); else "".
  std::string_view only_field() const;
  /// Names of fields and texts that stand in it: whatever it may read of a map.
  std::vector<std::string> fields() const;

 private:
  explicit Template(std::unique_ptr<const Tree> tree);
  std::unique_ptr<const Tree> tree_;
};

}  // namespace monitorai::query::templates
