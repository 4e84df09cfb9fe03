#pragma once
// The table of `monitorai ps`: services as trees of processes, cut to the terminal's width. Pure: text from a snapshot.

#include <string>

#include "collect/process/collector.h"
#include "signals/process.h"

namespace monitorai::app {

struct TableStyle {
  size_t width = 0;     ///< columns; 0: lines are not cut
  bool colours = false;
};

/// With a hint what to do where there is no process. Ends with a newline.
std::string process_table(const signals::ProcessSnapshot& snapshot, const TableStyle& style);
/// What --explain prints.
std::string explanation_text(const collect::ProcessCollector::Explanation& explanation, const TableStyle& style);

}  // namespace monitorai::app
