#pragma once
// What the collectors are told, from the configuration: the same for `serve` and for the commands that look once.

#include "app/config/config.h"
#include "collect/gpu/collector.h"

namespace monitorai::app {

collect::GpuSettings gpu_settings(const Config::Collect& settings);

}  // namespace monitorai::app
