#include "collect/gpu/gpu_info_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.h"
#include "base/log.h"
#include "base/text.h"

namespace monitorai::collect {
namespace {

constexpr size_t kPidDigitsMax = 10;
/// No two places on Earth differ by more: a time without a zone is at most this far from the same text in UTC.
constexpr std::chrono::hours kZoneSpan{14};

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

/// The names of a folder that are gpu-info files, sorted, so that the order of two scans is the same.
std::vector<std::string> matching_names(int folder_fd, const GpuInfoPattern& pattern) {
  std::vector<std::string> names;
  const int fd = ::openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return names;
  const std::unique_ptr<DIR, CloseFolder> folder(::fdopendir(fd));
  if (!folder) {
    ::close(fd);
    return names;
  }
  while (const dirent* entry = ::readdir(folder.get())) {
    if (pattern.pid_of(entry->d_name)) names.emplace_back(entry->d_name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Result<GpuInfoPattern> GpuInfoPattern::parse(std::string_view glob) {
  const size_t slash = glob.find_last_of('/');
  const std::string_view last = slash == std::string_view::npos ? glob : glob.substr(slash + 1);
  const size_t star = last.find('*');
  if (star == std::string_view::npos || last.find_first_of("*?[\\", star + 1) != std::string_view::npos ||
      last.substr(0, star).find_first_of("?[\\") != std::string_view::npos) {
    return Error{Code::invalid,
                 fmt::format("cannot use gpu-info path \"{}\": its last part needs exactly one * (where the pid stands) and no "
                             "other wildcard, as in logs/gpu-info-*.json",
                             glob)};
  }
  GpuInfoPattern pattern;
  pattern.folder = slash == std::string_view::npos ? "." : slash == 0 ? "/" : std::string(glob.substr(0, slash));
  pattern.prefix = last.substr(0, star);
  pattern.suffix = last.substr(star + 1);
  return pattern;
}

std::optional<int64_t> GpuInfoPattern::pid_of(std::string_view file_name) const {
  if (file_name.size() <= prefix.size() + suffix.size() || !file_name.starts_with(prefix) || !file_name.ends_with(suffix))
    return std::nullopt;
  const std::string_view digits = file_name.substr(prefix.size(), file_name.size() - prefix.size() - suffix.size());
  if (digits.size() > kPidDigitsMax || digits.front() < '1' || digits.front() > '9') return std::nullopt;
  return parse_integer<int64_t>(digits);
}

std::vector<std::string> GpuInfoPattern::folders() const {
  if (folder.find_first_of("*?[") == std::string::npos) return {folder};
  std::vector<std::string> found;
  glob_t matches{};
  if (::glob(folder.c_str(), GLOB_NOSORT, nullptr, &matches) == 0) {
    for (size_t i = 0; i < matches.gl_pathc && i < kGpuInfoFoldersMax; ++i) found.emplace_back(matches.gl_pathv[i]);
  }
  ::globfree(&matches);
  std::sort(found.begin(), found.end());
  return found;
}

GpuInfoFiles::GpuInfoFiles(GpuInfoPattern pattern, std::chrono::milliseconds age_max, std::function<bool(int64_t pid)> alive,
                           const Clock& clock)
    : pattern_(std::move(pattern)), age_max_(age_max), alive_(std::move(alive)), clock_(clock) {}

std::vector<GpuInfo> GpuInfoFiles::scan() {
  for (auto& [path, known] : known_) known.seen = false;
  lines_logged_ = 0;
  std::map<int64_t, GpuInfo> found;
  for (const std::string& folder : pattern_.folders()) scan_folder(folder, found);
  std::erase_if(known_, [](const auto& entry) { return !entry.second.seen; });
  std::vector<GpuInfo> records;
  for (auto& [pid, info] : found) records.push_back(std::move(info));
  counts_.used = records.size();
  return records;
}

void GpuInfoFiles::scan_folder(const std::string& folder, std::map<int64_t, GpuInfo>& found) {
  const Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return;
  size_t files = 0;
  for (std::string& name : matching_names(fd.number(), pattern_)) {
    const int64_t pid = *pattern_.pid_of(name);
    if (++files > kGpuInfoFilesMax) {
      ++counts_.refused[static_cast<size_t>(GpuInfoRefusal::too_many)];
      continue;
    }
    use(fd.number(), folder, {std::move(name), pid}, found);
  }
}

void GpuInfoFiles::use(int folder_fd, const std::string& folder, const Candidate& candidate, std::map<int64_t, GpuInfo>& found) {
  const std::string path = fmt::format("{}/{}", folder, candidate.name);
  Known& known = known_[path];
  known.seen = true;
  auto record = read(folder_fd, candidate);
  if (record && !*record) {  // deleted, or gone by itself
    known_.erase(path);
    return;
  }
  if (record) {
    known.last_good = **record;
  } else {
    refuse(path, known, record.error());
    const bool half_written = record.error().refusal == GpuInfoRefusal::not_json;
    if (!half_written) known.last_good.reset();
    if (!known.last_good) return;
    record = std::exchange(known.last_good, std::nullopt);
  }
  // Two folders may hold a file of one pid: the one written last wins.
  const auto written = [](const GpuInfo& info) { return info.written ? info.written->time : TimeMs{}; };
  const auto [at, is_new] = found.emplace(candidate.pid, **record);
  if (!is_new && written(**record) > written(at->second)) at->second = **record;
}

Result<std::optional<GpuInfo>, GpuInfoProblem> GpuInfoFiles::read(int folder_fd, const Candidate& candidate) {
  const char* name = candidate.name.c_str();
  const auto refusal = [](GpuInfoRefusal why, std::string cause) { return GpuInfoProblem{why, std::move(cause)}; };
  struct stat seen{};
  if (::fstatat(folder_fd, name, &seen, AT_SYMLINK_NOFOLLOW) != 0) return std::optional<GpuInfo>();
  if (S_ISLNK(seen.st_mode)) return refusal(GpuInfoRefusal::symlink, "it is a symbolic link");
  if (!S_ISREG(seen.st_mode)) return refusal(GpuInfoRefusal::not_a_file, "it is not a regular file");
  if (!alive_(candidate.pid)) {
    if (::unlinkat(folder_fd, name, 0) != 0 && errno != ENOENT) {
      return refusal(GpuInfoRefusal::undeletable, system_error("cannot delete it", errno).message);
    }
    ++counts_.deleted;
    return std::optional<GpuInfo>();
  }
  // O_NOFOLLOW and O_NONBLOCK: the name may have become a link or a pipe since it was looked at.
  const Fd fd(::openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd && errno == ENOENT) return std::optional<GpuInfo>();
  if (!fd && errno == ELOOP) return refusal(GpuInfoRefusal::symlink, "it is a symbolic link");
  if (!fd) return refusal(GpuInfoRefusal::unreadable, system_error("cannot open it", errno).message);
  struct stat opened{};
  if (::fstat(fd.number(), &opened) != 0 || !S_ISREG(opened.st_mode))
    return refusal(GpuInfoRefusal::not_a_file, "it is not a regular file");
  std::string bytes;
  const auto whole = read_to_end(fd.number(), bytes, kGpuInfoFileBytesMax);
  if (!whole) return refusal(GpuInfoRefusal::unreadable, whole.error().message);
  if (!*whole) return refusal(GpuInfoRefusal::too_large, fmt::format("it is larger than {} bytes", kGpuInfoFileBytesMax));

  MAI_TRY_ASSIGN(GpuInfo info, parse_gpu_info(bytes));
  if (info.pid != candidate.pid) return refusal(GpuInfoRefusal::other_pid, fmt::format("it speaks of pid {}", info.pid));
  const TimeMs modified{int64_t{opened.st_mtim.tv_sec} * 1000 + opened.st_mtim.tv_nsec / 1'000'000};
  if (auto problem = check_age(info, modified)) return *std::move(problem);
  return std::optional<GpuInfo>(std::move(info));
}

std::optional<GpuInfoProblem> GpuInfoFiles::check_age(const GpuInfo& info, TimeMs modified) const {
  const TimeMs now = clock_.now();
  const auto stale = [&](TimeMs written, std::chrono::milliseconds slack) -> std::optional<GpuInfoProblem> {
    const auto age = now - written;
    const auto seconds = [](auto span) { return std::chrono::duration_cast<std::chrono::seconds>(span).count(); };
    if (age > age_max_ + slack) return GpuInfoProblem{GpuInfoRefusal::stale, fmt::format("it was written {} s ago", seconds(age))};
    if (-age > kGpuInfoFutureTolerance + slack) {
      return GpuInfoProblem{GpuInfoRefusal::future, fmt::format("it was written {} s in the future", seconds(-age))};
    }
    return std::nullopt;
  };
  if (info.written && info.written->zone_known) return stale(info.written->time, {});
  // Without a zone the text can be wrong by half a day: it refuses only what is stale everywhere, and the file's own time decides.
  if (info.written) {
    if (auto problem = stale(info.written->time, kZoneSpan)) return problem;
  }
  return stale(modified, {});
}

void GpuInfoFiles::refuse(const std::string& path, Known& known, const GpuInfoProblem& problem) {
  ++counts_.refused[static_cast<size_t>(problem.refusal)];
  if (known.logged) return;
  if (++lines_logged_ > kGpuInfoLogLinesPerScanMax) return;
  known.logged = true;
  log::warn("cannot use gpu-info file", {{"file", path}, {"reason", refusal_name(problem.refusal)}, {"error", problem.message}});
}

}  // namespace monitorai::collect
