#include "collect/gpu/collector.h"

#include <signal.h>

#include <cerrno>

#include "base/log.h"
#include "collect/gpu/join.h"

namespace monitorai::collect {

class GpuCollector::Sources {
 public:
  Sources(GpuSettings settings, const Clock& clock) : settings_(std::move(settings)), clock_(clock) {
    status_.service = settings_.service;
    status_.service_namespace = settings_.service_namespace;
    open_files();
  }

  std::shared_ptr<const signals::GpuSnapshot> sample() {
    GpuReadings readings;
    if (files_) {
      readings.files = files_->scan();
      status_.info_files = files_->counts();
    }
    return std::make_shared<const signals::GpuSnapshot>(join(clock_.now(), readings));
  }

  const GpuStatus& status() const { return status_; }

 private:
  void open_files() {
    if (settings_.gpu_info_path.empty()) return;
    auto pattern = GpuInfoPattern::parse(settings_.gpu_info_path);
    if (!pattern) {
      log::error("gpu-info files are off", {{"error", pattern.error().message}});
      return;
    }
    files_.emplace(*std::move(pattern), settings_.gpu_info_age_max, settings_.pid_alive ? settings_.pid_alive : process_exists, clock_);
  }

  GpuSettings settings_;
  const Clock& clock_;
  std::optional<GpuInfoFiles> files_;
  GpuStatus status_;
};

GpuCollector::GpuCollector(GpuSettings settings, const Clock& clock) : sources_(std::make_unique<Sources>(std::move(settings), clock)) {}
GpuCollector::~GpuCollector() = default;

std::shared_ptr<const signals::GpuSnapshot> GpuCollector::sample() { return sources_->sample(); }
GpuStatus GpuCollector::status() const { return sources_->status(); }

bool process_exists(int64_t pid) {
  if (pid <= 0 || pid > std::numeric_limits<pid_t>::max()) return false;
  return ::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM;
}

}  // namespace monitorai::collect
