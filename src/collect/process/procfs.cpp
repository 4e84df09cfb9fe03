#include "collect/process/procfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"
#include "collect/process/proc_text.h"

namespace monitorai::collect {
namespace {

constexpr size_t kStatBytesMax = 1024;
constexpr size_t kPathBytesMax = 4096;
constexpr std::string_view kDeleted = " (deleted)";

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

Directory open_directory(const char* path) { return Directory(::opendir(path)); }

std::optional<int64_t> pid_of(std::string_view name) {
  if (name.empty() || name.front() < '1' || name.front() > '9') return std::nullopt;
  return parse_integer<int64_t>(name);
}

size_t kept_files_allowed() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return std::min<size_t>(kKeptFilesMax, static_cast<size_t>(limit.rlim_cur) / kKeptFilesShareOfLimit);
}

/// "btime 1763881234" of /proc/stat: seconds since 1970.
TimeMs read_boot_time(const std::filesystem::path& root) {
  const auto text = read_file(root / "stat", kSmallFileBytesMax * 16);
  if (!text) return {};
  for (const std::string_view line : split(*text, '\n'))
    if (line.starts_with("btime ")) return {parse_integer<int64_t>(trim(line.substr(6))).value_or(0) * 1000};
  return {};
}

}  // namespace

Procfs::Procfs(std::filesystem::path root)
    : root_(std::move(root)),
      directory_(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
      kept_max_(kept_files_allowed()),
      page_bytes_(static_cast<uint64_t>(::sysconf(_SC_PAGESIZE))),
      ticks_per_second_(static_cast<uint64_t>(::sysconf(_SC_CLK_TCK))),
      boot_time_(read_boot_time(root_)) {}

std::string Procfs::path(int64_t pid, std::string_view file) const { return fmt::format("{}/{}", pid, file); }

Result<void> Procfs::pids(std::vector<int64_t>& out) {
  out.clear();
  const Directory directory = open_directory(root_.c_str());
  if (!directory) return system_error(fmt::format("cannot list {}", root_.native()), errno);
  while (const dirent* entry = ::readdir(directory.get()))
    if (const auto pid = pid_of(entry->d_name)) out.push_back(*pid);
  return {};
}

void Procfs::keep(int64_t pid) {
  if (kept_.size() >= kept_max_ || kept_.contains(pid)) return;
  Fd fd(::openat(directory_.number(), path(pid, "stat").c_str(), O_RDONLY | O_CLOEXEC));
  if (fd) kept_.emplace(pid, std::move(fd));
}

Result<void> Procfs::stat(int64_t pid, ProcessStat& out) {
  const auto kept = kept_.find(pid);
  Fd opened;
  int number = 0;
  if (kept != kept_.end()) {
    number = kept->second.number();
  } else {
    opened = Fd(::openat(directory_.number(), path(pid, "stat").c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened) return system_error(fmt::format("cannot open stat of process {}", pid), errno);
    number = opened.number();
  }
  char text[kStatBytesMax];
  ssize_t n = 0;
  do n = ::pread(number, text, sizeof text, 0);
  while (n < 0 && errno == EINTR);
  if (n < 0) return system_error(fmt::format("cannot read stat of process {}", pid), errno);
  if (!parse_stat({text, static_cast<size_t>(n)}, page_bytes_, out) || out.pid != pid)
    return Error{Code::corrupt, fmt::format("cannot read stat of process {} ({} bytes): it is no stat line", pid, n)};
  return {};
}

Result<std::string_view> Procfs::read(int64_t pid, std::string_view file, size_t bytes_max) {
  const Fd fd(::openat(directory_.number(), path(pid, file).c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return system_error(fmt::format("cannot open {} of process {}", file, pid), errno);
  text_.clear();
  const auto whole = read_to_end(fd.number(), text_, bytes_max);
  if (!whole) return wrap(whole.error(), fmt::format("cannot read {} of process {}", file, pid));
  return std::string_view(text_);
}

Result<std::string> Procfs::link(int64_t pid, std::string_view file) const {
  char target[kPathBytesMax];
  const ssize_t n = ::readlinkat(directory_.number(), path(pid, file).c_str(), target, sizeof target);
  if (n < 0) return system_error(fmt::format("cannot read link {} of process {}", file, pid), errno);
  std::string_view text(target, static_cast<size_t>(n));
  if (text.ends_with(kDeleted)) text.remove_suffix(kDeleted.size());
  return std::string(text);
}

Result<std::vector<std::string>> Procfs::arguments(int64_t pid) {
  MAI_TRY_ASSIGN(const std::string_view text, read(pid, "cmdline", kArgumentBytesMax));
  return parse_arguments(text);
}

Result<std::map<std::string, std::string>> Procfs::environment(int64_t pid, const std::function<bool(std::string_view)>& wanted) {
  MAI_TRY_ASSIGN(const std::string_view text, read(pid, "environ", kEnvironmentBytesMax));
  return parse_environment(text, wanted);
}

Result<std::string> Procfs::executable(int64_t pid) { return link(pid, "exe"); }
Result<std::string> Procfs::working_directory(int64_t pid) { return link(pid, "cwd"); }

Result<ProcessOwner> Procfs::owner(int64_t pid) {
  MAI_TRY_ASSIGN(const std::string_view text, read(pid, "status", kSmallFileBytesMax));
  if (auto owner = parse_owner(text, pid)) return std::move(*owner);
  return Error{Code::corrupt, fmt::format("cannot read status of process {}: it has no Uid", pid)};
}

Result<MappedFiles> Procfs::mapped_files(int64_t pid) {
  MAI_TRY_ASSIGN(const std::string_view text, read(pid, "maps", kMapsBytesMax));
  return parse_maps(text);
}

Result<void> Procfs::each_open_file(int64_t pid, const std::function<void(std::string_view)>& visit) const {
  const std::string folder = (root_ / path(pid, "fd")).native();
  const Directory directory = open_directory(folder.c_str());
  if (!directory) return system_error(fmt::format("cannot list {}", folder), errno);
  char target[kPathBytesMax];
  size_t seen = 0;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (entry->d_name[0] == '.') continue;
    if (++seen > kOpenFilesMax) break;
    const ssize_t n = ::readlinkat(::dirfd(directory.get()), entry->d_name, target, sizeof target);
    if (n > 0) visit({target, static_cast<size_t>(n)});
  }
  return {};
}

Result<std::vector<std::string>> Procfs::open_model_files(int64_t pid) {
  std::vector<std::string> files;
  MAI_TRY(each_open_file(pid, [&](std::string_view target) {
    if (target.starts_with('/') && is_model_file(target) && std::find(files.begin(), files.end(), target) == files.end()) files.emplace_back(target);
  }));
  return files;
}

Result<std::vector<uint64_t>> Procfs::sockets(int64_t pid) {
  std::vector<uint64_t> inodes;
  MAI_TRY(each_open_file(pid, [&](std::string_view target) {
    if (const auto inode = parse_socket_link(target)) inodes.push_back(*inode);
  }));
  return inodes;
}

Result<uint64_t> Procfs::open_file_count(int64_t pid) {
  // Since Linux 6.2 the size of the directory is the number of descriptors; before, and on recorded trees, it says nothing.
  if (is_live()) {
    struct ::stat info {};
    if (::fstatat(directory_.number(), path(pid, "fd").c_str(), &info, 0) != 0)
      return system_error(fmt::format("cannot look at the files of process {}", pid), errno);
    if (info.st_size > 0) return static_cast<uint64_t>(info.st_size);
  }
  uint64_t count = 0;
  MAI_TRY(each_open_file(pid, [&](std::string_view) { ++count; }));
  return count;
}

Result<uint64_t> Procfs::proportional_memory(int64_t pid) {
  MAI_TRY_ASSIGN(const std::string_view text, read(pid, "smaps_rollup", kSmallFileBytesMax));
  if (const auto bytes = parse_kilobytes(text, "Pss")) return *bytes;
  return Error{Code::corrupt, fmt::format("cannot read smaps_rollup of process {}: it has no Pss", pid)};
}

Result<ProcessIo> Procfs::io(int64_t pid) {
  MAI_TRY_ASSIGN(const std::string_view text, read(pid, "io", kSmallFileBytesMax));
  if (const auto io = parse_io(text)) return *io;
  return Error{Code::corrupt, fmt::format("cannot read io of process {}: counters are missing", pid)};
}

Result<std::string> Procfs::control_groups(int64_t pid) {
  MAI_TRY_ASSIGN(const std::string_view text, read(pid, "cgroup", kSmallFileBytesMax));
  return std::string(text);
}

Result<uint64_t> Procfs::network_namespace(int64_t pid) {
  MAI_TRY_ASSIGN(const std::string target, link(pid, "ns/net"));  // net:[4026531840]
  const size_t open = target.find('[');
  const auto inode = open == std::string::npos || !target.ends_with(']')
                         ? std::nullopt
                         : parse_integer<uint64_t>(std::string_view(target).substr(open + 1, target.size() - open - 2));
  if (!inode) return Error{Code::corrupt, fmt::format("cannot read the network namespace of process {}: \"{}\"", pid, target)};
  return *inode;
}

SocketDiag* Procfs::socket_diag(int64_t pid, uint64_t network_namespace) {
  if (!is_live()) return nullptr;
  const auto known = socket_diags_.find(network_namespace);
  if (known != socket_diags_.end()) return known->second ? &*known->second : nullptr;
  if (socket_diags_.size() >= kSocketDiagsMax) socket_diags_.clear();
  const auto ours = link(::getpid(), "ns/net");
  const bool is_ours = ours && *ours == fmt::format("net:[{}]", network_namespace);
  auto opened = SocketDiag::open(is_ours ? std::string() : (root_ / path(pid, "ns/net")).native());
  if (!opened && opened.error().code == Code::not_found) return nullptr;  // the process has ended: another one may do
  auto& slot = socket_diags_[network_namespace];
  if (opened) slot.emplace(*std::move(opened));
  return slot ? &*slot : nullptr;
}

Result<std::vector<ListeningSocket>> Procfs::listening_sockets(int64_t pid, uint64_t network_namespace) {
  if (SocketDiag* diag = socket_diag(pid, network_namespace)) {
    auto sockets = diag->listening();
    if (sockets) return sockets;
    socket_diags_[network_namespace].reset();
  }
  return listening_text(pid);
}

Result<std::vector<ListeningSocket>> Procfs::listening_text(int64_t pid) {
  std::vector<ListeningSocket> sockets;
  for (const char* file : {"net/tcp", "net/tcp6"}) {
    const Fd fd(::openat(directory_.number(), path(pid, file).c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd && errno == ENOENT && file == std::string_view("net/tcp6")) continue;  // a machine without IPv6
    if (!fd) return system_error(fmt::format("cannot open {} of process {}", file, pid), errno);
    // Listening sockets come first, and the rest may be megabytes: read on only while they last.
    text_.clear();
    char buffer[8192];
    size_t parsed = 0;
    for (ssize_t n = 0; text_.size() < kListeningBytesMax && (n = ::read(fd.number(), buffer, sizeof buffer)) > 0;) {
      text_.append(buffer, static_cast<size_t>(n));
      const size_t end = text_.rfind('\n');
      if (end == std::string::npos || end < parsed) continue;
      const bool all_listening = parse_listening(std::string_view(text_).substr(parsed, end + 1 - parsed), sockets);
      parsed = end + 1;
      if (!all_listening) break;
    }
  }
  return sockets;
}

}  // namespace monitorai::collect
