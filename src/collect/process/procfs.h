#pragma once
// Linux's /proc (proc(5)) as a ProcessTable, below a root that tests choose. Every read has a limit. The stat files of processes that are
// asked for again and again stay open (reading an open one costs a third of opening it, and a reused pid cannot be mistaken for the old
// process): at most half of the files that this process may open.

#include <filesystem>
#include <unordered_map>

#include "base/files.h"
#include "collect/process/process_table.h"
#include "collect/process/socket_diag.h"

namespace monitorai::collect {

inline constexpr size_t kArgumentBytesMax = 128 * 1024;
inline constexpr size_t kEnvironmentBytesMax = 256 * 1024;
inline constexpr size_t kMapsBytesMax = 4 * 1024 * 1024;
inline constexpr size_t kSmallFileBytesMax = 64 * 1024;
inline constexpr size_t kListeningBytesMax = 1024 * 1024;
inline constexpr size_t kOpenFilesMax = 65'536;      ///< descriptors of one process looked at for sockets and model files
inline constexpr size_t kSocketDiagsMax = 64;         ///< network namespaces whose sock_diag socket is kept open
inline constexpr size_t kKeptFilesMax = 32'768;      ///< stat files kept open, and never more than ...
inline constexpr size_t kKeptFilesShareOfLimit = 2;  ///< ... RLIMIT_NOFILE / this

/// Movable, not copyable. Thread: one at a time.
class Procfs final : public ProcessTable {
 public:
  explicit Procfs(std::filesystem::path root = "/proc");

  Result<void> pids(std::vector<int64_t>& out) override;
  Result<void> stat(int64_t pid, ProcessStat& out) override;
  void keep(int64_t pid) override;
  void forget(int64_t pid) override { kept_.erase(pid); }
  Result<std::vector<std::string>> arguments(int64_t pid) override;
  Result<std::map<std::string, std::string>> environment(int64_t pid, const std::function<bool(std::string_view)>& wanted) override;
  Result<std::string> executable(int64_t pid) override;
  Result<std::string> working_directory(int64_t pid) override;
  std::filesystem::path root_directory(int64_t pid) const override { return root_ / path(pid, "root"); }
  Result<ProcessOwner> owner(int64_t pid) override;
  Result<MappedFiles> mapped_files(int64_t pid) override;
  Result<std::vector<std::string>> open_model_files(int64_t pid) override;
  Result<std::vector<uint64_t>> sockets(int64_t pid) override;
  Result<uint64_t> open_file_count(int64_t pid) override;
  Result<uint64_t> proportional_memory(int64_t pid) override;
  Result<ProcessIo> io(int64_t pid) override;
  Result<std::string> control_groups(int64_t pid) override;
  Result<uint64_t> network_namespace(int64_t pid) override;
  Result<std::vector<ListeningSocket>> listening_sockets(int64_t pid, uint64_t network_namespace) override;
  TimeMs boot_time() const override { return boot_time_; }
  uint64_t ticks_per_second() const override { return ticks_per_second_; }
  bool is_live() const override { return root_ == "/proc"; }

  size_t kept_files() const { return kept_.size(); }
  size_t kept_files_max() const { return kept_max_; }

 private:
  std::string path(int64_t pid, std::string_view file) const;
  /// The file's text in a buffer that the next call reuses. What is beyond bytes_max is cut off.
  Result<std::string_view> read(int64_t pid, std::string_view file, size_t bytes_max);
  Result<std::string> link(int64_t pid, std::string_view file) const;
  SocketDiag* socket_diag(int64_t pid, uint64_t network_namespace);
  Result<std::vector<ListeningSocket>> listening_text(int64_t pid);
  Result<void> each_open_file(int64_t pid, const std::function<void(std::string_view target)>& visit) const;

  std::filesystem::path root_;
  Fd directory_;
  std::string text_;
  std::unordered_map<int64_t, Fd> kept_;
  std::unordered_map<uint64_t, std::optional<SocketDiag>> socket_diags_;  // by network namespace; nullopt: not permitted
  size_t kept_max_ = 0;
  uint64_t page_bytes_ = 4096;
  uint64_t ticks_per_second_ = 100;
  TimeMs boot_time_;
};

}  // namespace monitorai::collect
