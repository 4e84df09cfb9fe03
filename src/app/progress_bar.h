#pragma once
// How far long work of a command has come, on stderr where that is a terminal. Thread: one.

#include <chrono>
#include <cstddef>
#include <string_view>

namespace monitorai::app {

class ProgressBar {
 public:
  enum class Unit { bytes, things };
  /// Nothing is shown where it is quiet, or stderr is no terminal.
  ProgressBar(size_t total, Unit unit, bool quiet = false);
  ~ProgressBar() { end(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// `what`: "answers judged". Drawn ten times a second at most, and not before half a second: what is quick needs no bar.
  void show(size_t done, std::string_view what = {});
  /// Leaves the line to others; idempotent.
  void end();

 private:
  const size_t total_;
  const Unit unit_;
  const bool shown_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point begin_, last_;
};

}  // namespace monitorai::app
