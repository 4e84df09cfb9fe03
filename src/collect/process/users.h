#pragma once
// User names by number, remembered: getpwuid_r may ask a network directory. Thread: the scanner's.

#include <cstdint>
#include <string>
#include <unordered_map>

namespace monitorai::collect {

inline constexpr size_t kUsersMax = 4096;  ///< remembered; beyond that the memory starts anew

class Users {
 public:
  /// The name, or the number where there is none.
  const std::string& name(uint32_t uid);

 private:
  std::unordered_map<uint32_t, std::string> names_;
};

}  // namespace monitorai::collect
