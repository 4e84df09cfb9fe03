#include "collect/logs/follow_settings.h"

namespace monitorai::collect {

std::vector<FollowJob> default_follow_jobs(const std::filesystem::path& folder) {
  return {FollowJob{.name = "logs", .targets = {FollowTarget{.path = (folder / "logs" / "*.log").native()}}}};
}

}  // namespace monitorai::collect
