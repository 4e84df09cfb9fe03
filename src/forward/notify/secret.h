#pragma once
// A secret of the configuration: a key, a token, a URL that holds one. It stands in the file itself, in an environment variable
// (`${NAME}`), or in a file of its own; the latter two are read anew for each use, so that they may be changed. Never printed.

#include <string>

#include "base/result.h"

namespace monitorai::forward {

inline constexpr size_t kSecretBytesMax = 64 << 10;

class Secret {
 public:
  Secret() = default;
  static Secret literal(std::string text) { return Secret(Kind::literal, std::move(text)); }
  static Secret file(std::string path) { return Secret(Kind::file, std::move(path)); }
  /// As it stands in the configuration: `${NAME}` is an environment variable, all else is itself.
  static Secret written(std::string text);

  bool empty() const { return text_.empty(); }
  /// The secret without blanks round it. Errors name the file or the variable.
  Result<std::string> read() const;

 private:
  enum class Kind { literal, file, environment };
  Secret(Kind kind, std::string text) : kind_(kind), text_(std::move(text)) {}
  Kind kind_ = Kind::literal;
  std::string text_;
};

}  // namespace monitorai::forward
