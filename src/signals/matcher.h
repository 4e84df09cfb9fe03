#pragma once
// A matcher selects series by one label, as in PromQL and LogQL. Regexes are RE2, anchored at both ends.

#include <memory>
#include <string>
#include <string_view>

#include "base/regex.h"
#include "base/result.h"

namespace monitorai::signals {

enum class MatchOp { equal, not_equal, regex, not_regex };

/// Immutable, cheap to copy, thread-safe.
class Matcher {
 public:
  /// Code::invalid when the regex does not compile.
  static Result<Matcher> make(std::string name, MatchOp op, std::string value);

  const std::string& name() const { return name_; }
  MatchOp op() const { return op_; }
  const std::string& value() const { return value_; }
  /// `label_value` is "" for an absent label.
  bool matches(std::string_view label_value) const;
  /// `name="value"`, escaped.
  std::string text() const;

 private:
  Matcher(std::string name, MatchOp op, std::string value, std::shared_ptr<const Regex> regex)
      : name_(std::move(name)), value_(std::move(value)), op_(op), regex_(std::move(regex)) {}

  std::string name_;
  std::string value_;
  MatchOp op_;
  std::shared_ptr<const Regex> regex_;
};

}  // namespace monitorai::signals
