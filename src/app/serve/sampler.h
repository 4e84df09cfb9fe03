#pragma once
// The sample thread: reads processes and GPUs at the configured interval (and at once when the kernel tells of a process that matters),
// and publishes each scan whole. It owns the collectors and their previous counters.

#include <functional>
#include <memory>

#include "app/config/config.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/threads.h"
#include "serve/observation.h"

namespace monitorai::app {

/// What the sample thread did, for our own metrics.
struct SampleCounts {
  uint64_t scans = 0;
  uint64_t late = 0;             ///< scans that began after the next one was due already
  double last_scan_seconds = 0;  ///< how long the newest took
  double scan_seconds = 0;       ///< all of them together
  TimeMs last_scan;
};

class Sampler {
 public:
  /// What is done with a scan once it is published. Thread: sample.
  using AfterScan = std::function<void(const serve::Observation&)>;

  Sampler(Config::Collect settings, const Clock& clock, std::shared_ptr<serve::PublishedObservation> observations, AfterScan after_scan = {});
  /// Stops.
  ~Sampler();

  /// Which collectors have to be made anew: they lose their counters.
  struct Renew {
    bool process = false;
    bool gpu = false;
  };
  /// Starts the thread; once.
  void start();
  /// Scans at once, and from now on with these settings. Thread: any.
  void apply(Config::Collect settings, Renew renew);
  /// Returns after the scan that runs.
  void stop();
  SampleCounts counts() const;

 private:
  class Collectors;
  void run(const std::stop_token& stop);
  void scan(Collectors& collectors);
  void wait(Collectors& collectors, const std::stop_token& stop);
  bool woken(std::chrono::milliseconds within, int other_descriptor);
  void wake();

  const Clock& clock_;
  std::shared_ptr<serve::PublishedObservation> observations_;
  const AfterScan after_scan_;
  Fd wake_;
  mutable std::mutex mutex_;
  Config::Collect settings_;
  Renew renew_{.process = true, .gpu = true};
  SampleCounts counts_;
  std::jthread thread_;  // last: ends before what it uses
};

/// How often a scan is due: the interval, and at least as often as the series of ended processes must go.
std::chrono::milliseconds scan_period(const Config::Collect& settings);

}  // namespace monitorai::app
