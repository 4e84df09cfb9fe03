#include "app/serve/sampler.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "collect/gpu/collector.h"

namespace monitorai::app {
namespace {

/// CPU percent needs two scans: the second one comes soon, so that the first numbers are there when a person looks.
constexpr std::chrono::milliseconds kSecondScanAfter{1000};

collect::GpuSettings gpu_settings(const Config::Collect& settings) {
  collect::GpuSettings out;
  out.nvml = settings.gpu.nvml;
  out.nvml_library = settings.gpu.nvml_library;
  out.nvidia_smi = settings.gpu.nvidia_smi;
  out.nvidia_smi_program = settings.gpu.nvidia_smi_program;
  out.drm = settings.gpu.drm;
  out.gpu_info_path = settings.gpu.info_path;
  out.proc_root = settings.process.proc;
  return out;
}

}  // namespace

std::chrono::milliseconds scan_period(const Config::Collect& settings) {
  return std::min(settings.process.interval, settings.process.cleanup_timeout);
}

/// What lives on the sample thread.
class Sampler::Collectors {
 public:
  Collectors(Config::Collect settings, const Clock& clock) : clock_(clock), settings_(std::move(settings)), gpu_(make_gpu()) {}

  void apply(Config::Collect settings) {
    settings_ = std::move(settings);
    gpu_ = make_gpu();
  }
  const Config::Collect& settings() const { return settings_; }

  std::shared_ptr<const serve::Observation> observe() {
    auto observation = std::make_shared<serve::Observation>();
    observation->time = clock_.now();
    observation->gpus = gpu_->sample();
    observation->gpu_families = collect::gpu_families(*observation->gpus, gpu_->status());
    observation->processes = std::make_shared<signals::ProcessSnapshot>();
    return observation;
  }

 private:
  std::unique_ptr<collect::GpuCollector> make_gpu() { return std::make_unique<collect::GpuCollector>(gpu_settings(settings_), clock_); }

  const Clock& clock_;
  Config::Collect settings_;
  std::unique_ptr<collect::GpuCollector> gpu_;
};

Sampler::Sampler(Config::Collect settings, const Clock& clock, std::shared_ptr<serve::PublishedObservation> observations)
    : clock_(clock),
      observations_(std::move(observations)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      settings_(std::move(settings)) {
  MAI_CHECK(wake_);
  thread_ = start_thread("sample", [this](const std::stop_token& stop) { run(stop); });
}

Sampler::~Sampler() { stop(); }

void Sampler::wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_.number(), &one, sizeof one);
}

void Sampler::apply(Config::Collect settings) {
  {
    const std::lock_guard lock(mutex_);
    settings_ = std::move(settings);
    settings_changed_ = true;
  }
  wake();
}

void Sampler::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  wake();
  thread_.join();
}

SampleCounts Sampler::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void Sampler::run(const std::stop_token& stop) {
  std::unique_ptr<Collectors> collectors;
  while (!stop.stop_requested()) {
    std::optional<Config::Collect> fresh;
    {
      const std::lock_guard lock(mutex_);
      if (settings_changed_ || !collectors) fresh = settings_;
      settings_changed_ = false;
    }
    if (!collectors)
      collectors = std::make_unique<Collectors>(*fresh, clock_);
    else if (fresh)
      collectors->apply(*fresh);
    scan(*collectors);
    wait(*collectors, stop);
  }
}

void Sampler::scan(Collectors& collectors) {
  const auto began = clock_.monotonic();
  const auto observation = collectors.observe();
  observations_->publish(observation);
  const double seconds = std::chrono::duration<double>(clock_.monotonic() - began).count();
  const std::lock_guard lock(mutex_);
  ++counts_.scans;
  counts_.last_scan = observation->time;
  counts_.last_scan_seconds = seconds;
  counts_.scan_seconds += seconds;
  if (seconds > std::chrono::duration<double>(scan_period(collectors.settings())).count()) ++counts_.late;
}

void Sampler::wait(Collectors& collectors, const std::stop_token& stop) {
  const auto period = scan_period(collectors.settings());
  const auto due = clock_.monotonic() + (counts().scans == 1 ? std::min(period, kSecondScanAfter) : period);
  while (!stop.stop_requested()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(due - clock_.monotonic());
    if (left.count() <= 0) return;
    pollfd watched[]{{wake_.number(), POLLIN, 0}};
    ::poll(watched, 1, static_cast<int>(left.count() + 1));
    uint64_t count = 0;
    if (::read(wake_.number(), &count, sizeof count) == sizeof count) return;
  }
}

}  // namespace monitorai::app
