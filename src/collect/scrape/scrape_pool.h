#pragma once
// Scrapes all targets at their intervals. A scheduler thread ("scrape") keeps the order of what is due and re-reads file_sd files;
// workers ("scrape-N") ask the targets, one scrape in flight each, and hand the answers to TargetSamples. One more is started whenever
// something is due and all are busy, up to a limit: targets that hang do not delay the others. Offsets spread the targets
// of a job over its interval by a hash of the target, so that they keep their place over restarts.
//
// Jobs come from several origins ("config", "runtimes"), each replaced as a whole; a target that stays keeps its state, one that goes
// gets staleness markers.

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "collect/scrape/http_fetch.h"
#include "collect/scrape/scrape_settings.h"
#include "collect/scrape/target.h"
#include "collect/scrape/target_samples.h"
#include "signals/samples.h"

namespace monitorai::collect {

struct ScrapeJob {
  std::shared_ptr<const ScrapeSettings> settings;
  Fetch fetch;
};

/// Reads a file_sd file (JSON or YAML): the configuration reader's business.
using ReadTargetFile = std::function<Result<std::vector<TargetGroup>>(const std::string& path)>;

/// A target as /api/v1/targets shows it.
struct TargetStatus {
  Target target;
  std::string job;  ///< of the configuration: its scrape pool
  bool scraped = false;
  ScrapeOutcome last;
};

struct DroppedTarget {
  std::string job;
  signals::Labels discovered_labels;
};

struct ScrapeCounts {
  uint64_t scrapes = 0;
  uint64_t failed = 0;
  uint64_t late = 0;           ///< an interval was skipped because the scrape before was still running
  uint64_t target_errors = 0;  ///< addresses and files that could not be made targets
};

class ScrapePool {
 public:
  ScrapePool(signals::MetricWriter& writer, const Clock& clock, ReadTargetFile read_file, size_t workers_max = kScrapeWorkersMax);
  /// Cancels what is in flight and joins. Series of the targets are not ended: after a restart they go on.
  ~ScrapePool();

  /// Replaces the jobs of an origin, from any thread. Targets that are dropped get staleness markers.
  void set_jobs(const std::string& origin, std::vector<ScrapeJob> jobs);

  std::vector<TargetStatus> targets() const;
  std::vector<DroppedTarget> dropped_targets() const;
  ScrapeCounts counts() const;

  static constexpr size_t kScrapeWorkersMax = 64;
  static constexpr size_t kTargetsMax = 10'000;

 private:
  struct Scraped;
  struct Origin {
    std::vector<ScrapeJob> jobs;
    std::vector<std::shared_ptr<Scraped>> targets;
    std::vector<DroppedTarget> dropped;
    std::chrono::nanoseconds next_refresh{};
  };

  void schedule(const std::stop_token& stop);
  void work(const std::stop_token& stop);
  /// Hands it to the workers. Called by the scheduler with the lock held.
  void queue(const std::shared_ptr<Scraped>& scraped);
  /// Builds the targets of an origin anew; keeps the state of those that stay. Called with the lock held.
  void refresh(Origin& origin);
  std::vector<TargetGroup> groups_of(const ScrapeSettings& job);
  void scrape(Scraped& scraped, const std::stop_token& stop);

  signals::MetricWriter& writer_;
  const Clock& clock_;
  const ReadTargetFile read_file_;
  const size_t workers_max_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::condition_variable_any due_;
  std::map<std::string, Origin> origins_;
  std::vector<std::shared_ptr<Scraped>> queue_;
  bool jobs_changed_ = false;
  size_t idle_ = 0;  ///< workers that wait
  ScrapeCounts counts_;
  std::vector<std::jthread> workers_;  ///< the scheduler's while it runs
  std::jthread scheduler_;
};

}  // namespace monitorai::collect
