#include "collect/logs/process_files.h"

#include <dirent.h>
#include <unistd.h>

#include <array>

#include "base/text.h"

namespace monitorai::collect {
namespace {

constexpr size_t kPathBytesMax = 4096;
constexpr size_t kFdinfoBytesMax = 4096;
constexpr unsigned kAccessMask = 3, kWriteOnly = 1, kReadWrite = 2;  // O_ACCMODE, O_WRONLY, O_RDWR: asm-generic/fcntl.h

std::string read_link(const std::filesystem::path& path) {
  std::string target(kPathBytesMax, '\0');
  const ssize_t n = ::readlink(path.c_str(), target.data(), target.size());
  target.resize(static_cast<size_t>(std::max<ssize_t>(n, 0)));
  return target;
}

bool open_for_writing(const std::filesystem::path& fdinfo) {
  const auto text = read_file(fdinfo, kFdinfoBytesMax);
  if (!text) return false;
  const size_t at = text->find("flags:");
  if (at == std::string::npos) return false;
  const std::string_view digits = trim(std::string_view(*text).substr(at + 6, text->find('\n', at) - at - 6));
  unsigned flags = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), flags, 8);
  const unsigned access = flags & kAccessMask;
  return error == std::errc{} && (access == kWriteOnly || access == kReadWrite);
}

/// Where a file that the process calls `path` can be opened from here; "" where it cannot.
std::string openable(const std::filesystem::path& proc, int64_t pid, const std::string& path, const FileIdentity& identity) {
  const std::string inside = (proc / fmt::format("{}/root", pid)).native() + path;
  for (const std::string& candidate : {path, inside})
    if (const auto status = status_of(candidate); status && status->identity == identity) return candidate;
  return {};
}

bool is_text(const std::string& path) {
  const auto fd = open_log(path);
  return fd && first_bytes(fd->number()).find('\0') == std::string::npos;
}

}  // namespace

bool looks_like_log(std::string_view path) {
  const std::string name = lower(basename(path));
  const std::string folder = lower(basename(dirname(path)));
  if (path.starts_with("/dev/") || path.starts_with("/proc/") || path.starts_with("/sys/") || path.starts_with("/memfd:")) return false;
  for (const std::string_view ending : {".log", ".out", ".err", ".stdout", ".stderr", ".logs"})
    if (name.ends_with(ending)) return true;
  const bool in_logs = folder == "log" || folder == "logs";
  for (const std::string_view ending : {".txt", ".jsonl", ".ndjson"})
    if (name.ends_with(ending) && (in_logs || name.find("log") != std::string::npos)) return true;
  // "app.log.2026-11-23" is written by some handlers before it is rotated; "log" alone and "stdout" are logs too.
  return name.find(".log.") != std::string::npos ? !name.ends_with(".gz") && !name.ends_with(".lock")
                                                  : name == "log" || name == "stdout" || name == "stderr";
}

std::vector<HeldFile> held_log_files(const std::filesystem::path& proc, int64_t pid) {
  std::vector<HeldFile> out;
  const std::filesystem::path folder = proc / fmt::format("{}/fd", pid);
  DIR* const directory = ::opendir(folder.c_str());
  if (directory == nullptr) return out;
  size_t looked_at = 0;
  while (const dirent* entry = ::readdir(directory)) {
    const auto number = parse_integer<int>(entry->d_name);
    if (!number || ++looked_at > kDescriptorsMax) continue;
    const std::string target = read_link(folder / entry->d_name);
    const bool is_output = *number == 1 || *number == 2;
    if (!target.starts_with('/') || target.starts_with("/dev/") || (!is_output && !looks_like_log(target))) continue;
    const auto status = status_of(folder / entry->d_name);
    if (!status || status->deleted || !open_for_writing(proc / fmt::format("{}/fdinfo/{}", pid, *number))) continue;
    if (std::any_of(out.begin(), out.end(), [&](const HeldFile& one) { return one.identity == status->identity; })) continue;
    const std::string open_path = openable(proc, pid, target, status->identity);
    if (!open_path.empty() && is_text(open_path)) out.push_back({target, open_path, status->identity});
  }
  ::closedir(directory);
  std::sort(out.begin(), out.end(), [](const HeldFile& a, const HeldFile& b) { return a.path < b.path; });
  return out;
}

bool output_is_socket(const std::filesystem::path& proc, int64_t pid) {
  for (const int fd : {1, 2})
    if (read_link(proc / fmt::format("{}/fd/{}", pid, fd)).starts_with("socket:")) return true;
  return false;
}

}  // namespace monitorai::collect
