#pragma once
// Real use of CPU and memory, in bounds: what makes the graphs of a simulated process move.
// Thread: owned by one; burn() counts the calling thread's CPU time.

#include <cstddef>
#include <filesystem>

namespace monitorai::app::demo {

/// Computes until this thread has used `seconds` more of CPU time (at most kBurnSecondsMax).
void burn_cpu(double seconds);
inline constexpr double kBurnSecondsMax = 0.1;

/// Memory that is really resident: `fixed_bytes` always, and a part of `swing_bytes`.
class ResidentMemory {
 public:
  ResidentMemory(size_t fixed_bytes, size_t swing_bytes);
  ~ResidentMemory();
  ResidentMemory(const ResidentMemory&) = delete;
  ResidentMemory& operator=(const ResidentMemory&) = delete;

  /// 0..1 of swing_bytes become resident, the rest is given back to the system.
  void use(double fraction);

 private:
  void touch(size_t from, size_t to);
  const size_t fixed_;
  const size_t swing_;
  size_t resident_ = 0;
  unsigned char* memory_ = nullptr;
};

/// A file mapped as runtimes map their model (data) and the loader maps libraries (code): it shows in /proc/PID/maps. Does nothing when
/// it cannot be opened.
class MappedFile {
 public:
  enum class As { data, code };
  explicit MappedFile(const std::filesystem::path& path, As as = As::data);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

 private:
  void* memory_ = nullptr;
  size_t size_ = 0;
};

}  // namespace monitorai::app::demo
