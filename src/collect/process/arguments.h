#pragma once
// The arguments of a program as flags and positional words, without knowing the program's own parser: `--a=b`, `--a b`, `-m b`, `--flag`,
// Hydra's `a.b=c`. Whether `--x word` is a flag with a value is decided by a table of switches that take none.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace monitorai::collect {

struct Flag {
  std::string name;        ///< without dashes, '_' as '-'; long names in lower case, one-dash names as they are: "M" is not "m"
  std::string_view value;  ///< "" for a switch
};

/// Views into the arguments given to the constructor: they must outlive it.
class Arguments {
 public:
  Arguments() = default;
  explicit Arguments(std::span<const std::string> arguments);

  const std::vector<Flag>& flags() const { return flags_; }
  const std::vector<std::string_view>& words() const { return words_; }
  bool has(std::string_view name) const;
  /// The first value of a flag; "" when it is absent or a switch. `name` as Flag::name, or "name[key]" for the value of key within a
  /// comma-separated list such as `--model_args pretrained=X,dtype=auto`.
  std::string_view value(std::string_view name) const;

 private:
  std::vector<Flag> flags_;
  std::vector<std::string_view> words_;
};

}  // namespace monitorai::collect
