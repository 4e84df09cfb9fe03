#pragma once
// A log entry on its way from the file to the store: one line, or several joined into one.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "signals/labels.h"

namespace monitorai::collect {

struct Entry {
  uint64_t begin = 0;  ///< offsets in the file, [begin, end)
  uint64_t end = 0;
  uint32_t part = 0;   ///< of a line that was split: see RawLine
  std::optional<TimeNs> time;  ///< the entry's own time, where it has one
  bool exact_time = false;     ///< the time is to be kept as it is, whatever its age: the configuration or the container gave it
  std::string text;
  std::vector<signals::Label> labels;    ///< over those of the file; "" removes one
  std::vector<signals::Label> metadata;  ///< besides that of the file
};

}  // namespace monitorai::collect
