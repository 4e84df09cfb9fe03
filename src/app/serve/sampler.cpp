#include "app/serve/sampler.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "app/config/collectors.h"
#include "base/log.h"
#include "collect/gpu/collector.h"
#include "collect/process/collector.h"
#include "collect/process/detector.h"

namespace monitorai::app {
namespace {

/// CPU percent needs two scans: the second one comes soon, so that the first numbers are there when a person looks.
constexpr std::chrono::milliseconds kSecondScanAfter{1000};

}  // namespace

std::chrono::milliseconds scan_period(const Config::Collect& settings) {
  return std::min(settings.process.interval, settings.process.cleanup_timeout);
}

/// What lives on the sample thread.
class Sampler::Collectors {
 public:
  explicit Collectors(const Clock& clock) : clock_(clock) {}

  void apply(Config::Collect settings, Renew renew) {
    settings_ = std::move(settings);
    if (renew.gpu) gpu_ = std::make_unique<collect::GpuCollector>(gpu_settings(settings_), clock_);
    if (!renew.process) return;
    process_.reset();  // it refers to the detector
    detector_ = collect::Detector(settings_.process.signatures);
    process_ = std::make_unique<collect::ProcessCollector>(collect::Procfs(settings_.process.proc), detector_, clock_,
                                                           collect::ProcessSettings{.events = settings_.process.events});
  }
  const Config::Collect& settings() const { return settings_; }
  collect::ProcessCollector& process() { return *process_; }

  std::shared_ptr<const serve::Observation> observe() {
    auto observation = std::make_shared<serve::Observation>();
    observation->time = clock_.now();
    observation->gpus = gpu_->sample();
    observation->processes = process_->scan(observation->gpus.get());
    observation->process_families = collect::process_families(*observation->processes);
    observation->gpu_families = collect::gpu_families(*observation->gpus, gpu_->status());
    observation->scan_families = collect::scan_families(process_->status());
    return observation;
  }

 private:
  const Clock& clock_;
  Config::Collect settings_;
  std::unique_ptr<collect::GpuCollector> gpu_;
  collect::Detector detector_;
  std::unique_ptr<collect::ProcessCollector> process_;
};

Sampler::Sampler(Config::Collect settings, const Clock& clock, std::shared_ptr<serve::PublishedObservation> observations, AfterScan after_scan)
    : clock_(clock),
      observations_(std::move(observations)),
      after_scan_(std::move(after_scan)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      settings_(std::move(settings)) {
  MAI_CHECK(wake_);
}

void Sampler::start() {
  thread_ = start_thread("sample", [this](const std::stop_token& stop) { run(stop); });
}

Sampler::~Sampler() { stop(); }

void Sampler::wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_.number(), &one, sizeof one);
}

void Sampler::apply(Config::Collect settings, Renew renew) {
  {
    const std::lock_guard lock(mutex_);
    settings_ = std::move(settings);
    renew_ = {.process = renew_.process || renew.process, .gpu = renew_.gpu || renew.gpu};
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
  Collectors collectors(clock_);
  while (!stop.stop_requested()) {
    Config::Collect settings;
    Renew renew;
    {
      const std::lock_guard lock(mutex_);
      settings = settings_;
      renew = std::exchange(renew_, Renew{});
    }
    collectors.apply(std::move(settings), renew);
    scan(collectors);
    wait(collectors, stop);
  }
}

void Sampler::scan(Collectors& collectors) {
  const auto began = clock_.monotonic();
  const auto observation = collectors.observe();
  observations_->publish(observation);
  if (after_scan_) after_scan_(*observation);
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
  collect::ProcessCollector& process = collectors.process();
  while (!stop.stop_requested()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(due - clock_.monotonic());
    if (left.count() <= 0) return;
    // What happens just before a scan waits for it.
    if (left <= collect::kEventsPause || process.events_descriptor() < 0) {
      if (woken(left, -1)) return;
      continue;
    }
    if (!process.has_pending() && woken(left, process.events_descriptor())) return;
    if (due - clock_.monotonic() <= collect::kEventsPause) continue;
    // Events come in crowds: they are gathered for a moment, so that a thousand short processes cost few wake-ups.
    if (woken(collect::kEventsPause, -1)) return;
    if (process.take_events()) return;
  }
}

/// Waits for wake() (true), for the other descriptor, or until the time is over (false).
bool Sampler::woken(std::chrono::milliseconds within, int other_descriptor) {
  pollfd watched[]{{wake_.number(), POLLIN, 0}, {other_descriptor, POLLIN, 0}};
  ::poll(watched, 2, static_cast<int>(within.count() + 1));
  uint64_t count = 0;
  return ::read(wake_.number(), &count, sizeof count) == sizeof count;
}

}  // namespace monitorai::app
