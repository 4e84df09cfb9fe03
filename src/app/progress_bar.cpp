#include "app/progress_bar.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "base/text.h"

namespace monitorai::app {
namespace {

constexpr size_t kBarColumns = 30;
constexpr std::chrono::milliseconds kQuick{500}, kBetween{100};

}  // namespace

ProgressBar::ProgressBar(size_t total, Unit unit, bool quiet)
    : total_(total), unit_(unit), shown_(!quiet && ::isatty(STDERR_FILENO) == 1), begin_(std::chrono::steady_clock::now()), last_(begin_) {}

void ProgressBar::show(size_t done, std::string_view what) {
  if (!shown_ || total_ == 0) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - begin_ < kQuick || (drawn_ && now - last_ < kBetween && done < total_)) return;
  last_ = now;
  drawn_ = true;
  done = std::min(done, total_);
  const size_t filled = done * kBarColumns / total_;
  std::string bar;
  for (size_t i = 0; i < kBarColumns; ++i) bar += i < filled ? "█" : "░";
  const auto amount = [&](size_t of) { return unit_ == Unit::bytes ? format_bytes(static_cast<double>(of)) : std::to_string(of); };
  const double left =
      done == 0 ? 0 : std::chrono::duration<double>(now - begin_).count() / static_cast<double>(done) * static_cast<double>(total_ - done);
  fmt::print(stderr, "\r{} {:>3}%  {} of {}{}{}, {:.0f} s left\x1b[K", bar, done * 100 / total_, amount(done), amount(total_),
             what.empty() ? "" : " ", what, left);
}

void ProgressBar::end() {
  if (drawn_) fmt::print(stderr, "\n");
  drawn_ = false;
}

}  // namespace monitorai::app
