#include "collect/gpu/pid_namespace.h"

namespace monitorai::collect {

namespace fs = std::filesystem;

bool in_pid_namespace(const fs::path& proc_root) {
  constexpr std::string_view kFirst = "pid:[4026531836]";  // PROC_PID_INIT_INO of the kernel
  std::error_code error;
  const fs::path link = fs::read_symlink(proc_root / "self/ns/pid", error);
  return !error && link.native() != kFirst;
}

bool holds_nvidia_device(const fs::path& proc_root, int64_t pid) {
  std::error_code error;
  for (fs::directory_iterator at(proc_root / fmt::format("{}", pid) / "fd", error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;
    const std::string target = fs::read_symlink(at->path(), gone).native();
    if (target.starts_with("/dev/nvidia") || target == "/dev/dxg") return true;
  }
  return false;
}

}  // namespace monitorai::collect
