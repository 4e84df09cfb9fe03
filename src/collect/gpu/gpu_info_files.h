#pragma once
// The gpu-info files of all processes of this machine: read at every scan, refused with a reason, deleted once their process is dead.
// They are the only source of exact numbers under WDDM, and the fallback in containers and where NVML is missing.
// Thread: the sample thread.

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "collect/gpu/gpu_info_json.h"

namespace monitorai::collect {

constexpr size_t kGpuInfoFileBytesMax = 64 * 1024;
constexpr size_t kGpuInfoFilesMax = 4096;
constexpr size_t kGpuInfoFoldersMax = 256;
constexpr size_t kGpuInfoLogLinesPerScanMax = 20;
/// Clocks of writer and reader may differ by this much before a file counts as written in the future.
constexpr std::chrono::minutes kGpuInfoFutureTolerance{5};

/// Where the files are: "folder/prefix*suffix". The last part has exactly one `*`, and the pid stands there; the folder may have
/// wildcards as glob(7) has them.
struct GpuInfoPattern {
  std::string folder;
  std::string prefix;
  std::string suffix;

  /// Code::invalid when the last part has no `*`, several, or another wildcard.
  static Result<GpuInfoPattern> parse(std::string_view glob);
  /// The pid of a file name that matches exactly: decimal digits without a leading zero. Nothing else is ever read or deleted.
  std::optional<int64_t> pid_of(std::string_view file_name) const;
  /// The folders that exist now.
  std::vector<std::string> folders() const;
};

struct GpuInfoCounts {
  std::array<uint64_t, kGpuInfoRefusals> refused{};  ///< by GpuInfoRefusal
  uint64_t deleted = 0;
  size_t used = 0;  ///< files whose numbers the last scan gave

  uint64_t refused_for(GpuInfoRefusal refusal) const { return refused.at(static_cast<size_t>(refusal)); }
};

class GpuInfoFiles {
 public:
  /// `alive` says whether a process with this pid runs now. A file older than `age_max` is not used.
  GpuInfoFiles(GpuInfoPattern pattern, std::chrono::milliseconds age_max, std::function<bool(int64_t pid)> alive, const Clock& clock);

  /// One record a process, by pid. A file that cannot be parsed may be half written: its last good record stands in for one more scan.
  std::vector<GpuInfo> scan();
  const GpuInfoCounts& counts() const { return counts_; }

 private:
  struct Known {
    std::optional<GpuInfo> last_good;
    bool logged = false;
    bool seen = false;
  };
  struct Candidate {
    std::string name;
    int64_t pid = 0;
  };

  void scan_folder(const std::string& folder, std::map<int64_t, GpuInfo>& found);
  void use(int folder_fd, const std::string& folder, const Candidate& candidate, std::map<int64_t, GpuInfo>& found);
  Result<std::optional<GpuInfo>, GpuInfoProblem> read(int folder_fd, const Candidate& candidate);
  std::optional<GpuInfoProblem> check_age(const GpuInfo& info, TimeMs modified) const;
  void refuse(const std::string& path, Known& known, const GpuInfoProblem& problem);

  GpuInfoPattern pattern_;
  std::chrono::milliseconds age_max_;
  std::function<bool(int64_t)> alive_;
  const Clock& clock_;
  std::map<std::string, Known> known_;
  GpuInfoCounts counts_;
  size_t lines_logged_ = 0;
};

}  // namespace monitorai::collect
