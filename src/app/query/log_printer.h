#pragma once
// Log lines for people, pipes and programs: with the time and the model in front (coloured on a terminal), the bare lines, or JSON lines.

#include <string>

#include "app/query/log_answer.h"

namespace monitorai::app {

enum class LogOutput { standard, raw, jsonl };

struct LogPrinting {
  LogOutput output = LogOutput::standard;
  bool colours = false;   ///< and then control characters of the lines are made visible: a log must not drive the terminal
  bool labels = false;    ///< all labels of each line, not the model alone
  bool local_time = true; ///< of the standard output; false: UTC
};

/// The lines in the order of their times; equal times keep the answer's order.
std::string print_logs(const AnsweredLogs& logs, const LogPrinting& printing);

}  // namespace monitorai::app
