#include "collect/gpu/hang_guard.h"

#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/log.h"
#include "base/threads.h"

namespace monitorai::collect {

/// What a guarded thread and the guard share. The thread holds it by a shared pointer of its own.
struct HangGuard::Seat {
  std::mutex mutex;
  std::condition_variable changed;
  bool wanted = false;                          ///< guard -> thread: read once
  bool stop = false;                            ///< guard -> thread: end
  bool exited = false;                          ///< thread -> guard
  std::shared_ptr<const SourceReading> result;  ///< thread -> guard: of the read that was wanted
};

void HangGuard::run(const std::shared_ptr<Seat>& seat, const std::string& name, const Open& open) {
  name_thread(name);
  {
    const Read read = open();
    for (;;) {
      {
        std::unique_lock lock(seat->mutex);
        seat->changed.wait(lock, [&] { return seat->wanted || seat->stop; });
        if (seat->stop) break;
        seat->wanted = false;
      }
      auto result = std::make_shared<const SourceReading>(read());
      const std::lock_guard lock(seat->mutex);
      seat->result = std::move(result);
      seat->changed.notify_all();
    }
  }
  const std::lock_guard lock(seat->mutex);
  seat->exited = true;
  seat->changed.notify_all();
}

HangGuard::HangGuard(std::string thread_name, Open open, HangLimits limits, const Clock& clock)
    : name_(std::move(thread_name)), open_(std::move(open)), limits_(limits), clock_(clock) {}

HangGuard::~HangGuard() {
  if (!seat_) return;
  release(seat_);
  std::unique_lock lock(seat_->mutex);
  seat_->changed.wait_until(lock, std::chrono::steady_clock::now() + limits_.leave_after, [&] { return seat_->exited; });
}

void HangGuard::release(const std::shared_ptr<Seat>& seat) {
  const std::lock_guard lock(seat->mutex);
  seat->stop = true;
  seat->changed.notify_all();
}

void HangGuard::rest(int doublings) {
  next_try_ = clock_.monotonic() + limits_.retry_after * (1 << std::min(doublings, kRetryDoublingsMax));
}

void HangGuard::give_up() {
  release(seat_);
  abandoned_.push_back(std::exchange(seat_, nullptr));
  under_way_ = false;
  ++hangs_;
  rest(hangs_in_a_row_++);
  log::error("gave up on a GPU read that does not return",
             {{"source", name_}, {"hangs", hangs_}, {"threads_hanging", abandoned_threads()}});
}

size_t HangGuard::abandoned_threads() const {
  return static_cast<size_t>(std::count_if(abandoned_.begin(), abandoned_.end(), [](const std::shared_ptr<Seat>& seat) {
    const std::lock_guard lock(seat->mutex);
    return !seat->exited;
  }));
}

void HangGuard::start() {
  std::erase_if(abandoned_, [](const std::shared_ptr<Seat>& seat) {
    const std::lock_guard lock(seat->mutex);
    return seat->exited;
  });
  if (under_way_) {
    wait(std::chrono::steady_clock::time_point{});  // it may have come back meanwhile
    if (under_way_ && clock_.monotonic() - started_ >= limits_.give_up_after) give_up();
    if (under_way_) return;
  }
  if (clock_.monotonic() < next_try_) return;
  if (!seat_) {
    if (abandoned_.size() >= limits_.abandoned_max) return;
    auto seat = std::make_shared<Seat>();
    try {
      std::thread([seat, name = name_, open = open_] { run(seat, name, open); }).detach();
    } catch (const std::system_error& error) {
      log::warn("cannot start a thread for a GPU source", {{"source", name_}, {"error", error.what()}});
      rest(0);
      return;
    }
    seat_ = std::move(seat);
  }
  const std::lock_guard lock(seat_->mutex);
  seat_->wanted = true;
  seat_->changed.notify_all();
  under_way_ = true;
  started_ = clock_.monotonic();
  next_try_ = started_ + limits_.pause;
}

void HangGuard::wait(std::chrono::steady_clock::time_point deadline) {
  if (!under_way_) return;
  std::unique_lock lock(seat_->mutex);
  if (!seat_->changed.wait_until(lock, deadline, [&] { return seat_->result != nullptr; })) return;
  newest_ = std::exchange(seat_->result, nullptr);
  newest_at_ = started_;
  fresh_ = true;
  under_way_ = false;
  hangs_in_a_row_ = 0;
  if (!newest_->up) rest(0);
}

std::shared_ptr<const SourceReading> HangGuard::newest(std::chrono::milliseconds age_max) const {
  return newest_ && age() <= age_max ? newest_ : nullptr;
}

}  // namespace monitorai::collect
