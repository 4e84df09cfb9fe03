#include "collect/gpu/collector.h"

#include <signal.h>

#include <cerrno>

#include "base/log.h"
#include "collect/gpu/drm.h"
#include "collect/gpu/hang_guard.h"
#include "collect/gpu/join.h"
#include "collect/gpu/nvidia_smi.h"
#include "collect/gpu/nvml.h"
#include "collect/gpu/pci.h"
#include "collect/gpu/pid_namespace.h"

namespace monitorai::collect {
namespace {

using signals::GpuSource;

/// A read of nvidia-smi starts two programs, each asked twice at worst.
constexpr std::chrono::seconds kSmiGiveUpAfter{30};
/// Samples may come more often than every 10 s (a process started); nvidia-smi is too heavy for that.
constexpr std::chrono::seconds kSmiPause{10};

/// A guarded source, its settings, and what is told of it.
struct Source {
  Source(GpuSource kind, bool enabled, std::string thread, HangGuard::Open open, HangLimits limits, const Clock& clock)
      : guard(std::move(thread), std::move(open), limits, clock) {
    status.source = kind;
    status.enabled = enabled;
  }

  void start() {
    if (status.enabled) guard.start();
  }

  /// Its numbers, unless they are too old or it does not work; also brings `status` up to date and logs a change once.
  std::shared_ptr<const SourceReading> reading(std::chrono::milliseconds age_max) {
    auto newest = guard.newest(age_max);
    if (guard.take_fresh() && newest) {
      for (const auto& [reason, count] : newest->errors) status.errors[reason] += count;
      status.unreaped_children = newest->unreaped_children;
    }
    status.hangs = guard.hangs();
    status.abandoned_threads = guard.abandoned_threads();
    status.age_seconds = newest ? std::optional(std::chrono::duration<double>(guard.age()).count()) : std::nullopt;
    tell(newest && newest->up, newest ? newest->problem : status.abandoned_threads > 0 ? "it hangs" : status.problem, newest.get());
    return status.up ? newest : nullptr;
  }

  void tell(bool up, const std::string& problem, const SourceReading* newest) {
    const bool changed = up != status.up || problem != status.problem;
    status.up = up;
    status.problem = problem;
    if (!changed) return;
    const log::Field source{"source", gpu_source_name(status.source)};
    if (up) {
      log::info("GPU source works", {source, {"gpus", newest == nullptr ? 0 : newest->gpus.devices.size()}});
    } else if (newest != nullptr && newest->absent) {
      log::debug("GPU source is not on this machine", {source, {"error", problem}});
    } else {
      log::warn("GPU source does not work", {source, {"error", problem}});
    }
  }

  HangGuard guard;
  GpuSourceStatus status;
};

}  // namespace

class GpuCollector::Sources {
 public:
  Sources(GpuSettings settings, const Clock& clock)
      : settings_(std::move(settings)),
        clock_(clock),
        nvml_(GpuSource::nvml, settings_.nvml, "gpu-nvml", open_nvml(), limits(), clock),
        drm_(GpuSource::drm, settings_.drm, "gpu-drm", open_drm(), limits(), clock),
        smi_(GpuSource::nvidia_smi, settings_.nvidia_smi, "gpu-nvidia-smi", open_smi(), smi_limits(), clock) {
    status_.service = settings_.service;
    status_.service_namespace = settings_.service_namespace;
    status_.foreign_pids = in_pid_namespace(settings_.proc_root);
    for (const PciGpu& gpu : pci_gpus(settings_.sys_root)) nvidia_count_ += gpu.vendor == kPciNvidia ? 1 : 0;
    open_files();
  }

  std::shared_ptr<const signals::GpuSnapshot> sample() {
    const auto deadline = std::chrono::steady_clock::now() + settings_.deadline;
    nvml_.start();
    drm_.start();
    GpuReadings readings;
    if (files_) {
      readings.files = files_->scan();
      status_.info_files = files_->counts();
    }
    nvml_.guard.wait(deadline);
    drm_.guard.wait(deadline);
    const auto nvml = nvml_.reading(kGpuReadingAgeMax);
    const auto drm = drm_.reading(kGpuReadingAgeMax);
    const auto smi = fallback(nvml != nullptr, deadline);
    readings.nvml = nvml ? &nvml->gpus : nullptr;
    readings.nvidia_smi = smi ? &smi->gpus : nullptr;
    readings.drm = drm ? &drm->gpus : nullptr;
    readings.nvidia_count = nvidia_count_;
    auto snapshot = join(clock_.now(), readings);
    for (const auto& device : snapshot.devices) {
      if (device.vendor == "nvidia") nvidia_count_ = std::max(nvidia_count_, gpu_index(device.gpu).value_or(0) + 1);
    }
    if (status_.foreign_pids) drop_foreign(snapshot);
    status_.sources = {nvml_.status, smi_.status, drm_.status};
    return std::make_shared<const signals::GpuSnapshot>(std::move(snapshot));
  }

  const GpuStatus& status() const { return status_; }

 private:
  HangLimits limits() const {
    return {
        .give_up_after = settings_.give_up_after, .retry_after = settings_.retry_after, .abandoned_max = settings_.abandoned_threads_max};
  }
  HangLimits smi_limits() const {
    HangLimits limits = this->limits();
    limits.give_up_after = kSmiGiveUpAfter;
    limits.pause = kSmiPause;
    return limits;
  }

  // What these make lives on threads that may outlive everything: copies only, no `this`.
  HangGuard::Open open_nvml() const {
    return [place = NvmlPlace{settings_.nvml_library, settings_.sys_root, settings_.proc_root}] {
      return [reader = std::make_shared<NvmlReader>(place)] { return reader->read(); };
    };
  }
  HangGuard::Open open_drm() const {
    return [place = DrmPlace{settings_.sys_root, settings_.proc_root}] {
      return [reader = std::make_shared<DrmReader>(place)] { return reader->read(); };
    };
  }
  HangGuard::Open open_smi() const {
    return [program = settings_.nvidia_smi_program] {
      return [reader = std::make_shared<NvidiaSmiReader>(program)] { return reader->read(); };
    };
  }

  /// nvidia-smi is asked only while NVML gives nothing. Its first answer is waited for; from then on the newest one is taken, which may be
  /// a sample old.
  std::shared_ptr<const SourceReading> fallback(bool nvml_works, std::chrono::steady_clock::time_point deadline) {
    smi_.guard.wait({});
    const bool nvml_undecided = nvml_.guard.waiting();
    if (!nvml_works && !nvml_undecided) smi_.start();
    if (!smi_.guard.tried()) smi_.guard.wait(deadline);
    const auto reading = smi_.reading(kGpuReadingAgeMax);
    return nvml_works ? nullptr : reading;
  }

  void drop_foreign(signals::GpuSnapshot& snapshot) const {
    std::erase_if(snapshot.processes, [&](const signals::GpuProcess& process) {
      const bool from_driver = process.source == GpuSource::nvml || process.source == GpuSource::nvidia_smi;
      return from_driver && !holds_nvidia_device(settings_.proc_root, process.pid);
    });
  }

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
  Source nvml_;
  Source drm_;
  Source smi_;
  size_t nvidia_count_ = 0;  ///< most NVIDIA GPUs ever seen, so that the names of other GPUs stay
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
