#include "collect/scrape/scrape_pool.h"

#include <algorithm>
#include <filesystem>

#include "base/log.h"
#include "base/text.h"
#include "base/threads.h"

namespace monitorai::collect {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr size_t kDiscoveryFilesMax = 1'000;
constexpr milliseconds kWaitMax{1'000};

/// Files that a pattern names: '*' in the last part only, as Prometheus has it.
std::vector<std::string> matching_files(const std::string& pattern) {
  const std::string name(basename(pattern));
  if (name.find('*') == std::string::npos) return {pattern};
  std::string regex;
  for (const char c : name) {
    if (c == '*')
      regex += ".*";
    else if (std::string_view("\\.+?()|[]{}^$").find(c) != std::string_view::npos)
      (regex += '\\') += c;
    else
      regex += c;
  }
  const auto compiled = Regex::anchored(regex);
  std::vector<std::string> files;
  std::error_code error;
  const std::string_view folder = dirname(pattern);
  for (const auto& entry : std::filesystem::directory_iterator(folder.empty() ? "." : std::string(folder), error)) {
    if (compiled && compiled->matches(entry.path().filename().native()) && files.size() < kDiscoveryFilesMax)
      files.push_back(entry.path().native());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

/// One target and its place in the schedule. `samples` belongs to the worker that runs it (`running`); the rest to the pool's lock.
struct ScrapePool::Scraped {
  Scraped(Target target, ScrapeJob its_job, signals::MetricWriter& writer)
      : job(std::move(its_job)), samples(std::move(target), job.settings, writer) {}
  const ScrapeJob job;
  TargetSamples samples;
  nanoseconds next{};
  bool running = false;
  bool queued = false;
  bool ended = false;
  bool scraped = false;
  ScrapeOutcome last;
};

ScrapePool::ScrapePool(signals::MetricWriter& writer, const Clock& clock, ReadTargetFile read_file, size_t workers_max)
    : writer_(writer), clock_(clock), read_file_(std::move(read_file)), workers_max_(workers_max) {
  scheduler_ = start_thread("scrape", [this](const std::stop_token& stop) { schedule(stop); });
}

ScrapePool::~ScrapePool() {
  scheduler_ = {};
  for (std::jthread& worker : workers_) worker.request_stop();
  workers_.clear();
}

void ScrapePool::set_jobs(const std::string& origin, std::vector<ScrapeJob> jobs) {
  {
    const std::lock_guard lock(mutex_);
    origins_[origin].jobs = std::move(jobs);
    refresh(origins_[origin]);
    jobs_changed_ = true;
  }
  changed_.notify_all();
}

std::vector<TargetGroup> ScrapePool::groups_of(const ScrapeSettings& job) {
  std::vector<TargetGroup> groups = job.static_configs;
  for (const FileDiscovery& discovery : job.file_sd_configs) {
    for (const std::string& pattern : discovery.files) {
      for (const std::string& file : matching_files(pattern)) {
        auto read = read_file_(file);
        if (!read) {
          ++counts_.target_errors;
          log::warn("cannot read a file of targets", {{"job", job.job_name}, {"error", read.error().message}});
          continue;
        }
        for (TargetGroup& group : *read) {
          group.labels = group.labels.with("__meta_filepath", file);
          groups.push_back(std::move(group));
        }
      }
    }
  }
  return groups;
}

void ScrapePool::refresh(Origin& origin) {
  std::vector<std::shared_ptr<Scraped>> before = std::move(origin.targets);
  origin.targets.clear();
  origin.dropped.clear();
  milliseconds refresh_after = std::chrono::hours(24 * 365);
  const nanoseconds now = clock_.monotonic();
  for (const ScrapeJob& job : origin.jobs) {
    for (const FileDiscovery& discovery : job.settings->file_sd_configs)
      refresh_after = std::min(refresh_after, discovery.refresh_interval);
    for (const TargetGroup& group : groups_of(*job.settings)) {
      for (const std::string& address : group.targets) {
        auto made = make_target(*job.settings, address, group.labels);
        if (!made) {
          ++counts_.target_errors;
          log::warn("a target is left out", {{"error", made.error().message}});
          continue;
        }
        if (!*made) {
          origin.dropped.push_back({job.settings->job_name, discovered_labels(*job.settings, address, group.labels)});
          continue;
        }
        Target& target = **made;
        const auto same = [&](const std::shared_ptr<Scraped>& other) { return other->samples.target().same_as(target); };
        if (origin.targets.size() >= kTargetsMax || std::any_of(origin.targets.begin(), origin.targets.end(), same)) continue;
        const auto kept = std::find_if(before.begin(), before.end(), [&](const std::shared_ptr<Scraped>& other) {
          return same(other) && other->job.settings == job.settings;
        });
        if (kept != before.end()) {
          origin.targets.push_back(*kept);
          before.erase(kept);
          continue;
        }
        const size_t place = std::hash<std::string>{}(target.url + target.labels.text());
        const nanoseconds interval = target.interval;
        auto scraped = std::make_shared<Scraped>(std::move(target), job, writer_);
        scraped->next = now + nanoseconds(static_cast<int64_t>(place % static_cast<size_t>(interval.count())));
        origin.targets.push_back(std::move(scraped));
      }
    }
  }
  origin.next_refresh = now + refresh_after;
  const TimeMs time = clock_.now();
  for (const std::shared_ptr<Scraped>& gone : before) {
    gone->ended = true;
    // A target that another job scrapes on is not at its end; one that is running ends itself.
    const bool goes_on = std::any_of(origin.targets.begin(), origin.targets.end(), [&](const std::shared_ptr<Scraped>& other) {
      return other->samples.target().same_as(gone->samples.target());
    });
    if (!gone->running && !goes_on && gone->scraped) gone->samples.end(time);
  }
}

void ScrapePool::schedule(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const nanoseconds now = clock_.monotonic();
    nanoseconds earliest = now + kWaitMax;
    for (auto& [name, origin] : origins_) {
      if (origin.next_refresh <= now) refresh(origin);
      for (const std::shared_ptr<Scraped>& scraped : origin.targets) {
        if (scraped->next <= now) {
          const nanoseconds interval = scraped->samples.target().interval;
          if (scraped->running || scraped->queued)
            ++counts_.late;
          else
            queue(scraped);
          // The next slot of its own grid: a long pause skips slots instead of catching up.
          scraped->next += interval * ((now - scraped->next) / interval + 1);
        }
        earliest = std::min(earliest, scraped->next);
      }
    }
    changed_.wait_for(lock, stop, std::max<nanoseconds>(earliest - now, milliseconds(1)),
                      [this] { return std::exchange(jobs_changed_, false); });
  }
}

void ScrapePool::queue(const std::shared_ptr<Scraped>& scraped) {
  scraped->queued = true;
  queue_.push_back(scraped);
  if (queue_.size() > idle_ && workers_.size() < workers_max_)
    workers_.push_back(start_thread(fmt::format("scrape-{}", workers_.size()), [this](const std::stop_token& stop) { work(stop); }));
  due_.notify_one();
}

void ScrapePool::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto due = [&] {
    ++idle_;
    const bool found = due_.wait(lock, stop, [&] { return !queue_.empty(); });
    --idle_;
    return found;
  };
  while (due()) {
    const std::shared_ptr<Scraped> scraped = std::move(queue_.front());
    queue_.erase(queue_.begin());
    scraped->queued = false;
    if (scraped->ended) continue;
    scraped->running = true;
    lock.unlock();
    scrape(*scraped, stop);
    lock.lock();
    scraped->running = false;
    if (scraped->ended) scraped->samples.end(clock_.now());
  }
}

void ScrapePool::scrape(Scraped& scraped, const std::stop_token& stop) {
  const TimeMs time = clock_.now();
  const nanoseconds start = clock_.monotonic();
  const auto answer = scraped.job.fetch(scraped.samples.target(), stop);
  if (stop.stop_requested()) return;
  const nanoseconds duration = clock_.monotonic() - start;
  ScrapeOutcome outcome = answer ? scraped.samples.answer(answer->body, answer->content_type, time, duration)
                                 : scraped.samples.failure(answer.error(), time, duration);
  const std::lock_guard lock(mutex_);
  ++counts_.scrapes;
  if (!outcome.up()) ++counts_.failed;
  scraped.last = std::move(outcome);
  scraped.scraped = true;
}

std::vector<TargetStatus> ScrapePool::targets() const {
  const std::lock_guard lock(mutex_);
  std::vector<TargetStatus> out;
  for (const auto& [name, origin] : origins_)
    for (const std::shared_ptr<Scraped>& scraped : origin.targets)
      out.push_back({scraped->samples.target(), scraped->job.settings->job_name, scraped->scraped, scraped->last});
  return out;
}

std::vector<DroppedTarget> ScrapePool::dropped_targets() const {
  const std::lock_guard lock(mutex_);
  std::vector<DroppedTarget> out;
  for (const auto& [name, origin] : origins_) out.insert(out.end(), origin.dropped.begin(), origin.dropped.end());
  return out;
}

ScrapeCounts ScrapePool::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace monitorai::collect
