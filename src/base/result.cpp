#include "base/result.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

namespace monitorai {

std::string_view code_name(Code code) {
  switch (code) {
    case Code::not_found: return "not_found";
    case Code::invalid: return "invalid";
    case Code::corrupt: return "corrupt";
    case Code::unavailable: return "unavailable";
    case Code::exhausted: return "exhausted";
    case Code::cancelled: return "cancelled";
  }
  return "unknown";
}

Error wrap(const Error& cause, std::string_view doing) { return {cause.code, fmt::format("{}: {}", doing, cause.message)}; }

Error system_error(std::string_view doing, int error_number) {
  const Code code = error_number == ENOENT || error_number == ESRCH ? Code::not_found
                    : error_number == ENOSPC || error_number == EDQUOT || error_number == EMFILE ? Code::exhausted
                                                                                                   : Code::unavailable;
  char text[128];
  return {code, fmt::format("{}: {} (errno {})", doing, strerror_r(error_number, text, sizeof text), error_number)};
}

void check_failed(std::string_view condition, std::string_view file, int line) {
  const std::string text = fmt::format("monitorai: broken promise: {} ({}:{})\n", condition, file, line);
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
  std::abort();
}

}  // namespace monitorai
