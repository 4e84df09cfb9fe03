#include "collect/logs/follower.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/files.h"
#include "base/threads.h"
#include "collect/logs/families.h"
#include "collect/logs/follow_loop.h"
#include "collect/logs/pipeline_plan.h"

namespace monitorai::collect {
namespace {

constexpr size_t kOrdersWaitingMax = 16;
constexpr std::chrono::milliseconds kSleepMax{1000};
constexpr std::chrono::milliseconds kStatusInterval{500};

}  // namespace

class LogFollower::Thread {
 public:
  Thread(std::unique_ptr<FollowLoop> loop, const std::vector<FollowJob>& jobs, const Clock& clock)
      : loop_(std::move(loop)), clock_(clock), wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    keep_pipelines(jobs);
    thread_ = start_thread("follow", [this](std::stop_token stop) { run(stop); });
  }
  ~Thread() { stop(); }

  void stop() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    wake();
    thread_.join();
  }

  void observe(std::shared_ptr<const signals::ProcessSnapshot> snapshot) {
    snapshots_.post(std::move(snapshot));
    wake();
  }

  Result<void> apply(FollowSettings settings) {
    // What can be wrong is found here, on the caller's thread.
    MAI_TRY(Masker::make(settings.mask));
    MAI_TRY(JobFiles::make(settings.jobs));
    keep_pipelines(settings.jobs);
    orders_.post(std::move(settings));
    wake();
    return {};
  }

  void append_pipeline_families(std::vector<signals::MetricFamily>& out) const {
    const std::lock_guard lock(pipelines_mutex_);
    for (const auto& pipeline : pipelines_) pipeline->append_families(out);
  }

  struct Picture {
    FollowCounts counts;
    std::vector<FollowedFileStatus> files;
    std::vector<std::pair<std::string, uint64_t>> masked;
  };
  Picture picture() const {
    const auto newest = picture_.read();
    Picture out = newest ? *newest : Picture{};
    out.counts.observations_dropped = snapshots_.dropped();
    const std::lock_guard lock(pipelines_mutex_);
    out.counts.dropped = dropped_before_;
    for (const auto& pipeline : pipelines_) out.counts.dropped += pipeline->dropped();
    return out;
  }

 private:
  void wake() {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake_.number(), &one, sizeof one);
  }

  void keep_pipelines(const std::vector<FollowJob>& jobs) {
    const std::lock_guard lock(pipelines_mutex_);
    // Counters go on after a reload.
    for (const auto& pipeline : pipelines_) dropped_before_ += pipeline->dropped();
    pipelines_.clear();
    for (const FollowJob& job : jobs)
      if (job.pipeline) pipelines_.push_back(job.pipeline);
  }

  void run(std::stop_token stop) {
    auto publish_at = clock_.monotonic();
    while (!stop.stop_requested()) {
      while (const auto settings = orders_.try_take()) (void)loop_->apply(*settings);
      while (const auto snapshot = snapshots_.try_take()) loop_->observe(**snapshot);
      const auto next = loop_->turn();
      if (clock_.monotonic() >= publish_at) {
        publish();
        publish_at = clock_.monotonic() + kStatusInterval;
      }
      sleep_until(next);
    }
    loop_->finish();
    publish();
  }

  void publish() {
    picture_.publish(std::make_shared<const Picture>(Picture{loop_->counts(), loop_->files(), loop_->masked()}));
  }

  void sleep_until(std::chrono::nanoseconds next) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - clock_.monotonic());
    const auto sleep = std::clamp<std::chrono::milliseconds>(left, std::chrono::milliseconds(0), kSleepMax);
    std::vector<pollfd> wait{pollfd{wake_.number(), POLLIN, 0}};
    for (const int fd : loop_->descriptors()) wait.push_back({fd, POLLIN, 0});
    if (::poll(wait.data(), wait.size(), static_cast<int>(sleep.count())) > 0 && (wait[0].revents & POLLIN) != 0) {
      uint64_t count = 0;
      [[maybe_unused]] const ssize_t n = ::read(wake_.number(), &count, sizeof count);
    }
  }

  std::unique_ptr<FollowLoop> loop_;
  const Clock& clock_;
  Fd wake_;
  Mailbox<std::shared_ptr<const signals::ProcessSnapshot>> snapshots_{2, WhenFull::drop_oldest};
  Mailbox<FollowSettings> orders_{kOrdersWaitingMax, WhenFull::drop_oldest};
  Published<Picture> picture_;
  mutable std::mutex pipelines_mutex_;
  std::vector<std::shared_ptr<const PipelinePlan>> pipelines_;
  uint64_t dropped_before_ = 0;  ///< by the pipelines of earlier configurations
  std::jthread thread_;
};

LogFollower::LogFollower(std::unique_ptr<Thread> thread) : thread_(std::move(thread)) {}
LogFollower::~LogFollower() = default;

Result<std::unique_ptr<LogFollower>> LogFollower::start(FollowSettings settings, signals::LogWriter& writer, const Clock& clock) {
  const std::vector<FollowJob> jobs = settings.jobs;
  MAI_TRY_ASSIGN(auto loop, FollowLoop::make(std::move(settings), writer, clock));
  return std::unique_ptr<LogFollower>(new LogFollower(std::make_unique<Thread>(std::move(loop), jobs, clock)));
}

void LogFollower::observe(std::shared_ptr<const signals::ProcessSnapshot> snapshot) {
  if (snapshot) thread_->observe(std::move(snapshot));
}
Result<void> LogFollower::apply(FollowSettings settings) { return thread_->apply(std::move(settings)); }
void LogFollower::stop() { thread_->stop(); }
FollowCounts LogFollower::counts() const { return thread_->picture().counts; }
std::vector<FollowedFileStatus> LogFollower::files() const { return thread_->picture().files; }

void LogFollower::append_families(std::vector<signals::MetricFamily>& out) const {
  const Thread::Picture picture = thread_->picture();
  append_follow_families(picture.counts, picture.masked, out);
  thread_->append_pipeline_families(out);
}

}  // namespace monitorai::collect
