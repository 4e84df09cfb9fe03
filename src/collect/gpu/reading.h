#pragma once
// What one read of one source gave: devices, processes, and how the read itself went. Made on the source's thread, then immutable.

#include <map>
#include <memory>
#include <string>

#include "collect/gpu/join.h"

namespace monitorai::collect {

struct SourceReading {
  bool up = false;      ///< the source works (possibly without a single GPU)
  bool absent = false;  ///< it is not on this machine at all: nothing to worry about
  std::string problem;  ///< why not, for a person
  GpuReading gpus;
  std::map<std::string, uint64_t> errors;  ///< calls that failed in this read, by reason
  size_t unreaped_children = 0;
};

}  // namespace monitorai::collect
