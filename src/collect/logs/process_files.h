#pragma once
// The log files that a process holds open for writing, from /proc/PID/fd and fdinfo. Adapter of proc(5).

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "collect/logs/file_identity.h"

namespace monitorai::collect {

inline constexpr size_t kDescriptorsMax = 4096;  ///< of one process that are looked at

struct HeldFile {
  std::string path;       ///< as the process names it
  std::string open_path;  ///< where we can open it: the same, or below /proc/PID/root
  FileIdentity identity;
};

/// Regular files open for writing whose names look like logs, and those that standard output and error go to; each file once.
std::vector<HeldFile> held_log_files(const std::filesystem::path& proc, int64_t pid);

/// True when standard output or error is a socket: under systemd, the journal's.
bool output_is_socket(const std::filesystem::path& proc, int64_t pid);

/// True for "vllm.log", "server.out", "/logs/run.txt", "nohup.out"; false for databases, weights, locks, caches.
bool looks_like_log(std::string_view path);

}  // namespace monitorai::collect
