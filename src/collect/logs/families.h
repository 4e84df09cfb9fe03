#pragma once
// The follower's counters as metrics of our own.

#include <string>
#include <vector>

#include "collect/logs/follower.h"

namespace monitorai::collect {

void append_follow_families(const FollowCounts& counts, const std::vector<std::pair<std::string, uint64_t>>& masked,
                            std::vector<signals::MetricFamily>& out);

}  // namespace monitorai::collect
