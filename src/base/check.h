#pragma once
// MAI_CHECK: what a programmer promised. A broken promise ends the program with the place and the condition; what the world sends
// (files, network, disk) is validated and returned as an Error instead.

#include <string_view>

namespace monitorai {

[[noreturn]] void check_failed(std::string_view condition, std::string_view file, int line);

}  // namespace monitorai

#define MAI_CHECK(...)                                                                              \
  do {                                                                                              \
    if (!(__VA_ARGS__)) [[unlikely]] ::monitorai::check_failed(#__VA_ARGS__, __FILE__, __LINE__);   \
  } while (false)
