#pragma once
// Whose pids the NVIDIA driver reports. It knows nothing of pid namespaces: its pids are always those of the host. Inside a container
// such a number may be nobody's, or worse, another process's; a process counts as meant when it holds an NVIDIA device open.
// Thread: any.

#include <cstdint>
#include <filesystem>

namespace monitorai::collect {

/// True when we live in a pid namespace other than the machine's first. False where that cannot be read.
bool in_pid_namespace(const std::filesystem::path& proc_root);
/// True when one of the process's open files is an NVIDIA device (/dev/nvidia*, or /dev/dxg under WSL).
bool holds_nvidia_device(const std::filesystem::path& proc_root, int64_t pid);

}  // namespace monitorai::collect
