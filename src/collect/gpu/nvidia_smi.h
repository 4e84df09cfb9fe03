#pragma once
// NvidiaSmiReader: NVIDIA GPUs through the program nvidia-smi, for machines where NVML cannot be used from this process. A run takes up
// to seconds on machines with many GPUs, so it happens beside the sample path and its result may be one cycle old.
// Thread: one, that of HangGuard.

#include <string>

#include "collect/gpu/child_process.h"
#include "collect/gpu/reading.h"

namespace monitorai::collect {

class NvidiaSmiReader {
 public:
  explicit NvidiaSmiReader(std::string program, ChildProcesses::Limits limits = {}) : program_(std::move(program)), children_(limits) {}
  SourceReading read();

 private:
  /// Asks for all columns, and where this nvidia-smi does not know one of them (it then fails as a whole), from then on for the basic ones.
  Result<std::string> query(std::string_view what, std::span<const std::string_view> all, std::span<const std::string_view> basic,
                            bool& use_basic);

  std::string program_;
  ChildProcesses children_;
  bool basic_gpus_ = false;
  bool basic_processes_ = false;
};

}  // namespace monitorai::collect
