#pragma once
// HangGuard: reads a source that may hang for ever (a wedged GPU driver keeps its caller in the kernel) on a thread that may be given up
// on. A read that takes too long is abandoned with its thread and all it holds; a fresh thread tries again later, ever more rarely, and
// not at all while too many threads hang. Thread: the one that made it; the guarded threads share nothing with it but one mailbox each.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "collect/gpu/reading.h"

namespace monitorai::collect {

struct HangLimits {
  std::chrono::milliseconds give_up_after{10'000};
  std::chrono::milliseconds retry_after{60'000};  ///< after a read that gave nothing; doubled for each one given up on in a row
  std::chrono::milliseconds pause{0};             ///< between the starts of two reads, at least
  std::chrono::milliseconds leave_after{1'000};   ///< how long the destructor waits for a read under way
  size_t abandoned_max = 3;                       ///< threads that may hang at a time
};
constexpr int kRetryDoublingsMax = 5;

class HangGuard {
 public:
  using Read = std::function<SourceReading()>;
  /// Makes what reads, on the thread that will call it. It owns all it needs: an abandoned thread outlives everything.
  using Open = std::function<Read()>;

  HangGuard(std::string thread_name, Open open, HangLimits limits, const Clock& clock);
  /// Waits at most `leave_after` for a read under way; a thread that hangs longer is left behind.
  ~HangGuard();
  HangGuard(const HangGuard&) = delete;
  HangGuard& operator=(const HangGuard&) = delete;

  /// Starts a read, unless one is under way or the source rests. Never waits.
  void start();
  /// Waits for the read under way until `deadline`, and takes its result.
  void wait(std::chrono::steady_clock::time_point deadline);

  /// The newest result, unless it is older than this; null when there is none.
  std::shared_ptr<const SourceReading> newest(std::chrono::milliseconds age_max) const;
  /// Time since the read that gave newest() began.
  std::chrono::nanoseconds age() const { return clock_.monotonic() - newest_at_; }
  /// True once for each result: to count its errors once.
  bool take_fresh() { return std::exchange(fresh_, false); }
  bool resting() const { return !seat_ && clock_.monotonic() < next_try_; }
  /// True while a read is under way that has not come back.
  bool waiting() const { return under_way_; }
  /// True once a read came back or was given up on.
  bool tried() const { return newest_ != nullptr || hangs_ > 0; }

  uint64_t hangs() const { return hangs_; }
  size_t abandoned_threads() const;

 private:
  struct Seat;
  static void run(const std::shared_ptr<Seat>& seat, const std::string& name, const Open& open);
  void give_up();
  void rest(int doublings);
  void release(const std::shared_ptr<Seat>& seat);

  std::string name_;
  Open open_;
  HangLimits limits_;
  const Clock& clock_;
  std::shared_ptr<Seat> seat_;  ///< of the thread in use; null when there is none
  std::vector<std::shared_ptr<Seat>> abandoned_;
  bool under_way_ = false;
  std::chrono::nanoseconds started_{};
  std::chrono::nanoseconds next_try_{};
  std::shared_ptr<const SourceReading> newest_;
  std::chrono::nanoseconds newest_at_{};
  bool fresh_ = false;
  uint64_t hangs_ = 0;
  int hangs_in_a_row_ = 0;
};

}  // namespace monitorai::collect
