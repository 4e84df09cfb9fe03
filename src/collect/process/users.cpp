#include "collect/process/users.h"

#include <fmt/format.h>
#include <pwd.h>

#include <vector>

namespace monitorai::collect {

const std::string& Users::name(uint32_t uid) {
  if (const auto known = names_.find(uid); known != names_.end()) return known->second;
  if (names_.size() >= kUsersMax) names_.clear();
  std::vector<char> buffer(16 * 1024);
  passwd entry{};
  passwd* found = nullptr;
  const bool named = ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr;
  return names_.emplace(uid, named ? std::string(entry.pw_name) : fmt::format("{}", uid)).first->second;
}

}  // namespace monitorai::collect
