#include "forward/notify/secret.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/files.h"
#include "base/text.h"

namespace monitorai::forward {

Secret Secret::written(std::string text) {
  if (text.size() > 3 && text.starts_with("${") && text.ends_with('}')) return Secret(Kind::environment, text.substr(2, text.size() - 3));
  return literal(std::move(text));
}

Result<std::string> Secret::read() const {
  if (kind_ == Kind::literal) return text_;
  if (kind_ == Kind::environment) {
    const char* value = std::getenv(text_.c_str());
    if (value == nullptr || *value == '\0') return Error{Code::not_found, fmt::format("cannot read the secret: the environment variable {} is not set", text_)};
    return std::string(trim(value));
  }
  const auto content = read_file(text_, kSecretBytesMax);
  if (!content) return wrap(content.error(), "cannot read the secret");
  const std::string_view text = trim(*content);
  if (text.empty()) return Error{Code::invalid, fmt::format("cannot read the secret: the file {} is empty", text_)};
  return std::string(text);
}

}  // namespace monitorai::forward
